//! What a query amounts to: measures with their periods, areas and cells.

use std::collections::HashSet;

use super::ComputeError;
use super::compute::Asked;
use super::data::{Data, Placed};
use super::dims::Dims;
use super::figures::breakdown_text;
use super::query::{AreaSelection, MAX_OBSERVATIONS, PeriodSelection, Query, QueryError, definition};
use crate::cel::FieldPath;
use crate::contract::Dataset;
use crate::measure::{Definition, Design, Place};
use crate::period::{Month, Period, PeriodRange};
use crate::reference::AreaId;

/// One measure of a query, with its periods and the cells of its breakdown.
pub(super) struct Part<'a> {
    pub(super) definition: &'a Definition,
    pub(super) periods: Vec<Period>,
    pub(super) dims: Dims,
}

/// The cells of the breakdown that are part of the answer.
pub(super) fn shown(data: &Data, part: &Part<'_>, areas: &[AreaId]) -> Result<Vec<usize>, ComputeError> {
    let (Some(area), Some(period)) = (areas.first(), part.periods.first()) else { return Ok(Vec::new()) };
    let mut cells = Vec::new();
    for cell in 0..part.dims.cells() {
        let asked = Asked { definition: part.definition, area: *area, period: *period, dims: &part.dims, cell };
        if data.cell_is_shown(asked)? {
            cells.push(cell);
        }
    }
    Ok(cells)
}

pub(super) fn plan<'d>(data: &'d Data, query: &Query) -> Result<Vec<Part<'d>>, QueryError> {
    data.check_read(query)?;
    let mut seen = HashSet::new();
    let mut parts = Vec::new();
    let mut size = 0_usize;
    for id in &query.measures {
        let definition = definition(&data.core, id)?;
        if !seen.insert(&*definition.id) {
            continue;
        }
        let dims = dims(data, definition, query)?;
        let periods = periods(data, definition, query)?;
        let areas = areas(data, query, &periods).len();
        size = size.saturating_add(dims.cells().saturating_mul(periods.len()).saturating_mul(areas));
        if size > MAX_OBSERVATIONS {
            return Err(QueryError::TooManyObservations(size));
        }
        parts.push(Part { definition, periods, dims });
    }
    refuse_periods_outside(data, &parts)?;
    Ok(parts)
}

pub(super) fn dims(data: &Data, definition: &Definition, query: &Query) -> Result<Dims, QueryError> {
    if let Some(unknown) = query.breakdown.iter().find(|name| definition.breakdown(name).is_none()) {
        return Err(QueryError::UnknownBreakdown {
            measure: definition.id.to_string(),
            breakdown: unknown.clone(),
            offered: definition.breakdowns.iter().map(|breakdown| breakdown.name.clone()).collect(),
        });
    }
    let dims = Dims::new(&data.core.reference, definition, &query.breakdown);
    let dims = dims.unwrap_or_else(|| Dims(Vec::new())).with_words(&data.figures.breakdowns(&definition.id));
    if let Some((dimension, code)) = &query.reference_group {
        let dim = dims.0.iter().find(|dim| dim.name == *dimension);
        if let Some(dim) = dim.filter(|dim| !dim.codes.iter().any(|known| known.code == *code)) {
            let offered = dim.codes.iter().map(|code| code.code.clone()).collect();
            return Err(QueryError::UnknownGroup { group: format!("{dimension}={code}"), offered });
        }
    }
    Ok(dims)
}

fn periods(data: &Data, definition: &Definition, query: &Query) -> Result<Vec<Period>, QueryError> {
    let mut periods: Vec<Period> = Vec::new();
    for selection in &query.periods {
        let range = match selection {
            PeriodSelection::Range(range) => *range,
            PeriodSelection::Latest(count, kind) => {
                let none = || QueryError::NoData { measure: definition.id.to_string() };
                PeriodRange::latest(*kind, *count, data.available(definition).ok_or_else(none)?)?
            }
        };
        if range.count() > MAX_OBSERVATIONS {
            return Err(QueryError::TooManyObservations(range.count()));
        }
        periods.extend(range.iter());
    }
    let mut seen = HashSet::new();
    periods.retain(|period| seen.insert(*period));
    Ok(periods)
}

/// The areas that a query names, whatever its periods; one can occur several times.
pub(super) fn areas_named(data: &Data, query: &Query) -> Vec<AreaId> {
    let known = &data.core.reference.areas;
    let named = query.areas.iter().flat_map(|selection| match selection {
        AreaSelection::One(area) => vec![*area],
        AreaSelection::Level(level) => known.at_level(*level).collect(),
    });
    named.collect()
}

pub(super) fn areas(data: &Data, query: &Query, periods: &[Period]) -> Vec<AreaId> {
    let known = &data.core.reference.areas;
    let exists = |area: &AreaId| {
        let validity = known.get(*area).validity();
        periods.iter().any(|period| validity.contains(period.end_date()))
    };
    let mut areas: Vec<AreaId> = Vec::new();
    for selection in &query.areas {
        match selection {
            AreaSelection::One(area) => areas.push(*area),
            AreaSelection::Level(level) => areas.extend(known.at_level(*level).filter(exists)),
        }
    }
    let mut seen = HashSet::new();
    areas.retain(|area| seen.insert(*area));
    areas
}

/// Refuses a query of which no period touches the data of any of its measures.
fn refuse_periods_outside(data: &Data, parts: &[Part<'_>]) -> Result<(), QueryError> {
    let mut outside = None;
    for part in parts {
        // With nothing held at all, each observation says so.
        let Some((first, last)) = data.available(part.definition) else { return Ok(()) };
        let touches = |period: &Period| period.first() <= last && first <= period.last();
        match part.periods.first() {
            Some(period) if !part.periods.iter().any(touches) => {
                outside.get_or_insert(QueryError::PeriodOutside {
                    period: period.to_string(),
                    measure: part.definition.id.to_string(),
                    first,
                    last,
                });
            }
            _ => return Ok(()),
        }
    }
    outside.map_or(Ok(()), Err)
}

impl Data {
    /// Refuses what needs fields that were not read.
    pub(super) fn check_read(&self, query: &Query) -> Result<(), QueryError> {
        match &self.needs {
            Some(needs) if !needs.meet(&self.core, query)? => Err(QueryError::NotRead),
            _ => Ok(()),
        }
    }

    /// Whether a cell is part of an answer: every code of a closed list is, others where some subject has them.
    fn cell_is_shown(&self, asked: Asked<'_>) -> Result<bool, ComputeError> {
        if asked.dims.always(asked.cell) {
            return Ok(true);
        }
        if self.figures.uses(&asked.definition.id, &breakdown_text(asked.dims, asked.cell)) {
            return Ok(true);
        }
        self.has_records(asked)
    }

    /// First and last month for which a measure has figures or records.
    pub(super) fn available(&self, definition: &Definition) -> Option<(Month, Month)> {
        let mut spans: Vec<(Month, Month)> = self.figures.span(&definition.id).into_iter().collect();
        for (dataset, area) in self.read_by(definition) {
            spans.extend(self.covered(dataset, area).span());
        }
        let first = spans.iter().map(|(first, _)| *first).min()?;
        let last = spans.iter().map(|(_, last)| *last).max()?;
        Some((first, last))
    }

    /// Datasets that a measure counts rows of, with the field of their area.
    pub(super) fn read_by(&self, definition: &Definition) -> Vec<(&'static Dataset, FieldPath)> {
        let of = |placed: Placed<'_>| (placed.dataset, placed.place.area);
        match &definition.design {
            Design::Count(population) | Design::Proportion(population) => vec![of(population.placed())],
            Design::Rate { population, .. } | Design::WeightedProportion { population, .. } => {
                vec![of(population.placed())]
            }
            Design::RepeatShare(repeat) => vec![of(repeat.placed())],
            Design::Funnel(funnel) => funnel.steps.iter().map(|step| of(step.subjects.placed())).collect(),
            Design::Ratio { numerator, denominator } => vec![of(numerator.placed()), of(denominator.placed())],
            Design::Gap(gap) => self.core.catalogue.get(&gap.of).map_or_else(Vec::new, |parent| self.read_by(parent)),
            Design::Completeness(design) => {
                let place = Place { area: design.site, ward: None };
                vec![of(Placed { dataset: design.dataset, date: design.date, place: &place })]
            }
            Design::SubmittedOnly => Vec::new(),
        }
    }
}
