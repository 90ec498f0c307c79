//! Weighted shares of surveys, and gaps between groups.

use std::collections::BTreeMap;

use super::ComputeError;
use super::compute::Asked;
use super::cube::{cell_of, members};
use super::data::{CubeKey, Data};
use super::dims::{Dim, Dims};
use super::measured::Measured;
use super::observation::MissingReason;
use super::program::Program;
use super::state::{self, State, Units};
use super::victims::codes;
use crate::cel::FieldPath;
use crate::column::Column;
use crate::kernel::{Batch, NONE};
use crate::measure::{Definition, Design, Gap, Group, Population};
use crate::reference::Level;
use crate::stats::StatsError;
use crate::stats::survey::WeightedSums;

/// Sums over the respondents in the denominator of a population, each once for each cell of the breakdown.
#[derive(Debug)]
pub(super) struct Respondents(BTreeMap<SurveyCell, WeightedSums>);

/// The place of the sums of one sampling unit.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct SurveyCell {
    /// Position of the area.
    pub(super) area: usize,
    /// Index of the month.
    pub(super) month: i32,
    pub(super) cell: usize,
    /// Primary sampling unit; 0 where none is known.
    pub(super) unit: u64,
}

impl Data {
    /// A weighted share.
    pub(super) fn weighted(
        &self,
        asked: Asked<'_>,
        population: &Population,
        weights: &BTreeMap<Level, FieldPath>,
        unit: Option<FieldPath>,
    ) -> Result<Measured, ComputeError> {
        let areas = &self.core.reference.areas;
        let level = areas.get(asked.area).level();
        let Some(weight) = weights.get(&level) else { return Ok(Measured::missing(MissingReason::NotApplicable)) };
        // Levels with the same weight share what is kept.
        let first = weights.values().position(|known| known == weight).and_then(|at| u8::try_from(at).ok());
        let key = CubeKey::new(asked.definition, 0, first.unwrap_or(u8::MAX), asked.dims);
        let found = self.surveys.get(&key, || match &self.merged {
            Some(merged) => merged.respondents(&key, population),
            None => Respondents::new(self, population, *weight, unit, asked.dims),
        });
        let found = Result::as_ref(&found).map_err(Clone::clone)?;
        let base = self.base(population.place.area);
        let within = base.within(areas, asked.area, asked.period.end_date());
        if within.is_empty() {
            return Ok(Measured::missing(MissingReason::NotApplicable));
        }
        let reports = self.reports(population.placed(), asked.area, asked.period, 0);
        let state = if reports.complete {
            Ok(found.sums(&within, asked, unit.is_some())?)
        } else {
            Err(MissingReason::NotSubmitted)
        };
        Ok(reports.measured(state))
    }

    /// The difference of two groups on the measure compared.
    pub(super) fn gap(&self, asked: Asked<'_>, gap: &Gap) -> Result<Measured, ComputeError> {
        let Some(parent) = self.core.catalogue.get(&gap.of) else {
            return Ok(Measured::missing(MissingReason::NotApplicable));
        };
        if !asked.dims.0.is_empty() {
            return Ok(Measured::missing(MissingReason::NotApplicable));
        }
        let multi_valued = parent.breakdowns.iter().any(|known| known.field() == Some(gap.by) && known.multi_valued);
        let dims = Dims::of_field(&self.core.reference, gap.by, multi_valued);
        let mut found = self.group(asked, parent, &dims, &gap.reference)?;
        let comparison = self.group(asked, parent, &dims, &gap.comparison)?;
        let name = |group: &Group| state::Group {
            code: format!("{}={}", gap.by.field, group.codes.join("+")),
            label: group.label.clone(),
            unit: parent.unit.to_string(),
        };
        found.state = match (found.state, &comparison.state) {
            (Ok(reference), Ok(other)) => Ok(State::Gap {
                reference: Box::new((name(&gap.reference), reference)),
                comparison: Box::new((name(&gap.comparison), other.clone())),
            }),
            (Err(reason), _) => Err(reason),
            (_, Err(reason)) => Err(*reason),
        };
        found.join(comparison);
        Ok(found)
    }

    /// The parent's state for the subjects of a group.
    fn group(
        &self,
        asked: Asked<'_>,
        parent: &Definition,
        dims: &Dims,
        group: &Group,
    ) -> Result<Measured, ComputeError> {
        let mut total: Option<Measured> = None;
        for code in &group.codes {
            let Some(cell) = dims.cell(&[code]) else { continue };
            let asked = Asked { definition: parent, dims, cell, ..asked };
            let part = match &parent.design {
                Design::WeightedProportion { population, weights, psu } => {
                    self.weighted(asked, population, weights, *psu)?
                }
                Design::Proportion(_) => self.shared(asked)?,
                _ => return Ok(Measured::missing(MissingReason::NotApplicable)),
            };
            total = Some(match total {
                None => part,
                Some(mut total) => {
                    total.state = match (&total.state, &part.state) {
                        (Ok(a), Ok(b)) => a.plus(b).ok_or(MissingReason::NotApplicable),
                        (Err(reason), _) | (_, Err(reason)) => Err(*reason),
                    };
                    total.join(part);
                    total
                }
            });
        }
        Ok(total.unwrap_or_else(|| Measured::missing(MissingReason::NotApplicable)))
    }
}

impl FromIterator<(SurveyCell, WeightedSums)> for Respondents {
    fn from_iter<I: IntoIterator<Item = (SurveyCell, WeightedSums)>>(sums: I) -> Self {
        Self(sums.into_iter().collect())
    }
}

impl Respondents {
    /// The sums of every place.
    pub(super) fn all(&self) -> &BTreeMap<SurveyCell, WeightedSums> {
        &self.0
    }

    fn new(
        data: &Data,
        population: &Population,
        weight: FieldPath,
        unit: Option<FieldPath>,
        dims: &Dims,
    ) -> Result<Self, ComputeError> {
        let table = data.table(population.dataset)?;
        let mut respondents = Self(BTreeMap::new());
        let sets: Vec<&Dim> = dims.0.iter().filter(|dim| dim.multi_valued).collect();
        let combinations: usize = sets.iter().map(|dim| dim.codes.len()).product();
        for combination in 0..combinations {
            let members = members(&sets, combination);
            for part in 0..table.parts.len() {
                respondents.add(data, population, (weight, unit), dims, (&members, part))?;
            }
        }
        Ok(respondents)
    }

    fn add(
        &mut self,
        data: &Data,
        population: &Population,
        (weight, unit): (FieldPath, Option<FieldPath>),
        dims: &Dims,
        (members, number): (&[(FieldPath, usize)], usize),
    ) -> Result<(), ComputeError> {
        let table = data.table(population.dataset)?;
        let part = &table.parts[number];
        let months = data.months(table, population.date);
        let base = data.base(population.place.area);
        let mut program = Program::new(&data.core.reference);
        let excepted = population.eligible().and(&population.denominator_exception);
        program.push(&population.eligible(), members)?;
        program.push(&population.counted(), members)?;
        program.push(&excepted, members)?;
        let held = program.columns(&data.rows, part);
        let count = part.segment.batch.rows();
        let selection = data.rows.selection(part, &program.fields());
        let batch = Batch::new(count, held.borrowed(), selection.as_deref())?;
        let marks = program.compile()?.marks(&batch, data.rows.threads())?;
        let weights = data.rows.column(part, &weight);
        let units = unit.map(|unit| data.rows.column(part, &unit));
        let areas = codes(&data.rows.column(part, &population.place.area), count);
        let single = dims.single_cells(&data.rows, part);
        for row in 0..count {
            let (eligible, counted, excepted) = (marks[row] & 1 != 0, marks[row] & 2 != 0, marks[row] & 4 != 0);
            let position = base.of_code.get(usize::from(areas[row])).copied().unwrap_or(NONE);
            let known = months.codes[number][row] != 0 && position != NONE && single[row] != NONE;
            if !eligible || (excepted && !counted) || !known {
                continue;
            }
            let (Ok(area), Ok(single)) = (usize::try_from(position), usize::try_from(single[row])) else { continue };
            let cell = cell_of(dims, single, members);
            let value = |column: &Column| column.as_u64().map_or(0, |values| values[row]);
            let month = months.first + i32::from(months.codes[number][row]) - 1;
            let unit = units.as_deref().map_or(0, value);
            let place = SurveyCell { area, month, cell, unit };
            self.0.entry(place).or_default().add(value(&weights), counted)?;
        }
        Ok(())
    }

    /// The sums over the respondents of some areas, a period and a cell. The areas are the strata.
    fn sums(&self, areas: &[usize], asked: Asked<'_>, has_units: bool) -> Result<State, StatsError> {
        let mut sums = WeightedSums::default();
        let mut units = Units::new();
        let mut all_have_units = has_units;
        for area in areas {
            for month in asked.period.months() {
                let first = SurveyCell { area: *area, month: month.index(), cell: asked.cell, unit: 0 };
                for (place, of_unit) in self.0.range(first..=SurveyCell { unit: u64::MAX, ..first }) {
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
        Ok(State::Weighted { sums, units: all_have_units.then_some(units) })
    }
}
