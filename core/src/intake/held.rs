//! The rows that the exchange holds, for references to them.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::column::{Batch, Column, MISSING_DATE, combined_keys};
use crate::contract::Dataset;

/// The rows held of every dataset. A position counts from 1 over all rows held of a dataset; 0 means no row.
pub trait Held {
    /// The position of the row with each of the keys.
    fn locate(&self, dataset: &str, keys: &[u64]) -> Vec<u32>;

    /// The values of a field at some positions; the value at position 0 is missing. `None` if no row of the dataset is held.
    fn gather(&self, dataset: &str, field: &str, positions: &[u32]) -> Option<Column>;
}

/// No rows are held.
#[derive(Clone, Copy, Debug, Default)]
pub struct NothingHeld;

impl Held for NothingHeld {
    fn locate(&self, _: &str, keys: &[u64]) -> Vec<u32> {
        vec![0; keys.len()]
    }

    fn gather(&self, _: &str, _: &str, _: &[u32]) -> Option<Column> {
        None
    }
}

/// Whole batches, one for each dataset.
#[derive(Debug, Default)]
pub struct HeldBatches {
    batches: Vec<(Batch, HashMap<u64, u32, FixedState>)>,
}

impl HeldBatches {
    /// Adds a batch; it replaces an earlier batch of its dataset. Rows after the first 2³² - 1 are not found.
    pub fn insert(&mut self, batch: Batch) {
        let positions = (1..=u32::MAX).zip(row_keys(&batch)).map(|(position, key)| (key, position)).collect();
        self.batches.retain(|(held, _)| held.dataset().id != batch.dataset().id);
        self.batches.push((batch, positions));
    }

    /// Whether a batch of the dataset is held.
    #[must_use]
    pub fn holds(&self, dataset: &str) -> bool {
        self.find(dataset).is_some()
    }

    fn find(&self, dataset: &str) -> Option<&(Batch, HashMap<u64, u32, FixedState>)> {
        self.batches.iter().find(|(batch, _)| batch.dataset().id == dataset)
    }
}

impl Held for HeldBatches {
    fn locate(&self, dataset: &str, keys: &[u64]) -> Vec<u32> {
        let Some((_, positions)) = self.find(dataset) else { return vec![0; keys.len()] };
        keys.iter().map(|key| positions.get(key).copied().unwrap_or(0)).collect()
    }

    fn gather(&self, dataset: &str, field: &str, positions: &[u32]) -> Option<Column> {
        let (batch, _) = self.find(dataset)?;
        Some(take(batch.column(field)?, positions))
    }
}

/// The values of a column at positions that count from 1. The value at position 0, or beyond the end, is missing.
#[must_use]
pub fn take(column: &Column, positions: &[u32]) -> Column {
    fn values<T: Copy>(values: &[T], missing: T, positions: &[u32]) -> Vec<T> {
        let at = |position: &u32| {
            let index = usize::try_from(*position).ok()?.checked_sub(1)?;
            values.get(index).copied()
        };
        positions.iter().map(|position| at(position).unwrap_or(missing)).collect()
    }
    match column {
        Column::U8(held) => Column::U8(values(held, 0, positions).into()),
        Column::U16(held) => Column::U16(values(held, 0, positions).into()),
        Column::U32(held) => Column::U32(values(held, 0, positions).into()),
        Column::I32(held) => Column::I32(values(held, MISSING_DATE, positions).into()),
        Column::U64(held) => Column::U64(values(held, 0, positions).into()),
        Column::F64(held) => Column::F64(values(held, f64::NAN, positions).into()),
        Column::Text(held) => {
            let texts: Vec<Option<&str>> = held.iter().collect();
            Column::Text(values(&texts, None, positions).into_iter().collect())
        }
    }
}

/// The key of every row of a batch, from the values of its key fields; empty if the dataset has no key.
#[must_use]
pub fn row_keys(batch: &Batch) -> Vec<u64> {
    let dataset = batch.dataset();
    let columns: Vec<&Column> = dataset.options.key.iter().filter_map(|name| batch.column(name)).collect();
    combine(dataset, &columns, batch.rows())
}

/// The keys of rows. If the dataset has one key field and this is an identifier, the key is its value. Otherwise it is
/// [`combine_keys`](crate::column::combine_keys) of the values of the fields.
pub(super) fn combine(dataset: &Dataset, columns: &[&Column], rows: usize) -> Vec<u64> {
    match columns {
        [] => Vec::new(),
        [Column::U64(values)] if dataset.options.key.len() == 1 => values.to_vec(),
        _ => combined_keys(columns, rows),
    }
}
