//! Counts as states that can be merged. They replace the rows of other machines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    CountKey, Cube, CubeCell, HistogramCell, HistogramCounts, LinkedCell, LinkedCounts, WeightedCell, WeightedCounts,
};
use crate::cel::FieldPath;
use crate::contract::Dataset;
use crate::design::RowBasis;
use crate::engine::error::ComputeError;
use crate::engine::rows::{AreaIndex, MonthCodes, months_reached};
use crate::period::MonthSpan;
use crate::reference::AreaId;
use crate::stats::survey::WeightedSums;

/// A dataset and a field that is read for its rows: its own field, or a field of the rows to which they refer.
pub(crate) type Field = (&'static str, FieldPath);

/// The counts exceed 64 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Overflow;

/// Counts of some rows. The states of different rows can be merged in any order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct CountStates {
    pub(crate) tallies: BTreeMap<CountKey, TallyState>,
    pub(crate) linked: BTreeMap<CountKey, LinkedState>,
    pub(crate) weighted: BTreeMap<CountKey, BTreeMap<WeightedCell, WeightedSums>>,
    pub(crate) histograms: BTreeMap<CountKey, BTreeMap<HistogramCell, u64>>,
    /// First and last month of the rows, by dataset and date.
    pub(crate) months: BTreeMap<Field, (i32, i32)>,
    /// Positions of the areas of the rows, by dataset and field.
    pub(crate) areas: BTreeMap<Field, BTreeSet<usize>>,
}

/// The state of a tally.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct TallyState {
    pub(crate) orphans: u64,
    pub(crate) linked: u64,
    pub(crate) values: BTreeMap<CubeCell, u64>,
}

/// The state of linked victims: repeats, all, and the keys of each month's pseudonyms.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct LinkedState {
    pub(crate) values: BTreeMap<LinkedCell, (u64, u64)>,
    pub(crate) keys: BTreeSet<(i32, u64)>,
}

impl CountStates {
    /// Adds the counts of other rows.
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), Overflow> {
        for (key, tally) in other.tallies {
            self.tallies.entry(key).or_default().merge(tally)?;
        }
        for (key, linked) in other.linked {
            self.linked.entry(key).or_default().merge(linked)?;
        }
        for (key, weighted) in other.weighted {
            let known = self.weighted.entry(key).or_default();
            for (place, sums) in weighted {
                let total = known.entry(place).or_default();
                *total = total.merged(&sums).map_err(|_| Overflow)?;
            }
        }
        for (key, histogram) in other.histograms {
            let known = self.histograms.entry(key).or_default();
            histogram.into_iter().try_for_each(|(at, count)| add(known.entry(at).or_default(), count))?;
        }
        for (field, (first, last)) in other.months {
            let known = self.months.entry(field).or_insert((first, last));
            *known = (known.0.min(first), known.1.max(last));
        }
        for (field, areas) in other.areas {
            self.areas.entry(field).or_default().extend(areas);
        }
        Ok(())
    }

    pub(super) fn add_cube(&mut self, key: CountKey, cube: &Cube) {
        let state = TallyState { orphans: cube.orphans, linked: cube.linked, values: cube.counts().collect() };
        self.tallies.insert(key, state);
    }

    pub(super) fn add_weighted(&mut self, key: CountKey, counts: &WeightedCounts) {
        self.weighted.insert(key, counts.all().collect());
    }

    pub(super) fn add_histogram(&mut self, key: CountKey, counts: &HistogramCounts) {
        self.histograms.insert(key, counts.all().clone());
    }

    pub(super) fn add_months(&mut self, field: Field, months: &MonthCodes) {
        if let Some(ends) = months.span().ends() {
            self.months.insert(field, ends);
        }
    }

    /// The areas of a dataset's rows; `None` if they were not recorded.
    pub(crate) fn areas_seen(
        &self,
        dataset: &Dataset,
        path: FieldPath,
        index: &AreaIndex,
    ) -> Option<BTreeSet<AreaId>> {
        let known = self.areas.iter().find(|((of, field), _)| *of == dataset.id && *field == path);
        known.map(|(_, positions)| positions.iter().filter_map(|at| index.areas.get(*at).copied()).collect())
    }

    /// The cube of a key.
    pub(super) fn cube(
        &self,
        key: &CountKey,
        rows: &RowBasis,
        index: Arc<AreaIndex>,
        (cells, predicates): (usize, usize),
    ) -> Result<Cube, ComputeError> {
        let state = self.tallies.get(key).ok_or(ComputeError::NotCounted)?;
        let values = state.values.iter().map(|(at, count)| (*at, *count));
        let months = self.months_of(rows);
        let mut cube = Cube::of_counts(index, months, (cells, predicates), values).ok_or(ComputeError::NotCounted)?;
        (cube.orphans, cube.linked) = (state.orphans, state.linked);
        Ok(cube)
    }

    /// The linked victims of a key. `empty` makes the counts for their months.
    pub(super) fn linked(
        &self,
        key: &CountKey,
        rows: &RowBasis,
        empty: impl Fn(MonthSpan) -> LinkedCounts,
    ) -> Result<LinkedCounts, ComputeError> {
        let state = self.linked.get(key).ok_or(ComputeError::NotCounted)?;
        let mut counts = empty(self.months_of(rows));
        for (month, linkage_key) in &state.keys {
            counts.add_key(*month, *linkage_key);
        }
        let placed = state.values.iter().all(|(at, values)| counts.add_counts(*at, *values));
        if placed { Ok(counts) } else { Err(ComputeError::NotCounted) }
    }

    /// The sums of weights of a key.
    pub(super) fn weighted(&self, key: &CountKey, rows: &RowBasis) -> Result<WeightedCounts, ComputeError> {
        let state = self.weighted.get(key).ok_or(ComputeError::NotCounted)?;
        let first = self.months_of(rows).first;
        let sums = state.iter().filter(|(at, _)| at.month >= first).map(|(at, sums)| (*at, *sums));
        Ok(WeightedCounts::of(sums.collect())?)
    }

    /// The histogram of a key.
    pub(super) fn histogram(&self, key: &CountKey, rows: &RowBasis) -> Result<HistogramCounts, ComputeError> {
        let state = self.histograms.get(key).ok_or(ComputeError::NotCounted)?;
        let first = self.months_of(rows).first;
        Ok(state.iter().filter(|(at, _)| at.month >= first).map(|(at, count)| (*at, *count)).collect())
    }

    /// The months of the rows of a dataset, by a date.
    fn months_of(&self, rows: &RowBasis) -> MonthSpan {
        let known = self.months.iter().find(|((of, field), _)| *of == rows.dataset.id && *field == rows.date);
        known.map_or_else(MonthSpan::default, |(_, (first, last))| months_reached(*first, *last))
    }
}

impl TallyState {
    fn merge(&mut self, other: Self) -> Result<(), Overflow> {
        add(&mut self.orphans, other.orphans)?;
        add(&mut self.linked, other.linked)?;
        other.values.into_iter().try_for_each(|(at, count)| add(self.values.entry(at).or_default(), count))
    }
}

impl LinkedState {
    /// Makes the state of counts.
    pub(crate) fn of(counts: &LinkedCounts) -> Self {
        Self { values: counts.counts().collect(), keys: counts.keys().collect() }
    }

    /// Adds the state of other persons.
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), Overflow> {
        for (at, (repeats, all)) in other.values {
            let known = self.values.entry(at).or_default();
            add(&mut known.0, repeats)?;
            add(&mut known.1, all)?;
        }
        self.keys.extend(other.keys);
        Ok(())
    }
}

/// Adds to a count.
pub(crate) fn add(total: &mut u64, count: u64) -> Result<(), Overflow> {
    *total = total.checked_add(count).ok_or(Overflow)?;
    Ok(())
}
