//! Canonical columns: the form of the rows of a submission after they are checked.
//!
//! A kernel never sees a string. Each field has one narrow form, and each form has one value that means "missing", so that a
//! missing value is never taken for zero:
//!
//! | field | form | missing |
//! |---|---|---|
//! | closed code, flag | `u8`: the enum's number; 1 is false and 2 true | 0 |
//! | set of codes | `u8` or `u16`: bit `n - 1` for the code with number `n` | none: the empty set is a value |
//! | whole number | `u8` or `u16`: the number plus 1 | 0 |
//! | open code, area | `u16`: the index in its list plus 1 | 0 |
//! | date | `i32`: days since 1970-01-01 | `i32::MIN` |
//! | instant | `i32`: minutes since 1970-01-01 00:00, local time in London | `i32::MIN` |
//! | key, pseudonym | `u64` | 0 |
//! | weight | `u64`: units of one thousand-millionth | 0 |
//! | period | `u32`, see [`crate::period`] | 0 |
//! | number | `f64` | NaN |
//! | text | string | null |

mod extremes;
mod key;
mod span;

pub(crate) use extremes::extremes;
pub(crate) use key::combined_keys;
pub use key::{combine_keys, key_of, value_bits};
pub(crate) use span::DaySpan;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::buffer::ScalarBuffer;

use crate::contract::Dataset;

/// A flag that is true.
pub const YES: u8 = 2;

/// A date or an instant that is missing.
pub const MISSING_DATE: i32 = i32::MIN;

/// One canonical column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Narrow codes.
    U8(ScalarBuffer<u8>),
    /// Wider codes.
    U16(ScalarBuffer<u16>),
    /// Periods.
    U32(ScalarBuffer<u32>),
    /// Dates, or instants in minutes.
    I32(ScalarBuffer<i32>),
    /// Keys, or weights.
    U64(ScalarBuffer<u64>),
    /// Numbers.
    F64(ScalarBuffer<f64>),
    /// Text.
    Text(StringArray),
}

impl Column {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::U8(values) => values.len(),
            Self::U16(values) => values.len(),
            Self::U32(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::U64(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the value of `row` is missing. A set is never missing: ask the field's kind first.
    ///
    /// # Panics
    ///
    /// If `row` is not below [`Column::len`].
    #[must_use]
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::U8(values) => values[row] == 0,
            Self::U16(values) => values[row] == 0,
            Self::U32(values) => values[row] == 0,
            Self::I32(values) => values[row] == MISSING_DATE,
            Self::U64(values) => values[row] == 0,
            Self::F64(values) => values[row].is_nan(),
            Self::Text(values) => values.is_null(row),
        }
    }

    /// The narrow codes; `None` for another form.
    #[must_use]
    pub fn as_u8(&self) -> Option<&[u8]> {
        if let Self::U8(values) = self { Some(values) } else { None }
    }

    /// The wider codes; `None` for another form.
    #[must_use]
    pub fn as_u16(&self) -> Option<&[u16]> {
        if let Self::U16(values) = self { Some(values) } else { None }
    }

    /// The periods; `None` for another form.
    #[must_use]
    pub fn as_u32(&self) -> Option<&[u32]> {
        if let Self::U32(values) = self { Some(values) } else { None }
    }

    /// The dates or instants; `None` for another form.
    #[must_use]
    pub fn as_i32(&self) -> Option<&[i32]> {
        if let Self::I32(values) = self { Some(values) } else { None }
    }

    /// The keys or weights; `None` for another form.
    #[must_use]
    pub fn as_u64(&self) -> Option<&[u64]> {
        if let Self::U64(values) = self { Some(values) } else { None }
    }

    /// The numbers; `None` for another form.
    #[must_use]
    pub fn as_f64(&self) -> Option<&[f64]> {
        if let Self::F64(values) = self { Some(values) } else { None }
    }

    /// The texts; `None` for another form.
    #[must_use]
    pub fn as_text(&self) -> Option<&StringArray> {
        if let Self::Text(values) = self { Some(values) } else { None }
    }

    /// Bytes that the values take in memory.
    ///
    /// ```
    /// use peelian_core::column::Column;
    ///
    /// assert_eq!(Column::U16(vec![1, 2, 3].into()).bytes(), 6);
    /// assert_eq!(Column::Text(vec![Some("knife"), None].into()).bytes(), 5 + 2 * 4);
    /// ```
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::U8(values) => size_of_val(&**values),
            Self::U16(values) => size_of_val(&**values),
            Self::U32(values) => size_of_val(&**values),
            Self::I32(values) => size_of_val(&**values),
            Self::U64(values) => size_of_val(&**values),
            Self::F64(values) => size_of_val(&**values),
            Self::Text(values) => {
                let offsets = values.value_offsets();
                let ends = offsets.first().zip(offsets.last());
                let texts = ends.map_or(0, |(first, last)| usize::try_from(last - first).unwrap_or(0));
                texts + values.len() * size_of::<i32>()
            }
        }
    }

    /// `length` rows from `offset` on, without a copy.
    #[must_use]
    pub fn slice(&self, offset: usize, length: usize) -> Self {
        match self {
            Self::U8(values) => Self::U8(values.slice(offset, length)),
            Self::U16(values) => Self::U16(values.slice(offset, length)),
            Self::U32(values) => Self::U32(values.slice(offset, length)),
            Self::I32(values) => Self::I32(values.slice(offset, length)),
            Self::U64(values) => Self::U64(values.slice(offset, length)),
            Self::F64(values) => Self::F64(values.slice(offset, length)),
            Self::Text(values) => Self::Text(values.slice(offset, length)),
        }
    }
}

/// Checked rows of one dataset: one column for each stored field, in the order of [`Dataset::kept`].
#[derive(Clone, Debug)]
pub struct Batch {
    dataset: &'static Dataset,
    columns: Vec<Column>,
    rows: usize,
}

impl Batch {
    /// A batch of `rows` rows.
    ///
    /// # Panics
    ///
    /// If the number of columns is not that of [`Dataset::kept`], or if a column does not have `rows` rows.
    #[must_use]
    pub fn new(dataset: &'static Dataset, columns: Vec<Column>, rows: usize) -> Self {
        assert_eq!(columns.len(), dataset.kept().count(), "one column for each field kept");
        assert!(columns.iter().all(|column| column.len() == rows), "columns of equal length");
        Self { dataset, columns, rows }
    }

    /// A batch with some of the columns: a column is empty if its field was not read.
    pub(crate) fn partial(dataset: &'static Dataset, columns: Vec<Column>, rows: usize) -> Self {
        debug_assert!(columns.iter().all(|column| [0, rows].contains(&column.len())), "columns of equal length");
        Self { dataset, columns, rows }
    }

    /// The dataset.
    #[must_use]
    pub fn dataset(&self) -> &'static Dataset {
        self.dataset
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes that the values take in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.columns.iter().map(Column::bytes).sum()
    }

    /// The columns, in the order of [`Dataset::kept`].
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of the field with this name.
    #[must_use]
    pub fn column(&self, field: &str) -> Option<&Column> {
        let position = self.dataset.kept().position(|kept| kept.name == field)?;
        self.columns.get(position).filter(|column| column.len() == self.rows)
    }
}

/// An Arrow array of the column, for inspection and export.
#[must_use]
pub fn to_arrow(column: &Column) -> ArrayRef {
    use arrow::array::{Float64Array, Int32Array, UInt8Array, UInt16Array, UInt32Array, UInt64Array};
    match column {
        Column::U8(values) => Arc::new(UInt8Array::new(values.clone(), None)),
        Column::U16(values) => Arc::new(UInt16Array::new(values.clone(), None)),
        Column::U32(values) => Arc::new(UInt32Array::new(values.clone(), None)),
        Column::I32(values) => Arc::new(Int32Array::new(values.clone(), None)),
        Column::U64(values) => Arc::new(UInt64Array::new(values.clone(), None)),
        Column::F64(values) => Arc::new(Float64Array::new(values.clone(), None)),
        Column::Text(values) => Arc::new(values.clone()),
    }
}
