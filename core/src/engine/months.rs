//! The month of each row.

use super::rows::{Rows, Table};
use crate::cel::FieldPath;
use crate::column::MISSING_DATE;
use crate::period::Month;

/// Months that a cube reaches back from its latest: earlier rows are in no period that is asked for.
const REACH: i32 = 1_200;

/// The month of each row of a dataset, as a dense code.
#[derive(Debug)]
pub(super) struct MonthCodes {
    /// Field of the date.
    pub(super) path: FieldPath,
    /// Index of the month with code 1.
    pub(super) first: i32,
    /// Number of months.
    pub(super) count: usize,
    /// For each part the code of each row; 0 for a row without a date.
    pub(super) codes: Vec<Vec<u16>>,
}

impl MonthCodes {
    pub(super) fn new(rows: &Rows, table: &Table, path: FieldPath) -> Self {
        let columns: Vec<_> = table.parts.iter().map(|part| rows.column(part, &path)).collect();
        let days =
            || columns.iter().filter_map(|column| column.as_i32()).flatten().filter(|day| **day != MISSING_DATE);
        let (Some(&first_day), Some(&last_day)) = (days().min(), days().max()) else {
            let codes = columns.iter().map(|column| vec![0; column.len()]).collect();
            return Self { path, first: 0, count: 0, codes };
        };
        let last = Month::of_days(last_day).index();
        let first = Month::of_days(first_day).index().max(last - REACH);
        let start = Month::from_index(first).first_day_number();
        let of_day: Vec<u16> = (start..=last_day)
            .map(|day| u16::try_from(Month::of_days(day).index() - first + 1).unwrap_or(0))
            .collect();
        let code = |day: &i32| {
            let at = day.checked_sub(start).and_then(|at| usize::try_from(at).ok());
            at.and_then(|at| of_day.get(at)).copied().unwrap_or(0)
        };
        let codes = columns.iter().map(|column| {
            let dates = column.as_i32().unwrap_or(&[]);
            if dates.is_empty() { vec![0; column.len()] } else { dates.iter().map(code).collect() }
        });
        Self { path, first, count: usize::try_from(last - first + 1).unwrap_or(0), codes: codes.collect() }
    }
}
