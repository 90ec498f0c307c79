//! The month of each row.

use super::{Rows, Table};
use crate::cel::FieldPath;
use crate::column::DaySpan;
use crate::parallel;
use crate::period::{Month, MonthSpan};

/// Largest number of months that counts span, back from the latest. No requested period contains earlier rows.
const REACH: i32 = 1_200;

/// Number of rows that a thread takes at a time.
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
    /// For each part, the code of each row; 0 for a row without a date.
    pub(crate) codes: Vec<Vec<u16>>,
}

/// The months from the first to the last that rows lie in, as far back as counts reach.
pub(crate) fn months_reached(first: i32, last: i32) -> MonthSpan {
    MonthSpan::between(first.max(last.saturating_sub(REACH)), last)
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
        let span = months_reached(Month::of_days(first_day).index(), Month::of_days(last_day).index());
        let first = span.first;
        let start = Month::from_index(first).first_day_number();
        let of_day: Vec<u16> = (start..=last_day)
            .map(|day| u16::try_from(Month::of_days(day).index() - first + 1).unwrap_or(0))
            .collect();
        // A day before the first, or a missing day, wraps round to a position after the last.
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
