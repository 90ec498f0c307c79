//! The rows with errors. They are not data. But they show which rows held before they would have replaced.

use std::collections::BTreeSet;

use crate::column::{Batch, Column, combine_keys, value_bits};
use crate::contract::{Dataset, Field};

use super::Table;
use super::derive::{missing, sources_of};
use super::findings::{Findings, RowError};
use super::held::take;
use super::registry as known;

/// The rows with errors, as far as they can be trusted: the identifying values that have no error themselves. Identifying
/// are the fields of the key, or all stored fields if the dataset has no key. Every other value is missing.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// The rows.
    pub batch: Batch,
    /// For each row, the fields that are known: bit `i` is the stored field `i`.
    pub known: Vec<u64>,
    /// Number of each row as received, from 0.
    pub numbers: Vec<usize>,
}

impl LeftOut {
    /// The rows with errors of a table; `None` if there are none, or if only some fields are read.
    pub(super) fn of(table: &Table, findings: &Findings) -> Option<Self> {
        if !table.whole || findings.rejected() == 0 {
            return None;
        }
        let numbers: Vec<usize> = (0..table.rows).filter(|row| findings.is_rejected(*row)).collect();
        let untrusted = untrusted(table.dataset, findings, &numbers);
        let key = &table.dataset.options.key;
        let mut known = vec![0; numbers.len()];
        let stored = table.dataset.fields.iter().zip(&table.columns).filter(|(field, _)| !field.transient());
        let columns = stored.enumerate().map(|(position, (field, column))| {
            if !key.is_empty() && !key.contains(&field.name) {
                return missing(&field.kind, numbers.len());
            }
            let trusted = |(at, row): (usize, &usize)| {
                let absent = field.required() && column.is_missing(*row);
                !absent && !untrusted.get(at).is_some_and(|fields| fields.contains(field.name.as_str()))
            };
            let trusted: Vec<bool> = numbers.iter().enumerate().map(trusted).collect();
            for (known, trusted) in known.iter_mut().zip(&trusted) {
                *known |= u64::from(*trusted) << position;
            }
            // A value at position 0 is missing.
            let place = |(row, trusted): (&usize, &bool)| if *trusted { row + 1 } else { 0 };
            let places = numbers.iter().zip(&trusted).map(place);
            take(column, &places.map(|place| u32::try_from(place).unwrap_or(0)).collect::<Vec<_>>())
        });
        let batch = Batch::new(table.dataset, columns.collect(), numbers.len());
        let mut left_out = Self { batch, known, numbers };
        left_out.forget_repeated(findings);
        Some(left_out)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.known.len()
    }

    /// Of rows with one key, all but one have a key that is wrong. It is not known which.
    fn forget_repeated(&mut self, findings: &Findings) {
        let errors = findings.row_errors();
        let repeats: BTreeSet<usize> =
            errors.iter().filter(|error| error.code == known::REPEATED_KEY.code).map(|error| error.row).collect();
        let mut seen = BTreeSet::new();
        for at in (0..self.rows()).filter(|at| repeats.contains(&self.numbers[*at])) {
            if !seen.insert(partial_key(&self.batch, at, self.known[at])) {
                self.known[at] = 0;
            }
        }
    }
}

/// One key of the values of some stored fields of a row. Bit `i` of `fields` is the stored field `i`.
///
/// ```
/// use peelian_core::column::{Batch, Column};
/// use peelian_core::contract::Contract;
/// use peelian_core::intake::partial_key;
///
/// let dataset = Contract::get().known_dataset("local_priority")?;
/// let empty = || Column::U16(vec![7, 8].into());
/// let batch = Batch::new(dataset, dataset.kept().map(|_| empty()).collect(), 2);
/// assert_ne!(partial_key(&batch, 0, 0b11), partial_key(&batch, 1, 0b11));
/// assert_eq!(partial_key(&batch, 0, 0), partial_key(&batch, 1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn partial_key(batch: &Batch, row: usize, fields: u64) -> u64 {
    let chosen = batch.columns().iter().enumerate().filter(|(position, _)| fields >> position & 1 == 1);
    combine_keys(&chosen.map(|(_, column): (usize, &Column)| value_bits(column, row)).collect::<Vec<_>>())
}

/// For each of some rows, the fields that have errors.
fn untrusted(dataset: &'static Dataset, findings: &Findings, rows: &[usize]) -> Vec<BTreeSet<&'static str>> {
    let errors = findings.row_errors();
    let of = |row: &usize| {
        let start = errors.partition_point(|error| error.row < *row);
        let errors = errors.iter().skip(start).take_while(|error| error.row == *row);
        let mut fields = BTreeSet::new();
        for error in errors {
            match error {
                RowError { field: "", code, .. } if *code == known::REPEATED_KEY.code => {}
                RowError { field: "", code, .. } if *code == known::RAGGED_ROW.code => {
                    fields.extend(dataset.fields.iter().map(|field| field.name.as_str()));
                }
                // Every other error of a row as a whole is about its day.
                RowError { field: "", .. } => {
                    dataset.options.period_fields.iter().for_each(|name| distrust(dataset, name, &mut fields));
                }
                RowError { field, .. } => distrust(dataset, field, &mut fields),
            }
        }
        fields
    };
    rows.iter().map(of).collect()
}

/// Adds a field, the fields from which it is derived, and those that are derived from it.
fn distrust(dataset: &'static Dataset, name: &str, fields: &mut BTreeSet<&'static str>) {
    let Some(field) = dataset.field(name) else { return };
    fields.insert(&field.name);
    let sources = field.derivation.iter().flat_map(sources_of).filter_map(|source| dataset.field(source));
    fields.extend(sources.map(|source| source.name.as_str()));
    let is_of_it =
        |other: &&Field| other.derivation.iter().flat_map(sources_of).any(|source| source == field.name.as_str());
    fields.extend(dataset.fields.iter().filter(is_of_it).map(|other| other.name.as_str()));
}
