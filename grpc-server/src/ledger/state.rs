//! The rows in force at one position of the ledger.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::buffer::ScalarBuffer;
use peelian_core::column::{Batch, MISSING_DATE};
use peelian_core::contract::{Contract, Dataset};
use peelian_core::engine::snapshot::{Coverage, CoveredAreas, Lost, Receipt, Snapshot};
use peelian_core::intake::Mode;
use peelian_core::period::days_of_date;
use peelian_core::reference::Reference;
use peelian_core::submission::{FIGURES, HeldFigures};

use super::cleared::ClearedRows;
use super::key_index::{KeyIndex, KeyIndexes, RowRef};
use super::lost::{lost_with, regain};
use super::plan::Plan;
use super::precedence::{HeldElsewhere, HeldRows, Precedence};
use super::row_values;
use super::segment::{HeldSegment, bytes_of};
use super::submitted::{Head, Submitted};
use crate::clock::london_day;
use crate::store::RowsInForce;

/// The rows in force at one position of the ledger.
#[derive(Debug)]
pub(crate) struct LedgerState {
    /// Segments by dataset, in the order of their positions.
    held: BTreeMap<&'static str, Vec<HeldSegment>>,
    coverage: Vec<Coverage>,
    /// Shared with the snapshots, which do not copy it.
    receipts: Arc<Vec<Receipt>>,
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
            receipts: Arc::default(),
            lost: Vec::new(),
            indexes: KeyIndexes::default(),
            precedence: Precedence::new(reference),
            position: 0,
        }
    }

    /// A state whose rows in force are these, in the order of their positions. Nothing was reported on yet.
    pub(crate) fn restored(reference: Reference, held: Vec<HeldSegment>) -> Self {
        let mut state = Self::new(reference);
        for segment in held {
            state.precedence.record(&segment);
            state.held.entry(&segment.head.dataset.id).or_default().push(segment);
        }
        for dataset in Contract::get().datasets() {
            let Some(segments) = state.held.get_mut(dataset.id.as_str()) else { continue };
            state.precedence.settle_all(HeldRows { dataset, segments, indexes: &mut state.indexes });
        }
        state
    }

    /// Takes the rows of some datasets from another state of the same ledger, and everything that does not depend on rows.
    pub(crate) fn adopt(&mut self, other: Self, datasets: &BTreeSet<&'static str>) {
        let Self { mut held, coverage, receipts, lost, mut indexes, mut precedence, position } = other;
        for dataset in datasets {
            self.held.remove(dataset);
            self.held.extend(held.remove_entry(dataset));
            self.indexes.adopt(&mut indexes, dataset);
            self.precedence.adopt(&mut precedence, dataset);
        }
        (self.coverage, self.receipts, self.lost, self.position) = (coverage, receipts, lost, position);
    }

    /// Applies a submission as planned.
    pub(crate) fn apply(&mut self, submitted: &Submitted, plan: Plan) {
        let head = &submitted.head;
        let id = head.dataset.id.as_str();
        let segments = self.held.entry(id).or_default();
        let mut removed = Vec::new();
        for (index, cleared) in &plan.cleared {
            let Some(held) = segments.get_mut(*index) else { continue };
            if let Some(keys) = &held.keys {
                removed.extend(cleared.iter().map(|row| keys[row]));
            }
            held.clear(cleared);
        }
        let added = plan.added.filter(|rows| rows.count() > 0);
        let mut added = added.map(|rows| HeldSegment::new(submitted, rows, plan.days));
        if let Some(added) = &mut added {
            added.compact();
            self.precedence.record(added);
        }
        let mut changed = removed.clone();
        if let Some((added, keys)) = added.as_ref().and_then(|added| Some((added, added.keys.as_ref()?))) {
            changed.extend(added.row_set().iter().map(|row| keys[row]));
        }
        self.indexes.update(&head.agency, id, removed.iter().copied(), added.as_ref());
        segments.extend(added);
        self.drop_rows_out_of_force(head, plan.cleared.iter().map(|(index, _)| *index));
        self.settle_precedence(head.dataset, &changed);
        self.forget_stated(head, &removed);
        self.report(head);
        self.position = head.position();
    }

    /// Drops rows of an agency that are no longer in force from the segments that have changed.
    fn drop_rows_out_of_force(&mut self, head: &Head, changed: impl Iterator<Item = usize>) {
        let Some(segments) = self.held.get_mut(head.dataset.id.as_str()) else { return };
        let mut emptied = false;
        for index in changed {
            let Some(held) = segments.get_mut(index) else { continue };
            if held.rows() == 0 {
                emptied = true;
            } else {
                held.compact();
            }
        }
        if emptied {
            segments.retain(|held| held.rows() > 0);
        }
    }

    /// Records what a submission reports on. If its rows are damaged, it reports nothing, and what it replaced does not come
    /// back.
    pub(super) fn report(&mut self, head: &Head) {
        if head.damaged {
            let lost: Vec<Lost> = lost_with(head, &self.coverage).collect();
            self.lost.extend(lost);
        } else {
            self.cover(head);
            regain(&mut self.lost, head);
        }
    }

    /// A replacement or a merge says that its period is reported on. A replacement takes the place of every coverage
    /// that its period contains; a merge, of those with the same label.
    fn cover(&mut self, head: &Head) {
        let envelope = &head.envelope;
        if envelope.mode == Mode::Delete {
            return;
        }
        let new = Coverage {
            agency: Arc::clone(&head.agency),
            dataset: &head.dataset.id,
            collection: Arc::clone(&head.collection),
            first: envelope.first,
            last: envelope.last,
            extracted: Some(london_day(envelope.extract_micros)),
            areas: CoveredAreas::OfRemit { nil: head.is_nil() },
            synthetic: envelope.synthetic,
        };
        let replaces = envelope.mode == Mode::ReplacePeriod;
        self.coverage.retain(|old| {
            let same = (&old.agency, old.dataset, &old.collection) == (&new.agency, new.dataset, &new.collection);
            let contained = new.first <= old.first && old.last <= new.last;
            !(same && contained && (replaces || old.synthetic == new.synthetic))
        });
        self.coverage.push(new);
        self.receive(head);
    }

    /// Keeps when a period was reported on first. What is reported on again is not received again.
    fn receive(&mut self, head: &Head) {
        let envelope = &head.envelope;
        let new = Receipt {
            agency: Arc::clone(&head.agency),
            dataset: &head.dataset.id,
            collection: Arc::clone(&head.collection),
            first: envelope.first,
            last: envelope.last,
            received: london_day(envelope.accepted_micros),
            received_micros: envelope.accepted_micros,
            synthetic: envelope.synthetic,
            nil: head.is_nil(),
            places: Arc::clone(&head.places),
        };
        if !self.receipts.iter().any(|earlier| earlier.includes(&new)) {
            Arc::make_mut(&mut self.receipts).push(new);
        }
    }

    /// Takes out of force the rows that are held under the keys of these rows of a submission.
    pub(super) fn clear_keys_of(&mut self, submitted: &Submitted, rows: impl Iterator<Item = usize>) {
        let Submitted { head, keys: Some(keys), .. } = submitted else { return };
        let Some(segments) = self.held.get_mut(head.dataset.id.as_str()) else { return };
        let index = self.indexes.get(&head.agency, &head.dataset.id, segments);
        let keys: Vec<u64> = rows.map(|row| keys[row]).collect();
        let mut cleared = ClearedRows::default();
        for found in keys.iter().filter_map(|key| index.get(*key)?.find(segments)) {
            cleared.push(segments, found);
        }
        let cleared = cleared.into_sets();
        for (at, rows) in &cleared {
            segments[*at].clear(rows);
        }
        self.indexes.update(&head.agency, &head.dataset.id, keys.iter().copied(), None);
        self.drop_rows_out_of_force(head, cleared.iter().map(|(at, _)| *at));
        self.settle_precedence(head.dataset, &keys);
        self.forget_stated(head, &keys);
    }

    /// Forgets the keys that rows of an agency stated which went out of force.
    fn forget_stated(&mut self, head: &Head, keys: &[u64]) {
        let Some(segments) = self.held.get_mut(head.dataset.id.as_str()) else { return };
        let held = HeldRows { dataset: head.dataset, segments, indexes: &mut self.indexes };
        self.precedence.forget(held, &head.agency, keys);
    }

    /// For keys whose rows have changed, lets one row count of those that are the same row.
    fn settle_precedence(&mut self, dataset: &'static Dataset, keys: &[u64]) {
        let Some(segments) = self.held.get_mut(dataset.id.as_str()) else { return };
        self.precedence.settle(HeldRows { dataset, segments, indexes: &mut self.indexes }, keys);
    }

    /// The rows of a submission that other agencies hold too.
    pub(crate) fn held_elsewhere(&mut self, submitted: &Submitted) -> Vec<HeldElsewhere> {
        let dataset = submitted.head.dataset;
        let days = if dataset.options.key.is_empty() { self.days(submitted) } else { ScalarBuffer::default() };
        let Some(segments) = self.held.get_mut(dataset.id.as_str()) else { return Vec::new() };
        let held = HeldRows { dataset, segments, indexes: &mut self.indexes };
        self.precedence.held_elsewhere(held, submitted, &days)
    }

    /// The day of each row of a submission. Where it is the day of another row that the row refers to, it is looked
    /// up.
    pub(super) fn days(&mut self, submitted: &Submitted) -> ScalarBuffer<i32> {
        let Self { held, indexes, .. } = self;
        let mut find = |target: &'static Dataset, field: &str, keys: &[u64]| {
            let mut days = vec![MISSING_DATE; keys.len()];
            let segments = held.get(target.id.as_str()).map_or(&[] as &[HeldSegment], Vec::as_slice);
            let agencies: BTreeSet<_> = segments.iter().map(|held| &held.head.agency).collect();
            for agency in agencies {
                let index = indexes.get(agency, &target.id, segments);
                for (day, key) in days.iter_mut().zip(keys).filter(|(day, _)| **day == MISSING_DATE) {
                    let found = index.get(*key).and_then(|found| date_of(segments, found, field));
                    *day = found.unwrap_or(MISSING_DATE);
                }
            }
            days
        };
        row_values::days(&submitted.batch, days_of_date(submitted.head.envelope.first), &mut find)
    }

    /// The segments held of a submission's dataset, and the index of its agency's rows. There is no index if the
    /// agency has no rows.
    pub(super) fn held_and_index(&mut self, submitted: &Submitted) -> (&[HeldSegment], Option<&KeyIndex>) {
        let dataset = submitted.head.dataset;
        let segments = self.held.get(dataset.id.as_str()).map_or(&[] as &[HeldSegment], Vec::as_slice);
        let any = submitted.keys.is_some() && self.precedence.knows(&dataset.id, &submitted.head.agency);
        let index = any.then(|| self.indexes.get(&submitted.head.agency, &dataset.id, segments));
        (segments, index)
    }

    /// Indexes every agency's rows of a dataset.
    pub(super) fn index_all(&mut self, dataset: &str) {
        let Some((id, segments)) = self.held.get_key_value(dataset) else { return };
        for held in segments {
            self.indexes.get(&held.head.agency, id, segments);
        }
    }

    /// The index of an agency's rows of a dataset, if it was built before.
    pub(super) fn index(&self, agency: &Arc<str>, dataset: &str) -> Option<&KeyIndex> {
        let (id, _) = self.held.get_key_value(dataset)?;
        self.indexes.built(agency, id)
    }

    /// The figures held of a collection of an agency.
    pub(crate) fn held_figures(&self, agency: &str, collection: &str) -> HeldFigures {
        let mut figures = HeldFigures::default();
        for held in self.held(FIGURES) {
            if *held.head.agency == *agency && *held.head.collection == *collection {
                let rows = held.row_set();
                figures.add(Arc::clone(&held.batch), move |row| rows.contains(row));
            }
        }
        figures
    }

    /// The segments held of a dataset.
    pub(super) fn held(&self, dataset: &str) -> &[HeldSegment] {
        self.held.get(dataset).map_or(&[], Vec::as_slice)
    }

    /// Which rows of which submissions are in force, in the order of the submissions.
    pub(crate) fn in_force(&self) -> Vec<RowsInForce> {
        let mut all: Vec<RowsInForce> = self.held.values().flatten().map(HeldSegment::in_force).collect();
        all.sort_unstable_by_key(|held| held.submission);
        all
    }

    /// Number of rows in force.
    pub(crate) fn rows(&self) -> usize {
        self.held.values().flatten().map(HeldSegment::rows).sum()
    }

    /// Bytes that the rows in force take in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        self.held.values().flatten().map(|held| held.bytes_of(held.rows())).sum()
    }

    /// Bytes that the rows in force take which are not in these batches, about.
    pub(crate) fn bytes_beside(&self, shared: &HashMap<u64, Arc<Batch>>) -> usize {
        let is_shared =
            |held: &&HeldSegment| shared.get(&held.position()).is_some_and(|batch| Arc::ptr_eq(batch, &held.batch));
        self.held.values().flatten().filter(|held| !is_shared(held)).map(|held| held.bytes_of(held.rows())).sum()
    }

    /// Bytes that the rows in force would take after a submission, if they are more than now.
    pub(crate) fn bytes_after(&self, submitted: &Submitted, plan: &Plan) -> Option<usize> {
        let held = self.held(&submitted.head.dataset.id);
        let cleared = plan.cleared.iter().filter_map(|(index, rows)| Some(held.get(*index)?.bytes_of(rows.len())));
        let added = plan.added.as_ref().map_or(0, |rows| bytes_of(&submitted.batch, rows.len()));
        let (now, cleared) = (self.bytes(), cleared.sum::<usize>());
        (added > cleared).then(|| now.saturating_sub(cleared).saturating_add(added))
    }

    /// The rows in force as the engine reads them.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let segments = |held: &Vec<HeldSegment>| held.iter().map(HeldSegment::segment).collect();
        Snapshot {
            position: self.position,
            datasets: self.held.iter().map(|(dataset, held)| (*dataset, segments(held))).collect(),
            coverage: self.coverage.clone(),
            lost: self.lost.clone(),
            receipts: Some(Arc::clone(&self.receipts)),
        }
    }
}

/// The date in a field of a row.
fn date_of(segments: &[HeldSegment], found: RowRef, field: &str) -> Option<i32> {
    let (at, row) = found.find(segments)?;
    segments.get(at)?.batch.column(field)?.as_i32()?.get(row).copied()
}
