//! Answers a query, cell by cell.

use std::borrow::Cow;
use std::sync::Arc;

use super::ComputeError;
use super::compare::compare;
use super::compute::Asked;
use super::data::Data;
use super::measured::{Measured, Settled};
use super::observation::{Basis, Comparison, MissingReason, Observation};
use super::plan::{areas, plan, shown};
use super::query::{Query, QueryError};
use super::stages::{Described, components};
use super::state::{Estimated, Rule, Tested};
use crate::estimate::Component;
use crate::measure::{Definition, Design, Disclosure, IntervalRule};
use crate::parallel;
use crate::reference::Level;

/// Cells that a thread answers at a time; fewer in all are answered without another thread.
const CELLS: usize = 128;

/// Answers a query.
pub(super) fn query(
    data: &Data,
    query: &Query,
    awaited: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Observation>, QueryError> {
    query.check()?;
    let parts = plan(data, query)?;
    if query.basis != Some(Basis::SubmittedFigure) {
        data.count_together(&parts, query);
    }
    let mut all = Vec::new();
    for part in &parts {
        let areas = areas(data, query, &part.periods);
        let cells = shown(data, part, &areas)?;
        for area in areas {
            for period in &part.periods {
                let (definition, period, dims) = (part.definition, *period, &part.dims);
                all.extend(cells.iter().map(|cell| Asked { definition, area, period, dims, cell: *cell }));
            }
        }
    }
    let answered = parallel::map(all.len(), CELLS, data.rows.threads(), |range| {
        let mut found = Vec::with_capacity(range.len());
        for asked in &all[range] {
            if !awaited() {
                return Err(QueryError::Abandoned);
            }
            found.extend(cell_of(data, query, *asked)?);
        }
        Ok(found)
    });
    let mut observations = Vec::with_capacity(all.len());
    for found in answered {
        observations.append(&mut found?);
    }
    Ok(observations)
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
    let stages = stages(definition, &measured.stages, confidence);
    let more = estimated.caveat.map(Arc::from);
    let caveats = definition.caveats.iter().cloned().chain(measured.caveats).chain(more).collect();
    let (code, name) = area.labels();
    let status = Status {
        missing: result.err(),
        low: result.is_ok() && estimated.low_base(),
        broken: !breaks.is_empty(),
        settled: measured.settled,
    };
    let observation = Observation {
        measure: Arc::clone(&definition.id),
        version: definition.version,
        title: Arc::clone(&definition.title),
        area: code,
        area_name: name,
        period: asked.period,
        breakdown: asked.dims.values(asked.cell),
        basis,
        synthetic: measured.synthetic,
        result,
        numerator: estimated.numerator,
        denominator: estimated.denominator,
        unit: Arc::clone(&definition.unit),
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
        breaks: Vec::clone(&breaks),
        ledger_position: data.snapshot.position,
        sources: measured.sources,
        components: stages.into_iter().chain(estimated.components).collect(),
    };
    (observation, estimated.tested)
}

fn stages(definition: &Definition, counts: &[Option<u64>], confidence: f64) -> Vec<Component> {
    let Design::Funnel(funnel) = &definition.design else { return Vec::new() };
    let described = funnel.steps.iter().map(|step| Described {
        id: &step.id,
        title: &step.title,
        unit: &step.unit,
        unit_change: step.unit_change,
    });
    components(&described.collect::<Vec<_>>(), counts, confidence)
}

/// Breaks on the first day of the period or within it.
fn breaks(data: &Data, asked: Asked<'_>) -> Arc<Vec<Arc<str>>> {
    data.breaks.get(&(Arc::clone(&asked.definition.id), asked.period), || {
        let start = asked.period.start_date();
        let before = start.yesterday().unwrap_or(start);
        let found = data.core.reference.breaks.between(&asked.definition.id, before, asked.period.end_date());
        found.map(|found| format!("{}: {}", found.date, found.text).into()).collect()
    })
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

    fn markers(&self) -> Cow<'static, str> {
        let present = self.missing.is_none();
        let markers = [
            (!present, self.missing.map_or("", MissingReason::marker)),
            (self.low, "[low]"),
            (self.broken && present, "[b]"),
            (present && self.settled == Settled::Provisional, "[p]"),
            (present && self.settled == Settled::Revised, "[r]"),
        ];
        let mut chosen = markers.into_iter().filter(|(applies, _)| *applies).map(|(_, marker)| marker);
        let first = Cow::Borrowed(chosen.next().unwrap_or(""));
        chosen.fold(first, |joined, marker| format!("{joined} {marker}").into())
    }
}
