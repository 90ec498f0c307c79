//! Canonical columns: what a submission's rows become once they are checked.
//!
//! A kernel never sees a string. Each field has one narrow form, and each form has one value that means "missing", so
//! that missing is never zero:
//!
//! | field | form | missing |
//! |---|---|---|
//! | closed code, flag | `u8`: the enum's number; 1 is false and 2 true | 0 |
//! | set of codes | `u8` or `u16`: bit `n - 1` for the code with number `n` | none: empty is a value |
//! | whole number | `u8` or `u16`: the number plus 1 | 0 |
//! | open code, area | `u16`: the index in its list plus 1 | 0 |
//! | date | `i32`: days since 1970-01-01 | `i32::MIN` |
//! | instant | `i32`: minutes since 1970-01-01 00:00, local time in London | `i32::MIN` |
//! | key, pseudonym | `u64` | 0 |
//! | weight | `u64`: units of one thousand-millionth | 0 |
//! | period | `u32`, see [`crate::period`] | 0 |
//! | number | `f64` | NaN |
//! | text | string | null |

use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::buffer::ScalarBuffer;

use crate::contract::Dataset;
use crate::kernel::extremes;
use crate::parallel;

/// A date or an instant that is missing.
pub const MISSING_DATE: i32 = i32::MIN;
/// Weights are whole numbers of this fraction of 1.
pub const WEIGHT_UNIT: u64 = 1_000_000_000;

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

    /// The narrow codes, if that is the form.
    #[must_use]
    pub fn as_u8(&self) -> Option<&[u8]> {
        if let Self::U8(values) = self { Some(values) } else { None }
    }

    /// The wider codes, if that is the form.
    #[must_use]
    pub fn as_u16(&self) -> Option<&[u16]> {
        if let Self::U16(values) = self { Some(values) } else { None }
    }

    /// The periods, if that is the form.
    #[must_use]
    pub fn as_u32(&self) -> Option<&[u32]> {
        if let Self::U32(values) = self { Some(values) } else { None }
    }

    /// The dates or instants, if that is the form.
    #[must_use]
    pub fn as_i32(&self) -> Option<&[i32]> {
        if let Self::I32(values) = self { Some(values) } else { None }
    }

    /// The keys or weights, if that is the form.
    #[must_use]
    pub fn as_u64(&self) -> Option<&[u64]> {
        if let Self::U64(values) = self { Some(values) } else { None }
    }

    /// The numbers, if that is the form.
    #[must_use]
    pub fn as_f64(&self) -> Option<&[f64]> {
        if let Self::F64(values) = self { Some(values) } else { None }
    }

    /// The texts, if that is the form.
    #[must_use]
    pub fn as_text(&self) -> Option<&StringArray> {
        if let Self::Text(values) = self { Some(values) } else { None }
    }

    /// The rows from `offset` on, `length` of them, without copying.
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

/// The first and last of some days, but for those that are missing, and whether any is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DaySpan {
    pub(crate) first: i32,
    pub(crate) last: i32,
    pub(crate) missing: bool,
}

impl DaySpan {
    const EMPTY: Self = Self { first: i32::MAX, last: i32::MIN, missing: false };

    pub(crate) fn of(days: &[i32], threads: NonZeroUsize) -> Self {
        /// Days that a thread takes at a time.
        const CHUNK: usize = 1 << 17;
        let spans = parallel::map(days.len(), CHUNK, threads, |range| Self::of_some(&days[range]));
        spans.into_iter().fold(Self::EMPTY, Self::join)
    }

    fn of_some(days: &[i32]) -> Self {
        match extremes(days) {
            // A missing day is the least of all numbers.
            Some((MISSING_DATE, last)) => {
                let first = days.iter().copied().filter(|day| *day != MISSING_DATE).min();
                Self { first: first.unwrap_or(i32::MAX), last, missing: true }
            }
            Some((first, last)) => Self { first, last, missing: false },
            None => Self::EMPTY,
        }
    }

    pub(crate) fn join(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            missing: self.missing | other.missing,
        }
    }

    /// First and last day; `None` where every day is missing, or there is none.
    pub(crate) fn ends(self) -> Option<(i32, i32)> {
        (self.first <= self.last).then_some((self.first, self.last))
    }
}

/// Checked rows of one dataset: one column for each field that is kept, in the order of [`Dataset::kept`].
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
    /// If the columns are not those of [`Dataset::kept`], or not all of `rows` rows.
    #[must_use]
    pub fn new(dataset: &'static Dataset, columns: Vec<Column>, rows: usize) -> Self {
        assert_eq!(columns.len(), dataset.kept().count(), "one column for each field kept");
        assert!(columns.iter().all(|column| column.len() == rows), "columns of equal length");
        Self { dataset, columns, rows }
    }

    /// A batch that has some of the columns: an empty one stands for a field that was not read.
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

/// The 64-bit key of an identifier. The function is a part of what is stored: it never changes. 0 is kept for
/// "missing".
///
/// Two of ten million identifiers share a key with a probability of about three in a million (the birthday bound,
/// n² / 2⁶⁵); the text of an identifier is never kept.
#[must_use]
pub fn key_of(identifier: &str) -> u64 {
    key::of(identifier.as_bytes())
}

/// The key of a row whose dataset has several key fields: a mix of theirs, in their order.
#[must_use]
pub fn combine_keys(keys: &[u64]) -> u64 {
    key::combine(keys)
}

mod key {
    /// See [`super::key_of`].
    pub(super) fn of(bytes: &[u8]) -> u64 {
        let mut state = 0x9e37_79b9_7f4a_7c15 ^ u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            state = mix(state ^ u64::from_le_bytes(word));
        }
        let mut word = [0; 8];
        let rest = chunks.remainder();
        word[..rest.len()].copy_from_slice(rest);
        mix(state ^ u64::from_le_bytes(word)).max(1)
    }

    pub(super) fn combine(keys: &[u64]) -> u64 {
        keys.iter().fold(0x2545_f491_4f6c_dd1d_u64, |state, key| mix(state.rotate_left(23) ^ *key)).max(1)
    }

    /// Finaliser of a 64-bit hash with full avalanche (Stafford 2011, variant 13, as in SplitMix64). It is a
    /// bijection, so equal lengths collide only where the words before do.
    fn mix(mut x: u64) -> u64 {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_never_change() {
        assert_eq!(key_of(""), key_of(""));
        assert_ne!(key_of("a"), key_of("a\0"));
        assert_ne!(combine_keys(&[1, 2]), combine_keys(&[2, 1]));
        // Stored submissions depend on these values.
        assert_eq!(key_of("01/1234/17"), 12_511_010_628_486_209_835);
        assert_eq!(combine_keys(&[1, 2]), 14_856_072_540_206_508_101);
    }
}
