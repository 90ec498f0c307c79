//! The rows in force at one position of the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::buffer::ScalarBuffer;
use peelian_core::column::MISSING_DATE;
use peelian_core::contract::Dataset;
use peelian_core::engine::snapshot::{Coverage, CoveredAreas, Lost, Snapshot};
use peelian_core::intake::Mode;
use peelian_core::period::days_of_date;
use peelian_core::reference::Reference;

use super::key_index::{KeyIndex, KeyIndexes, RowRef};
use super::lost::{lost_with, regain};
use super::plan::Plan;
use super::precedence::{HeldElsewhere, HeldRows, Precedence};
use super::row_values;
use super::segment::{HeldSegment, span};
use super::submitted::Submitted;
use crate::clock::london_day;

/// The rows in force at one position of the ledger.
#[derive(Debug)]
pub(crate) struct LedgerState {
    /// Segments by dataset, in the order of their positions.
    held: BTreeMap<&'static str, Vec<HeldSegment>>,
    coverage: Vec<Coverage>,
    lost: Vec<Lost>,
    indexes: KeyIndexes,
    precedence: Precedence,
    pub(super) position: u64,
}

impl LedgerState {
    /// No rows. The register says whose row counts if several agencies hold the same one.
    pub(crate) fn new(reference: Reference) -> Self {
        Self {
            held: BTreeMap::new(),
            coverage: Vec::new(),
            lost: Vec::new(),
            indexes: KeyIndexes::default(),
            precedence: Precedence::new(reference),
            position: 0,
        }
    }

    /// Applies a submission as planned.
    pub(crate) fn apply(&mut self, submitted: &Arc<Submitted>, plan: Plan) {
        let id = submitted.batch.dataset().id.as_str();
        let segments = self.held.entry(id).or_default();
        let mut removed = Vec::new();
        for (index, cleared) in plan.cleared {
            let Some(held) = segments.get_mut(index) else { continue };
            if let Some(keys) = &held.submitted.keys {
                removed.extend(cleared.iter().map(|row| keys[row]));
            }
            let mut left = held.row_set();
            left.subtract(&cleared);
            held.selected = left.into_selected();
        }
        let added = plan.added.filter(|rows| rows.count() > 0).map(|rows| HeldSegment {
            submitted: Arc::clone(submitted),
            selected: rows.into_selected(),
            overruled: None,
            span: span(&plan.days),
            days: plan.days,
        });
        let mut changed = removed.clone();
        if let (Some(added), Some(keys)) = (&added, &submitted.keys) {
            changed.extend(added.row_set().iter().map(|row| keys[row]));
        }
        self.indexes.update(&submitted.agency, id, removed.into_iter(), added.as_ref());
        segments.extend(added);
        segments.retain(|held| held.rows() > 0);
        self.precedence.record(submitted);
        self.settle_precedence(submitted.batch.dataset(), &changed);
        if submitted.damaged {
            self.lose(submitted);
        } else {
            self.cover(submitted);
            regain(&mut self.lost, submitted);
        }
        self.position = submitted.envelope.position;
    }

    /// A submission whose rows are damaged reports nothing, and what it replaced does not come back.
    fn lose(&mut self, submitted: &Submitted) {
        let lost: Vec<Lost> = lost_with(submitted, &self.coverage).collect();
        self.lost.extend(lost);
    }

    /// A replacement or a merge says that its period is reported on. A replacement takes the place of every coverage
    /// that its period contains; a merge, of those with the same label.
    fn cover(&mut self, submitted: &Submitted) {
        let envelope = &submitted.envelope;
        if envelope.mode == Mode::Delete {
            return;
        }
        let new = Coverage {
            agency: Arc::clone(&submitted.agency),
            dataset: &submitted.batch.dataset().id,
            collection: Arc::clone(&submitted.collection),
            first: envelope.first,
            last: envelope.last,
            extracted: Some(london_day(envelope.extract_micros)),
            areas: CoveredAreas::OfRemit { nil: submitted.batch.rows() == 0 },
            synthetic: envelope.synthetic,
        };
        let replaces = envelope.mode == Mode::ReplacePeriod;
        self.coverage.retain(|old| {
            let same = (&old.agency, old.dataset, &old.collection) == (&new.agency, new.dataset, &new.collection);
            let contained = new.first <= old.first && old.last <= new.last;
            !(same && contained && (replaces || old.synthetic == new.synthetic))
        });
        self.coverage.push(new);
    }

    /// Takes out of force the rows that are held under the keys of these rows of a submission.
    pub(super) fn clear_keys_of(&mut self, submitted: &Submitted, rows: impl Iterator<Item = usize>) {
        let dataset = submitted.batch.dataset();
        let Some(keys) = &submitted.keys else { return };
        let Some(segments) = self.held.get_mut(dataset.id.as_str()) else { return };
        let index = self.indexes.get(&submitted.agency, &dataset.id, segments);
        let keys: Vec<u64> = rows.map(|row| keys[row]).collect();
        for found in keys.iter().filter_map(|key| index.get(*key)) {
            let Ok(at) = segments.binary_search_by_key(&found.submission, HeldSegment::position) else { continue };
            let mut rows = segments[at].row_set();
            rows.remove(found.row);
            segments[at].selected = rows.into_selected();
        }
        self.indexes.update(&submitted.agency, &dataset.id, keys.iter().copied(), None);
        self.settle_precedence(dataset, &keys);
    }

    /// For keys whose rows have changed, lets one row count of those that are the same row.
    fn settle_precedence(&mut self, dataset: &'static Dataset, keys: &[u64]) {
        let Some(segments) = self.held.get_mut(dataset.id.as_str()) else { return };
        self.precedence.settle(HeldRows { dataset, segments, indexes: &mut self.indexes }, keys);
    }

    /// The rows of a submission that other agencies hold too.
    pub(crate) fn held_elsewhere(&mut self, submitted: &Submitted) -> Vec<HeldElsewhere> {
        let dataset = submitted.batch.dataset();
        let Some(segments) = self.held.get_mut(dataset.id.as_str()) else { return Vec::new() };
        let held = HeldRows { dataset, segments, indexes: &mut self.indexes };
        self.precedence.held_elsewhere(held, submitted)
    }

    /// The day of each row of a submission. Where it is the day of another row that the row refers to, it is looked
    /// up.
    pub(super) fn days(&mut self, submitted: &Submitted) -> ScalarBuffer<i32> {
        let Self { held, indexes, .. } = self;
        let mut find = |target: &'static Dataset, field: &str, keys: &[u64]| {
            let mut days = vec![MISSING_DATE; keys.len()];
            let segments = held.get(target.id.as_str()).map_or(&[] as &[HeldSegment], Vec::as_slice);
            let agencies: BTreeSet<_> = segments.iter().map(|held| &held.submitted.agency).collect();
            for agency in agencies {
                let index = indexes.get(agency, &target.id, segments);
                for (day, key) in days.iter_mut().zip(keys).filter(|(day, _)| **day == MISSING_DATE) {
                    let found = index.get(*key).and_then(|found| date_of(segments, found, field));
                    *day = found.unwrap_or(MISSING_DATE);
                }
            }
            days
        };
        row_values::days(&submitted.batch, days_of_date(submitted.envelope.first), &mut find)
    }

    /// The segments held of a submission's dataset, and the index of its agency's rows. There is no index if the
    /// agency has no rows.
    pub(super) fn held_and_index(&mut self, submitted: &Submitted) -> (&[HeldSegment], Option<&KeyIndex>) {
        let dataset = submitted.batch.dataset();
        let segments = self.held.get(dataset.id.as_str()).map_or(&[] as &[HeldSegment], Vec::as_slice);
        let any = submitted.keys.is_some() && segments.iter().any(|held| held.submitted.agency == submitted.agency);
        let index = any.then(|| self.indexes.get(&submitted.agency, &dataset.id, segments));
        (segments, index)
    }

    /// Indexes every agency's rows of a dataset.
    pub(super) fn index_all(&mut self, dataset: &str) {
        let Some((id, segments)) = self.held.get_key_value(dataset) else { return };
        for held in segments {
            self.indexes.get(&held.submitted.agency, id, segments);
        }
    }

    /// The index of an agency's rows of a dataset, if it was built before.
    pub(super) fn index(&self, agency: &Arc<str>, dataset: &str) -> Option<&KeyIndex> {
        let (id, _) = self.held.get_key_value(dataset)?;
        self.indexes.built(agency, id)
    }

    /// The segments held of a dataset.
    pub(super) fn held(&self, dataset: &str) -> &[HeldSegment] {
        self.held.get(dataset).map_or(&[], Vec::as_slice)
    }

    /// The rows in force as the engine reads them.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let segments = |held: &Vec<HeldSegment>| held.iter().map(HeldSegment::segment).collect();
        Snapshot {
            position: self.position,
            datasets: self.held.iter().map(|(dataset, held)| (*dataset, segments(held))).collect(),
            coverage: self.coverage.clone(),
            lost: self.lost.clone(),
        }
    }
}

/// The date in a field of a row.
fn date_of(segments: &[HeldSegment], found: RowRef, field: &str) -> Option<i32> {
    let at = segments.binary_search_by_key(&found.submission, HeldSegment::position).ok()?;
    segments.get(at)?.submitted.batch.column(field)?.as_i32()?.get(found.row).copied()
}
