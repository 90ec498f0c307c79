//! Builders of columns of values with a fixed width.

use crate::column::Column;

use super::context::Context;
use super::findings::Place;
use super::loose::{Order, Slashed, order};
use super::readers::{Fault, ValueReader, slashed};
use super::registry as known;
use super::text_cache::TextCache;

/// Values of a fixed width.
#[derive(Debug)]
pub(super) struct FixedWidth<F: ValueReader> {
    pub(super) reader: F,
    pub(super) values: Vec<F::Value>,
    /// The values of short texts of arrays.
    pub(super) cache: Option<TextCache<F::Value>>,
    pub(super) column: fn(Vec<F::Value>) -> Column,
    /// Rows with a day whose order of day and month is decided when all rows are there.
    pub(super) slashed: Vec<(usize, Slashed)>,
}

impl<F: ValueReader> FixedWidth<F> {
    pub(super) fn take(
        &mut self,
        row: usize,
        value: Result<F::Value, Fault>,
        context: &mut Context<'_>,
        shown: impl FnOnce() -> String,
    ) {
        let value = value.unwrap_or_else(|fault| {
            self.fault(fault, row, context, shown);
            F::MISSING
        });
        self.values.push(value);
    }

    fn fault(&mut self, fault: Fault, row: usize, context: &mut Context<'_>, shown: impl FnOnce() -> String) {
        if fault.code != known::DAY_ORDER.code {
            return context.fault(fault, row, shown);
        }
        let shown = shown();
        match slashed(&shown) {
            Some(slashed) => self.slashed.push((row, slashed)),
            None => context.fault(fault, row, || shown),
        }
    }

    /// Raises what is to be told of the value that was read last.
    pub(super) fn tell_note(&mut self, row: usize, context: &mut Context<'_>, text: &str) -> bool {
        let note = if F::NOTES { self.reader.note() } else { None };
        if let Some(note) = note {
            context.findings.raise(note, Place::field(row, context.field), || text.to_owned(), String::new);
        }
        note.is_some()
    }

    /// Reads the days whose order of day and month the whole column decides.
    pub(super) fn settle_days(&mut self, context: &mut Context<'_>) {
        let slashed = std::mem::take(&mut self.slashed);
        let decided = order(slashed.iter().map(|(_, written)| *written));
        if let Some((order, at)) = decided {
            let which = if order == Order::DayFirst { "day" } else { "month" };
            let row = slashed.get(at).map_or(0, |(row, _)| *row);
            let line = context.findings.places.line(row);
            let place = if line > 0 { format!("line {line}") } else { format!("row {}", row + 1) };
            let detail = || format!("The dates are read with the {which} first, as {place} leaves no other reading.");
            let place = Place { row: None, field: Some(context.field) };
            context.findings.raise(&known::DAY_ORDER_READ, place, String::new, detail);
        }
        for (row, written) in slashed {
            let value = match decided {
                Some((order, _)) => {
                    let at = written.at(order).ok_or(&known::NOT_A_DATE);
                    at.and_then(|(day, minute)| self.reader.at(day, minute))
                }
                None => Err(&known::DAY_ORDER),
            };
            self.tell_note(row, context, &written.to_string());
            match value {
                Ok(value) => {
                    if let Some(slot) = self.values.get_mut(row) {
                        *slot = value;
                    }
                }
                Err(fault) => context.fault(fault, row, || written.to_string()),
            }
        }
    }

    pub(super) fn optional<T: Copy + ToString>(
        &mut self,
        row: usize,
        value: Option<T>,
        read: impl FnOnce(&mut F, T) -> Option<Result<F::Value, Fault>>,
        context: &mut Context<'_>,
    ) {
        match value {
            None => self.values.push(F::MISSING),
            Some(value) => {
                let read = read(&mut self.reader, value).unwrap_or(Err(&known::NOT_A_NUMBER));
                self.take(row, read, context, || value.to_string());
            }
        }
    }
}
