//! Sums of weights by area, month, cell and primary sampling unit.

use std::collections::BTreeMap;

use super::CountStore;
use crate::cel::FieldPath;
use crate::column::Column;
use crate::design::{InputState, WeightedRespondents};
use crate::engine::ComputeError;
use crate::engine::query::{BreakdownAxes, Members};
use crate::engine::rows::{Program, codes, single_cells};
use crate::estimate::UnitSums;
use crate::kernel::{Batch, NONE};
use crate::period::Period;
use crate::stats::StatsError;
use crate::stats::survey::WeightedSums;

/// Sums over the respondents of a population, each respondent once for each cell of the breakdown.
#[derive(Debug)]
pub(crate) struct WeightedCounts(BTreeMap<WeightedCell, WeightedSums>);

/// The place of the sums of one primary sampling unit.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct WeightedCell {
    /// Position of the area.
    pub(crate) area: usize,
    /// Index of the month.
    pub(crate) month: i32,
    pub(crate) cell: usize,
    /// Primary sampling unit; 0 where none is known.
    pub(crate) unit: u64,
}

impl FromIterator<(WeightedCell, WeightedSums)> for WeightedCounts {
    fn from_iter<I: IntoIterator<Item = (WeightedCell, WeightedSums)>>(sums: I) -> Self {
        Self(sums.into_iter().collect())
    }
}

impl WeightedCounts {
    /// The sums of every place.
    pub(crate) fn all(&self) -> &BTreeMap<WeightedCell, WeightedSums> {
        &self.0
    }

    pub(super) fn new(
        store: &CountStore,
        respondents: &WeightedRespondents,
        weight: FieldPath,
        axes: &BreakdownAxes,
    ) -> Result<Self, ComputeError> {
        let table = store.table(respondents.rows.dataset)?;
        let mut counts = Self(BTreeMap::new());
        for members in axes.combinations() {
            for part in 0..table.parts.len() {
                counts.add(store, respondents, weight, axes, (&members, part))?;
            }
        }
        Ok(counts)
    }

    fn add(
        &mut self,
        store: &CountStore,
        respondents: &WeightedRespondents,
        weight: FieldPath,
        axes: &BreakdownAxes,
        (members, number): (&Members, usize),
    ) -> Result<(), ComputeError> {
        let table = store.table(respondents.rows.dataset)?;
        let (rows, part) = (&store.rows.rows, &table.parts[number]);
        let months = store.rows.months(table, respondents.rows.date);
        let index = store.rows.area_index(respondents.rows.area);
        let mut program = Program::new(&store.rows.core.reference);
        program.push(&respondents.base, members)?;
        program.push(&respondents.counted, members)?;
        let held = program.columns(rows, part);
        let count = part.segment.batch.rows();
        let selection = rows.selection(part, &program.fields());
        let batch = Batch::new(count, held.borrowed(), selection.as_deref())?;
        let marks = program.compile()?.marks(&batch, rows.threads())?;
        let weights = rows.column(part, &weight);
        let units = respondents.psu.map(|unit| rows.column(part, &unit));
        let areas = codes(&rows.column(part, &respondents.rows.area), count);
        let single = single_cells(axes, rows, part);
        for row in 0..count {
            let (in_base, counted) = (marks[row] & 1 != 0, marks[row] & 2 != 0);
            let position = index.of_code.get(usize::from(areas[row])).copied().unwrap_or(NONE);
            let known = months.codes[number][row] != 0 && position != NONE && single[row] != NONE;
            if !in_base || !known {
                continue;
            }
            let (Ok(area), Ok(single)) = (usize::try_from(position), usize::try_from(single[row])) else { continue };
            let cell = axes.cell_of(single, members);
            let value = |column: &Column| column.as_u64().map_or(0, |values| values[row]);
            let month = months.first + i32::from(months.codes[number][row]) - 1;
            let unit = units.as_deref().map_or(0, value);
            let place = WeightedCell { area, month, cell, unit };
            self.0.entry(place).or_default().add(value(&weights), counted)?;
        }
        Ok(())
    }

    /// The sums over the respondents of some areas, a period and a cell. The areas are the strata.
    pub(crate) fn sum(
        &self,
        areas: &[usize],
        period: Period,
        cell: usize,
        has_units: bool,
    ) -> Result<InputState, StatsError> {
        let mut sums = WeightedSums::default();
        let mut units = UnitSums::new();
        let mut all_have_units = has_units;
        for area in areas {
            for month in period.months() {
                let first = WeightedCell { area: *area, month: month.index(), cell, unit: 0 };
                for (place, of_unit) in self.0.range(first..=WeightedCell { unit: u64::MAX, ..first }) {
                    sums = sums.merged(of_unit)?;
                    all_have_units &= place.unit != 0;
                    if all_have_units {
                        let (weight, counted) = units.entry((*area, place.unit)).or_default();
                        *weight += of_unit.sum_w;
                        *counted += of_unit.sum_wx;
                    }
                }
            }
        }
        Ok(InputState::Weighted { sums, units: all_have_units.then_some(units) })
    }
}
