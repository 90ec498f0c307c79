//! The cells of a table as text.

use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, StringArray};
use arrow::array::{RecordBatch, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Date32Type, Float64Type, UInt32Type, UInt64Type};
use peelian_core::period::date_of_days;

use super::columns::{COLUMNS, Column};
use super::error::ExportError;

/// Letters with which a spreadsheet takes a text for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Numbers from here are written without an exponent.
const SMALL: f64 = 1e-5;
/// Numbers from here are written with an exponent. All whole numbers below are exact.
const LARGE: f64 = 1e15;

/// A column of a table.
pub(super) enum Cells<'t> {
    /// Texts.
    Text(&'t StringArray),
    /// Numbers.
    Number(&'t Float64Array),
    /// Small whole numbers.
    Small(&'t UInt32Array),
    /// Large whole numbers.
    Large(&'t UInt64Array),
    /// Yes or no.
    Flag(&'t BooleanArray),
    /// Days.
    Day(&'t Date32Array),
}

/// The columns of a table, each with what is known of it.
pub(super) fn columns(table: &RecordBatch) -> Result<Vec<(&'static Column, Cells<'_>)>, ExportError> {
    let cells = COLUMNS.iter().zip(table.columns()).map(|(column, values)| Some((column, Cells::of(values)?)));
    let refused = || ExportError::refused("the table of observations")(&"a column has a type that no file has");
    cells.collect::<Option<_>>().ok_or_else(refused)
}

impl<'t> Cells<'t> {
    /// A column; `None` if its type is not one that the files have.
    pub(super) fn of(column: &'t ArrayRef) -> Option<Self> {
        match column.data_type() {
            DataType::Utf8 => Some(Self::Text(column.as_string())),
            DataType::Float64 => Some(Self::Number(column.as_primitive::<Float64Type>())),
            DataType::UInt32 => Some(Self::Small(column.as_primitive::<UInt32Type>())),
            DataType::UInt64 => Some(Self::Large(column.as_primitive::<UInt64Type>())),
            DataType::Boolean => Some(Self::Flag(column.as_boolean())),
            DataType::Date32 => Some(Self::Day(column.as_primitive::<Date32Type>())),
            _ => None,
        }
    }

    /// Appends the text of a cell; nothing for a missing value.
    ///
    /// A number has the fewest digits that read back to the same bits. A text that a spreadsheet would take for a formula has
    /// an apostrophe before it.
    pub(super) fn write(&self, row: usize, out: &mut String) {
        if self.is_missing(row) {
            return;
        }
        // Writing to a text never fails.
        _ = match self {
            Self::Text(texts) => write_text(texts.value(row), out),
            Self::Number(numbers) => write_number(numbers.value(row), out),
            Self::Small(numbers) => write!(out, "{}", numbers.value(row)),
            Self::Large(numbers) => write!(out, "{}", numbers.value(row)),
            Self::Flag(flags) => write!(out, "{}", flags.value(row)),
            Self::Day(days) => date_of_days(days.value(row)).map_or(Ok(()), |day| write!(out, "{day}")),
        };
    }

    fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Text(cells) => cells.is_null(row),
            Self::Number(cells) => cells.is_null(row),
            Self::Small(cells) => cells.is_null(row),
            Self::Large(cells) => cells.is_null(row),
            Self::Flag(cells) => cells.is_null(row),
            Self::Day(cells) => cells.is_null(row),
        }
    }
}

/// Very small and very large numbers have an exponent: some readers take hundreds of digits for a text.
fn write_number(number: f64, out: &mut String) -> std::fmt::Result {
    let size = number.abs();
    if size > 0.0 && !(SMALL..LARGE).contains(&size) { write!(out, "{number:e}") } else { write!(out, "{number}") }
}

fn write_text(text: &str, out: &mut String) -> std::fmt::Result {
    if text.starts_with(FORMULA) {
        out.write_char('\'')?;
    }
    out.write_str(text)
}
