//! Reads Arrow arrays into column builders. Each value of a dictionary is read once.

use std::ops::Range;

use arrow::array::{Array, AsArray, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowDictionaryKeyType, ArrowNativeType, DataType, Date32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimeUnit, TimestampMillisecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::arrow_types::{each_text, holds_nothing, is_text, is_text_or_dictionary, plain_numbers, whole_numbers};
use super::context::Context;
use super::fixed_width::FixedWidth;
use super::look_up::{count_where, keep_where, look_up};
use super::readers::{Fault, ValueReader, supplied};
use super::text_cache::TextCache;
use super::views::{ROWS_AT_ONCE, Views, is_short};
use crate::column::extremes;
use crate::text_table::Cells;

/// Keys of a dictionary that pass through all steps together, in a first-level cache.
const KEYS_AT_ONCE: usize = 4096;

/// Appends the values of the cells of a text.
pub(super) fn append_cells<F: ValueReader>(
    builder: &mut FixedWidth<F>,
    row: usize,
    cells: &Cells<'_>,
    context: &mut Context<'_>,
) {
    let mut appender = Appender { builder, row, context, refused: false };
    if F::REPEATS {
        appender.repeated_texts(cells);
        return;
    }
    for row in 0..cells.len() {
        appender.text(Some(cells.get(row)));
    }
}

/// Appends all values of an array. The error names the types that are accepted.
pub(super) fn append<F: ValueReader>(
    builder: &mut FixedWidth<F>,
    row: usize,
    array: &dyn Array,
    context: &mut Context<'_>,
) -> Result<(), &'static str> {
    let mut appender = Appender { builder, row, context, refused: false };
    let done = match array.data_type() {
        nothing if holds_nothing(nothing) => appender.missing(array.len()),
        // A note on a value is raised for each row.
        DataType::Dictionary(_, values) if is_text(values) && F::NOTES => appender.values(array),
        DataType::Dictionary(_, values) if is_text(values) => appender.dictionary(array),
        DataType::Dictionary(_, values) => cast(array, values).is_ok_and(|plain| appender.values(&plain)),
        DataType::List(item) | DataType::LargeList(item) if is_text_or_dictionary(item.data_type()) => {
            appender.lists(array)
        }
        _ => appender.values(array),
    };
    if done && !appender.refused { Ok(()) } else { Err(F::EXPECTED) }
}

struct Appender<'a, 'c, F: ValueReader> {
    builder: &'a mut FixedWidth<F>,
    row: usize,
    context: &'a mut Context<'c>,
    /// Whether a value had a type that the field cannot be read from.
    refused: bool,
}

impl<F: ValueReader> Appender<'_, '_, F> {
    fn missing(&mut self, rows: usize) -> bool {
        let rows = self.builder.values.len() + rows;
        self.builder.values.resize(rows, F::MISSING);
        true
    }

    fn push(&mut self, value: Option<Result<F::Value, Fault>>, shown: impl FnOnce() -> String) {
        match value {
            Some(Ok(value)) => self.builder.values.push(value),
            Some(fault) => self.builder.take(self.row, fault, self.context, shown),
            None => {
                self.refused = true;
                self.builder.values.push(F::MISSING);
            }
        }
        self.row += 1;
    }

    /// Reads a text. Returns its value, unless the text is a fault or says "not known": these are recorded for each row, so
    /// they must not be cached.
    #[inline(never)]
    fn text(&mut self, text: Option<&str>) -> Option<F::Value> {
        let supplied = text.and_then(|text| supplied(&mut self.builder.reader, text));
        let Some((text, value)) = supplied else {
            self.push(Some(Ok(F::MISSING)), String::new);
            return None;
        };
        if value.is_ok_and(F::is_missing) {
            self.context.settled.set(self.row);
        }
        let noted = self.builder.tell_note(self.row, self.context, text);
        self.push(Some(value), || text.to_owned());
        value.ok().filter(|value| !noted && !F::is_missing(*value))
    }

    fn values(&mut self, array: &dyn Array) -> bool {
        match array.data_type() {
            DataType::Boolean => {
                let flags = array.as_boolean();
                if let [Some(Ok(no)), Some(Ok(yes))] = [false, true].map(|flag| self.builder.reader.flag(flag)) {
                    let start = self.builder.values.len();
                    self.builder.values.resize(start + flags.len(), yes);
                    keep_where(self.builder.values.get_mut(start..).unwrap_or_default(), no, flags.values());
                    self.builder.clear_nulls(start, flags.nulls());
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
                    self.builder.values.extend_from_slice(plain);
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
                    // Tools without missing whole numbers write NaN.
                    self.optional(value.filter(|value| !value.is_nan()), F::number);
                }
            }
            kind if kind.is_decimal() => {
                let Some(numbers) = plain_numbers(array) else { return false };
                return self.values(&numbers);
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

    /// Reads texts that are often repeated: the values of short texts are cached.
    fn repeated_texts(&mut self, array: &impl Views) -> bool {
        let mut cache = self.builder.cache.take().unwrap_or_else(|| TextCache::new(F::MISSING));
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        self.builder.values.reserve(array.rows());
        let mut room = [0; ROWS_AT_ONCE];
        for first in (0..array.rows()).step_by(ROWS_AT_ONCE) {
            let rows = first..array.rows().min(first + ROWS_AT_ONCE);
            let views = array.views(rows.clone(), &mut room);
            let start = self.builder.values.len();
            self.builder.values.resize(start + rows.len(), F::MISSING);
            let values = self.builder.values.get_mut(start..).unwrap_or_default();
            if F::shorts(views, values) || cache.get_all(views, values) {
                self.builder.clear_nulls(start, nulls.map(|nulls| nulls.slice(first, rows.len())).as_ref());
                self.row += rows.len();
                continue;
            }
            self.builder.values.truncate(start);
            for (row, view) in rows.zip(views) {
                let known =
                    if nulls.is_some_and(|nulls| nulls.is_null(row)) { Some(F::MISSING) } else { cache.get(*view) };
                if let Some(value) = known {
                    self.push(Some(Ok(value)), String::new);
                    continue;
                }
                let Some(text) = array.text(row) else { return false };
                if let Some(value) = self.text(Some(&text)).filter(|_| is_short(view)) {
                    cache.put(*view, value);
                }
            }
        }
        self.builder.cache = Some(cache);
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
                let read = read(&mut self.builder.reader, value);
                self.push(read, || value.to_string());
            }
        }
    }

    /// The days unchanged, if the field stores days and all of these days are in the calendar.
    fn plain_days<'d>(&self, days: &'d PrimitiveArray<Date32Type>) -> Option<&'d [F::Value]> {
        if days.null_count() > 0 { None } else { F::plain_days(days.values()) }
    }

    fn millis(&mut self, array: &dyn Array, utc: bool) -> bool {
        let zone = if let DataType::Timestamp(_, zone) = array.data_type() { zone.clone() } else { None };
        let Ok(millis) = cast(array, &DataType::Timestamp(TimeUnit::Millisecond, zone)) else { return false };
        for value in millis.as_primitive::<TimestampMillisecondType>() {
            let row = self.row;
            self.optional(value, |reader, value| reader.millis(value, utc));
            self.builder.tell_note(row, self.context, "");
        }
        true
    }

    fn dictionary(&mut self, array: &dyn Array) -> bool {
        let Some(dictionary) = array.as_any_dictionary_opt() else { return false };
        let reader = &mut self.builder.reader;
        // Only identifiers that occur in rows are judged: a dictionary may hold others, even of another table.
        let used = (!F::REPEATS).then(|| used(dictionary.keys(), dictionary.values().len()));
        let mut read = Vec::with_capacity(dictionary.values().len());
        let mut texts = Vec::new();
        let is_text = each_text(dictionary.values(), |text| {
            let is_used = used.as_ref().is_none_or(|used| used.get(read.len()) == Some(&true));
            let supplied = text.filter(|_| is_used).and_then(|text| supplied(reader, text));
            let (text, value) = supplied.unwrap_or(("", Ok(F::MISSING)));
            read.push(value);
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
            let start = self.builder.values.len();
            if let Some(range) = range_of(&keys, values.len()) {
                let table = values.get(range.clone()).unwrap_or_default();
                self.builder.values.resize(start + keys.len(), F::MISSING);
                let read = self.builder.values.get_mut(start..).unwrap_or_default();
                look_up(keys.values(), range.start, table, F::MISSING, read);
                self.builder.clear_nulls(start, keys.nulls());
                let read = self.builder.values.get(start..).unwrap_or_default();
                if all_plain || count_where(read, F::is_missing) == keys.null_count() {
                    self.row += keys.len();
                    continue;
                }
                self.builder.values.truncate(start);
            }
            keys.iter().for_each(|key| self.entry(key.map(K::Native::as_usize), entries));
        }
    }

    fn entry(&mut self, index: Option<usize>, entries: &Entries<'_, F>) {
        let entry = index.and_then(|index| entries.read.get(index).zip(entries.texts.get(index)));
        // A key without an entry is not a value of the type.
        let Some((value, text)) = entry else {
            return self.push(index.is_none().then_some(Ok(F::MISSING)), String::new);
        };
        if !text.is_empty() && value.is_ok_and(F::is_missing) {
            self.context.settled.set(self.row);
        }
        self.push(Some(*value), || text.clone());
    }

    /// Reads sets from lists of codes: each code of the flat child array is read once, then the codes are joined row by row.
    fn lists(&mut self, array: &dyn Array) -> bool {
        let (items, offsets): (_, Vec<usize>) = if let Some(list) = array.as_list_opt::<i32>() {
            (list.values(), list.value_offsets().iter().map(|offset| offset.as_usize()).collect())
        } else if let Some(list) = array.as_list_opt::<i64>() {
            (list.values(), list.value_offsets().iter().map(|offset| offset.as_usize()).collect())
        } else {
            return false;
        };
        let reader = &mut self.builder.reader;
        let mut read = Vec::with_capacity(items.len());
        let is_text = each_text(items, |text| {
            let supplied = text.and_then(|text| supplied(reader, text));
            read.push(supplied.map_or(Ok(F::MISSING), |(_, value)| value));
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

impl<F: ValueReader> FixedWidth<F> {
    /// Replaces the values that are null by "missing".
    fn clear_nulls(&mut self, start: usize, nulls: Option<&NullBuffer>) {
        if let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) {
            keep_where(self.values.get_mut(start..).unwrap_or_default(), F::MISSING, nulls.inner());
        }
    }
}

/// For each entry of a dictionary, whether a row has it.
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

/// The range of entries that the keys refer to; `None` if a key that is not null refers to no entry.
fn range_of<K: ArrowDictionaryKeyType>(keys: &PrimitiveArray<K>, entries: usize) -> Option<Range<usize>> {
    // A negative key becomes a position beyond all entries.
    let fits = |key: K::Native| key.as_usize() < entries;
    match extremes(keys.values()) {
        None => Some(0..0),
        Some((least, most)) if fits(least) && fits(most) => Some(least.as_usize()..most.as_usize() + 1),
        // The key under a null has no meaning.
        Some(_) => (keys.null_count() > 0 && keys.iter().flatten().all(fits)).then_some(0..entries),
    }
}

/// The values of a dictionary, each read once.
struct Entries<'a, F: ValueReader> {
    read: &'a [Result<F::Value, Fault>],
    texts: &'a [String],
}

impl<F: ValueReader> Entries<'_, F> {
    /// The value of each entry, and whether all entries are plain. A fault, and a text that says "not known", are not plain;
    /// their values are missing here. A dictionary may hold such texts although no row has them, for example the categories
    /// of a whole data frame.
    fn table(&self) -> (Vec<F::Value>, bool) {
        let plain = |(value, text): (&Result<F::Value, Fault>, &String)| {
            value.is_ok_and(|value| text.is_empty() || !F::is_missing(value))
        };
        let all_plain = self.read.iter().zip(self.texts).all(plain);
        (self.read.iter().map(|value| value.unwrap_or(F::MISSING)).collect(), all_plain)
    }
}
