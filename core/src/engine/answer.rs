//! Answers a query, cell by cell.

use std::collections::HashSet;

use super::ComputeError;
use super::compare::compare;
use super::compute::Asked;
use super::data::{Data, Placed};
use super::dims::Dims;
use super::figures::breakdown_text;
use super::measured::{Measured, Settled};
use super::observation::{Basis, Comparison, MissingReason, Observation};
use super::query::{AreaSelection, MAX_OBSERVATIONS, PeriodSelection, Query, QueryError, definition};
use super::stages::steps;
use super::state::{Estimated, Rule, Tested};
use crate::contract::Dataset;
use crate::measure::{Definition, Design, Disclosure, IntervalRule, Place};
use crate::period::{Month, Period, PeriodRange};
use crate::reference::{AreaId, Level};

/// One measure of a query, with its periods and the cells of its breakdown.
struct Part<'a> {
    definition: &'a Definition,
    periods: Vec<Period>,
    dims: Dims,
}

/// Answers a query.
pub(super) fn query(data: &Data, query: &Query) -> Result<Vec<Observation>, QueryError> {
    query.check()?;
    let parts = plan(data, query)?;
    let mut observations = Vec::new();
    for part in &parts {
        let areas = areas(data, query, &part.periods);
        let cells = shown(data, part, &areas)?;
        for area in &areas {
            for period in &part.periods {
                for cell in &cells {
                    let asked = Asked {
                        definition: part.definition,
                        area: *area,
                        period: *period,
                        dims: &part.dims,
                        cell: *cell,
                    };
                    observations.extend(cell_of(data, query, asked)?);
                }
            }
        }
    }
    Ok(observations)
}

/// The cells of the breakdown that are part of the answer.
fn shown(data: &Data, part: &Part<'_>, areas: &[AreaId]) -> Result<Vec<usize>, ComputeError> {
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

fn plan<'d>(data: &'d Data, query: &Query) -> Result<Vec<Part<'d>>, QueryError> {
    let mut seen = HashSet::new();
    let mut parts = Vec::new();
    let mut size = 0_usize;
    for id in &query.measures {
        let definition = definition(&data.core, id)?;
        if !seen.insert(definition.id.as_str()) {
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

fn dims(data: &Data, definition: &Definition, query: &Query) -> Result<Dims, QueryError> {
    if let Some(unknown) = query.breakdown.iter().find(|name| definition.breakdown(name).is_none()) {
        return Err(QueryError::UnknownBreakdown {
            measure: definition.id.clone(),
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
                let none = || QueryError::NoData { measure: definition.id.clone() };
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

fn areas(data: &Data, query: &Query, periods: &[Period]) -> Vec<AreaId> {
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
                    measure: part.definition.id.clone(),
                    first,
                    last,
                });
            }
            _ => return Ok(()),
        }
    }
    outside.map_or(Ok(()), Err)
}

/// The observations of one cell: one for each basis that has something to say.
fn cell_of(data: &Data, query: &Query, asked: Asked<'_>) -> Result<Vec<Observation>, ComputeError> {
    let wanted = |basis| query.basis.is_none_or(|wanted| wanted == basis);
    let mut found = Vec::with_capacity(2);
    if wanted(Basis::SubmittedFigure) {
        found.push((Basis::SubmittedFigure, data.submitted(asked)));
    }
    if wanted(Basis::ComputedFromRecords) {
        found.push((Basis::ComputedFromRecords, data.computed(asked)?));
    }
    if found.len() > 1 {
        match (found[0].1.is_absent(), found[1].1.is_absent()) {
            (true, false) => drop(found.remove(0)),
            (false, true) => drop(found.remove(1)),
            // Neither has data: the basis that the measure has any of answers for both.
            (true, true) => {
                let submitted = data.figures.span(&asked.definition.id).is_some()
                    || matches!(asked.definition.design, Design::SubmittedOnly);
                drop(found.remove(usize::from(submitted)));
            }
            (false, false) => {}
        }
    }
    let observed = found.into_iter().map(|(basis, measured)| observed(data, query, asked, basis, measured));
    observed.collect()
}

fn observed(
    data: &Data,
    query: &Query,
    asked: Asked<'_>,
    basis: Basis,
    measured: Measured,
) -> Result<Observation, ComputeError> {
    let (mut observation, tested) = observe(data, asked, basis, measured, query.confidence);
    for kind in &query.comparisons {
        let comparison: Comparison = compare(data, query, asked, (basis, tested), *kind)?;
        observation.comparisons.push(comparison);
    }
    Ok(observation)
}

/// How estimates of a measure are made.
pub(super) fn rule(definition: &Definition, level: Level, confidence: f64) -> Rule {
    let survey = definition.disclosure == Disclosure::Survey;
    Rule {
        confidence,
        interval: definition.interval != IntervalRule::None,
        minimum_base: definition.minimum_base(level).filter(|_| survey).unwrap_or(0),
    }
}

/// Makes an observation of what was found.
pub(super) fn observe(
    data: &Data,
    asked: Asked<'_>,
    basis: Basis,
    measured: Measured,
    confidence: f64,
) -> (Observation, Tested) {
    let definition = asked.definition;
    let area = data.core.reference.areas.get(asked.area);
    let estimated = match measured.state {
        Ok(ref state) => state.estimate(rule(definition, area.level(), confidence)),
        Err(reason) => Err((reason, None)),
    };
    let (result, estimated) = match estimated {
        Ok(estimated) => (Ok(estimated.value), estimated),
        Err((reason, base)) => (Err(reason), Estimated { base, ..Estimated::default() }),
    };
    let breaks = breaks(data, asked);
    let mut caveats = definition.caveats.clone();
    caveats.extend(measured.caveats);
    caveats.extend(estimated.caveat.map(str::to_owned));
    let status = Status {
        missing: result.err(),
        low: result.is_ok() && estimated.low_base(),
        broken: !breaks.is_empty(),
        settled: measured.settled,
    };
    let observation = Observation {
        measure: definition.id.clone(),
        version: definition.version,
        title: definition.title.clone(),
        area: area.code().to_owned(),
        area_name: area.name().to_owned(),
        period: asked.period,
        breakdown: asked.dims.values(asked.cell),
        basis,
        synthetic: measured.synthetic,
        result,
        numerator: estimated.numerator,
        denominator: estimated.denominator,
        unit: definition.unit.clone(),
        value_kind: definition.value_kind,
        interval: estimated.interval,
        unweighted_base: estimated.base,
        effective_n: estimated.effective_n,
        obs_status: status.letter(),
        conf_status: status.confidentiality(),
        marker: status.markers(),
        polarity: definition.polarity,
        reporting_increase_wanted: definition.reporting_increase_wanted,
        comparisons: Vec::new(),
        completeness: measured.completeness,
        caveats,
        breaks,
        ledger_position: data.snapshot.position,
        sources: measured.sources,
        funnel: funnel(definition, &measured.stages, confidence),
        gap_levels: estimated.gap_levels,
    };
    (observation, estimated.tested)
}

fn funnel(definition: &Definition, stages: &[Option<u64>], confidence: f64) -> Vec<super::observation::FunnelStep> {
    let Design::Funnel(funnel) = &definition.design else { return Vec::new() };
    let units: Vec<(&str, &str, &str, bool)> = funnel
        .steps
        .iter()
        .map(|step| (step.id.as_str(), step.title.as_str(), step.unit.as_str(), step.unit_change))
        .collect();
    steps(&units, stages, confidence)
}

/// Breaks on the first day of the period or within it.
fn breaks(data: &Data, asked: Asked<'_>) -> Vec<String> {
    let start = asked.period.start_date();
    let before = start.yesterday().unwrap_or(start);
    let found = data.core.reference.breaks.between(&asked.definition.id, before, asked.period.end_date());
    found.map(|found| format!("{}: {}", found.date, found.text)).collect()
}

/// What the letters and markers are made of.
struct Status {
    missing: Option<MissingReason>,
    low: bool,
    broken: bool,
    settled: Settled,
}

impl Status {
    fn letter(&self) -> &'static str {
        match self {
            Self { missing: Some(_), .. } => "O",
            Self { low: true, .. } => "U",
            Self { broken: true, .. } => "B",
            Self { settled: Settled::Provisional, .. } => "P",
            _ => "A",
        }
    }

    fn confidentiality(&self) -> &'static str {
        match self.missing {
            Some(MissingReason::Suppressed | MissingReason::BaseTooSmall) => "A",
            _ => "F",
        }
    }

    fn markers(&self) -> String {
        let present = self.missing.is_none();
        let markers = [
            (!present, self.missing.map_or("", MissingReason::marker)),
            (self.low, "[low]"),
            (self.broken && present, "[b]"),
            (present && self.settled == Settled::Provisional, "[p]"),
            (present && self.settled == Settled::Revised, "[r]"),
        ];
        let chosen: Vec<&str> = markers.iter().filter(|(applies, _)| *applies).map(|(_, marker)| *marker).collect();
        chosen.join(" ")
    }
}

impl Data {
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
    pub(super) fn read_by(&self, definition: &Definition) -> Vec<(&'static Dataset, crate::cel::FieldPath)> {
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
