//! Faults of values in a part of a text, until it is known which rows are before them.

use std::collections::BTreeMap;

use crate::contract::Field;

use super::findings::{Findings, Place};
use super::readers::Fault;

/// What was found in the rows of a part, by row and then by column, as if the rows had been read one by one.
#[derive(Debug)]
pub(super) struct Faults {
    raised: Vec<Raised>,
    /// The column that is read.
    column: usize,
    /// Faults that are in order.
    sorted: usize,
    /// Most faults of each code whose value is kept, and their number.
    keep_of_each: u64,
    kept: BTreeMap<&'static str, u64>,
}

#[derive(Debug)]
struct Raised {
    /// Row of the part, from 0.
    row: usize,
    column: usize,
    fault: Fault,
    field: &'static Field,
    /// `None` if so many faults of the code are before it that it is only counted.
    value: Option<String>,
    /// Whether the value was read all the same.
    is_note: bool,
}

impl Faults {
    pub(super) fn new(keep_of_each: u64) -> Self {
        Self { raised: Vec::new(), column: 0, sorted: 0, keep_of_each, kept: BTreeMap::new() }
    }

    /// Number of faults.
    pub(super) fn len(&self) -> usize {
        self.raised.len()
    }

    /// The column of the next faults.
    pub(super) fn in_column(&mut self, column: usize) {
        self.column = column;
    }

    pub(super) fn add(
        &mut self,
        fault: Fault,
        row: usize,
        field: &'static Field,
        value: impl FnOnce() -> String,
        is_note: bool,
    ) {
        let is_kept = self.kept.get(fault.code).is_none_or(|kept| *kept < self.keep_of_each);
        let value = is_kept.then(value);
        self.raised.push(Raised { row, column: self.column, fault, field, value, is_note });
    }

    /// Brings the faults of some rows in order, after all columns of these rows have been read.
    pub(super) fn sort(&mut self) {
        let new = self.raised.get_mut(self.sorted..).unwrap_or_default();
        new.sort_by_key(|raised| (raised.row, raised.column));
        for raised in new {
            let kept = self.kept.entry(raised.fault.code).or_default();
            if *kept < self.keep_of_each { *kept += 1 } else { raised.value = None }
        }
        self.sorted = self.raised.len();
    }

    /// Raises the findings. `first` is the first row of the part.
    pub(super) fn tell(self, first: usize, findings: &mut Findings) {
        for Raised { row, fault, field, value, is_note, .. } in self.raised {
            let place = Place::field(first + row, field);
            let value = || value.unwrap_or_default();
            if is_note {
                findings.raise(fault, place, value, String::new);
            } else {
                findings.raise_fault(fault, place, value);
            }
        }
    }
}
