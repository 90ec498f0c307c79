//! Index of the rows in force by their keys.
//!
//! An index is built when it is first asked for and updated from then on. A submission therefore costs what its own
//! rows cost, however many rows are held.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::cleared::HeldRow;
use super::segment::HeldSegment;

/// A row in force.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct RowRef {
    /// Position of its submission in the ledger.
    submission: u64,
    /// Its number among the rows of that submission, which stays the same when other rows go out of force.
    number: u32,
}

impl RowRef {
    /// The place of the row among the segments held of its dataset.
    pub(super) fn find(self, held: &[HeldSegment]) -> Option<HeldRow> {
        let at = held.binary_search_by_key(&self.submission, HeldSegment::position).ok()?;
        Some((at, held.get(at)?.row_of(self.number)?))
    }
}

/// The rows of one agency and one dataset by key.
#[derive(Debug, Default)]
pub(super) struct KeyIndex {
    rows: HashMap<u64, (u32, u32), RandomState>,
}

/// The indexes built so far, by agency and dataset.
#[derive(Debug, Default)]
pub(super) struct KeyIndexes {
    by_agency: HashMap<(Arc<str>, &'static str), KeyIndex>,
}

impl KeyIndex {
    fn build<'h>(segments: impl Iterator<Item = &'h HeldSegment> + Clone) -> Self {
        let rows = segments.clone().map(HeldSegment::rows).sum();
        let mut index = Self { rows: HashMap::with_capacity_and_hasher(rows, RandomState::default()) };
        for segment in segments {
            index.add(segment);
        }
        index
    }

    /// The row with this key.
    pub(super) fn get(&self, key: u64) -> Option<RowRef> {
        let (submission, number) = self.rows.get(&key)?;
        Some(RowRef { submission: u64::from(*submission), number: *number })
    }

    fn add(&mut self, segment: &HeldSegment) {
        let Some(keys) = &segment.keys else { return };
        let Ok(submission) = u32::try_from(segment.position()) else { return };
        self.rows.reserve(keys.len());
        for row in segment.row_set().iter() {
            if let Some(number) = segment.number_of(row) {
                self.rows.insert(keys[row], (submission, number));
            }
        }
    }
}

impl KeyIndexes {
    /// The index of an agency's rows of a dataset. It is built from `segments` if it does not exist yet.
    pub(super) fn get(&mut self, agency: &Arc<str>, dataset: &'static str, segments: &[HeldSegment]) -> &KeyIndex {
        self.by_agency
            .entry((Arc::clone(agency), dataset))
            .or_insert_with(|| KeyIndex::build(segments.iter().filter(|held| held.head.agency == *agency)))
    }

    /// The index of an agency's rows of a dataset, if it was built before.
    pub(super) fn built(&self, agency: &Arc<str>, dataset: &'static str) -> Option<&KeyIndex> {
        self.by_agency.get(&(Arc::clone(agency), dataset))
    }

    /// Removes the rows with these keys, then adds those of `added`, if the index was built before.
    pub(super) fn update(
        &mut self,
        agency: &Arc<str>,
        dataset: &'static str,
        removed: impl Iterator<Item = u64>,
        added: Option<&HeldSegment>,
    ) {
        let Some(index) = self.by_agency.get_mut(&(Arc::clone(agency), dataset)) else { return };
        for key in removed {
            index.rows.remove(&key);
        }
        if let Some(added) = added {
            index.add(added);
        }
    }

    /// Takes the indexes of a dataset from others.
    pub(super) fn adopt(&mut self, other: &mut Self, dataset: &str) {
        self.by_agency.retain(|(_, of), _| *of != dataset);
        self.by_agency.extend(other.by_agency.extract_if(|(_, of), _| *of == dataset));
    }
}
