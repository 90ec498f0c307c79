//! The types that an Arrow array may have, and access to its texts and whole numbers.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};

/// The name of a type, for messages, without the names of its parts: those come from the content.
pub(super) fn name(data_type: &DataType) -> String {
    data_type.to_string().chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// Whether a column of the type can hold text.
pub(super) fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Whether a column of the type has no values. For a column without values, tools write the null type or a dictionary of it.
pub(super) fn holds_nothing(data_type: &DataType) -> bool {
    match data_type {
        DataType::Null => true,
        DataType::Dictionary(_, values) => **values == DataType::Null,
        _ => false,
    }
}

pub(super) fn is_text_or_dictionary(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_text(values),
        plain => is_text(plain),
    }
}

/// Calls `take` with every text of an array, `None` for null. `false` if the array has another type, or a key without a text.
pub(super) fn each_text(array: &dyn Array, take: impl FnMut(Option<&str>)) -> bool {
    match array.data_type() {
        DataType::Dictionary(_, values) if is_text(values) => each_text_of_keys(array, take),
        _ => each_plain_text(array, take),
    }
}

fn each_plain_text(array: &dyn Array, mut take: impl FnMut(Option<&str>)) -> bool {
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().for_each(take),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().for_each(take),
        DataType::Utf8View => array.as_string_view().iter().for_each(take),
        nothing if holds_nothing(nothing) => (0..array.len()).for_each(|_| take(None)),
        _ => return false,
    }
    true
}

/// The texts of a dictionary, key by key. They are not copied into one array, because a few bytes of keys can stand for any
/// number of bytes of text.
fn each_text_of_keys(array: &dyn Array, mut take: impl FnMut(Option<&str>)) -> bool {
    let Some(dictionary) = array.as_any_dictionary_opt() else { return false };
    let mut texts: Vec<Option<String>> = Vec::with_capacity(dictionary.values().len());
    if !each_plain_text(dictionary.values(), |text| texts.push(text.map(str::to_owned))) {
        return false;
    }
    let Some(keys) = whole_numbers(dictionary.keys()) else { return false };
    for key in &keys {
        let text = key.map(|key| usize::try_from(key).ok().and_then(|key| texts.get(key)));
        match text {
            None => take(None),
            Some(Some(text)) => take(text.as_deref()),
            Some(None) => return false,
        }
    }
    true
}

/// An array of whole numbers of any width; `None` if a number does not fit a signed 64-bit number. The cast makes such a
/// number null, and it must not be taken for a null of the array.
pub(super) fn whole_numbers(array: &dyn Array) -> Option<PrimitiveArray<Int64Type>> {
    let numbers = cast(array, &DataType::Int64).ok()?;
    (numbers.null_count() <= array.null_count()).then(|| numbers.as_primitive::<Int64Type>().clone())
}

/// Whether any field can be read from a column of the type.
pub(super) fn is_supported(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) => is_text_or_dictionary(item.data_type()),
        DataType::Dictionary(_, values) => is_plain(values),
        plain => is_plain(plain),
    }
}

fn is_plain(data_type: &DataType) -> bool {
    is_text(data_type)
        || data_type.is_integer()
        || data_type.is_floating()
        || matches!(
            data_type,
            DataType::Null | DataType::Boolean | DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)
        )
        || data_type.is_decimal()
}

/// A decimal array as whole numbers, if it has no places after the point, and otherwise as numbers. Sums of whole numbers are
/// decimals in DuckDB and Spark.
pub(super) fn plain_numbers(array: &dyn Array) -> Option<ArrayRef> {
    let places = match array.data_type() {
        DataType::Decimal32(_, places)
        | DataType::Decimal64(_, places)
        | DataType::Decimal128(_, places)
        | DataType::Decimal256(_, places) => *places,
        _ => return None,
    };
    let numbers = cast(array, if places <= 0 { &DataType::Int64 } else { &DataType::Float64 }).ok()?;
    // The cast makes a number null that does not fit.
    (numbers.null_count() <= array.null_count()).then_some(numbers)
}
