//! From columns with names to the members of structures.

use std::ffi::c_char;
use std::ptr::null;

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, UInt64Type};

use crate::texts::Texts;

/// A member's name, which is its column's, and what sets it.
pub(super) type Member<T, V> = (&'static str, fn(&mut T, V));

/// The members of a structure, by what they hold.
pub(super) struct Members<T: 'static> {
    /// One of which nothing is known, given the empty text.
    pub(super) nothing: fn(*const c_char) -> T,
    /// Texts and days; NULL where there is none.
    pub(super) texts: &'static [Member<T, *const c_char>],
    /// Numbers; NaN where there is none.
    pub(super) numbers: &'static [Member<T, f64>],
    /// Whole numbers that are never missing.
    pub(super) counts: &'static [Member<T, u64>],
    /// Truth values.
    pub(super) flags: &'static [Member<T, bool>],
}

impl<T: Copy> Members<T> {
    /// So many structures from their columns. One that is not there, as of an older exchange, leaves its member missing.
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
            for (row, text) in read.iter_mut().zip(column.as_string::<i32>()) {
                set(row, text.map_or(null(), |text| texts.keep(text)));
            }
        }
        for (name, set) in self.numbers {
            let Some(column) = column(name, &DataType::Float64) else { continue };
            for (row, number) in read.iter_mut().zip(column.as_primitive::<Float64Type>()) {
                set(row, number.unwrap_or(f64::NAN));
            }
        }
        for (name, set) in self.counts {
            let Some(column) = column(name, &DataType::UInt64) else { continue };
            for (row, count) in read.iter_mut().zip(column.as_primitive::<UInt64Type>()) {
                set(row, count.unwrap_or(0));
            }
        }
        for (name, set) in self.flags {
            let Some(column) = column(name, &DataType::Boolean) else { continue };
            for (row, flag) in read.iter_mut().zip(column.as_boolean()) {
                set(row, flag.unwrap_or(false));
            }
        }
        read
    }

    /// The structures of each row, from a column of lists; none where there is no such column.
    pub(super) fn lists(&self, column: Option<&ArrayRef>, texts: &mut Texts) -> Lists<T> {
        let nothing = Lists { all: Vec::new(), ends: Vec::new() };
        let Some(lists) = column.and_then(|column| column.as_list_opt::<i32>()) else { return nothing };
        let Some(parts) = lists.values().as_struct_opt() else { return nothing };
        let all = self.read(parts.len(), |name| parts.column_by_name(name), texts);
        let ends = lists.value_offsets().iter().map(|end| usize::try_from(*end).unwrap_or(0)).collect();
        Lists { all, ends }
    }
}

/// Several structures of each row.
#[derive(Debug)]
pub(super) struct Lists<T> {
    all: Vec<T>,
    /// Where the rows begin and end.
    ends: Vec<usize>,
}

impl<T> Lists<T> {
    /// Those of a row; none beyond the last.
    pub(super) fn of(&self, row: usize) -> &[T] {
        let range = self.ends.get(row).zip(self.ends.get(row.saturating_add(1)));
        range.and_then(|(start, end)| self.all.get(*start..*end)).unwrap_or_default()
    }
}
