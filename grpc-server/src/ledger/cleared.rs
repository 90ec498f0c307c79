//! Rows that go out of force.

use std::collections::HashMap;

use super::row_set::RowSet;
use super::segment::HeldSegment;

/// A row held: the index of its segment, and the row within the segment.
pub(super) type HeldRow = (usize, usize);

/// Rows that go out of force, by segment.
#[derive(Default)]
pub(super) struct ClearedRows {
    by_segment: HashMap<usize, RowSet>,
}

impl ClearedRows {
    pub(super) fn push(&mut self, held: &[HeldSegment], (segment, row): HeldRow) {
        let rows = held.get(segment).map_or(0, |held| held.batch.rows());
        self.by_segment.entry(segment).or_insert_with(|| RowSet::none(rows)).insert(row);
    }

    pub(super) fn into_sets(self) -> Vec<(usize, RowSet)> {
        self.by_segment.into_iter().collect()
    }
}
