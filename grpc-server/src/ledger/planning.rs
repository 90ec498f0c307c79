//! Plans a submission: compares its rows with the rows held.

use std::collections::{HashMap, HashSet};

use peelian_core::intake::Mode;
use peelian_core::period::days_of_date;

use super::cleared::{ClearedRows, HeldRow};
use super::key_index::KeyIndex;
use super::left_out::Predecessors;
use super::plan::{Conflict, Elsewhere, Plan};
use super::row_set::RowSet;
use super::row_values;
use super::segment::HeldSegment;
use super::state::LedgerState;
use super::submitted::Submitted;

/// Plans a submission.
pub(crate) fn plan_submission(state: &mut LedgerState, submitted: &Submitted) -> Plan {
    let days = state.days(submitted);
    let (held, index) = state.held_and_index(submitted);
    let comparison = RowComparison::new(submitted, held);
    let mut plan = match (submitted.head.envelope.mode, &submitted.keys) {
        (Mode::ReplacePeriod, Some(keys)) => comparison.replace(keys, index),
        (Mode::ReplacePeriod, None) => comparison.replace_without_keys(),
        (Mode::Merge, Some(keys)) => comparison.merge(keys, index),
        (Mode::Delete, Some(keys)) => comparison.delete(keys, index),
        // The intake refuses these: without keys there are no rows that such a submission could name.
        (Mode::Merge | Mode::Delete, None) => Plan::empty(),
    };
    plan.days = days;
    plan.counts.held_before = comparison.rows_in_slice();
    plan
}

/// Plans a replacement that was accepted before, without comparing its rows: its receipt already has the counts.
pub(super) fn plan_replay(state: &mut LedgerState, submitted: &Submitted) -> Plan {
    if submitted.left_out.is_some() {
        return plan_submission(state, submitted);
    }
    let days = state.days(submitted);
    let comparison = RowComparison::new(submitted, state.held(&submitted.batch.dataset().id));
    let mut plan = comparison.replace_slice(Plan::empty());
    plan.days = days;
    plan
}

/// Compares the rows of a submission with the rows held of its dataset.
struct RowComparison<'s> {
    submitted: &'s Submitted,
    held: &'s [HeldSegment],
    /// The rows in force of the same agency, dataset and collection within the declared period, by segment.
    slice: HashMap<usize, RowSet>,
}

impl<'s> RowComparison<'s> {
    fn new(submitted: &'s Submitted, held: &'s [HeldSegment]) -> Self {
        let (first, last) = (days_of_date(submitted.head.envelope.first), days_of_date(submitted.head.envelope.last));
        let mut slice = HashMap::new();
        // A merge finds the rows of its keys wherever they are held, so it costs what its own rows cost.
        let sliced: &[HeldSegment] = if submitted.head.envelope.mode == Mode::Merge { &[] } else { held };
        for (index, held) in sliced.iter().enumerate() {
            if held.head.agency == submitted.head.agency && held.head.collection == submitted.head.collection {
                let rows = held.within(first, last);
                if rows.count() > 0 {
                    slice.insert(index, rows);
                }
            }
        }
        Self { submitted, held, slice }
    }

    fn rows_in_slice(&self) -> u64 {
        self.slice.values().map(RowSet::count).sum()
    }

    fn find(&self, key: u64, index: Option<&KeyIndex>) -> Option<HeldRow> {
        index?.get(key)?.find(self.held)
    }

    fn in_slice(&self, (segment, row): HeldRow) -> bool {
        self.slice.get(&segment).is_some_and(|rows| rows.contains(row))
    }

    fn elsewhere(&self, (segment, _): HeldRow) -> Elsewhere {
        let same = self.held.get(segment).is_some_and(|held| held.head.collection == self.submitted.head.collection);
        if same { Elsewhere::Period } else { Elsewhere::Collection }
    }

    fn replace(&self, keys: &[u64], index: Option<&KeyIndex>) -> Plan {
        let mut plan = Plan::empty();
        let mut pairs = RowPairs::default();
        for (row, key) in keys.iter().enumerate() {
            match self.find(*key, index) {
                None => plan.counts.created += 1,
                Some(old) if self.in_slice(old) => pairs.push(row, old),
                Some(old) => plan.conflicts.push(Conflict { row, elsewhere: self.elsewhere(old) }),
            }
        }
        let compared = pairs.compare(self);
        plan.counts.unchanged = count(compared.iter().filter(|(.., equal)| *equal).count());
        plan.counts.updated = count(compared.len()) - plan.counts.unchanged;
        plan.counts.deleted_by_replacement = self.rows_in_slice() - count(compared.len());
        let replaced: HashSet<HeldRow> = compared.into_iter().map(|(_, old, _)| old).collect();
        self.keep_held(self.replace_slice(plan), |held| replaced.contains(&held))
    }

    /// Without keys, rows are compared as a multiset: of equal rows, as many are unchanged as were held.
    fn replace_without_keys(&self) -> Plan {
        let mut plan = Plan::empty();
        let mut before: HashMap<u64, u64> = HashMap::new();
        for (index, rows) in &self.slice {
            let Some(held) = self.held.get(*index) else { continue };
            let hashes = row_values::hashes(&held.batch);
            for row in rows.iter() {
                *before.entry(hashes[row]).or_default() += 1;
            }
        }
        if before.is_empty() {
            plan.counts.created = count(self.submitted.batch.rows());
            return self.replace_slice(plan);
        }
        for hash in row_values::hashes(&self.submitted.batch) {
            match before.get_mut(&hash).filter(|left| **left > 0) {
                Some(left) => {
                    *left -= 1;
                    plan.counts.unchanged += 1;
                }
                None => plan.counts.created += 1,
            }
        }
        plan.counts.deleted_by_replacement = before.values().sum();
        // Of the rows held, those equal to a row of the submission are in it.
        let mut new: HashMap<u64, u64> = HashMap::new();
        row_values::hashes(&self.submitted.batch).into_iter().for_each(|hash| *new.entry(hash).or_default() += 1);
        let mut hashes: HashMap<usize, Vec<u64>> = HashMap::new();
        self.keep_held(self.replace_slice(plan), |(segment, row)| {
            let batch = || self.held.get(segment).map_or_else(Vec::new, |held| row_values::hashes(&held.batch));
            let hash = hashes.entry(segment).or_insert_with(batch).get(row).copied().unwrap_or(0);
            let left = new.get_mut(&hash).filter(|left| **left > 0);
            left.map(|left| *left -= 1).is_some()
        })
    }

    /// Keeps rows in force whose successors were left out. `is_replaced` says whether a row held has a successor in the
    /// submission.
    fn keep_held(&self, mut plan: Plan, mut is_replaced: impl FnMut(HeldRow) -> bool) -> Plan {
        let Some(left_out) = &self.submitted.left_out else { return plan };
        let mut predecessors = Predecessors::new(left_out);
        plan.cleared.sort_unstable_by_key(|(segment, _)| *segment);
        for (segment, cleared) in &mut plan.cleared {
            let Some(held) = self.held.get(*segment) else { continue };
            for row in cleared.iter().collect::<Vec<_>>() {
                if is_replaced((*segment, row)) {
                    continue;
                }
                let Some(successor) = predecessors.find(&held.batch, row) else { continue };
                cleared.remove(row);
                *plan.keeping.entry(successor).or_default() += 1;
                plan.counts.kept += 1;
                plan.counts.deleted_by_replacement -= 1;
            }
        }
        plan
    }

    /// Takes the slice out of force, and brings every row of the submission into force.
    fn replace_slice(&self, mut plan: Plan) -> Plan {
        plan.cleared = self.slice.iter().map(|(index, rows)| (*index, rows.clone())).collect();
        plan.added = Some(RowSet::all(self.submitted.batch.rows()));
        plan
    }

    fn merge(&self, keys: &[u64], index: Option<&KeyIndex>) -> Plan {
        let mut plan = Plan::empty();
        let mut pairs = RowPairs::default();
        for (row, key) in keys.iter().enumerate() {
            match self.find(*key, index) {
                None => plan.counts.created += 1,
                Some(old) => pairs.push(row, old),
            }
        }
        let mut added = RowSet::all(self.submitted.batch.rows());
        let mut cleared = ClearedRows::default();
        for (row, old, equal) in pairs.compare(self) {
            let moved = self.elsewhere(old) == Elsewhere::Collection;
            if equal && !moved {
                plan.counts.unchanged += 1;
                added.remove(row);
            } else {
                plan.counts.updated += 1;
                cleared.push(self.held, old);
            }
        }
        plan.cleared = cleared.into_sets();
        plan.added = Some(added);
        plan
    }

    fn delete(&self, keys: &[u64], index: Option<&KeyIndex>) -> Plan {
        let mut plan = Plan::empty();
        let mut cleared = ClearedRows::default();
        for (row, key) in keys.iter().enumerate() {
            match self.find(*key, index) {
                None => plan.counts.not_held += 1,
                Some(old) if self.in_slice(old) => {
                    plan.counts.deleted += 1;
                    cleared.push(self.held, old);
                }
                Some(old) => plan.conflicts.push(Conflict { row, elsewhere: self.elsewhere(old) }),
            }
        }
        plan.cleared = cleared.into_sets();
        plan
    }
}

/// New rows paired with held rows of the same key, by the segment of the held row.
#[derive(Default)]
struct RowPairs {
    by_segment: HashMap<usize, Vec<(usize, usize)>>,
}

impl RowPairs {
    fn push(&mut self, new: usize, (segment, old): HeldRow) {
        self.by_segment.entry(segment).or_default().push((new, old));
    }

    /// Each new row, the held row, and whether their values are equal.
    fn compare(&self, comparison: &RowComparison<'_>) -> Vec<(usize, HeldRow, bool)> {
        let mut all = Vec::new();
        for (segment, pairs) in &self.by_segment {
            let Some(held) = comparison.held.get(*segment) else { continue };
            let equal = row_values::equal(&comparison.submitted.batch, &held.batch, pairs);
            all.extend(pairs.iter().zip(equal).map(|((new, old), equal)| (*new, (*segment, *old), equal)));
        }
        all
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
