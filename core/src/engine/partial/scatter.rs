//! Which rows belong into one partition: those that are checked together.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, UInt32Array, UInt64Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, UInt64Type};
use arrow::error::ArrowError;

use super::PartialError;
use super::plan::{Plan, together};
use crate::column::{Column, combine_keys};
use crate::contract::{Dataset, Field};
use crate::engine::local::LocalError;
use crate::intake::{IntakeError, combine_any, single_columns};

/// The column of keys that are compared across partitions.
const KEY: &str = "key";

/// A part of a dataset's rows, for one bucket.
#[derive(Clone, Debug)]
pub struct Scattered {
    /// The bucket, from 0.
    pub bucket: u32,
    /// Identifier of the dataset.
    pub dataset: &'static str,
    /// What belongs there.
    pub slice: Slice,
}

/// What belongs into a bucket.
#[derive(Clone, Debug)]
pub enum Slice {
    /// Rows, to be counted.
    Rows(RecordBatch),
    /// Keys of rows that are counted in other buckets, to be compared: a key occurs once.
    Keys(RecordBatch),
}

impl Plan {
    /// Splits rows as they came, unchecked, so that those that are checked together are in one bucket: rows of one
    /// key, and rows with the row that they refer to. Equal values give equal buckets on every machine.
    ///
    /// Where rows follow what they refer to, two of one key can be apart: their keys then go to buckets of their own.
    ///
    /// # Errors
    ///
    /// [`PartialError::Rows`] where the columns are not those of the dataset.
    pub fn scatter(&self, dataset: &str, batch: &RecordBatch, buckets: u32) -> Result<Vec<Scattered>, PartialError> {
        let dataset = self.source(dataset)?.dataset;
        // Batches may come from another language.
        let valid = batch.columns().iter().try_for_each(|column| column.to_data().validate_full());
        valid.map_err(|error| unreadable(dataset, error))?;
        let own: Vec<&Field> = dataset.options.key.iter().filter_map(|name| dataset.field(name)).collect();
        let (places, apart) = match self.parent(dataset) {
            Some((parent, reference)) => {
                let named = |field: &&'static Field| dataset.field(&field.name).unwrap_or(reference);
                let fields: Vec<&'static Field> = together(parent).iter().map(named).collect();
                let keyed = fields.iter().all(|field| dataset.options.key.contains(&field.name));
                let own = self.values(dataset, &own, batch)?;
                let mut places = self.values(dataset, &fields, batch)?;
                let refers = self.columns(dataset, &[reference], batch)?;
                // A row that refers to none is checked with those of its own key.
                for (row, place) in places.iter_mut().enumerate() {
                    if refers.iter().any(|column| column.is_missing(row)) {
                        *place = own[row];
                    }
                }
                (places, (!keyed).then_some(own))
            }
            None => (self.values(dataset, &together(dataset), batch)?, None),
        };
        let mut found = Vec::new();
        for (bucket, rows) in split(&places, buckets) {
            let rows = take_record_batch(batch, &rows).map_err(|error| unreadable(dataset, error))?;
            found.push(Scattered { bucket, dataset: &dataset.id, slice: Slice::Rows(rows) });
        }
        for (bucket, rows) in apart.iter().flat_map(|keys| split(keys, buckets)) {
            let keys =
                rows.values().iter().filter_map(|row| apart.as_ref()?.get(usize::try_from(*row).ok()?).copied());
            let keys: ArrayRef = Arc::new(keys.collect::<UInt64Array>());
            let keys = RecordBatch::try_from_iter([(KEY, keys)]).map_err(|error| unreadable(dataset, error))?;
            found.push(Scattered { bucket, dataset: &dataset.id, slice: Slice::Keys(keys) });
        }
        Ok(found)
    }

    /// Refuses keys that occur more than once among those of a bucket.
    ///
    /// # Errors
    ///
    /// [`PartialError::RepeatedKeys`]; [`PartialError::NotAState`] where the batches are not those of
    /// [`Slice::Keys`].
    pub fn check_keys(&self, dataset: &str, batches: &[RecordBatch]) -> Result<(), PartialError> {
        let dataset = self.source(dataset)?.dataset;
        let mut keys: Vec<u64> = Vec::new();
        for batch in batches {
            let column = batch.column_by_name(KEY).filter(|column| column.data_type() == &DataType::UInt64);
            let column = column.ok_or_else(|| PartialError::NotAState("keys without their column".to_owned()))?;
            keys.extend(column.as_primitive::<UInt64Type>().values());
        }
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        let rows = u64::try_from(all - keys.len()).unwrap_or(u64::MAX);
        if rows == 0 { Ok(()) } else { Err(PartialError::RepeatedKeys { dataset: &dataset.id, rows }) }
    }

    fn columns(
        &self,
        dataset: &'static Dataset,
        fields: &[&'static Field],
        batch: &RecordBatch,
    ) -> Result<Vec<Column>, PartialError> {
        let refused = |error| LocalError::Intake { dataset: &dataset.id, error };
        Ok(single_columns(&self.core.reference, dataset, fields, batch).map_err(refused)?)
    }

    /// One number for the values of some fields, row by row; of a dataset without such fields the number of the row.
    fn values(
        &self,
        dataset: &'static Dataset,
        fields: &[&'static Field],
        batch: &RecordBatch,
    ) -> Result<Vec<u64>, PartialError> {
        let columns = self.columns(dataset, fields, batch)?;
        if columns.is_empty() {
            return Ok((0..batch.num_rows() as u64).map(|row| combine_keys(&[row])).collect());
        }
        Ok(combine_any(&columns.iter().collect::<Vec<_>>(), batch.num_rows()))
    }
}

/// The rows of each bucket that has any.
fn split(places: &[u64], buckets: u32) -> Vec<(u32, UInt32Array)> {
    let buckets = u64::from(buckets.max(1));
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); usize::try_from(buckets).unwrap_or(1)];
    for (row, place) in (0_u32..).zip(places) {
        if let Some(rows) = usize::try_from(place % buckets).ok().and_then(|bucket| rows.get_mut(bucket)) {
            rows.push(row);
        }
    }
    let some = (0_u32..).zip(rows).filter(|(_, rows)| !rows.is_empty());
    some.map(|(bucket, rows)| (bucket, UInt32Array::from(rows))).collect()
}

fn unreadable(dataset: &'static Dataset, error: ArrowError) -> LocalError {
    LocalError::Intake { dataset: &dataset.id, error: IntakeError::Arrow { reason: error.to_string() } }
}
