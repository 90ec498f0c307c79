//! Counts of rows: whole numbers by area, month and cell of a breakdown. Each kind of input has its own kind of counts.
//!
//! Counts are made when they are first needed, and then kept. If the rows lie on other machines, the counts made there
//! replace them.

mod follow_up;
mod groups;
mod histogram;
mod kept;
mod key;
mod linked;
mod pass;
mod states;
mod tally;
mod values;
mod victims;
mod weighted;

use std::borrow::Cow;
use std::sync::Arc;

pub(crate) use histogram::{HistogramCell, HistogramCounts};
pub use kept::CountCache;
pub(crate) use key::CountKey;
pub(crate) use linked::{LinkedCell, LinkedCounts, level_number};
pub(crate) use states::{CountStates, Field, LinkedState, Overflow, TallyState, add};
pub(crate) use tally::{Cube, CubeCell};
pub(crate) use victims::{VictimEvent, VictimEvents};
pub(crate) use weighted::{WeightedCell, WeightedCounts};

use super::error::ComputeError;
use super::query::BreakdownAxes;
use super::rows::{RowStore, Table};
use crate::cel::{FieldPath, Predicate};
use crate::contract::Dataset;
use crate::design::{Dimensions, Histogram, LinkedVictims, RowBasis, Tally, WeightedRespondents};
use crate::reference::Level;
use kept::KeptCounts;
use tally::Spec;

/// The rows of one snapshot, or the counts that replace them, with everything that has been counted so far.
#[derive(Debug)]
pub(crate) struct CountStore {
    pub(crate) rows: RowStore,
    /// The counts made on other machines; `None` if the rows are here.
    pub(crate) elsewhere: Option<CountStates>,
    kept: KeptCounts,
}

impl CountStore {
    pub(crate) fn new(rows: RowStore) -> Self {
        Self { rows, elsewhere: None, kept: KeptCounts::default() }
    }

    /// Keeps counts in a cache that other engines use too.
    pub(crate) fn keep_in(&mut self, cache: &Arc<CountCache>) {
        self.kept = KeptCounts::shared(cache);
    }

    /// The rows of a dataset.
    pub(crate) fn table(&self, dataset: &Dataset) -> Result<&Table, ComputeError> {
        if self.elsewhere.is_some() {
            return Err(ComputeError::NotCounted);
        }
        self.rows.rows.table(&dataset.id).ok_or(ComputeError::UnknownDataset)
    }

    /// The counts of a tally, by areas of the field `area`.
    pub(crate) fn tally(
        &self,
        key: &CountKey,
        tally: &Tally,
        area: FieldPath,
        axes: &BreakdownAxes,
    ) -> Arc<Result<Cube, ComputeError>> {
        self.kept.get(key, || match &self.elsewhere {
            Some(counted) => {
                let size = (axes.cells(), tally.predicates.len());
                counted.cube(key, &tally.rows, self.rows.area_index(area), size)
            }
            None => self.count(&tally.rows, area, &tally.predicates, axes),
        })
    }

    /// Counts the rows that each predicate selects. Keeps nothing.
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
        let spec = Spec { table, area, predicates, axes };
        let _room = self.kept.room(spec.bytes(&index, &months))?;
        Cube::count(&self.rows, &spec, index, &months)
    }

    /// The counts of linked victims, by areas of a level.
    pub(crate) fn linked(
        &self,
        key: &CountKey,
        victims: &LinkedVictims,
        level: Level,
        axes: &BreakdownAxes,
    ) -> Arc<Result<LinkedCounts, ComputeError>> {
        self.kept.get(key, || match &self.elsewhere {
            Some(counted) => {
                let areas = &self.rows.core.reference.areas;
                let empty = LinkedCounts::empty(areas, level, axes.cells(), victims.rule.variant);
                counted.linked(key, &victims.rows, empty)
            }
            None => {
                let _room = self.kept.room(LinkedCounts::bytes_to_count(self, victims, level, axes)?)?;
                LinkedCounts::new(self, victims, level, axes)
            }
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
        self.kept.get(key, || match &self.elsewhere {
            Some(counted) => counted.weighted(key, &respondents.rows),
            None => WeightedCounts::new(self, respondents, weight, axes),
        })
    }

    /// A histogram, by areas of the field `area`.
    pub(crate) fn histogram(
        &self,
        key: &CountKey,
        histogram: &Histogram,
        area: FieldPath,
        axes: &BreakdownAxes,
    ) -> Arc<Result<HistogramCounts, ComputeError>> {
        self.kept.get(key, || match &self.elsewhere {
            Some(counted) => counted.histogram(key, &histogram.subjects.rows),
            None => HistogramCounts::new(self, histogram, area, axes),
        })
    }

    /// Everything that has been counted so far, with the months and areas of the rows.
    pub(crate) fn states(&self) -> Result<CountStates, ComputeError> {
        let (mut states, made) = (CountStates::default(), self.kept.all()?);
        for (key, cube) in made.cubes.entries() {
            states.add_cube(key, Result::as_ref(&cube).map_err(Clone::clone)?);
        }
        for (key, weighted) in made.weighted.entries() {
            states.add_weighted(key, Result::as_ref(&weighted).map_err(Clone::clone)?);
        }
        for (key, histogram) in made.histograms.entries() {
            states.add_histogram(key, Result::as_ref(&histogram).map_err(Clone::clone)?);
        }
        for (field, months) in self.rows.months_read() {
            states.add_months(field, &months);
        }
        Ok(states)
    }

    /// The cubes counted so far; `None` if anything else refers to one of them.
    pub(crate) fn into_cubes(self) -> Option<Vec<(CountKey, Cube)>> {
        let cubes = self.kept.all().ok()?.cubes.entries();
        drop(self);
        cubes.into_iter().map(|(key, cube)| Some((key, Arc::into_inner(cube)?.ok()?))).collect()
    }

    /// Keeps a cube, unless the key has one already.
    pub(crate) fn keep_cube(&self, key: &CountKey, cube: Cube) {
        self.kept.get(key, || Ok(cube));
    }
}

/// The axes of a breakdown as fields of the rows of a tally; `None` if the rows have no such field.
pub(crate) fn axes_of<'a>(tally: &Tally, axes: &'a BreakdownAxes) -> Option<Cow<'a, BreakdownAxes>> {
    match tally.dimensions {
        Dimensions::OfSameName => axes.of_dataset(tally.rows.dataset).map(Cow::Owned),
        Dimensions::Own => axes.in_records().then_some(Cow::Borrowed(axes)),
    }
}
