//! The plan of a query: its measures with their periods, areas and cells.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::Data;
use super::companions::{PlannedCompanion, companions};
use crate::Core;
use crate::engine::error::ComputeError;
use crate::engine::query::{
    AreaSelection, BreakdownAxes, CellRequest, MAX_OBSERVATIONS, PeriodSelection, Query, QueryError, definition,
};
use crate::measure::Definition;
use crate::period::{Month, Period, PeriodError, PeriodKind, PeriodRange};
use crate::reference::{AreaId, Level};

/// One measure of a query, with its periods and the cells of its breakdown.
pub(crate) struct PlannedMeasure<'a> {
    pub(crate) definition: &'a Definition,
    pub(crate) periods: Vec<Period>,
    pub(crate) axes: BreakdownAxes,
    /// What is answered with it.
    pub(crate) companions: Vec<PlannedCompanion<'a>>,
}

/// The cells of the breakdown that are part of the answer.
pub(crate) fn shown(data: &Data, part: &PlannedMeasure<'_>, areas: &[AreaId]) -> Result<Vec<usize>, ComputeError> {
    let (Some(area), Some(period)) = (areas.first(), part.periods.first()) else { return Ok(Vec::new()) };
    let mut cells = Vec::new();
    for cell in part.axes.cells_as_asked() {
        let request = CellRequest {
            definition: part.definition,
            area: *area,
            period: *period,
            axes: &part.axes,
            cell,
            source: None,
        };
        if data.cell_is_shown(request)? {
            cells.push(cell);
        }
    }
    Ok(cells)
}

pub(crate) fn plan<'d>(data: &'d Data, query: &Query) -> Result<Vec<PlannedMeasure<'d>>, QueryError> {
    data.check_read(query)?;
    let mut seen = HashSet::new();
    let mut measures = Vec::with_capacity(query.measures.len());
    for id in &query.measures {
        let definition = &**definition(data.core(), id)?;
        if seen.insert(&*definition.id) {
            measures.push(definition);
        }
    }
    // A measure without data has a row with its reason where another measure of the query has data.
    let spans = Spans { data, measures: &measures, real: OnceCell::new(), any: OnceCell::new() };
    let mut parts = Vec::new();
    let mut size = 0_usize;
    for definition in measures.iter().copied() {
        let axes = axes(data, definition, query)?;
        let periods = periods(data, definition, query, &spans)?;
        let areas = areas(data, query, &periods).len();
        size = size.saturating_add(axes.cells().saturating_mul(periods.len()).saturating_mul(areas));
        if size > MAX_OBSERVATIONS {
            return Err(QueryError::TooManyObservations(size));
        }
        let companions = companions(data, definition, query);
        parts.push(PlannedMeasure { definition, periods, axes, companions });
    }
    refuse_periods_outside(data, &parts)?;
    Ok(parts)
}

/// The axes of a measure that a query breaks down by.
pub(crate) fn axes(data: &Data, definition: &Definition, query: &Query) -> Result<BreakdownAxes, QueryError> {
    if let Some(unknown) = query.breakdown.iter().find(|name| definition.breakdown(name).is_none()) {
        return Err(QueryError::UnknownBreakdown {
            measure: definition.id.to_string(),
            breakdown: unknown.clone(),
            offered: definition.breakdowns.iter().map(|breakdown| breakdown.name.clone()).collect(),
        });
    }
    let axes = BreakdownAxes::new(&data.core().reference, definition, &query.breakdown);
    let axes = axes.unwrap_or_else(BreakdownAxes::total);
    let axes = axes.with_words(&data.figures.breakdowns(&definition.id));
    if let Some((dimension, code)) = &query.reference_group {
        let axis = axes.iter().find(|axis| axis.name == *dimension);
        if let Some(axis) = axis.filter(|axis| !axis.codes.iter().any(|known| known.code == *code)) {
            let offered = axis.codes.iter().map(|code| code.code.clone()).collect();
            return Err(QueryError::UnknownGroup { group: format!("{dimension}={code}"), offered });
        }
    }
    Ok(axes)
}

/// The months from which the latest periods are taken.
struct Spans<'d> {
    data: &'d Data,
    measures: &'d [&'d Definition],
    /// Of all measures, without and with synthetic data.
    real: OnceCell<Option<(Month, Month)>>,
    any: OnceCell<Option<(Month, Month)>>,
}

impl Spans<'_> {
    /// First and last month with data of a measure. A measure without data has a row with its reason where another measure of the
    /// query has data. If any measure of the query has data that are not synthetic, synthetic data have no say: those of other
    /// years would stand beside real ones.
    fn of(&self, definition: &Definition) -> Option<(Month, Month)> {
        let real = |of: &Definition| self.data.available_real(of);
        let any = |of: &Definition| self.data.available(of);
        let of_all = |span: &dyn Fn(&Definition) -> Option<(Month, Month)>| {
            self.measures.iter().filter_map(|definition| span(definition)).reduce(both)
        };
        real(definition)
            .or_else(|| *self.real.get_or_init(|| of_all(&real)))
            .or_else(|| any(definition))
            .or_else(|| *self.any.get_or_init(|| of_all(&any)))
    }
}

/// The months from the first to the last of two spans.
fn both(one: (Month, Month), other: (Month, Month)) -> (Month, Month) {
    (one.0.min(other.0), one.1.max(other.1))
}

/// The latest periods of the longest kind that a measure offers at a level of the query, and of which one is complete.
fn latest_longest(
    levels: &[Level],
    definition: &Definition,
    count: u32,
    available: (Month, Month),
) -> Result<PeriodRange, PeriodError> {
    let is_offered = |kind: &PeriodKind| levels.iter().any(|level| definition.offers(*level, *kind));
    let offered = PeriodKind::LONGEST_FIRST.into_iter().filter(is_offered);
    let mut ranges: Vec<_> = offered.map(|kind| PeriodRange::latest(kind, count, available)).collect();
    let complete = ranges.iter().position(Result::is_ok).unwrap_or(0);
    // A measure that is not offered at any of the levels says so for each period.
    if ranges.is_empty() {
        PeriodRange::latest(PeriodKind::Month, count, available)
    } else {
        ranges.swap_remove(complete)
    }
}

fn periods(
    data: &Data,
    definition: &Definition,
    query: &Query,
    spans: &Spans<'_>,
) -> Result<Vec<Period>, QueryError> {
    let mut periods: Vec<Period> = Vec::new();
    for selection in &query.periods {
        let range = match selection {
            PeriodSelection::Range(range) => *range,
            PeriodSelection::Latest(count, kind) => {
                let none = || QueryError::NoData { measure: definition.id.to_string() };
                let available = spans.of(definition).ok_or_else(none)?;
                match kind {
                    Some(kind) => PeriodRange::latest(*kind, *count, available)?,
                    None => latest_longest(&query.levels(data.core()), definition, *count, available)?,
                }
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

/// The areas that a query names, for any period. An area can occur several times.
pub(crate) fn areas_named(data: &Data, query: &Query) -> Vec<AreaId> {
    let known = &data.core().reference.areas;
    let named = query.areas.iter().flat_map(|selection| match selection {
        AreaSelection::One(area) => vec![*area],
        AreaSelection::Level(level) => known.at_level(*level).collect(),
    });
    named.collect()
}

pub(crate) fn areas(data: &Data, query: &Query, periods: &[Period]) -> Vec<AreaId> {
    let known = &data.core().reference.areas;
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

/// Refuses a query when none of its periods overlaps the data of any of its measures.
fn refuse_periods_outside(data: &Data, parts: &[PlannedMeasure<'_>]) -> Result<(), QueryError> {
    let mut outside = None;
    for part in parts {
        // If a measure has no data at all, each observation says so.
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

/// The measures that a query needs counted, each with its axes.
pub(crate) fn measures_of<'a>(
    parts: &'a [PlannedMeasure<'_>],
) -> impl Iterator<Item = (&'a Definition, &'a BreakdownAxes)> {
    parts.iter().flat_map(|part| {
        let companions = part.companions.iter().map(|companion| (companion.definition, &companion.axes));
        std::iter::once((part.definition, &part.axes)).chain(companions)
    })
}

/// The levels of the query: `true` if it has wards, `false` if it has other levels.
pub(crate) fn wards_of(query: &Query, core: &Core) -> Vec<bool> {
    let levels = query.levels(core);
    [false, true].into_iter().filter(|wards| levels.iter().any(|level| (*level == Level::Ward) == *wards)).collect()
}
