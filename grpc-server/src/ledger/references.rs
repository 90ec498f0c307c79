//! Looks up the rows in force that new rows refer to.

use std::sync::Arc;

use peelian_core::column::Column;
use peelian_core::contract::Dataset;
use peelian_core::intake;

use super::key_index::RowRef;
use super::row_values;
use super::segment::HeldSegment;
use super::state::LedgerState;

/// The rows in force, of every agency, of the datasets that one dataset refers to.
pub(crate) struct References<'s> {
    state: &'s LedgerState,
}

impl<'s> References<'s> {
    /// The rows in force of the datasets that `dataset` refers to.
    pub(crate) fn of(state: &'s mut LedgerState, dataset: &Dataset) -> Self {
        for target in dataset.fields.iter().filter_map(|field| field.references()) {
            state.index_all(target);
        }
        Self { state }
    }
}

/// Positions count from 1 over all rows of all segments, in force or not.
impl intake::Held for References<'_> {
    fn locate(&self, dataset: &str, keys: &[u64]) -> Vec<u32> {
        let segments = self.state.held(dataset);
        let starts = starts(segments);
        let mut agencies: Vec<&Arc<str>> = segments.iter().map(|held| &held.head.agency).collect();
        agencies.sort_unstable();
        agencies.dedup();
        let mut positions = vec![0; keys.len()];
        for index in agencies.into_iter().filter_map(|agency| self.state.index(agency, dataset)) {
            for (position, key) in positions.iter_mut().zip(keys).filter(|(position, _)| **position == 0) {
                *position = index.get(*key).and_then(|found| position_of(segments, &starts, found)).unwrap_or(0);
            }
        }
        positions
    }

    fn gather(&self, dataset: &str, field: &str, positions: &[u32]) -> Option<Column> {
        let segments = self.state.held(dataset);
        let columns: Vec<&Column> = segments.iter().filter_map(|held| held.batch.column(field)).collect();
        let starts = starts(segments);
        let find = |position: &u32| {
            let before = usize::try_from(*position).ok()?.checked_sub(1)?;
            let segment = starts.partition_point(|start| *start <= before).checked_sub(1)?;
            Some((segment, before - starts.get(segment)?))
        };
        row_values::gather(&columns, positions.iter().map(find))
    }
}

/// Number of rows before each segment.
fn starts(segments: &[HeldSegment]) -> Vec<usize> {
    let mut before = 0;
    let mut starts = Vec::with_capacity(segments.len());
    for held in segments {
        starts.push(before);
        before += held.batch.rows();
    }
    starts
}

fn position_of(segments: &[HeldSegment], starts: &[usize], found: RowRef) -> Option<u32> {
    let (segment, row) = found.find(segments)?;
    u32::try_from(starts.get(segment)? + row + 1).ok()
}
