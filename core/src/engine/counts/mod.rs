//! Counts of rows: whole numbers by area, month and cell of a breakdown, one kind for each kind of input.
//!
//! Counts are made when they are first asked for, and kept. Where the rows lie on other machines, the counts that were
//! made there stand in for them.

mod histogram;
mod key;
mod linked;
mod pass;
mod states;
mod tally;
mod victims;
mod weighted;

use std::borrow::Cow;
use std::sync::Arc;

pub(crate) use histogram::{HistogramCell, HistogramCounts};
pub(crate) use key::CountKey;
pub(crate) use linked::{LinkedCell, LinkedCounts, level_number};
pub(crate) use states::{CountStates, Field, LinkedState, Overflow, TallyState, add};
pub(crate) use tally::{Cube, CubeCell};
pub(crate) use victims::{VictimEvent, VictimEvents};
pub(crate) use weighted::{WeightedCell, WeightedCounts};

use super::ComputeError;
use super::cache::Cache;
use super::query::BreakdownAxes;
use super::rows::{RowStore, Table};
use crate::cel::{FieldPath, Predicate};
use crate::contract::Dataset;
use crate::design::{DayHistogram, Dimensions, LinkedVictims, RowBasis, Tally, WeightedRespondents};
use crate::reference::Level;
use tally::Spec;

/// The rows of one snapshot, or the counts that stand in for them, with what has been counted so far.
#[derive(Debug)]
pub(crate) struct CountStore {
    pub(crate) rows: RowStore,
    /// What was counted elsewhere, where the rows are not here.
    pub(crate) elsewhere: Option<CountStates>,
    cubes: Cache<CountKey, Result<Cube, ComputeError>>,
    linked: Cache<CountKey, Result<LinkedCounts, ComputeError>>,
    weighted: Cache<CountKey, Result<WeightedCounts, ComputeError>>,
    histograms: Cache<CountKey, Result<HistogramCounts, ComputeError>>,
}

impl CountStore {
    pub(crate) fn new(rows: RowStore) -> Self {
        Self {
            rows,
            elsewhere: None,
            cubes: Cache::default(),
            linked: Cache::default(),
            weighted: Cache::default(),
            histograms: Cache::default(),
        }
    }

    /// The rows of a dataset.
    pub(crate) fn table(&self, dataset: &Dataset) -> Result<&Table, ComputeError> {
        if self.elsewhere.is_some() {
            return Err(ComputeError::NotCounted);
        }
        self.rows.rows.table(&dataset.id).ok_or(ComputeError::UnknownDataset)
    }

    /// The numbers of rows of a tally, by areas of the field `area`.
    pub(crate) fn tally(
        &self,
        key: &CountKey,
        tally: &Tally,
        area: FieldPath,
        axes: &BreakdownAxes,
    ) -> Arc<Result<Cube, ComputeError>> {
        self.cubes.get(key, || match &self.elsewhere {
            Some(counted) => {
                let size = (axes.cells(), tally.predicates.len());
                counted.cube(key, &tally.rows, self.rows.area_index(area), size)
            }
            None => self.count(&tally.rows, area, &tally.predicates, axes),
        })
    }

    /// Counts the rows that satisfy each predicate, and keeps nothing.
    pub(crate) fn count(
        &self,
        rows: &RowBasis,
        area: FieldPath,
        predicates: &[Predicate],
        axes: &BreakdownAxes,
    ) -> Result<Cube, ComputeError> {
        let table = self.table(rows.dataset)?;
        let index = self.rows.area_index(area);
        let months = self.rows.months(table, rows.date);
        Cube::count(&self.rows, &Spec { table, area, predicates, axes }, index, &months)
    }

    /// Repeats and all, by areas of a level.
    pub(crate) fn linked(
        &self,
        key: &CountKey,
        victims: &LinkedVictims,
        level: Level,
        axes: &BreakdownAxes,
    ) -> Arc<Result<LinkedCounts, ComputeError>> {
        self.linked.get(key, || match &self.elsewhere {
            Some(counted) => {
                let areas = &self.rows.core.reference.areas;
                counted.linked(key, &victims.rows, LinkedCounts::empty(areas, level, axes.cells()))
            }
            None => LinkedCounts::new(self, victims, level, axes),
        })
    }

    /// Sums of weights, with the weight of one level.
    pub(crate) fn weighted(
        &self,
        key: &CountKey,
        respondents: &WeightedRespondents,
        weight: FieldPath,
        axes: &BreakdownAxes,
    ) -> Arc<Result<WeightedCounts, ComputeError>> {
        self.weighted.get(key, || match &self.elsewhere {
            Some(counted) => counted.weighted(key, &respondents.rows),
            None => WeightedCounts::new(self, respondents, weight, axes),
        })
    }

    /// How often each number of days occurs, by areas of the field `area`.
    pub(crate) fn histogram(
        &self,
        key: &CountKey,
        histogram: &DayHistogram,
        area: FieldPath,
        axes: &BreakdownAxes,
    ) -> Arc<Result<HistogramCounts, ComputeError>> {
        self.histograms.get(key, || match &self.elsewhere {
            Some(counted) => counted.histogram(key, &histogram.subjects.rows),
            None => HistogramCounts::new(self, histogram, area, axes),
        })
    }

    /// Everything that has been counted so far, and of which rows.
    pub(crate) fn states(&self) -> Result<CountStates, ComputeError> {
        let mut states = CountStates::default();
        for (key, cube) in self.cubes.entries() {
            states.add_cube(key, Result::as_ref(&cube).map_err(Clone::clone)?);
        }
        for (key, weighted) in self.weighted.entries() {
            states.add_weighted(key, Result::as_ref(&weighted).map_err(Clone::clone)?);
        }
        for (key, histogram) in self.histograms.entries() {
            states.add_histogram(key, Result::as_ref(&histogram).map_err(Clone::clone)?);
        }
        for (field, months) in self.rows.months_read() {
            states.add_months(field, &months);
        }
        Ok(states)
    }

    /// The cubes counted so far. Nothing else may refer to them.
    pub(crate) fn into_cubes(self) -> Option<Vec<(CountKey, Cube)>> {
        let cubes = self.cubes.entries();
        drop(self);
        cubes.into_iter().map(|(key, cube)| Some((key, Arc::into_inner(cube)?.ok()?))).collect()
    }

    /// Keeps a cube, unless there is one.
    pub(crate) fn keep_cube(&self, key: &CountKey, cube: Cube) {
        self.cubes.get(key, || Ok(cube));
    }
}

/// The axes of a breakdown as fields of the rows of a tally; `None` where the rows have no such field.
pub(crate) fn axes_of<'a>(tally: &Tally, axes: &'a BreakdownAxes) -> Option<Cow<'a, BreakdownAxes>> {
    match tally.dimensions {
        Dimensions::OfSameName => axes.of_dataset(tally.rows.dataset).map(Cow::Owned),
        Dimensions::Own => axes.in_records().then_some(Cow::Borrowed(axes)),
    }
}
