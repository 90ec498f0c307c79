//! Builders of the column of one field.

use std::any::Any;
use std::fmt::Debug;

use arrow::array::Array;

use crate::column::Column;
use crate::contract::Kind;
use crate::text_table::Cells;

use super::arrow_types;
use super::arrow_values;
use super::context::Context;
use super::direct_identifier::Tally;
use super::error::IntakeError;
use super::fixed_width::{FixedWidth, FixedWidthPart};
use super::loose::Order;
use super::readers::{self, Fault, ValueReader, supplied};
use super::registry as known;

/// A builder of a column: each row appends one value.
pub(super) trait ColumnBuilder: Debug + Send {
    /// Appends a text of the content.
    fn text(&mut self, row: usize, text: &str, context: &mut Context<'_>);
    /// Appends the cells of a text.
    fn cells(&mut self, row: usize, cells: &Cells<'_>, context: &mut Context<'_>);
    /// Appends a closed code by its number; 0 is missing.
    fn code(&mut self, row: usize, number: i32, context: &mut Context<'_>);
    /// Appends a set of codes by their numbers.
    fn codes(&mut self, row: usize, numbers: &[i32], context: &mut Context<'_>);
    /// Appends a truth value.
    fn flag(&mut self, row: usize, flag: Option<bool>, context: &mut Context<'_>);
    /// Appends a number.
    fn number(&mut self, row: usize, number: Option<f64>, context: &mut Context<'_>);
    /// Appends a whole number.
    fn whole(&mut self, row: usize, number: Option<i64>, context: &mut Context<'_>);
    /// Appends all values of an array. The error names the types that are accepted.
    fn array(&mut self, row: usize, array: &dyn Array, context: &mut Context<'_>) -> Result<(), &'static str>;
    /// Whether the texts of an array are checked as they are read, so that they need no check before.
    fn checks_texts(&self) -> bool {
        false
    }
    /// Reserves memory for a total number of rows, if values have a fixed width.
    fn reserve(&mut self, _rows: usize) {}
    /// Appends missing values up to a total number of rows.
    fn fill(&mut self, rows: usize);
    /// The order of day and month that the whole column decides, and the row that decides it.
    fn day_order(&self) -> Option<(Order, usize)> {
        None
    }
    /// Decides the values that only the whole column decides.
    fn settle(&mut self, _order: Option<Order>, _context: &mut Context<'_>) {}
    /// A builder without values that reads in the same way.
    fn like(&self) -> Box<dyn ColumnBuilder>;
    /// Takes all values out, for [`ColumnBuilder::append`] of a builder that reads in the same way.
    fn split(&mut self) -> Box<dyn Any + Send>;
    /// Appends values that were taken out.
    fn append(&mut self, part: Box<dyn Any + Send>);
    /// Bytes of text in the column.
    fn text_bytes(&self) -> usize {
        0
    }
    /// Bytes that the values take in memory.
    fn bytes(&self) -> usize;
    /// The column, and the tally of its values by the shapes of direct identifiers.
    fn finish(self: Box<Self>) -> (Column, Tally);
}

/// Appends all values of an array to a column. The error names the types that are accepted.
pub(super) fn read(
    builder: &mut dyn ColumnBuilder,
    row: usize,
    array: &dyn Array,
    context: &mut Context<'_>,
) -> Result<(), IntakeError> {
    // pandas gives a column without a value a type of numbers.
    if !array.is_empty() && array.null_count() == array.len() {
        builder.fill(row + array.len());
        return Ok(());
    }
    let column = &context.field.name;
    builder.array(row, array, context).map_err(|expected| IntakeError::ColumnType {
        column,
        expected,
        got: arrow_types::name(array.data_type()),
    })
}

impl<F: ValueReader + Numbered + Debug + Send + 'static> ColumnBuilder for FixedWidth<F>
where
    F::Value: Debug + Send,
{
    fn text(&mut self, row: usize, text: &str, context: &mut Context<'_>) {
        let Some((text, value)) = supplied(&mut self.reader, text) else {
            self.values.push(F::MISSING);
            return;
        };
        if value.is_ok_and(F::is_missing) {
            context.settled.set(row);
        }
        self.tell_note(row, context, text);
        self.take(row, value, context, || text.to_owned());
    }

    fn cells(&mut self, row: usize, cells: &Cells<'_>, context: &mut Context<'_>) {
        arrow_values::append_cells(self, row, cells, context);
    }

    fn code(&mut self, row: usize, number: i32, context: &mut Context<'_>) {
        let number = Some(number).filter(|number| *number != 0);
        self.optional(row, number, |reader, number| reader.numbered(&[number]), context);
    }

    fn codes(&mut self, row: usize, numbers: &[i32], context: &mut Context<'_>) {
        if numbers.is_empty() {
            self.values.push(F::MISSING);
            return;
        }
        let value = self.reader.numbered(numbers).unwrap_or(Err(&known::NOT_A_CODE));
        self.take(row, value, context, || format!("{numbers:?}"));
    }

    fn flag(&mut self, row: usize, flag: Option<bool>, context: &mut Context<'_>) {
        self.optional(row, flag, F::flag, context);
    }

    fn number(&mut self, row: usize, number: Option<f64>, context: &mut Context<'_>) {
        // In a message, a weight of 0 is a weight that is not supplied.
        let number = number.filter(|number| *number != 0.0 || !matches!(context.field.kind, Kind::Weight));
        self.optional(row, number, F::number, context);
    }

    fn whole(&mut self, row: usize, number: Option<i64>, context: &mut Context<'_>) {
        self.optional(row, number, F::whole, context);
    }

    fn array(&mut self, row: usize, array: &dyn Array, context: &mut Context<'_>) -> Result<(), &'static str> {
        arrow_values::append(self, row, array, context)
    }

    fn checks_texts(&self) -> bool {
        F::REPEATS
    }

    fn reserve(&mut self, rows: usize) {
        self.values.reserve_exact(rows.saturating_sub(self.values.len()));
    }

    fn fill(&mut self, rows: usize) {
        self.values.resize(rows, F::MISSING);
    }

    fn day_order(&self) -> Option<(Order, usize)> {
        FixedWidth::day_order(self)
    }

    fn settle(&mut self, order: Option<Order>, context: &mut Context<'_>) {
        self.settle_days(order, context);
    }

    fn like(&self) -> Box<dyn ColumnBuilder> {
        Box::new(FixedWidth::like(self))
    }

    fn split(&mut self) -> Box<dyn Any + Send> {
        Box::new(self.split_off())
    }

    fn append(&mut self, part: Box<dyn Any + Send>) {
        // Values of a builder like this one have the same type.
        if let Ok(part) = part.downcast::<FixedWidthPart<F::Value>>() {
            self.join(*part);
        }
    }

    fn bytes(&self) -> usize {
        size_of_val(self.values.as_slice())
    }

    fn finish(mut self: Box<Self>) -> (Column, Tally) {
        // The rows may stay in memory for long.
        self.values.shrink_to_fit();
        let tally = self.reader.tally().map_or_else(Tally::default, |tally| *tally);
        ((self.column)(self.values), tally)
    }
}

/// Readers of values from the numbers of enum values.
pub(super) trait Numbered: ValueReader {
    /// The value for these numbers.
    fn numbered(&mut self, _: &[i32]) -> Option<Result<Self::Value, Fault>> {
        None
    }
}

impl Numbered for readers::Key {}
impl Numbered for readers::Pseudonym {}
impl Numbered for readers::Date {}
impl Numbered for readers::Instant {}
impl Numbered for readers::Weight {}
impl Numbered for readers::Number {}
impl Numbered for readers::Flag {}
impl Numbered for readers::Integer {}
impl Numbered for readers::OpenCode {}
impl Numbered for readers::Area {}
impl Numbered for readers::PeriodCode {}

impl Numbered for readers::Code {
    fn numbered(&mut self, numbers: &[i32]) -> Option<Result<u8, Fault>> {
        let [number] = numbers else { return None };
        Some(Self::numbered(self, *number))
    }
}

impl Numbered for readers::Set {
    fn numbered(&mut self, numbers: &[i32]) -> Option<Result<u16, Fault>> {
        Some(Self::numbered(self, numbers))
    }
}
