//! Dates: in the declared period, not after the extract, in order, within the period of the row, at the end of a month.

use std::borrow::Cow;

use crate::column::{Column, DaySpan, MISSING_DATE};
use crate::contract::{Field, Kind};
use crate::intake::findings::Place;
use crate::intake::parse::day_of_minute;
use crate::intake::show::day;
use crate::period::{Month, Period, days_of_date};

use super::{Check, known};

impl Check<'_> {
    /// Every row has a day that places it in the declared period.
    pub(super) fn period_window(&mut self) {
        let window = days_of_date(self.declared.period_first)..=days_of_date(self.declared.period_last);
        let span = DaySpan::of(&self.period, self.table.threads);
        if !span.missing && span.ends().is_none_or(|(first, last)| window.contains(&first) && window.contains(&last))
        {
            return;
        }
        for (row, days) in self.period.iter().enumerate() {
            if window.contains(days) {
                continue;
            }
            if *days != MISSING_DATE {
                let detail = || format!("The row is of {}.", day(*days));
                self.findings.raise(&known::OUTSIDE_PERIOD, Place::row(row), String::new, detail);
            } else if !self.findings.is_rejected(row) {
                let detail = || format!("The dates are {}.", self.table.dataset.options.period_fields.join(", "));
                self.findings.raise(&known::NO_PERIOD, Place::row(row), String::new, detail);
            }
        }
    }

    /// No date is later than the extract, except the days from and to which a row is valid: these can be planned.
    pub(super) fn after_extract(&mut self) {
        let extract = days_of_date(self.declared.extract_date);
        let dataset = self.table.dataset;
        for (_, field, column) in self.table.fields() {
            let planned = |name: &String| *name == field.name;
            let overlaps = &dataset.options.no_overlaps;
            if field.derivation.is_some() || overlaps.iter().any(|o| planned(&o.from) || planned(&o.to)) {
                continue;
            }
            let Some(days) = days_of(field, column) else { continue };
            if days.iter().max().is_none_or(|latest| *latest <= extract) {
                continue;
            }
            for (row, _) in days.iter().enumerate().filter(|(_, day)| **day > extract) {
                self.raise(&known::AFTER_EXTRACT, row, field, || format!("The extract is of {}.", day(extract)));
            }
        }
    }

    /// Dates are not before the dates that they must not precede.
    pub(super) fn date_order(&mut self) {
        for (_, field, column) in self.table.fields() {
            for name in &field.options.not_before {
                let Some(later) = days_of(field, column) else { continue };
                let Some(other) = self.field_of(name).zip(self.column_of(name)) else { continue };
                if let Some(earlier) = days_of(other.0, &other.1) {
                    self.ordered(field, &later, name, &earlier);
                }
            }
        }
    }

    fn ordered(&mut self, field: &'static Field, later: &[i32], name: &str, earlier: &[i32]) {
        let (least, most) = (i64::from(field.options.min_days_after), i64::from(field.options.max_days_after));
        let only_order = least == 0 && most == 0;
        for (row, (later, earlier)) in later.iter().zip(earlier).enumerate() {
            // A missing date is the smallest number.
            if only_order && later >= earlier || *later == MISSING_DATE || *earlier == MISSING_DATE {
                continue;
            }
            let days = i64::from(*later) - i64::from(*earlier);
            let known = if days < 0 {
                &known::BEFORE
            } else if most > 0 && days > most {
                &known::LONG_AFTER
            } else if days < least {
                &known::SOON_AFTER
            } else {
                continue;
            };
            self.raise(known, row, field, || format!("It is {days} days after {name}, {}.", day(*earlier)));
        }
    }

    /// Instants of one day are in order to the minute.
    pub(super) fn minute_order(&mut self) {
        let is_instant = |field: &&Field| matches!(field.kind, Kind::Timestamp);
        for (_, field, column) in self.table.fields().filter(|(_, field, _)| is_instant(field)) {
            for name in &field.options.not_before {
                let Some(other) = self.table.dataset.field(name).filter(is_instant) else { continue };
                let other = self.table.column(&other.name);
                let Some((later, earlier)) = column.as_i32().zip(other.and_then(Column::as_i32)) else { continue };
                for (row, (later, earlier)) in later.iter().zip(earlier).enumerate() {
                    let on_one_day = day_of_minute(*later) == day_of_minute(*earlier);
                    if later < earlier && on_one_day && *later != MISSING_DATE {
                        self.raise(&known::BEFORE, row, field, || format!("It is before {name} on the same day."));
                    }
                }
            }
        }
    }

    /// Dates that place what is counted once a month or once a year are the last days of months or of years.
    pub(super) fn last_days(&mut self) {
        let is_last = |field: &Field| field.options.month_end || field.options.year_end;
        for (_, field, column) in self.table.fields().filter(|(_, field, _)| is_last(field)) {
            let Some(days) = column.as_i32() else { continue };
            for (row, days) in days.iter().enumerate().filter(|(_, days)| **days != MISSING_DATE) {
                let month = Month::of_days(*days);
                let (what, end) = match field.options.year_end {
                    true => ("year", month.plus(12 - month.number())),
                    false => ("month", month),
                };
                let last = end.plus(1).first_day_number() - 1;
                if *days != last {
                    self.raise(&known::NOT_MONTH_END, row, field, || format!("The {what} ends on {}.", day(last)));
                }
            }
        }
    }

    /// Dates lie in the period of the same row.
    pub(super) fn dates_within(&mut self) {
        for (_, field, column) in self.table.fields() {
            let name = field.options.within.as_str();
            let (Kind::Date, Some(days)) = (&field.kind, column.as_i32()) else { continue };
            let Some(periods) = self.table.column(name).and_then(Column::as_u32) else { continue };
            for (row, (days, code)) in days.iter().zip(periods).enumerate() {
                let Some(period) = Period::from_code(*code).filter(|_| *days != MISSING_DATE) else { continue };
                let span = days_of_date(period.start_date())..=days_of_date(period.end_date());
                if !span.contains(days) {
                    self.raise(&known::DATE_OUTSIDE, row, field, || format!("The {name} is {period}."));
                }
            }
        }
    }
}

/// The days of a column of dates or instants.
fn days_of<'c>(field: &Field, column: &'c Column) -> Option<Cow<'c, [i32]>> {
    let values = column.as_i32()?;
    if !matches!(field.kind, Kind::Timestamp) {
        return Some(Cow::Borrowed(values));
    }
    let day = |minute: &i32| if *minute == MISSING_DATE { MISSING_DATE } else { day_of_minute(*minute) };
    Some(Cow::Owned(values.iter().map(day).collect()))
}
