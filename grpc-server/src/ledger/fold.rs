//! The effective rows, folded from entries in their order.
//!
//! A fold is a function of the submissions that are not withdrawn: folding them again gives the same rows. A
//! withdrawal therefore is a fold without the submission, and the truth at an instant a fold up to it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use arrow::buffer::ScalarBuffer;
use peelian_core::column::MISSING_DATE;
use peelian_core::contract::Dataset;
use peelian_core::engine::snapshot::{Coverage, Snapshot};
use peelian_core::period::days_of_date;

use super::held::{Held, Submitted};
use super::index::{Indexes, KeyIndex, RowRef};
use super::plan::{Conflict, Plan};
use super::referenced::Referenced;
use super::{Entry, rows};
use crate::store::Mode;

/// The effective rows at one position.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    /// By dataset, in the order of positions.
    held: BTreeMap<&'static str, Vec<Held>>,
    coverage: Vec<Coverage>,
    indexes: Indexes,
    position: u64,
}

impl Fold {
    /// Folds entries.
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let withdrawn: HashSet<u64> = entries.iter().filter_map(Entry::withdraws).collect();
        let mut fold = Self::default();
        for entry in entries {
            match entry {
                Entry::Submission(submitted) if !withdrawn.contains(&submitted.envelope.position) => {
                    fold.replay(submitted, !withdrawn.is_empty());
                }
                Entry::Submission(_) | Entry::Withdrawal(_) => {}
            }
            fold.position = entry.position();
        }
        fold
    }

    /// Folds in a submission that was accepted before. Its conflicts were left out then. Only where something was
    /// withdrawn since can two submissions bring the same key: the later one counts.
    fn replay(&mut self, submitted: &Arc<Submitted>, conflicts_possible: bool) {
        let untouched = submitted.envelope.mode == Mode::ReplacePeriod && !conflicts_possible;
        let plan = if untouched { Plan::replay(self, submitted) } else { Plan::new(self, submitted) };
        let conflicts = plan.conflicts.clone();
        if submitted.envelope.mode == Mode::ReplacePeriod && !conflicts.is_empty() {
            self.clear_elsewhere(submitted, &conflicts);
            let plan = Plan::new(self, submitted);
            self.apply(submitted, plan);
        } else {
            self.apply(submitted, plan);
        }
    }

    /// Clears rows that are held elsewhere under the keys of these rows.
    fn clear_elsewhere(&mut self, submitted: &Submitted, conflicts: &[Conflict]) {
        let dataset = submitted.batch.dataset();
        let Some(keys) = &submitted.keys else { return };
        let Some(list) = self.held.get_mut(dataset.id.as_str()) else { return };
        let index = self.indexes.get(&submitted.agency, &dataset.id, list);
        let keys: Vec<u64> = conflicts.iter().map(|conflict| keys[conflict.row]).collect();
        for found in keys.iter().filter_map(|key| index.get(*key)) {
            let position = |held: &Held| held.submitted.envelope.position;
            let Ok(at) = list.binary_search_by_key(&found.submission, position) else { continue };
            let mut bits = list[at].bits();
            bits.clear(found.row);
            list[at].selected = bits.into_selected();
        }
        self.indexes.update(&submitted.agency, &dataset.id, keys.into_iter(), None);
    }

    /// Folds in a submission as planned.
    pub(crate) fn apply(&mut self, submitted: &Arc<Submitted>, plan: Plan) {
        let id = submitted.batch.dataset().id.as_str();
        let list = self.held.entry(id).or_default();
        let mut removed = Vec::new();
        for (index, bits) in plan.cleared {
            let Some(held) = list.get_mut(index) else { continue };
            if let Some(keys) = &held.submitted.keys {
                removed.extend(bits.iter().map(|row| keys[row]));
            }
            let mut left = held.bits();
            left.subtract(&bits);
            held.selected = left.into_selected();
        }
        let added = plan.added.filter(|bits| bits.count() > 0).map(|bits| Held {
            submitted: Arc::clone(submitted),
            selected: bits.into_selected(),
            days: plan.days,
        });
        self.indexes.update(&submitted.agency, id, removed.into_iter(), added.as_ref());
        list.extend(added);
        list.retain(|held| held.rows() > 0);
        self.cover(submitted);
        self.position = submitted.envelope.position;
    }

    /// A replacement or an addition says that its period is reported on. One that contains an earlier one takes its place.
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

    /// The day of each row of a submission, looked up where it is a referenced row's.
    pub(super) fn days(&mut self, submitted: &Submitted) -> ScalarBuffer<i32> {
        let Self { held, indexes, .. } = self;
        let mut find = |target: &'static Dataset, field: &str, keys: &[u64]| {
            let mut days = vec![MISSING_DATE; keys.len()];
            let list = held.get(target.id.as_str()).map_or(&[] as &[Held], Vec::as_slice);
            let agencies: BTreeSet<_> = list.iter().map(|held| &held.submitted.agency).collect();
            for agency in agencies {
                let index = indexes.get(agency, &target.id, list);
                for (day, key) in days.iter_mut().zip(keys).filter(|(day, _)| **day == MISSING_DATE) {
                    *day = index.get(*key).and_then(|found| day_of(list, found, field)).unwrap_or(MISSING_DATE);
                }
            }
            days
        };
        rows::days(&submitted.batch, days_of_date(submitted.envelope.first), &mut find)
    }

    /// What is held of a submission's dataset, and the index of its agency's rows; no index where nothing is held.
    pub(super) fn held_and_index(&mut self, submitted: &Submitted) -> (&[Held], Option<&KeyIndex>) {
        let dataset = submitted.batch.dataset();
        let list = self.held.get(dataset.id.as_str()).map_or(&[] as &[Held], Vec::as_slice);
        let any = submitted.keys.is_some() && list.iter().any(|held| held.submitted.agency == submitted.agency);
        let index = any.then(|| self.indexes.get(&submitted.agency, &dataset.id, list));
        (list, index)
    }

    /// What is held of the datasets that `dataset` refers to.
    pub(crate) fn referenced(&mut self, dataset: &Dataset) -> Referenced<'_> {
        Referenced::new(self, dataset)
    }

    /// Indexes every agency's rows of a dataset.
    pub(super) fn index_all(&mut self, dataset: &str) {
        let Some((id, list)) = self.held.get_key_value(dataset) else { return };
        for held in list {
            self.indexes.get(&held.submitted.agency, id, list);
        }
    }

    /// The index of an agency's rows of a dataset, if it was asked for before.
    pub(super) fn index(&self, agency: &Arc<str>, dataset: &str) -> Option<&KeyIndex> {
        let (id, _) = self.held.get_key_value(dataset)?;
        self.indexes.known(agency, id)
    }

    /// What is held of a dataset.
    pub(super) fn held(&self, dataset: &str) -> &[Held] {
        self.held.get(dataset).map_or(&[], Vec::as_slice)
    }

    /// As the engine reads it.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let segments = |list: &Vec<Held>| list.iter().map(Held::segment).collect();
        Snapshot {
            position: self.position,
            datasets: self.held.iter().map(|(dataset, list)| (*dataset, segments(list))).collect(),
            coverage: self.coverage.clone(),
        }
    }
}

/// The date that a field of a row has.
fn day_of(list: &[Held], found: RowRef, field: &str) -> Option<i32> {
    let at = list.binary_search_by_key(&found.submission, |held| held.submitted.envelope.position).ok()?;
    list.get(at)?.submitted.batch.column(field)?.as_i32()?.get(found.row).copied()
}
