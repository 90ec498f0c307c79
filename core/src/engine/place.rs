//! Areas of rows, and which of them make up an area asked for.

use jiff::civil::Date;

use super::cache::Cache;
use crate::cel::FieldPath;
use crate::contract::{Contract, Kind};
use crate::kernel::NONE;
use crate::reference::{AreaId, Areas, Level, Reference};

/// The areas that the codes of one field stand for, as positions of a cube.
#[derive(Debug)]
pub(super) struct Base {
    /// Area of each position.
    pub(super) areas: Vec<AreaId>,
    /// Position of each code of the field's column.
    pub(super) of_code: Vec<u32>,
    within: Cache<(AreaId, Date), Vec<usize>>,
}

impl Base {
    /// The areas of a field: its wards only, or all but wards.
    pub(super) fn new(reference: &Reference, path: &FieldPath, wards: bool) -> Self {
        let areas = &reference.areas;
        let kind = Contract::get().dataset(path.dataset).and_then(|dataset| dataset.field(path.field));
        let coded: Vec<Option<AreaId>> = match kind.map(|field| &field.kind) {
            Some(Kind::Area) => areas.iter().map(|(id, _)| Some(id)).collect(),
            Some(Kind::OpenCode(list)) => reference.codes.list(list).map_or_else(Vec::new, |list| {
                list.iter().map(|entry| areas.by_code(entry.code())).collect()
            }),
            _ => Vec::new(),
        };
        let mut base = Self { areas: Vec::new(), of_code: vec![NONE], within: Cache::default() };
        for area in coded {
            let area = area.filter(|id| (areas.get(*id).level() == Level::Ward) == wards);
            base.of_code.push(area.map_or(NONE, |_| u32::try_from(base.areas.len()).unwrap_or(NONE)));
            base.areas.extend(area);
        }
        base
    }

    /// Positions of the areas that make up an area on a day: the area itself, or what lies in it.
    pub(super) fn within(&self, areas: &Areas, whole: AreaId, date: Date) -> std::sync::Arc<Vec<usize>> {
        self.within.get(&(whole, date), || {
            let own = self.areas.iter().position(|area| *area == whole);
            match own {
                Some(own) => vec![own],
                None => (0..self.areas.len()).filter(|at| areas.is_within(self.areas[*at], whole, date)).collect(),
            }
        })
    }
}
