//! The month of each row.

use super::{Rows, Table};
use crate::cel::FieldPath;
use crate::column::DaySpan;
use crate::parallel;
use crate::period::Month;

/// Months that counts reach back from their latest: earlier rows are in no period that is asked for.
const REACH: i32 = 1_200;

/// Rows that a thread takes at a time.
const CHUNK: usize = 1 << 16;

/// The month of each row of a dataset, as a dense code.
#[derive(Debug)]
pub(crate) struct MonthCodes {
    /// Field of the date.
    pub(crate) path: FieldPath,
    /// Index of the month with code 1.
    pub(crate) first: i32,
    /// Number of months.
    pub(crate) count: usize,
    /// For each part the code of each row; 0 for a row without a date.
    pub(crate) codes: Vec<Vec<u16>>,
}

/// Consecutive months.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct MonthSpan {
    /// Index of the first.
    pub(crate) first: i32,
    /// How many.
    pub(crate) count: usize,
}

impl MonthSpan {
    /// The months from the first to the last that rows lie in, as far back as counts reach.
    pub(crate) fn reaching(first: i32, last: i32) -> Self {
        let first = first.max(last.saturating_sub(REACH));
        Self { first, count: usize::try_from(i64::from(last) - i64::from(first) + 1).unwrap_or(0) }
    }

    /// Index of the first and of the last; `None` where there are none.
    pub(crate) fn ends(self) -> Option<(i32, i32)> {
        let count = i32::try_from(self.count).ok().filter(|count| *count > 0)?;
        Some((self.first, self.first + count - 1))
    }

    /// The dense code of a day's month, from 1; 0 for a day in none of the months.
    pub(crate) fn code(self, day: i32) -> u16 {
        let month = Month::of_days(day).index().checked_sub(self.first).and_then(|at| usize::try_from(at).ok());
        month.filter(|month| *month < self.count).and_then(|month| u16::try_from(month + 1).ok()).unwrap_or(0)
    }
}

impl MonthCodes {
    /// The months.
    pub(crate) fn span(&self) -> MonthSpan {
        MonthSpan { first: self.first, count: self.count }
    }

    pub(crate) fn new(rows: &Rows, table: &Table, path: FieldPath) -> Self {
        let columns: Vec<_> = table.parts.iter().map(|part| rows.column(part, &path)).collect();
        let spans = columns.iter().filter_map(|column| Some(DaySpan::of(column.as_i32()?, rows.threads())));
        let Some((first_day, last_day)) = spans.reduce(DaySpan::join).and_then(DaySpan::ends) else {
            let codes = columns.iter().map(|column| vec![0; column.len()]).collect();
            return Self { path, first: 0, count: 0, codes };
        };
        let span = MonthSpan::reaching(Month::of_days(first_day).index(), Month::of_days(last_day).index());
        let first = span.first;
        let start = Month::from_index(first).first_day_number();
        let of_day: Vec<u16> = (start..=last_day)
            .map(|day| u16::try_from(Month::of_days(day).index() - first + 1).unwrap_or(0))
            .collect();
        // A day before the first, or none, wraps round to beyond the last.
        let at = |day: &i32| usize::try_from(day.wrapping_sub(start).cast_unsigned()).unwrap_or(usize::MAX);
        let code = |day: &i32| of_day.get(at(day)).copied().unwrap_or(0);
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
        Self { path, first, count: span.count, codes: codes.collect() }
    }
}
