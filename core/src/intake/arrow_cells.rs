//! Reads Arrow arrays into growing columns. Dictionary values are read once each.

use std::ops::Range;

use arrow::array::{Array, AsArray, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowDictionaryKeyType, ArrowNativeType, DataType, Date32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimeUnit, TimestampMillisecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::cells::{Context, Fixed};
use super::forms::{Fault, Form};
use super::look_up::{count_where, keep_where, look_up};
use super::seen::Seen;
use super::views::{ROWS_AT_ONCE, Views, is_short};
use crate::kernel::extremes;

/// Keys of a dictionary that go through all steps together, in a first-level cache.
const KEYS_AT_ONCE: usize = 4096;

/// Appends all values of an array; the error says what types would do.
pub(super) fn append<F: Form>(
    cells: &mut Fixed<F>,
    row: usize,
    array: &dyn Array,
    context: &mut Context<'_>,
) -> Result<(), &'static str> {
    let mut appender = Appender { cells, row, context, refused: false };
    let done = match array.data_type() {
        nothing if holds_nothing(nothing) => appender.missing(array.len()),
        DataType::Dictionary(_, values) if is_text(values) => appender.dictionary(array),
        DataType::Dictionary(_, values) => cast(array, values).is_ok_and(|plain| appender.values(&plain)),
        DataType::List(item) | DataType::LargeList(item) if is_text_or_dictionary(item.data_type()) => {
            appender.lists(array)
        }
        _ => appender.values(array),
    };
    if done && !appender.refused { Ok(()) } else { Err(F::EXPECTED) }
}

/// Whether a column of the type can hold text.
pub(super) fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Whether a column of the type has no values. Tools that find none write no type, or a dictionary of no type.
fn holds_nothing(data_type: &DataType) -> bool {
    match data_type {
        DataType::Null => true,
        DataType::Dictionary(_, values) => **values == DataType::Null,
        _ => false,
    }
}

fn is_text_or_dictionary(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_text(values),
        plain => is_text(plain),
    }
}

/// Hands every text of an array to `take`, `None` where it is null. False if the array holds no text, or a key without one.
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

/// The texts of a dictionary, key by key. They are not put side by side: a few bytes of keys can stand for any number of
/// bytes of text.
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

/// An array of whole numbers of any width, unless some are beyond 64 bits with a sign: the cast makes these null, and they
/// must be told from null.
fn whole_numbers(array: &dyn Array) -> Option<PrimitiveArray<Int64Type>> {
    let numbers = cast(array, &DataType::Int64).ok()?;
    (numbers.null_count() <= array.null_count()).then(|| numbers.as_primitive::<Int64Type>().clone())
}

struct Appender<'a, 'c, F: Form> {
    cells: &'a mut Fixed<F>,
    row: usize,
    context: &'a mut Context<'c>,
    /// Whether a value was of a type that the form does not read.
    refused: bool,
}

impl<F: Form> Appender<'_, '_, F> {
    fn missing(&mut self, rows: usize) -> bool {
        let rows = self.cells.values.len() + rows;
        self.cells.values.resize(rows, F::MISSING);
        true
    }

    fn push(&mut self, value: Option<Result<F::Value, Fault>>, shown: impl FnOnce() -> String) {
        match value {
            Some(Ok(value)) => self.cells.values.push(value),
            Some(fault) => self.cells.take(self.row, fault, self.context, shown),
            None => {
                self.refused = true;
                self.cells.values.push(F::MISSING);
            }
        }
        self.row += 1;
    }

    /// Reads a text. What it was read as, if that is a value: a fault, and a text that says "not known", are noted for each
    /// row.
    #[inline(never)]
    fn text(&mut self, text: Option<&str>) -> Option<F::Value> {
        let text = text.map(str::trim_ascii).filter(|text| !text.is_empty());
        let value = match text {
            None => Ok(F::MISSING),
            Some(text) => {
                let value = self.cells.form.text(text);
                if value.is_ok_and(F::is_missing) {
                    self.context.settled.set(self.row);
                }
                value
            }
        };
        self.push(Some(value), || text.unwrap_or_default().to_owned());
        value.ok().filter(|value| !F::is_missing(*value))
    }

    fn values(&mut self, array: &dyn Array) -> bool {
        match array.data_type() {
            DataType::Boolean => {
                let flags = array.as_boolean();
                if let [Some(Ok(no)), Some(Ok(yes))] = [false, true].map(|flag| self.cells.form.flag(flag)) {
                    let start = self.cells.values.len();
                    self.cells.values.resize(start + flags.len(), yes);
                    keep_where(self.cells.values.get_mut(start..).unwrap_or_default(), no, flags.values());
                    self.cells.clear_nulls(start, flags.nulls());
                    self.row += flags.len();
                    return true;
                }
                for value in flags {
                    self.optional(value, F::flag);
                }
            }
            DataType::Date32 => {
                let days = array.as_primitive::<Date32Type>();
                if let Some(plain) = self.plain_days(days) {
                    self.cells.values.extend_from_slice(plain);
                    self.row += plain.len();
                    return true;
                }
                for value in days {
                    self.optional(value, F::days);
                }
            }
            DataType::Date64 => return self.millis(array, false),
            DataType::Timestamp(_, zone) => return self.millis(array, zone.is_some()),
            DataType::Float16 | DataType::Float32 | DataType::Float64 => {
                let Ok(numbers) = cast(array, &DataType::Float64) else { return false };
                for value in numbers.as_primitive::<Float64Type>() {
                    // Tools that have no missing whole numbers write NaN.
                    self.optional(value.filter(|value| !value.is_nan()), F::number);
                }
            }
            kind if kind.is_integer() => {
                let Some(numbers) = whole_numbers(array) else { return false };
                for value in &numbers {
                    self.optional(value, F::whole);
                }
            }
            DataType::Utf8 if F::REPEATS => return self.repeated_texts(array.as_string::<i32>()),
            DataType::LargeUtf8 if F::REPEATS => return self.repeated_texts(array.as_string::<i64>()),
            DataType::Utf8View if F::REPEATS => return self.repeated_texts(array.as_string_view()),
            _ => {
                return each_text(array, |text| {
                    self.text(text);
                });
            }
        }
        true
    }

    /// Reads texts of which many are the same: what a short one was read as is remembered.
    fn repeated_texts(&mut self, array: &impl Views) -> bool {
        let mut seen = self.cells.seen.take().unwrap_or_else(|| Seen::new(F::MISSING));
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        self.cells.values.reserve(array.len());
        let mut room = [0; ROWS_AT_ONCE];
        for first in (0..array.len()).step_by(ROWS_AT_ONCE) {
            let rows = first..array.len().min(first + ROWS_AT_ONCE);
            let views = array.views(rows.clone(), &mut room);
            let start = self.cells.values.len();
            self.cells.values.resize(start + rows.len(), F::MISSING);
            if seen.get_all(views, self.cells.values.get_mut(start..).unwrap_or_default()) {
                self.cells.clear_nulls(start, nulls.map(|nulls| nulls.slice(first, rows.len())).as_ref());
                self.row += rows.len();
                continue;
            }
            self.cells.values.truncate(start);
            for (row, view) in rows.zip(views) {
                let known =
                    if nulls.is_some_and(|nulls| nulls.is_null(row)) { Some(F::MISSING) } else { seen.get(*view) };
                if let Some(value) = known {
                    self.push(Some(Ok(value)), String::new);
                    continue;
                }
                let Some(text) = array.text(row) else { return false };
                if let Some(value) = self.text(Some(&text)).filter(|_| is_short(view)) {
                    seen.put(*view, value);
                }
            }
        }
        self.cells.seen = Some(seen);
        true
    }

    fn optional<T: Copy + ToString>(
        &mut self,
        value: Option<T>,
        read: impl FnOnce(&mut F, T) -> Option<Result<F::Value, Fault>>,
    ) {
        match value {
            None => self.push(Some(Ok(F::MISSING)), String::new),
            Some(value) => {
                let read = read(&mut self.cells.form, value);
                self.push(read, || value.to_string());
            }
        }
    }

    /// The days as they are, if the form holds days and all of these are days of a calendar.
    fn plain_days<'d>(&self, days: &'d PrimitiveArray<Date32Type>) -> Option<&'d [F::Value]> {
        if days.null_count() > 0 { None } else { F::plain_days(days.values()) }
    }

    fn millis(&mut self, array: &dyn Array, utc: bool) -> bool {
        let zone = if let DataType::Timestamp(_, zone) = array.data_type() { zone.clone() } else { None };
        let Ok(millis) = cast(array, &DataType::Timestamp(TimeUnit::Millisecond, zone)) else { return false };
        for value in millis.as_primitive::<TimestampMillisecondType>() {
            self.optional(value, |form, value| form.millis(value, utc));
        }
        true
    }

    fn dictionary(&mut self, array: &dyn Array) -> bool {
        let Some(dictionary) = array.as_any_dictionary_opt() else { return false };
        let form = &mut self.cells.form;
        // Identifiers are judged by those that rows have: a dictionary may hold others, of another table even.
        let used = (!F::REPEATS).then(|| used(dictionary.keys(), dictionary.values().len()));
        let mut read = Vec::with_capacity(dictionary.values().len());
        let mut texts = Vec::new();
        let is_text = each_text(dictionary.values(), |text| {
            let is_used = used.as_ref().is_none_or(|used| used.get(read.len()) == Some(&true));
            let text = text.filter(|_| is_used).unwrap_or_default().trim_ascii();
            read.push(if text.is_empty() { Ok(F::MISSING) } else { form.text(text) });
            texts.push(text.to_owned());
        });
        if !is_text {
            return false;
        }
        let entries = Entries { read: &read, texts: &texts };
        let keys = dictionary.keys();
        macro_rules! gather {
            ($($key:ty),*) => {
                $(if let Some(keys) = keys.as_primitive_opt::<$key>() {
                    self.gather(keys, &entries);
                    return true;
                })*
            };
        }
        gather!(Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type);
        false
    }

    fn gather<K: ArrowDictionaryKeyType>(&mut self, keys: &PrimitiveArray<K>, entries: &Entries<'_, F>) {
        let (values, all_plain) = entries.table();
        for first in (0..keys.len()).step_by(KEYS_AT_ONCE) {
            let keys = keys.slice(first, KEYS_AT_ONCE.min(keys.len() - first));
            let start = self.cells.values.len();
            if let Some(range) = range_of(&keys, values.len()) {
                let table = values.get(range.clone()).unwrap_or_default();
                self.cells.values.resize(start + keys.len(), F::MISSING);
                let read = self.cells.values.get_mut(start..).unwrap_or_default();
                look_up(keys.values(), range.start, table, F::MISSING, read);
                self.cells.clear_nulls(start, keys.nulls());
                let read = self.cells.values.get(start..).unwrap_or_default();
                if all_plain || count_where(read, F::is_missing) == keys.null_count() {
                    self.row += keys.len();
                    continue;
                }
                self.cells.values.truncate(start);
            }
            keys.iter().for_each(|key| self.entry(key.map(K::Native::as_usize), entries));
        }
    }

    fn entry(&mut self, index: Option<usize>, entries: &Entries<'_, F>) {
        let entry = index.and_then(|index| entries.read.get(index).zip(entries.texts.get(index)));
        // A key without an entry is no value of the type.
        let Some((value, text)) = entry else {
            return self.push(index.is_none().then_some(Ok(F::MISSING)), String::new);
        };
        if !text.is_empty() && value.is_ok_and(F::is_missing) {
            self.context.settled.set(self.row);
        }
        self.push(Some(*value), || text.clone());
    }

    /// Sets as lists of codes: each code of the flat child is read once, then joined row by row.
    fn lists(&mut self, array: &dyn Array) -> bool {
        let (items, offsets): (_, Vec<usize>) = if let Some(list) = array.as_list_opt::<i32>() {
            (list.values(), list.value_offsets().iter().map(|offset| offset.as_usize()).collect())
        } else if let Some(list) = array.as_list_opt::<i64>() {
            (list.values(), list.value_offsets().iter().map(|offset| offset.as_usize()).collect())
        } else {
            return false;
        };
        let form = &mut self.cells.form;
        let mut read = Vec::with_capacity(items.len());
        let is_text = each_text(items, |text| {
            let text = text.unwrap_or_default().trim_ascii();
            read.push(if text.is_empty() { Ok(F::MISSING) } else { form.text(text) });
        });
        if !is_text {
            return false;
        }
        for (row, ends) in offsets.windows(2).enumerate() {
            let codes = match ends {
                [from, to] if !array.is_null(row) => read.get(*from..*to).unwrap_or_default(),
                _ => &[],
            };
            let set = codes.iter().try_fold(F::MISSING, |set, code| match *code {
                Ok(code) => F::joined(set, code).ok_or(None),
                Err(fault) => Err(Some(fault)),
            });
            match set {
                Ok(set) => self.push(Some(Ok(set)), String::new),
                Err(fault) => self.push(fault.map(Err), String::new),
            }
        }
        true
    }
}

impl<F: Form> Fixed<F> {
    /// Puts "missing" in place of the values that are null.
    fn clear_nulls(&mut self, start: usize, nulls: Option<&NullBuffer>) {
        if let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) {
            keep_where(self.values.get_mut(start..).unwrap_or_default(), F::MISSING, nulls.inner());
        }
    }
}

/// Which of so many entries a row has.
fn used(keys: &dyn Array, entries: usize) -> Vec<bool> {
    let mut used = vec![false; entries];
    let keys = cast(keys, &DataType::UInt64);
    for key in keys.iter().flat_map(|keys| keys.as_primitive::<UInt64Type>()).flatten() {
        if let Some(used) = usize::try_from(key).ok().and_then(|key| used.get_mut(key)) {
            *used = true;
        }
    }
    used
}

/// The entries that keys are of; `None` unless every key that is not null is one of so many entries.
fn range_of<K: ArrowDictionaryKeyType>(keys: &PrimitiveArray<K>, entries: usize) -> Option<Range<usize>> {
    // A key below zero is beyond all entries as a position.
    let fits = |key: K::Native| key.as_usize() < entries;
    match extremes(keys.values()) {
        None => Some(0..0),
        Some((least, most)) if fits(least) && fits(most) => Some(least.as_usize()..most.as_usize() + 1),
        // What stands in place of a null means nothing.
        Some(_) => (keys.null_count() > 0 && keys.iter().flatten().all(fits)).then_some(0..entries),
    }
}

/// The values of a dictionary, each read once.
struct Entries<'a, F: Form> {
    read: &'a [Result<F::Value, Fault>],
    texts: &'a [String],
}

impl<F: Form> Entries<'_, F> {
    /// The value of each, and whether a row that has it has nothing but its value: neither a fault, nor that "not known" was
    /// said, which are missing here. A dictionary may hold such texts and no row have them, as the categories of a whole
    /// frame do.
    fn table(&self) -> (Vec<F::Value>, bool) {
        let plain = |(value, text): (&Result<F::Value, Fault>, &String)| {
            value.is_ok_and(|value| text.is_empty() || !F::is_missing(value))
        };
        let all_plain = self.read.iter().zip(self.texts).all(plain);
        (self.read.iter().map(|value| value.unwrap_or(F::MISSING)).collect(), all_plain)
    }
}

/// Whether a column of the type can be read into some field at all.
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
}
