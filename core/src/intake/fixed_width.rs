//! Builders of columns of values with a fixed width.

use crate::column::Column;

use super::context::Context;
use super::direct_identifier::Tally;
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

/// The values of some rows.
#[derive(Debug)]
pub(super) struct FixedWidthPart<V> {
    values: Vec<V>,
    slashed: Vec<(usize, Slashed)>,
    tally: Option<Tally>,
}

impl<F: ValueReader> FixedWidth<F> {
    pub(super) fn new(reader: F, column: fn(Vec<F::Value>) -> Column) -> Self {
        Self { reader, values: Vec::new(), cache: None, column, slashed: Vec::new() }
    }

    /// A builder without values that reads in the same way.
    pub(super) fn like(&self) -> Self {
        let mut like = Self::new(self.reader.clone(), self.column);
        like.reader.tally().into_iter().for_each(|tally| *tally = Tally::default());
        like
    }

    /// Takes all values out. What was learnt of texts is kept.
    pub(super) fn split_off(&mut self) -> FixedWidthPart<F::Value> {
        let room = Vec::with_capacity(self.values.len());
        FixedWidthPart {
            values: std::mem::replace(&mut self.values, room),
            slashed: std::mem::take(&mut self.slashed),
            tally: self.reader.tally().map(std::mem::take),
        }
    }

    /// Appends values that were taken out.
    pub(super) fn join(&mut self, mut part: FixedWidthPart<F::Value>) {
        let first = self.values.len();
        self.values.append(&mut part.values);
        self.slashed.extend(part.slashed.into_iter().map(|(row, written)| (first + row, written)));
        if let Some((tally, more)) = self.reader.tally().zip(part.tally) {
            tally.add(&more);
        }
    }

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
            context.note(note, row, || text.to_owned());
        }
        note.is_some()
    }

    /// The order of day and month that the whole column decides, and the row that decides it.
    pub(super) fn day_order(&self) -> Option<(Order, usize)> {
        let (order, at) = order(self.slashed.iter().map(|(_, written)| *written))?;
        Some((order, self.slashed.get(at).map_or(0, |(row, _)| *row)))
    }

    /// Reads the days whose order of day and month the whole column decides.
    pub(super) fn settle_days(&mut self, order: Option<Order>, context: &mut Context<'_>) {
        for (row, written) in std::mem::take(&mut self.slashed) {
            let value = match order {
                Some(order) => {
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
