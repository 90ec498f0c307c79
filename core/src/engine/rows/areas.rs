//! The areas of rows, and which of them make up a requested area.

use std::sync::Arc;

use jiff::civil::Date;

use crate::cel::FieldPath;
use crate::contract::Kind;
use crate::engine::cache::{Cache, MOST_PLACES};
use crate::kernel::NONE;
use crate::reference::{AreaId, Areas, Level, Reference};

/// The areas of the codes of one field, with their positions in counts.
#[derive(Debug)]
pub(crate) struct AreaIndex {
    /// Area of each position.
    pub(crate) areas: Vec<AreaId>,
    /// Position of each code of the field's column.
    pub(crate) of_code: Vec<u32>,
    within: Cache<(AreaId, Date), Vec<usize>>,
}

impl AreaIndex {
    /// The areas that a field can hold: those of its level, and the bins outside the boroughs.
    pub(crate) fn new(reference: &Reference, path: &FieldPath) -> Self {
        let areas = &reference.areas;
        let field = path.declared();
        let level = field.and_then(|field| Level::from_id(&field.options.area_level));
        let held = |area: &AreaId| {
            let own = areas.get(*area).level();
            level.is_none_or(|level| own == level || (own == Level::Pseudo && level == Level::Borough))
        };
        let coded: Vec<Option<AreaId>> = match field.map(|field| &field.kind) {
            Some(Kind::Area) => areas.iter().map(|(id, _)| Some(id).filter(held)).collect(),
            Some(Kind::OpenCode(list)) => reference.areas_of_list(list),
            _ => Vec::new(),
        };
        let mut index = Self { areas: Vec::new(), of_code: vec![NONE], within: Cache::of_at_most(MOST_PLACES) };
        for area in coded {
            index.of_code.push(area.map_or(NONE, |_| u32::try_from(index.areas.len()).unwrap_or(NONE)));
            index.areas.extend(area);
        }
        index
    }

    /// Positions of the areas that make up an area on a day: the area itself and the areas within it. Greater London has
    /// the Metropolitan Police area in it, and a field may hold either.
    pub(crate) fn within(&self, areas: &Areas, whole: AreaId, date: Date) -> Arc<Vec<usize>> {
        self.within.get(&(whole, date), || {
            (0..self.areas.len()).filter(|at| areas.is_within(self.areas[*at], whole, date)).collect()
        })
    }
}
