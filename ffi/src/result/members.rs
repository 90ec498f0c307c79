//! The members of structures, read from the columns with their names.

use std::ffi::c_char;

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, UInt64Type};

use crate::texts::Texts;

/// A member's name, which is the name of its column, and the function that sets it.
type Member<T, V> = (&'static str, fn(&mut T, V));

/// The members of a structure, by their types. [`members`] makes it.
pub(super) struct Members<T: 'static> {
    /// A structure in which nothing is known, given the empty text.
    pub(super) nothing: fn(*const c_char) -> T,
    /// Texts and days.
    pub(super) texts: &'static [Member<T, *const c_char>],
    /// Numbers.
    pub(super) numbers: &'static [Member<T, f64>],
    /// Whole numbers.
    pub(super) counts: &'static [Member<T, u64>],
    /// Truth values.
    pub(super) flags: &'static [Member<T, bool>],
}

/// The [`Members`] of a structure with an interval, from their names. The members of the interval are among them and are
/// not named.
macro_rules! members {
    ($structure:ident {
        texts: [$($text:ident),* $(,)?],
        optional_texts: [$($optional:ident),* $(,)?],
        numbers: [$($number:ident),* $(,)?],
        counts: [$($count:ident),* $(,)?],
        flags: [$($flag:ident),* $(,)?],
    }) => {
        $crate::result::members::members_without_interval!($structure {
            texts: [$($text),*],
            optional_texts: [$($optional,)* method],
            numbers: [$($number,)* lower, upper, confidence],
            counts: [$($count),*],
            flags: [$($flag),*],
        })
    };
}
pub(super) use members;

/// The [`Members`] of a structure, from their names. A text that is missing is empty, an optional text that is missing is
/// NULL, a number that is missing is NaN, and a count that is missing is 0.
macro_rules! members_without_interval {
    ($structure:ident {
        texts: [$($text:ident),* $(,)?],
        optional_texts: [$($optional:ident),* $(,)?],
        numbers: [$($number:ident),* $(,)?],
        counts: [$($count:ident),* $(,)?],
        flags: [$($flag:ident),* $(,)?],
    }) => {
        Members {
            nothing: |empty| $structure {
                $($text: empty,)*
                $($optional: std::ptr::null(),)*
                $($number: f64::NAN,)*
                $($count: 0,)*
                $($flag: false,)*
            },
            texts: &[
                $((stringify!($text), |row, text| row.$text = text),)*
                $((stringify!($optional), |row, text| row.$optional = text),)*
            ],
            numbers: &[$((stringify!($number), |row, number| row.$number = number),)*],
            // A count that is too large for the member becomes the largest number that the member can hold.
            counts: &[$((stringify!($count), |row, count| row.$count = count.try_into().unwrap_or(!0)),)*],
            flags: &[$((stringify!($flag), |row, flag| row.$flag = flag),)*],
        }
    };
}
pub(super) use members_without_interval;

impl<T: Copy> Members<T> {
    /// One structure for each row, from columns. A column that is not there, as in the answer of an older exchange,
    /// leaves its member missing.
    pub(super) fn read<'c>(
        &self,
        rows: usize,
        column: impl Fn(&str) -> Option<&'c ArrayRef>,
        texts: &mut Texts,
    ) -> Vec<T> {
        let mut read = vec![(self.nothing)(texts.keep("")); rows];
        let column = |name: &str, kind: &DataType| cast(column(name)?, kind).ok();
        for (name, set) in self.texts {
            let Some(column) = column(name, &DataType::Utf8) else { continue };
            let texts = column.as_string::<i32>().iter().map(|text| Some(texts.keep(text?)));
            fill(&mut read, *set, texts);
        }
        for (name, set) in self.numbers {
            let Some(column) = column(name, &DataType::Float64) else { continue };
            fill(&mut read, *set, column.as_primitive::<Float64Type>());
        }
        for (name, set) in self.counts {
            let Some(column) = column(name, &DataType::UInt64) else { continue };
            fill(&mut read, *set, column.as_primitive::<UInt64Type>());
        }
        for (name, set) in self.flags {
            let Some(column) = column(name, &DataType::Boolean) else { continue };
            fill(&mut read, *set, column.as_boolean());
        }
        read
    }

    /// The structures of each row, from a column of lists. Rows have none if there is no such column.
    pub(super) fn lists(&self, column: Option<&ArrayRef>, texts: &mut Texts) -> Lists<T> {
        let nothing = Lists { all: Vec::new(), ends: Vec::new() };
        let Some(lists) = column.and_then(|column| column.as_list_opt::<i32>()) else { return nothing };
        let Some(parts) = lists.values().as_struct_opt() else { return nothing };
        let all = self.read(parts.len(), |name| parts.column_by_name(name), texts);
        let ends = lists.value_offsets().iter().map(|end| usize::try_from(*end).unwrap_or(0)).collect();
        Lists { all, ends }
    }
}

/// Sets a member of each structure; a value that is missing leaves the member missing.
fn fill<T, V>(read: &mut [T], set: fn(&mut T, V), values: impl IntoIterator<Item = Option<V>>) {
    for (row, value) in read.iter_mut().zip(values) {
        if let Some(value) = value {
            set(row, value);
        }
    }
}

/// Several structures of each row.
#[derive(Debug)]
pub(super) struct Lists<T> {
    all: Vec<T>,
    /// The offset at which each row begins, and the end of the last row.
    ends: Vec<usize>,
}

impl<T> Lists<T> {
    /// The structures of a row; none beyond the last row.
    pub(super) fn of(&self, row: usize) -> &[T] {
        let range = self.ends.get(row).zip(self.ends.get(row.saturating_add(1)));
        range.and_then(|(start, end)| self.all.get(*start..*end)).unwrap_or_default()
    }
}
