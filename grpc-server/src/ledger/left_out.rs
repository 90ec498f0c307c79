//! The rows held that stay in force although a replacement of their period does not have them, because the rows in their
//! place were left out.

use std::collections::{BTreeMap, HashMap};

use peelian_core::column::Batch;
use peelian_core::intake::partial_key;

use crate::store::LeftOutRows;

/// Finds the rows held that a row left out would have replaced: those that have the same known values. If several agree,
/// it is not known which one is meant, so all of them are kept. In a dataset without keys, equal rows are as many as they
/// are held, so one row left out keeps one row.
pub(super) struct Predecessors {
    /// For each set of known fields, the rows left out by the key of their values.
    by_fields: BTreeMap<u64, HashMap<u64, Vec<usize>>>,
    keyed: bool,
}

impl Predecessors {
    /// The predecessors of rows left out.
    pub(super) fn new(left_out: &LeftOutRows) -> Self {
        let mut by_fields: BTreeMap<u64, HashMap<u64, Vec<usize>>> = BTreeMap::new();
        for (row, fields) in left_out.known.iter().enumerate() {
            let key = partial_key(&left_out.batch, row, *fields);
            by_fields.entry(*fields).or_default().entry(key).or_default().push(row);
        }
        Self { by_fields, keyed: !left_out.batch.dataset().options.key.is_empty() }
    }

    /// The row left out for which a row held is kept; `None` if there is none.
    pub(super) fn find(&mut self, held: &Batch, row: usize) -> Option<usize> {
        for (fields, rows) in &mut self.by_fields {
            let Some(rows) = rows.get_mut(&partial_key(held, row, *fields)) else { continue };
            let found = if self.keyed { rows.last().copied() } else { rows.pop() };
            if found.is_some() {
                return found;
            }
        }
        None
    }
}
