//! The month of each row.

use super::rows::{Rows, Table};
use crate::cel::FieldPath;
use crate::column::DaySpan;
use crate::kernel::parallel;
use crate::period::Month;

/// Months that a cube reaches back from its latest: earlier rows are in no period that is asked for.
const REACH: i32 = 1_200;

/// Rows that a thread takes at a time.
const CHUNK: usize = 1 << 16;

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
        let spans = columns.iter().filter_map(|column| Some(DaySpan::of(column.as_i32()?, rows.threads())));
        let Some((first_day, last_day)) = spans.reduce(DaySpan::join).and_then(DaySpan::ends) else {
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
            let mut codes = vec![0; column.len()];
            if let Some(dates) = column.as_i32() {
                parallel::fill(&mut codes, CHUNK, rows.threads(), |start, codes| {
                    for (slot, day) in codes.iter_mut().zip(&dates[start..]) {
                        *slot = code(day);
                    }
                });
            }
            codes
        });
        Self { path, first, count: usize::try_from(last - first + 1).unwrap_or(0), codes: codes.collect() }
    }
}
