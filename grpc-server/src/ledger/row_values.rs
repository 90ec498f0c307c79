//! Reads rows for the ledger: their keys, their days, and whether two rows have equal values.

use arrow::array::Array;
use arrow::buffer::ScalarBuffer;
use peelian_core::column::{Batch, Column, MISSING_DATE, combine_keys, value_bits};
use peelian_core::contract::{Contract, Dataset};

/// Keys of the rows; `None` for a dataset without a key.
///
/// A key that is one column of 64-bit keys is that column. Any other key is a hash of the values of its columns.
pub(super) fn keys(batch: &Batch) -> Option<ScalarBuffer<u64>> {
    let fields = &batch.dataset().options.key;
    key_columns(batch, fields.iter().map(String::as_str))
}

/// Keys of the rows of `target` that these rows refer to.
pub(super) fn reference_keys(batch: &Batch, target: &Dataset) -> Option<ScalarBuffer<u64>> {
    let reference = batch.dataset().reference_to(&target.id)?;
    // The reference holds the first part of the key. The other parts have the same names in both datasets.
    let rest = target.options.key.iter().skip(1).map(String::as_str);
    key_columns(batch, std::iter::once(reference.name.as_str()).chain(rest))
}

fn key_columns<'a>(batch: &Batch, fields: impl Iterator<Item = &'a str>) -> Option<ScalarBuffer<u64>> {
    let columns = fields.map(|field| batch.column(field)).collect::<Option<Vec<_>>>()?;
    match columns.as_slice() {
        [] => None,
        [Column::U64(values)] => Some(values.clone()),
        columns => {
            let mut parts = vec![0; columns.len()];
            let keys = (0..batch.rows()).map(|row| {
                for (part, column) in parts.iter_mut().zip(columns) {
                    *part = value_bits(column, row);
                }
                combine_keys(&parts)
            });
            Some(keys.collect::<Vec<_>>().into())
        }
    }
}

/// Finds rows of a referenced dataset by their keys, and reads a date field of each. The date is missing if no row
/// with the key is held.
pub(super) type FindDays<'a> = dyn FnMut(&'static Dataset, &str, &[u64]) -> Vec<i32> + 'a;

/// The day that places each row in a period, in days since 1970-01-01: the first of the dataset's period fields that
/// is not missing. A row without any has the day `otherwise`.
pub(super) fn days(batch: &Batch, otherwise: i32, find: &mut FindDays<'_>) -> ScalarBuffer<i32> {
    let fields = &batch.dataset().options.period_fields;
    let mut columns = fields.iter().filter_map(|field| date_column(batch, field, find));
    let Some(first) = columns.next() else { return vec![otherwise; batch.rows()].into() };
    if !first.contains(&MISSING_DATE) {
        return first;
    }
    let mut days = first.to_vec();
    for column in columns {
        for (day, later) in days.iter_mut().zip(column.iter()) {
            if *day == MISSING_DATE {
                *day = *later;
            }
        }
    }
    for day in days.iter_mut().filter(|day| **day == MISSING_DATE) {
        *day = otherwise;
    }
    days.into()
}

/// The dates of a field, or of a field of a referenced dataset: `crime.recorded_at`.
fn date_column(batch: &Batch, field: &str, find: &mut FindDays<'_>) -> Option<ScalarBuffer<i32>> {
    let Some((other, field)) = field.split_once('.') else {
        let Column::I32(values) = batch.column(field)? else { return None };
        return Some(values.clone());
    };
    let target = Contract::get().dataset(other)?;
    let keys = reference_keys(batch, target)?;
    Some(find(target, field, &keys).into())
}

/// For each pair of a row of `new` and a row of `old`, whether all their values are equal.
pub(super) fn equal(new: &Batch, old: &Batch, pairs: &[(usize, usize)]) -> Vec<bool> {
    let mut equal = vec![true; pairs.len()];
    for columns in new.columns().iter().zip(old.columns()) {
        let mut compare = |values_equal: &dyn Fn(usize, usize) -> bool| {
            for (equal, (new, old)) in equal.iter_mut().zip(pairs) {
                *equal = *equal && values_equal(*new, *old);
            }
        };
        match columns {
            (Column::U8(a), Column::U8(b)) => compare(&|x, y| a[x] == b[y]),
            (Column::U16(a), Column::U16(b)) => compare(&|x, y| a[x] == b[y]),
            (Column::I32(a), Column::I32(b)) => compare(&|x, y| a[x] == b[y]),
            (Column::U64(a), Column::U64(b)) => compare(&|x, y| a[x] == b[y]),
            (Column::Text(a), Column::Text(b)) => compare(&|x, y| text(a, x) == text(b, y)),
            (a, b) => compare(&|x, y| value_bits(a, x) == value_bits(b, y)),
        }
    }
    equal
}

fn text(values: &arrow::array::StringArray, row: usize) -> Option<&str> {
    values.is_valid(row).then(|| values.value(row))
}

/// A hash of each row's values: equal rows have equal hashes.
pub(super) fn hashes(batch: &Batch) -> Vec<u64> {
    let mut hashes = vec![0; batch.rows()];
    for column in batch.columns() {
        for (row, hash) in hashes.iter_mut().enumerate() {
            *hash = combine_keys(&[*hash, value_bits(column, row)]);
        }
    }
    hashes
}

/// The values at some rows of several columns of one type; a value is missing at `None`. `None` if there is no
/// column.
pub(super) fn gather(columns: &[&Column], rows: impl Iterator<Item = Option<(usize, usize)>>) -> Option<Column> {
    macro_rules! gathered {
        ($form:ident, $missing:expr) => {{
            let slices: Vec<_> =
                columns.iter().map(|c| if let Column::$form(v) = c { &v[..] } else { &[] }).collect();
            let at = |place: Option<(usize, usize)>| slices.get(place?.0)?.get(place?.1).copied();
            Column::$form(rows.map(|place| at(place).unwrap_or($missing)).collect::<Vec<_>>().into())
        }};
    }
    Some(match columns.first()? {
        Column::U8(_) => gathered!(U8, 0),
        Column::U16(_) => gathered!(U16, 0),
        Column::U32(_) => gathered!(U32, 0),
        Column::I32(_) => gathered!(I32, MISSING_DATE),
        Column::U64(_) => gathered!(U64, 0),
        Column::F64(_) => gathered!(F64, f64::NAN),
        Column::Text(_) => {
            let at = |place: Option<(usize, usize)>| {
                let (column, row) = place?;
                text(columns.get(column)?.as_text()?, row)
            };
            Column::Text(rows.map(at).collect())
        }
    })
}

/// Some rows, by their places in the batch.
pub(crate) fn chosen(batch: &Batch, rows: &[usize]) -> Batch {
    let columns = batch.columns().iter().map(|column| match column {
        Column::U8(values) => Column::U8(values_at(values, rows).into()),
        Column::U16(values) => Column::U16(values_at(values, rows).into()),
        Column::U32(values) => Column::U32(values_at(values, rows).into()),
        Column::I32(values) => Column::I32(values_at(values, rows).into()),
        Column::U64(values) => Column::U64(values_at(values, rows).into()),
        Column::F64(values) => Column::F64(values_at(values, rows).into()),
        Column::Text(values) => Column::Text(rows.iter().map(|row| text(values, *row)).collect()),
    });
    Batch::new(batch.dataset(), columns.collect(), rows.len())
}

/// The values at some places. A loop over all places with a test of each would guess half of the tests wrongly.
pub(super) fn values_at<T: Copy>(values: &[T], places: &[usize]) -> Vec<T> {
    places.iter().map(|place| values[*place]).collect()
}
