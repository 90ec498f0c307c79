//! Sums of weights by area, month, cell and primary sampling unit.

use std::collections::BTreeMap;

use super::CountStore;
use super::groups::group_index;
use crate::cel::FieldPath;
use crate::design::{InputState, WeightedRespondents};
use crate::engine::error::ComputeError;
use crate::engine::query::{BreakdownAxes, Members};
use crate::engine::rows::{Program, keys};
use crate::estimate::UnitSums;
use crate::kernel::{self, Batch, SurveyColumns, SurveyMeasures, SurveySums};
use crate::period::Period;
use crate::stats::StatsError;
use crate::stats::survey::WeightedSums;

/// Sums over the respondents of a population. A respondent counts once in each of the respondent's cells of the
/// breakdown.
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
    /// Primary sampling unit; 0 if it is not known.
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
        let cells = axes.cells_of(members);
        if months.count == 0 || cells.is_empty() {
            return Ok(());
        }
        let index = store.rows.area_index(respondents.rows.area);
        let mut program = Program::new(&store.rows.core.reference);
        program.push(&respondents.base, members)?;
        program.push(&respondents.counted, members)?;
        let groups = group_index(&mut program, (respondents.rows.area, &index), axes, months.count)?;
        let held = program.columns(rows, part);
        let mut columns = held.borrowed();
        columns.push(kernel::Column::U16(&months.codes[number]));
        let selection = rows.selection(part, &program.fields());
        let batch = Batch::new(part.segment.batch.rows(), columns, selection.as_deref())?;
        let weights = keys(&rows.column(part, &weight), batch.rows());
        let units = respondents.psu.map(|unit| keys(&rows.column(part, &unit), batch.rows()));
        let measures = SurveyMeasures { eligible: 0, counted: 1, excepted: None };
        let columns = SurveyColumns { weights: &weights, units: units.as_deref() };
        let found = kernel::weighted(&program.compile()?, measures, &groups, &batch, columns, rows.threads())?;
        for SurveySums { group, unit, sums } in found {
            let Ok(group) = usize::try_from(group) else { continue };
            let (place, cell) = (group / cells.len(), cells[group % cells.len()]);
            let (area, month) = (place / months.count, place % months.count);
            let month = months.first + i32::try_from(month).unwrap_or(0);
            let total = self.0.entry(WeightedCell { area, month, cell, unit }).or_default();
            *total = total.merged(&sums)?;
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
