//! What a submission would do to the rows held: counts, the rows that cease to count, and those that begin to.

use std::collections::HashMap;

use arrow::buffer::ScalarBuffer;
use peelian_core::period::days_of_date;

use super::bits::Bits;
use super::fold::Fold;
use super::held::{Held, Submitted};
use super::index::{KeyIndex, RowRef};
use super::rows;
use crate::store::Mode;

/// What becomes of the rows of a submission.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    /// Rows that were not held.
    pub(crate) created: u64,
    /// Rows that were held with other values; for a deletion, rows removed.
    pub(crate) updated: u64,
    /// Rows that were held with the same values; for a deletion, rows that were not held.
    pub(crate) unchanged: u64,
    /// Rows held before and not in a replacement of their period.
    pub(crate) deleted_by_replacement: u64,
    /// Rows held in the slice before: what a mass deletion is measured against.
    pub(crate) held_before: u64,
}

/// A row that cannot be taken as the submission means it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Conflict {
    /// Row of the batch.
    pub(crate) row: usize,
    /// Why.
    pub(crate) why: Elsewhere,
}

/// Where else a key is held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Elsewhere {
    /// In another collection of the agency.
    Collection,
    /// In the same collection, outside the declared period.
    Period,
}

/// What a submission would do.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What becomes of its rows.
    pub(crate) counts: Counts,
    /// Rows to be left out. Where there are any, leave them out and plan again.
    pub(crate) conflicts: Vec<Conflict>,
    /// Rows that cease to count, by the position in the dataset's list of what is held.
    pub(super) cleared: Vec<(usize, Bits)>,
    /// Rows of the submission that count from now on; `None` for a deletion.
    pub(super) added: Option<Bits>,
    /// Days of the submission's rows.
    pub(super) days: ScalarBuffer<i32>,
}

/// The rows held that a submission meets.
struct Met<'f> {
    submitted: &'f Submitted,
    held: &'f [Held],
    /// Rows of the same agency, dataset and collection within the declared period.
    slice: HashMap<usize, Bits>,
}

impl Plan {
    /// Plans a submission.
    pub(crate) fn new(fold: &mut Fold, submitted: &Submitted) -> Self {
        let days = fold.days(submitted);
        let (held, index) = fold.held_and_index(submitted);
        let met = Met::new(submitted, held);
        let mut plan = match (submitted.envelope.mode, &submitted.keys) {
            (Mode::ReplacePeriod, Some(keys)) => met.replace(keys, index),
            (Mode::ReplacePeriod, None) => met.replace_without_keys(),
            (Mode::Merge, Some(keys)) => met.merge(keys, index),
            (Mode::Delete, Some(keys)) => met.delete(keys, index),
            // Refused when the header was read; nothing is held that such rows could be compared with.
            (Mode::Merge | Mode::Delete, None) => Self::empty(),
        };
        plan.days = days;
        plan.counts.held_before = met.slice.values().map(Bits::count).sum();
        plan
    }

    /// Plans a replacement that was accepted before, without comparing rows: what it does is known, and nothing counts
    /// what it changes.
    pub(super) fn replay(fold: &mut Fold, submitted: &Submitted) -> Self {
        let days = fold.days(submitted);
        let met = Met::new(submitted, fold.held(&submitted.batch.dataset().id));
        let mut plan = met.take_slice(Self::empty());
        plan.days = days;
        plan
    }

    fn empty() -> Self {
        Self {
            counts: Counts::default(),
            conflicts: Vec::new(),
            cleared: Vec::new(),
            added: None,
            days: Vec::new().into(),
        }
    }

    /// Rows that the submission takes away without putting others in their place.
    pub(crate) fn deletes(&self, mode: Mode) -> u64 {
        match mode {
            Mode::ReplacePeriod => self.counts.deleted_by_replacement,
            Mode::Merge => 0,
            Mode::Delete => self.counts.updated,
        }
    }
}

impl<'f> Met<'f> {
    fn new(submitted: &'f Submitted, held: &'f [Held]) -> Self {
        let (first, last) = (days_of_date(submitted.envelope.first), days_of_date(submitted.envelope.last));
        let mut slice = HashMap::new();
        for (index, held) in held.iter().enumerate() {
            if held.submitted.agency == submitted.agency && held.submitted.collection == submitted.collection {
                let bits = held.within(first, last);
                if bits.count() > 0 {
                    slice.insert(index, bits);
                }
            }
        }
        Self { submitted, held, slice }
    }

    /// The segment and row that an index names.
    fn find(&self, found: RowRef) -> Option<(usize, usize)> {
        let position = |held: &Held| held.submitted.envelope.position;
        let index = self.held.binary_search_by_key(&found.submission, position).ok()?;
        Some((index, found.row))
    }

    fn in_slice(&self, (index, row): (usize, usize)) -> bool {
        self.slice.get(&index).is_some_and(|bits| bits.contains(row))
    }

    fn elsewhere(&self, (index, _): (usize, usize)) -> Elsewhere {
        let same = self.held.get(index).is_some_and(|held| held.submitted.collection == self.submitted.collection);
        if same { Elsewhere::Period } else { Elsewhere::Collection }
    }

    fn rows(&self) -> usize {
        self.submitted.batch.rows()
    }

    fn replace(&self, keys: &[u64], index: Option<&KeyIndex>) -> Plan {
        let mut plan = Plan::empty();
        let mut pairs = Pairs::default();
        for (row, key) in keys.iter().enumerate() {
            match index.and_then(|index| index.get(*key)).and_then(|found| self.find(found)) {
                None => plan.counts.created += 1,
                Some(old) if self.in_slice(old) => pairs.push(row, old),
                Some(old) => plan.conflicts.push(Conflict { row, why: self.elsewhere(old) }),
            }
        }
        let same = pairs.same(self);
        plan.counts.unchanged = count(same.iter().filter(|(.., same)| *same).count());
        plan.counts.updated = count(same.len()) - plan.counts.unchanged;
        let before: u64 = self.slice.values().map(Bits::count).sum();
        plan.counts.deleted_by_replacement = before - count(same.len());
        self.take_slice(plan)
    }

    /// Without keys rows are compared as a multiset: a row is unchanged as often as it was held.
    fn replace_without_keys(&self) -> Plan {
        let mut plan = Plan::empty();
        let mut before: HashMap<u64, u64> = HashMap::new();
        for (index, bits) in &self.slice {
            let Some(held) = self.held.get(*index) else { continue };
            let hashes = rows::hashes(&held.submitted.batch);
            for row in bits.iter() {
                *before.entry(hashes[row]).or_default() += 1;
            }
        }
        if before.is_empty() {
            plan.counts.created = count(self.rows());
            return self.take_slice(plan);
        }
        for hash in rows::hashes(&self.submitted.batch) {
            match before.get_mut(&hash).filter(|left| **left > 0) {
                Some(left) => {
                    *left -= 1;
                    plan.counts.unchanged += 1;
                }
                None => plan.counts.created += 1,
            }
        }
        plan.counts.deleted_by_replacement = before.values().sum();
        self.take_slice(plan)
    }

    /// The slice ceases to count, and the submission's rows count.
    fn take_slice(&self, mut plan: Plan) -> Plan {
        plan.cleared = self.slice.iter().map(|(index, bits)| (*index, bits.clone())).collect();
        plan.added = Some(Bits::from_fn(self.rows(), |_| true));
        plan
    }

    fn merge(&self, keys: &[u64], index: Option<&KeyIndex>) -> Plan {
        let mut plan = Plan::empty();
        let mut pairs = Pairs::default();
        let mut added = Bits::from_fn(self.rows(), |_| true);
        for (row, key) in keys.iter().enumerate() {
            match index.and_then(|index| index.get(*key)).and_then(|found| self.find(found)) {
                None => plan.counts.created += 1,
                Some(old) => pairs.push(row, old),
            }
        }
        let mut cleared = Clearing::default();
        for (row, old, same) in pairs.same(self) {
            let moved = self.elsewhere(old) == Elsewhere::Collection;
            if same && !moved {
                plan.counts.unchanged += 1;
                added.clear(row);
            } else {
                plan.counts.updated += 1;
                cleared.push(self.held, old);
            }
        }
        plan.cleared = cleared.finish();
        plan.added = Some(added);
        plan
    }

    fn delete(&self, keys: &[u64], index: Option<&KeyIndex>) -> Plan {
        let mut plan = Plan::empty();
        let mut cleared = Clearing::default();
        for (row, key) in keys.iter().enumerate() {
            match index.and_then(|index| index.get(*key)).and_then(|found| self.find(found)) {
                None => plan.counts.unchanged += 1,
                Some(old) if self.in_slice(old) => {
                    plan.counts.updated += 1;
                    cleared.push(self.held, old);
                }
                Some(old) => plan.conflicts.push(Conflict { row, why: self.elsewhere(old) }),
            }
        }
        plan.cleared = cleared.finish();
        plan
    }
}

/// Rows to be compared: new ones with old ones of the same key.
#[derive(Default)]
struct Pairs {
    by_held: HashMap<usize, Vec<(usize, usize)>>,
}

impl Pairs {
    fn push(&mut self, new: usize, (index, old): (usize, usize)) {
        self.by_held.entry(index).or_default().push((new, old));
    }

    /// New row, old row, and whether they are the same.
    fn same(&self, met: &Met<'_>) -> Vec<(usize, (usize, usize), bool)> {
        let mut all = Vec::new();
        for (index, pairs) in &self.by_held {
            let Some(held) = met.held.get(*index) else { continue };
            let same = rows::same(&met.submitted.batch, &held.submitted.batch, pairs);
            all.extend(pairs.iter().zip(same).map(|((new, old), same)| (*new, (*index, *old), same)));
        }
        all
    }
}

/// Rows to be cleared, by segment.
#[derive(Default)]
struct Clearing {
    by_held: HashMap<usize, Bits>,
}

impl Clearing {
    fn push(&mut self, held: &[Held], (index, row): (usize, usize)) {
        let rows = held.get(index).map_or(0, |held| held.submitted.batch.rows());
        self.by_held.entry(index).or_insert_with(|| Bits::none(rows)).set(row);
    }

    fn finish(self) -> Vec<(usize, Bits)> {
        self.by_held.into_iter().collect()
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
