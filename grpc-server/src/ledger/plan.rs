//! The plan of a submission: the counts of its receipt, the rows that go out of force, and the rows that come into
//! force.

use std::collections::BTreeMap;

use arrow::buffer::ScalarBuffer;
use peelian_core::intake::Mode;

use super::row_set::RowSet;

/// Numbers of rows by what happens to them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    /// Rows that were not held.
    pub(crate) created: u64,
    /// Rows that were held with other values.
    pub(crate) updated: u64,
    /// Rows that were held with the same values.
    pub(crate) unchanged: u64,
    /// Rows that a deletion removed.
    pub(crate) deleted: u64,
    /// Rows of a deletion that were not held.
    pub(crate) not_held: u64,
    /// Rows that were held and are missing in the replacement of their period.
    pub(crate) deleted_by_replacement: u64,
    /// Rows that were held and stay in force, because a row in their place was left out.
    pub(crate) kept: u64,
    /// Rows held in the slice before the submission; 0 for a merge, which deletes none. The guard against mass deletions
    /// compares with them.
    pub(crate) held_before: u64,
}

/// A row whose key is held where the submission may not change it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Conflict {
    /// Row of the batch.
    pub(crate) row: usize,
    /// Where the key is held.
    pub(crate) elsewhere: Elsewhere,
}

/// Where a key is held, if not in the slice of the submission.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Elsewhere {
    /// In another collection of the agency.
    Collection,
    /// In the same collection, outside the declared period.
    Period,
}

/// What a submission would change.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Numbers of rows by what happens to them.
    pub(crate) counts: Counts,
    /// Rows that must be left out. If there are any, the submission is planned again without them.
    pub(crate) conflicts: Vec<Conflict>,
    /// Rows left out, by their position among these, for which rows held before stay in force, and how many.
    pub(crate) keeping: BTreeMap<usize, u64>,
    /// Rows that go out of force, by the index of their segment in the dataset.
    pub(super) cleared: Vec<(usize, RowSet)>,
    /// Rows of the submission that come into force; `None` for a deletion.
    pub(super) added: Option<RowSet>,
    /// Days of the submission's rows.
    pub(super) days: ScalarBuffer<i32>,
}

impl Plan {
    /// A plan that changes nothing.
    pub(super) fn empty() -> Self {
        Self {
            counts: Counts::default(),
            conflicts: Vec::new(),
            keeping: BTreeMap::new(),
            cleared: Vec::new(),
            added: None,
            days: Vec::new().into(),
        }
    }

    /// Number of rows that the submission removes without putting others in their place.
    pub(crate) fn deletes(&self, mode: Mode) -> u64 {
        match mode {
            Mode::ReplacePeriod => self.counts.deleted_by_replacement,
            Mode::Merge => 0,
            Mode::Delete => self.counts.deleted,
        }
    }
}
