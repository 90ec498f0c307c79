//! Reading of the contract's queries.

use std::collections::BTreeSet;

use peelian::v1 as wire;

use crate::Core;
use crate::engine::{
    AreaSelection, Basis, ComparisonKind, DEFAULT_CONFIDENCE, MAX_MEASURES, PeriodSelection, Query, QueryError,
    Visibility, definition,
};
use crate::measure::Profile;
use crate::period::{PeriodError, PeriodKind};
use crate::reference::{Level, shown};

/// In place of a kind of period: the longest kind that each measure offers.
const LONGEST: &str = "longest";

impl Query {
    /// Reads a query of the contract. It does not read `as_of` and `release`, which choose the snapshot.
    ///
    /// # Errors
    ///
    /// [`QueryError`] if a measure, an area, a period or a value does not exist, or if a limit is exceeded.
    pub fn from_wire(query: &wire::Query, core: &Core) -> Result<Self, QueryError> {
        let profile = profile(core, &query.profile)?;
        let mut measures: Vec<String> = profile.map(|profile| profile.measures.clone()).unwrap_or_default();
        measures.extend_from_slice(&query.measures);
        if query.all_measures {
            measures.extend(every_measure(core));
        }
        if measures.len() > MAX_MEASURES {
            return Err(QueryError::TooManyMeasures(measures.len()));
        }
        for measure in &measures {
            definition(core, measure)?;
        }
        let baseline = match query.baseline.as_str() {
            "" => profile.and_then(|profile| profile.baseline),
            text => Some(text.parse()?),
        };
        let comparisons = query.comparisons.iter().map(|kind| comparison(*kind));
        let parsed = Self {
            measures,
            areas: query.areas.iter().map(|area| area_selection(core, area)).collect::<Result<_, _>>()?,
            periods: query.periods.iter().map(|period| period_selection(period)).collect::<Result<_, _>>()?,
            breakdown: query.breakdown.clone(),
            comparisons: comparisons.collect::<Result<_, _>>()?,
            reference_group: reference_group(&query.reference_group)?,
            basis: basis(query.basis)?,
            source: source(core, &query.source)?,
            confidence: if query.confidence == 0.0 { DEFAULT_CONFIDENCE } else { query.confidence },
            allow_break: query.allow_break,
            baseline,
            companions: !query.without_companions,
            visibility: Visibility::default(),
        };
        parsed.check()?;
        Ok(parsed)
    }
}

/// Every measure in its main variant. A variant has the name of its measure before a dot.
fn every_measure(core: &Core) -> impl Iterator<Item = String> {
    let names: BTreeSet<&str> =
        core.catalogue.iter().filter_map(|definition| definition.id.split('.').next()).collect();
    names.into_iter().filter(|name| core.catalogue.get(name).is_some()).map(str::to_owned)
}

fn profile<'c>(core: &'c Core, text: &str) -> Result<Option<&'c Profile>, QueryError> {
    if text.is_empty() {
        return Ok(None);
    }
    let known = || core.profiles.iter().map(|profile| profile.id.clone()).collect();
    let found = core.profiles.get(text);
    found.map(Some).ok_or_else(|| QueryError::UnknownProfile { profile: shown(text), known: known() })
}

fn area_selection(core: &Core, text: &str) -> Result<AreaSelection, QueryError> {
    if let Some(level) = Level::from_id(text) {
        return Ok(AreaSelection::Level(level));
    }
    match core.reference.areas.resolve_name(text) {
        Ok(found) => Ok(AreaSelection::One(found.id())),
        Err(unknown) => Err(QueryError::UnknownArea { area: unknown.name, nearest: unknown.nearest }),
    }
}

fn period_selection(text: &str) -> Result<PeriodSelection, QueryError> {
    let Some(rest) = text.trim().strip_prefix("latest:") else { return Ok(PeriodSelection::Range(text.parse()?)) };
    let (count, kind) = rest.split_once(':').unwrap_or((rest, "M"));
    let kind = match kind {
        LONGEST => None,
        code => Some(PeriodKind::from_code(code).ok_or_else(|| not_latest(text))?),
    };
    let count: u32 = count.parse().map_err(|_| not_latest(text))?;
    if count == 0 { Err(PeriodError::NoPeriods.into()) } else { Ok(PeriodSelection::Latest(count, kind)) }
}

fn not_latest(text: &str) -> QueryError {
    let reason = "after latest: comes a number and one of M, Q, R12, CY, FY, longest, as in latest:8:R12";
    PeriodError::NotAPeriod { text: text.to_owned(), reason }.into()
}

fn comparison(kind: i32) -> Result<ComparisonKind, QueryError> {
    let mut known = ComparisonKind::ALL.into_iter();
    let known = known.find(|known| i32::from(wire::ComparisonKind::from(*known)) == kind);
    known.ok_or(QueryError::UnknownValue(kind, "ComparisonKind"))
}

fn basis(basis: i32) -> Result<Option<Basis>, QueryError> {
    match wire::Basis::try_from(basis) {
        Ok(wire::Basis::Unspecified) => Ok(None),
        Ok(wire::Basis::SubmittedFigure) => Ok(Some(Basis::SubmittedFigure)),
        Ok(wire::Basis::ComputedFromRecords) => Ok(Some(Basis::ComputedFromRecords)),
        Err(_) => Err(QueryError::UnknownValue(basis, "Basis")),
    }
}

fn source(core: &Core, text: &str) -> Result<Option<String>, QueryError> {
    match text {
        "" => Ok(None),
        known if core.reference.register.agency(known).is_some() => Ok(Some(known.to_owned())),
        unknown => Err(QueryError::UnknownSource(shown(unknown))),
    }
}

fn reference_group(text: &str) -> Result<Option<(String, String)>, QueryError> {
    if text.is_empty() {
        return Ok(None);
    }
    let group = text.split_once('=').map(|(dimension, code)| (dimension.to_owned(), code.to_owned()));
    group.map(Some).ok_or_else(|| QueryError::UnknownGroup { group: text.to_owned(), offered: Vec::new() })
}
