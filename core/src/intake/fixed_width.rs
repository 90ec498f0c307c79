//! Builders of columns of values with a fixed width.

use crate::column::Column;

use super::context::Context;
use super::readers::{Fault, ValueReader};
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
            context.fault(fault, row, shown);
            F::MISSING
        });
        self.values.push(value);
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
