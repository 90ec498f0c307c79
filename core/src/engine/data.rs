//! A snapshot made ready for counting: everything that is worked out once and shared by queries.

use std::num::NonZeroUsize;
use std::sync::Arc;

use jiff::civil::Date;

use super::cache::Cache;
use super::covered::Covered;
use super::cube::{Cube, Spec};
use super::dims::Dims;
use super::months::MonthCodes;
use super::needs::Needs;
use super::partial::Merged;
use super::place::Base;
use super::repeats::RepeatCube;
use super::rows::{Rows, Table};
use super::snapshot::Snapshot;
use super::survey::Respondents;
use super::{ComputeError, figures::Figures, reports::Reports};
use crate::Core;
use crate::cel::{FieldPath, Predicate};
use crate::contract::Dataset;
use crate::measure::{Definition, Place};
use crate::period::Period;
use crate::reference::{AreaId, Level};

/// A snapshot with what has been worked out from it so far.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) core: Arc<Core>,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) rows: Rows,
    pub(super) figures: Figures,
    /// The fields that the snapshot has, if those are not all.
    pub(super) needs: Option<Needs>,
    /// What was counted elsewhere, where the rows are not here.
    pub(super) merged: Option<Merged>,
    bases: Cache<FieldPath, Base>,
    pub(super) months: Cache<(&'static str, FieldPath), MonthCodes>,
    pub(super) covered: Cache<(&'static str, FieldPath), Covered>,
    members: Cache<(AreaId, Level, Date), Vec<AreaId>>,
    pub(super) reports: Cache<ReportsKey, Reports>,
    pub(super) breaks: Cache<(Arc<str>, Period), Vec<Arc<str>>>,
    pub(super) cubes: Cache<CubeKey, Result<Cube, ComputeError>>,
    pub(super) repeats: Cache<CubeKey, Result<RepeatCube, ComputeError>>,
    pub(super) surveys: Cache<CubeKey, Result<Respondents, ComputeError>>,
}

/// What reports are kept under: dataset, date and area of its rows, area, period, and months before it.
type ReportsKey = (&'static str, FieldPath, FieldPath, AreaId, Period, i32);

/// What a cube is kept under.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct CubeKey {
    /// Definition and version.
    pub(super) measure: Arc<str>,
    pub(super) version: u32,
    /// Which part of the definition: 0, or the number of a stage.
    pub(super) part: usize,
    /// What areas are told apart: see the maker.
    pub(super) level: u8,
    /// Fields of the dimensions.
    pub(super) dims: Vec<FieldPath>,
}

/// Rows that are counted, and how they are placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'a> {
    pub(super) dataset: &'static Dataset,
    pub(super) date: FieldPath,
    pub(super) place: &'a Place,
}

impl CubeKey {
    pub(super) fn new(definition: &Definition, part: usize, level: u8, dims: &Dims) -> Self {
        let dims = dims.0.iter().filter_map(|dim| dim.field).collect();
        Self { measure: Arc::clone(&definition.id), version: definition.version, part, level, dims }
    }
}

impl Placed<'_> {
    /// Field of the area at the level asked for.
    pub(super) fn area(&self, wards: bool) -> Option<FieldPath> {
        if wards { self.place.ward } else { Some(self.place.area) }
    }
}

impl Data {
    pub(super) fn new(core: Arc<Core>, snapshot: Arc<Snapshot>, threads: NonZeroUsize) -> Self {
        Self {
            rows: Rows::new(&core.reference, &snapshot, threads),
            figures: Figures::new(&core, &snapshot),
            needs: None,
            merged: None,
            core,
            snapshot,
            bases: Cache::default(),
            months: Cache::default(),
            covered: Cache::default(),
            members: Cache::default(),
            reports: Cache::default(),
            breaks: Cache::default(),
            cubes: Cache::default(),
            repeats: Cache::default(),
            surveys: Cache::default(),
        }
    }

    /// The rows of a dataset.
    pub(super) fn table(&self, dataset: &Dataset) -> Result<&Table, ComputeError> {
        if self.merged.is_some() {
            return Err(ComputeError::NotCounted);
        }
        self.rows.table(&dataset.id).ok_or(ComputeError::UnknownDataset)
    }

    /// The areas of a level that lie in an area on a day.
    pub(super) fn members(&self, area: AreaId, level: Level, day: Date) -> Arc<Vec<AreaId>> {
        self.members.get(&(area, level, day), || self.core.reference.areas.members(area, level, day))
    }

    /// The areas of a field.
    pub(super) fn base(&self, path: FieldPath) -> Arc<Base> {
        self.bases.get(&path, || Base::new(&self.core.reference, &path))
    }

    /// The month of each row by a date.
    pub(super) fn months(&self, table: &Table, path: FieldPath) -> Arc<MonthCodes> {
        self.months.get(&(table.dataset.id.as_str(), path), || MonthCodes::new(&self.rows, table, path))
    }

    /// What is reported on in a dataset, by the area of its rows.
    pub(super) fn covered(&self, dataset: &'static Dataset, area: FieldPath) -> Arc<Covered> {
        self.covered.get(&(dataset.id.as_str(), area), || {
            let base = self.base(area);
            let areas = &self.core.reference.areas;
            if let Some(merged) = &self.merged {
                let seen = merged.seen(dataset, area, &base);
                return seen.map_or_else(Covered::default, |seen| {
                    Covered::of(&self.snapshot, dataset, areas, |_| seen.clone())
                });
            }
            match self.rows.table(&dataset.id) {
                Some(table) => Covered::new(&self.snapshot, &self.rows, table, areas, (area, &base)),
                None => Covered::default(),
            }
        })
    }

    /// Counts of the rows that satisfy each predicate.
    pub(super) fn cube(
        &self,
        key: &CubeKey,
        placed: Placed<'_>,
        area: FieldPath,
        predicates: impl FnOnce() -> Vec<Predicate>,
        dims: &Dims,
    ) -> Arc<Result<Cube, ComputeError>> {
        self.cubes.get(key, || match &self.merged {
            Some(merged) => merged.cube(key, placed, self.base(area), (dims.cells(), predicates().len())),
            None => self.count(placed, area, &predicates(), dims),
        })
    }

    /// Counts the rows that satisfy each predicate, and keeps nothing.
    pub(super) fn count(
        &self,
        placed: Placed<'_>,
        area: FieldPath,
        predicates: &[Predicate],
        dims: &Dims,
    ) -> Result<Cube, ComputeError> {
        let table = self.table(placed.dataset)?;
        let base = self.base(area);
        let months = self.months(table, placed.date);
        let spec = Spec { table, area, predicates, dims };
        Cube::count(&self.rows, &self.core.reference, &spec, base, &months)
    }

    /// Whether a cube has been counted.
    pub(super) fn has_cube(&self, key: &CubeKey) -> bool {
        self.cubes.has(key)
    }

    /// Keeps a cube, unless there is one.
    pub(super) fn keep_cube(&self, key: &CubeKey, cube: Cube) {
        self.cubes.get(key, || Ok(cube));
    }
}
