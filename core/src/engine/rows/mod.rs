//! The rows in force, and what is derived from them once: links, areas, months, and programs of the kernel.

mod areas;
mod cells;
mod months;
mod program;
mod residents;
pub mod snapshot;
mod tables;

use std::num::NonZeroUsize;
use std::sync::Arc;

use jiff::civil::Date;

pub(crate) use areas::AreaIndex;
pub(crate) use cells::{codes, keys, single_cells};
pub(crate) use months::{MonthCodes, months_reached};
pub(crate) use program::Program;
pub(crate) use residents::middle_year;
pub(crate) use tables::{Part, Rows, Table};

use super::cache::{Cache, MOST_PLACES};
use crate::Core;
use crate::cel::FieldPath;
use crate::reference::{AreaId, Level};
use snapshot::Snapshot;

/// The rows of one snapshot, with everything that has been derived from them so far.
#[derive(Debug)]
pub(crate) struct RowStore {
    pub(crate) core: Arc<Core>,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) rows: Rows,
    area_indexes: Cache<FieldPath, AreaIndex>,
    months: Cache<(&'static str, FieldPath), MonthCodes>,
    members: Cache<(AreaId, Level, Date), Vec<AreaId>>,
}

impl RowStore {
    pub(crate) fn new(core: Arc<Core>, snapshot: Arc<Snapshot>, threads: NonZeroUsize) -> Self {
        Self {
            rows: Rows::new(&core.reference, &snapshot, threads),
            core,
            snapshot,
            area_indexes: Cache::default(),
            months: Cache::default(),
            members: Cache::of_at_most(MOST_PLACES),
        }
    }

    /// The areas of a level that lie in an area on a day.
    pub(crate) fn members(&self, area: AreaId, level: Level, day: Date) -> Arc<Vec<AreaId>> {
        self.members.get(&(area, level, day), || self.core.reference.areas.members(area, level, day))
    }

    /// The areas of a field.
    pub(crate) fn area_index(&self, path: FieldPath) -> Arc<AreaIndex> {
        self.area_indexes.get(&path, || AreaIndex::new(&self.core.reference, &path))
    }

    /// The month of each row by a date.
    pub(crate) fn months(&self, table: &Table, path: FieldPath) -> Arc<MonthCodes> {
        self.months.get(&(table.dataset.id.as_str(), path), || MonthCodes::new(&self.rows, table, path))
    }

    /// The months of every date that has been read so far, with the dataset whose rows it places.
    pub(crate) fn months_read(&self) -> Vec<((&'static str, FieldPath), Arc<MonthCodes>)> {
        self.months.entries()
    }
}
