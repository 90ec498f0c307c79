//! The builder of a column of text.

use std::any::Any;

use arrow::array::{Array, StringArray, StringBuilder};
use regex::Regex;

use crate::column::Column;
use crate::contract::Field;
use crate::text_table::{Cells, trimmed};

use super::arrow_types::each_text;
use super::builder::ColumnBuilder;
use super::context::Context;
use super::direct_identifier::{self, Tally};
use super::parse;
use super::readers::Fault;
use super::registry as known;

/// Most bytes of text in a column: well below the limit of its offsets, which have 32 bits.
pub(super) const MOST_BYTES: usize = 1 << 30;

/// Free or patterned text.
#[derive(Debug)]
pub(super) struct Text {
    values: StringBuilder,
    rows: usize,
    max_length: usize,
    pattern: Option<Regex>,
    /// Whether there was more text than the limit. The text above the limit is not kept.
    overfull: bool,
}

impl Text {
    pub(super) fn new(field: &Field) -> Self {
        let pattern = &field.options.pattern;
        // A test compiles every pattern of the contract.
        let pattern = if pattern.is_empty() { None } else { Regex::new(&format!("^(?:{pattern})$")).ok() };
        Self::empty(field.max_length(), pattern)
    }

    fn fault(&self, text: &str) -> Option<Fault> {
        if text.len() > self.max_length && text.chars().count() > self.max_length {
            Some(&known::TOO_LONG)
        } else if direct_identifier::in_text(text).is_some() {
            Some(&known::IDENTIFIER_IN_TEXT)
        } else if self.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
            Some(&known::PATTERN)
        } else {
            None
        }
    }

    /// A builder without texts, with this pattern.
    fn empty(max_length: usize, pattern: Option<Regex>) -> Self {
        Self { values: StringBuilder::new(), rows: 0, max_length, pattern, overfull: false }
    }

    fn missing(&mut self) {
        self.values.append_null();
        self.rows += 1;
    }
}

impl ColumnBuilder for Text {
    fn text(&mut self, row: usize, text: &str, context: &mut Context<'_>) {
        let text = trimmed(text);
        if text.is_empty() || parse::is_missing(text) {
            return self.missing();
        }
        match self.fault(text) {
            Some(fault) => {
                context.fault(fault, row, || text.to_owned());
                self.missing();
            }
            None if self.text_bytes().saturating_add(text.len()) > MOST_BYTES => {
                self.overfull = true;
                self.missing();
            }
            None => {
                self.values.append_value(text);
                self.rows += 1;
            }
        }
    }

    fn cells(&mut self, row: usize, cells: &Cells<'_>, context: &mut Context<'_>) {
        for at in 0..cells.len() {
            self.text(row + at, cells.get(at), context);
        }
    }

    fn code(&mut self, _: usize, _: i32, _: &mut Context<'_>) {
        self.missing();
    }

    fn codes(&mut self, _: usize, _: &[i32], _: &mut Context<'_>) {
        self.missing();
    }

    fn flag(&mut self, _: usize, _: Option<bool>, _: &mut Context<'_>) {
        self.missing();
    }

    fn number(&mut self, _: usize, _: Option<f64>, _: &mut Context<'_>) {
        self.missing();
    }

    fn whole(&mut self, _: usize, _: Option<i64>, _: &mut Context<'_>) {
        self.missing();
    }

    fn array(&mut self, row: usize, array: &dyn Array, context: &mut Context<'_>) -> Result<(), &'static str> {
        let mut row = row;
        let read = each_text(array, |text| {
            match text {
                Some(text) => self.text(row, text, context),
                None => self.missing(),
            }
            row += 1;
        });
        if read { Ok(()) } else { Err("text") }
    }

    fn fill(&mut self, rows: usize) {
        while self.rows < rows {
            self.missing();
        }
    }

    fn like(&self) -> Box<dyn ColumnBuilder> {
        Box::new(Self::empty(self.max_length, self.pattern.clone()))
    }

    fn split(&mut self) -> Box<dyn Any + Send> {
        self.rows = 0;
        Box::new((self.values.finish(), std::mem::take(&mut self.overfull)))
    }

    fn append(&mut self, part: Box<dyn Any + Send>) {
        let Ok(part) = part.downcast::<(StringArray, bool)>() else { return };
        let (texts, overfull) = *part;
        let bytes = self.values.values_slice().len().saturating_add(texts.value_data().len());
        self.overfull |= overfull || bytes > MOST_BYTES || self.values.append_array(&texts).is_err();
        self.rows += texts.len();
    }

    fn text_bytes(&self) -> usize {
        if self.overfull { usize::MAX } else { self.values.values_slice().len() }
    }

    fn bytes(&self) -> usize {
        // Each value has an offset beside its text.
        self.values.values_slice().len().saturating_add(self.rows.saturating_mul(size_of::<i32>()))
    }

    fn finish(mut self: Box<Self>) -> (Column, Tally) {
        (Column::Text(self.values.finish()), Tally::default())
    }
}
