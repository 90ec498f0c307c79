//! Codes that were in use on the day of the row, values that must differ, and numbers that have an upper limit in the row.

use crate::column::{Column, MISSING_DATE};
use crate::contract::{CodeSet, Field, Kind};
use crate::intake::derive::date_at;
use crate::intake::show::day;
use crate::period::days_of_date;

use super::{Check, known};

impl Check<'_> {
    pub(super) fn codes(&mut self) {
        for (_, field, column) in self.table.fields() {
            match (&field.kind, column) {
                _ if field.derivation.is_some() => {}
                (Kind::Code(codes), Column::U8(values)) => self.closed_codes(field, codes, values),
                (Kind::OpenCode(list), Column::U16(values)) => self.open_codes(field, list, values),
                _ => {}
            }
        }
    }

    fn closed_codes(&mut self, field: &'static Field, codes: &CodeSet, values: &[u8]) {
        let mut first_days = [MISSING_DATE; 256];
        for code in codes.codes() {
            if let (Some(from), Some(entry)) = (code.valid_from, first_days.get_mut(usize::from(code.number))) {
                *entry = days_of_date(from);
            }
        }
        if first_days.iter().all(|first| *first == MISSING_DATE) {
            return;
        }
        let period = self.period.clone();
        for (row, (value, days)) in values.iter().zip(period.iter().copied()).enumerate() {
            let first = first_days[usize::from(*value)];
            if days < first && days != MISSING_DATE {
                self.raise(&known::CODE_NOT_YET, row, field, || format!("It is in use from {}.", day(first)));
            }
        }
    }

    fn open_codes(&mut self, field: &'static Field, list: &str, values: &[u16]) {
        let Some(list) = self.reference.codes.list(list) else { return };
        let limited = list.iter().map(|entry| entry.validity().from.is_some() || entry.validity().to.is_some());
        let limited: Vec<bool> = std::iter::once(false).chain(limited).collect();
        if !limited.contains(&true) {
            return;
        }
        for (row, value) in values.iter().enumerate() {
            if !limited.get(usize::from(*value)).copied().unwrap_or(false) {
                continue;
            }
            let day = self.period.get(row).and_then(|day| date_at(*day));
            let entry = value.checked_sub(1).and_then(|index| list.at(index));
            if let Some((entry, day)) = entry.zip(day)
                && !entry.valid_on(day)
            {
                self.raise(&known::LISTED_OTHER_DAY, row, field, || format!("It was not in use on {day}."));
            }
        }
    }

    /// Fields with values that must differ from the values of another field.
    pub(super) fn differences(&mut self) {
        for (_, field, column) in self.table.fields() {
            let name = field.options.differs_from.as_str();
            let Some(other) = self.table.column(name) else { continue };
            for row in 0..self.table.rows {
                if !column.is_missing(row) && column.slice(row, 1) == other.slice(row, 1) {
                    self.raise(&known::SAME, row, field, || format!("It is the same as {name}."));
                }
            }
        }
    }

    /// Fields with numbers that must not be above the numbers of another field.
    pub(super) fn upper_limits(&mut self) {
        for (_, field, column) in self.table.fields() {
            let name = field.options.at_most.as_str();
            let Some(other) = self.table.column(name) else { continue };
            for row in 0..self.table.rows {
                let Some((number, most)) = number_at(column, row).zip(number_at(other, row)) else { continue };
                if number > most {
                    self.raise(&known::ABOVE, row, field, || format!("{name} is {most}."));
                }
            }
        }
    }
}

/// The number of a row; `None` if it is missing.
fn number_at(column: &Column, row: usize) -> Option<f64> {
    let whole = |code: u16| code.checked_sub(1).map(f64::from);
    match column {
        Column::U8(codes) => whole(u16::from(*codes.get(row)?)),
        Column::U16(codes) => whole(*codes.get(row)?),
        Column::F64(numbers) => numbers.get(row).copied().filter(|number| !number.is_nan()),
        _ => None,
    }
}
