//! Which observations of a release answer a query.

use std::collections::{BTreeSet, HashMap, HashSet};

use peelian::v1::Observation;
use peelian_core::Core;
use peelian_core::engine::{AreaSelection, Basis, PeriodSelection, Query, QueryError};
use peelian_core::measure::Definition;
use peelian_core::period::{Period, PeriodKind};

/// Why a release cannot answer a query. Each text says what it has.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum SelectError {
    /// It does not have the measure.
    #[error("releases/{release} has no figures of {measure}; it has {}", listed(.has))]
    Measure {
        /// Identifier of the release.
        release: String,
        /// Measure.
        measure: String,
        /// Measures that it has.
        has: Vec<String>,
    },
    /// It has none of the areas.
    #[error("releases/{release} has no figures of {measure} for these areas; it has {}", listed(.has))]
    Area {
        /// Identifier of the release.
        release: String,
        /// Measure.
        measure: String,
        /// Areas that it has, by name.
        has: Vec<String>,
    },
    /// It has none of the periods.
    #[error("releases/{release} has no figures of {measure} for these periods; it has {}", listed(.has))]
    Period {
        /// Identifier of the release.
        release: String,
        /// Measure.
        measure: String,
        /// Periods that it has.
        has: Vec<String>,
    },
    /// It does not have the breakdown.
    #[error("releases/{release} has no figures of {measure} by {breakdown}; it has {}", breakdowns(.has))]
    Breakdown {
        /// Identifier of the release.
        release: String,
        /// Measure.
        measure: String,
        /// Text of the query.
        breakdown: String,
        /// Breakdowns that it has.
        has: Vec<String>,
    },
    /// A release does not answer what the query asks for.
    #[error("{field}: a release has {what}: leave this out, or ask for live figures")]
    NotFrozen {
        /// Field of the query.
        field: &'static str,
        /// What the release has instead.
        what: &'static str,
    },
    /// The query is refused.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// Most names that an error lists.
const NAMED: usize = 20;

fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let named = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

fn breakdowns(names: &[String]) -> String {
    if names.is_empty() { "totals alone".to_owned() } else { listed(names) }
}

/// Refuses a query that no release can answer, because nothing is computed from what is frozen.
pub(crate) fn check(query: &Query) -> Result<(), SelectError> {
    let refused = |field, what| Err(SelectError::NotFrozen { field, what });
    if !query.comparisons.is_empty() {
        return refused("query.comparisons", "no comparisons");
    }
    if query.source.is_some() {
        return refused("query.source", "the authoritative figures, and no figures of single agencies");
    }
    if query.confidence.total_cmp(&Query::default().confidence).is_ne() {
        return refused("query.confidence", "intervals of 95% alone");
    }
    Ok(())
}

/// The observations of a release, and where those of each measure are.
#[derive(Debug)]
pub(crate) struct Frozen {
    /// Identifier of the release.
    pub(crate) release: String,
    /// The observations, in the order of measures, breakdowns, areas and periods.
    pub(crate) observations: Vec<Observation>,
    /// The places of the observations of each measure.
    of_measure: HashMap<String, Vec<usize>>,
}

impl Frozen {
    /// The content of a release.
    pub(crate) fn new(release: String, observations: Vec<Observation>) -> Self {
        let mut of_measure: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, one) in observations.iter().enumerate() {
            match of_measure.get_mut(&one.measure) {
                Some(places) => places.push(at),
                None => _ = of_measure.insert(one.measure.clone(), vec![at]),
            }
        }
        Self { release, observations, of_measure }
    }

    /// The places of the observations that answer a query for one of its measures.
    ///
    /// # Errors
    ///
    /// [`SelectError`] if there are none: what the release has instead.
    pub(crate) fn select(&self, core: &Core, query: &Query, measure: &str) -> Result<Vec<usize>, SelectError> {
        let all = self.places_of(core, measure)?;
        let of = |at: &usize| self.observations.get(*at);
        let areas = areas(core, query);
        let in_areas: Vec<usize> =
            all.iter().copied().filter(|at| of(at).is_some_and(|one| areas.contains(one.area.as_str()))).collect();
        if in_areas.is_empty() {
            let has = self.distinct(&all, |one| one.area_name.clone());
            return Err(SelectError::Area { release: self.release.clone(), measure: measure.to_owned(), has });
        }
        let asked: BTreeSet<&str> = query.breakdown.iter().map(String::as_str).collect();
        let broken_down: Vec<usize> =
            in_areas.iter().copied().filter(|at| of(at).is_some_and(|one| by(one) == asked)).collect();
        if broken_down.is_empty() {
            let breakdown = query.breakdown.join(" and ");
            let has = self.distinct(&all, |one| by(one).into_iter().collect::<Vec<_>>().join(" and "));
            let has = has.into_iter().filter(|name| !name.is_empty()).collect();
            let (release, measure) = (self.release.clone(), measure.to_owned());
            return Err(SelectError::Breakdown { release, measure, breakdown, has });
        }
        let periods = self.periods(query, &broken_down)?;
        let chosen: Vec<usize> = broken_down
            .iter()
            .copied()
            .filter(|at| of(at).is_some_and(|one| periods.contains(one.period.as_str()) && is_of(query, one)))
            .collect();
        if chosen.is_empty() {
            let has = self.distinct(&broken_down, |one| one.period.clone());
            return Err(SelectError::Period { release: self.release.clone(), measure: measure.to_owned(), has });
        }
        Ok(chosen)
    }

    /// The places of the observations of a measure, and of the version if one is stated.
    fn places_of(&self, core: &Core, measure: &str) -> Result<Vec<usize>, SelectError> {
        let definition = core.catalogue.get(measure);
        let id = definition.map_or(measure, |definition: &std::sync::Arc<Definition>| &*definition.id);
        let version = measure.split_once('@').and_then(|(_, version)| version.parse::<u32>().ok());
        let all = self.of_measure.get(id).map_or(&[][..], Vec::as_slice).iter().copied();
        let is_of = |at: &usize| {
            let stated = self.observations.get(*at).map(|one| one.measure_version);
            version.is_none_or(|version| stated == Some(version))
        };
        let found: Vec<usize> = all.filter(is_of).collect();
        if found.is_empty() {
            let all: Vec<usize> = (0..self.observations.len()).collect();
            let has = self.distinct(&all, |one| one.measure.clone());
            return Err(SelectError::Measure { release: self.release.clone(), measure: measure.to_owned(), has });
        }
        Ok(found)
    }

    /// The periods that a query asks for, as texts. The latest ones are the latest that the release has.
    fn periods(&self, query: &Query, places: &[usize]) -> Result<HashSet<String>, QueryError> {
        let known: BTreeSet<String> = self.distinct(places, |one| one.period.clone()).into_iter().collect();
        let mut periods: Vec<Period> = known.iter().filter_map(|period| period.parse().ok()).collect();
        periods.sort_by_key(|period| period.end_date());
        let mut asked = HashSet::new();
        for selection in &query.periods {
            match selection {
                PeriodSelection::Range(range) => {
                    let within = |period: &&Period| {
                        period.kind() == range.kind()
                            && period.start_date() >= range.first().start_date()
                            && period.end_date() <= range.last().end_date()
                    };
                    asked.extend(periods.iter().filter(within).map(ToString::to_string));
                }
                PeriodSelection::Latest(count, kind) => {
                    let longest = || {
                        PeriodKind::LONGEST_FIRST
                            .into_iter()
                            .find(|kind| periods.iter().any(|period| period.kind() == *kind))
                    };
                    let Some(kind) = kind.or_else(longest) else { continue };
                    let of_kind = periods.iter().rev().filter(|period| period.kind() == kind);
                    let count = usize::try_from(*count).unwrap_or(usize::MAX);
                    asked.extend(of_kind.take(count).map(ToString::to_string));
                }
            }
        }
        Ok(asked)
    }

    /// What some observations have, each once, in their order.
    fn distinct(&self, places: &[usize], of: impl Fn(&Observation) -> String) -> Vec<String> {
        let mut seen = HashSet::new();
        let all = places.iter().filter_map(|at| self.observations.get(*at)).map(of);
        all.filter(|text| seen.insert(text.clone())).collect()
    }
}

/// The fields of an observation's breakdown.
fn by(observation: &Observation) -> BTreeSet<&str> {
    observation.breakdown.keys().map(String::as_str).collect()
}

/// The codes of the areas that a query asks for.
fn areas<'c>(core: &'c Core, query: &Query) -> HashSet<&'c str> {
    let known = &core.reference.areas;
    let of = |selection: &AreaSelection| match selection {
        AreaSelection::One(area) => vec![known.get(*area).code()],
        AreaSelection::Level(level) => known.at_level(*level).map(|area| known.get(area).code()).collect(),
    };
    query.areas.iter().flat_map(of).collect()
}

/// Whether an observation has a basis that a query asks for.
fn is_of(query: &Query, observation: &Observation) -> bool {
    let of = match observation.basis() {
        peelian::v1::Basis::SubmittedFigure => Some(Basis::SubmittedFigure),
        peelian::v1::Basis::ComputedFromRecords => Some(Basis::ComputedFromRecords),
        peelian::v1::Basis::Unspecified => None,
    };
    query.basis.is_none_or(|asked| of == Some(asked))
}
