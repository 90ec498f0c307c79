//! What is held, for the rows that refer to it.

use std::sync::Arc;

use peelian_core::column::Column;
use peelian_core::contract::Dataset;
use peelian_core::intake;

use super::fold::Fold;
use super::held::Held;
use super::index::RowRef;
use super::rows;

/// What is held of the datasets that one dataset refers to, by every agency.
pub(crate) struct Referenced<'f> {
    fold: &'f Fold,
}

impl<'f> Referenced<'f> {
    /// What is held of the datasets that `dataset` refers to.
    pub(super) fn new(fold: &'f mut Fold, dataset: &Dataset) -> Self {
        for target in dataset.fields.iter().filter_map(|field| field.references()) {
            fold.index_all(target);
        }
        Self { fold }
    }
}

/// Positions count from 1 over all rows of all segments, whether they count or not.
impl intake::Held for Referenced<'_> {
    fn locate(&self, dataset: &str, keys: &[u64]) -> Vec<u32> {
        let list = self.fold.held(dataset);
        let starts = starts(list);
        let mut agencies: Vec<&Arc<str>> = list.iter().map(|held| &held.submitted.agency).collect();
        agencies.sort_unstable();
        agencies.dedup();
        let mut positions = vec![0; keys.len()];
        for index in agencies.into_iter().filter_map(|agency| self.fold.index(agency, dataset)) {
            for (position, key) in positions.iter_mut().zip(keys).filter(|(position, _)| **position == 0) {
                *position = index.get(*key).and_then(|found| place(list, &starts, found)).unwrap_or(0);
            }
        }
        positions
    }

    fn gather(&self, dataset: &str, field: &str, positions: &[u32]) -> Option<Column> {
        let list = self.fold.held(dataset);
        let columns: Vec<&Column> = list.iter().filter_map(|held| held.submitted.batch.column(field)).collect();
        let starts = starts(list);
        let find = |position: &u32| {
            let before = usize::try_from(*position).ok()?.checked_sub(1)?;
            let segment = starts.partition_point(|start| *start <= before).checked_sub(1)?;
            Some((segment, before - starts.get(segment)?))
        };
        rows::gather(&columns, positions.iter().map(find))
    }
}

/// Number of rows before each segment.
fn starts(list: &[Held]) -> Vec<usize> {
    let mut before = 0;
    let mut starts = Vec::with_capacity(list.len());
    for held in list {
        starts.push(before);
        before += held.submitted.batch.rows();
    }
    starts
}

fn place(list: &[Held], starts: &[usize], found: RowRef) -> Option<u32> {
    let segment = list.binary_search_by_key(&found.submission, |held| held.submitted.envelope.position).ok()?;
    u32::try_from(starts.get(segment)? + found.row + 1).ok()
}
