//! Sums of weights by area, month, cell and primary sampling unit.

use super::CountStore;
use super::groups::group_index;
use super::kept::{AllCounts, Counted, OfKind};
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
pub(crate) struct WeightedCounts {
    /// The sums in the order of their places, with one entry for each place.
    sums: Vec<(WeightedCell, WeightedSums)>,
}

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

impl WeightedCounts {
    /// The sums of every place.
    pub(crate) fn all(&self) -> impl Iterator<Item = (WeightedCell, WeightedSums)> {
        self.sums.iter().copied()
    }

    /// Adds up the sums of each place.
    pub(super) fn of(mut parts: Vec<(WeightedCell, WeightedSums)>) -> Result<Self, StatsError> {
        // The sums of a part of the rows are in order. A stable sort merges such runs.
        parts.sort_by_key(|(place, _)| *place);
        let mut sums: Vec<(WeightedCell, WeightedSums)> = Vec::with_capacity(parts.len());
        for (place, part) in parts {
            match sums.last_mut() {
                Some((last, total)) if *last == place => *total = total.merged(&part)?,
                _ => sums.push((place, part)),
            }
        }
        Ok(Self { sums })
    }

    pub(super) fn new(
        store: &CountStore,
        respondents: &WeightedRespondents,
        weight: FieldPath,
        axes: &BreakdownAxes,
    ) -> Result<Self, ComputeError> {
        let table = store.table(respondents.rows.dataset)?;
        let mut sums = Vec::new();
        for members in axes.combinations() {
            for part in 0..table.parts.len() {
                sums.extend(Self::of_part(store, respondents, weight, axes, (&members, part))?);
            }
        }
        Ok(Self::of(sums)?)
    }

    fn of_part(
        store: &CountStore,
        respondents: &WeightedRespondents,
        weight: FieldPath,
        axes: &BreakdownAxes,
        (members, number): (&Members, usize),
    ) -> Result<Vec<(WeightedCell, WeightedSums)>, ComputeError> {
        let table = store.table(respondents.rows.dataset)?;
        let (rows, part) = (&store.rows.rows, &table.parts[number]);
        let months = store.rows.months(table, respondents.rows.date);
        let cells = axes.cells_of(members);
        if months.count == 0 || cells.is_empty() {
            return Ok(Vec::new());
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
        let weights = rows.column(part, &weight);
        let units = respondents.psu.map(|unit| rows.column(part, &unit));
        // Without any sampling unit, the kernel needs no hash tables.
        let units =
            units.as_ref().and_then(|units| units.as_u64()).filter(|units| units.iter().any(|unit| *unit != 0));
        let columns = SurveyColumns { weights: &keys(&weights, batch.rows()), units };
        let measures = SurveyMeasures { eligible: 0, counted: 1, excepted: None };
        let found = kernel::weighted(&program.compile()?, measures, &groups, &batch, columns, rows.threads())?;
        let placed = found.into_iter().map(|SurveySums { group, unit, sums }| {
            let (place, cell) = (group as usize / cells.len(), cells[group as usize % cells.len()]);
            let (area, month) = (place / months.count, place % months.count);
            let month = months.first + i32::try_from(month).unwrap_or(0);
            (WeightedCell { area, month, cell, unit }, sums)
        });
        Ok(placed.collect())
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
                for (place, of_unit) in self.sampling_units(*area, month.index(), cell) {
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

    /// The sums of the sampling units of an area, a month and a cell.
    fn sampling_units(&self, area: usize, month: i32, cell: usize) -> &[(WeightedCell, WeightedSums)] {
        let at = |place: &WeightedCell| (place.area, place.month, place.cell);
        let start = self.sums.partition_point(|(place, _)| at(place) < (area, month, cell));
        let rest = &self.sums[start..];
        &rest[..rest.partition_point(|(place, _)| at(place) == (area, month, cell))]
    }
}

impl Counted for WeightedCounts {
    fn bytes(&self) -> usize {
        size_of_val(self.sums.as_slice())
    }

    fn among(all: &AllCounts) -> &OfKind<Self> {
        &all.weighted
    }
}
