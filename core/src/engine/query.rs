//! What is asked for, and why a question is refused.

use std::sync::Arc;

use peelian::v1 as wire;
use strsim::levenshtein;

use super::ComputeError;
use super::observation::{Basis, ComparisonKind};
use crate::Core;
use crate::measure::Definition;
use crate::period::{Month, PeriodError, PeriodKind, PeriodRange};
use crate::reference::{AreaId, Level};

/// Most measures of one query.
pub const MAX_MEASURES: usize = 100;

/// Most observations of one query.
pub const MAX_OBSERVATIONS: usize = 1_000_000;

pub(super) const DEFAULT_CONFIDENCE: f64 = 0.95;

/// A selection of observations.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Measures by identifier, with variant and, if wanted, version.
    pub measures: Vec<String>,
    /// Areas.
    pub areas: Vec<AreaSelection>,
    /// Periods.
    pub periods: Vec<PeriodSelection>,
    /// Dimensions of the breakdown; empty means the total only.
    pub breakdown: Vec<String>,
    /// Comparisons of each observation.
    pub comparisons: Vec<ComparisonKind>,
    /// Group that [`ComparisonKind::ReferenceGroup`] compares with: dimension and code.
    pub reference_group: Option<(String, String)>,
    /// Basis; `None` means both.
    pub basis: Option<Basis>,
    /// Confidence level of the intervals, between 0 and 1.
    pub confidence: f64,
    /// Whether changes are computed across a declared break in a series.
    pub allow_break: bool,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            measures: Vec::new(),
            areas: Vec::new(),
            periods: Vec::new(),
            breakdown: Vec::new(),
            comparisons: Vec::new(),
            reference_group: None,
            basis: None,
            confidence: DEFAULT_CONFIDENCE,
            allow_break: false,
        }
    }
}

/// Areas asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AreaSelection {
    /// One area.
    One(AreaId),
    /// All areas of a level that exist in the periods asked for.
    Level(Level),
}

/// Periods asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PeriodSelection {
    /// One period, or a run of them.
    Range(PeriodRange),
    /// The latest so many of a kind that each measure has data for.
    Latest(u32, PeriodKind),
}

/// Why a query is refused. Each message says what would be accepted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// There is no such measure, or not in this version.
    #[error("no measure is called {measure}; the nearest names are {}", nearest.join(", "))]
    UnknownMeasure {
        /// What was asked for.
        measure: String,
        /// Names most like it.
        nearest: Vec<String>,
    },
    /// There is no such area or level.
    #[error("no area has the code or name {area}; the nearest names are {}", nearest.join(", "))]
    UnknownArea {
        /// What was asked for.
        area: String,
        /// Names most like it.
        nearest: Vec<String>,
    },
    /// It is not a period.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// Nothing is held of any of the measures for any of the periods.
    #[error("nothing is held for {period}; of {measure} there are data from {first} to {last}")]
    PeriodOutside {
        /// First period asked for.
        period: String,
        /// First measure asked for.
        measure: String,
        /// First month available.
        first: Month,
        /// Last month available.
        last: Month,
    },
    /// The latest periods were asked for, and nothing is held at all.
    #[error("no data are held for {measure} yet")]
    NoData {
        /// The measure.
        measure: String,
    },
    /// The rows were read for other measures.
    #[error(
        "the rows were read for one query, and this one needs other fields: load all of them to ask further questions"
    )]
    NotRead,
    /// The measure has no such breakdown.
    #[error("{measure} is not broken down by {breakdown}; it offers {}", listed(offered))]
    UnknownBreakdown {
        /// The measure.
        measure: String,
        /// What was asked for.
        breakdown: String,
        /// What is offered.
        offered: Vec<String>,
    },
    /// The reference group is not part of the breakdown.
    #[error(
        "{group} is not a group of the breakdown: write dimension=code with a dimension of the breakdown{}",
        hint(offered)
    )]
    UnknownGroup {
        /// What was asked for.
        group: String,
        /// Codes of the dimension.
        offered: Vec<String>,
    },
    /// A comparison with a reference group was asked for without one.
    #[error("REFERENCE_GROUP needs reference_group, as dimension=code, and its dimension in the breakdown")]
    NoReferenceGroup,
    /// A selection is empty.
    #[error("the query names no {0}")]
    Nothing(&'static str),
    /// Too many measures.
    #[error("{0} measures were asked for; at most {MAX_MEASURES} are answered at once")]
    TooManyMeasures(usize),
    /// Too many observations.
    #[error("the query would return up to {0} observations; at most {MAX_OBSERVATIONS} are answered at once")]
    TooManyObservations(usize),
    /// The confidence level is not between 0 and 1.
    #[error("confidence {0} is not strictly between 0 and 1")]
    Confidence(f64),
    /// An enum value that this version does not know.
    #[error("{0} is not a value of {1}")]
    UnknownValue(i32, &'static str),
    /// Nobody waits for the answer any more.
    #[error("the query was abandoned")]
    Abandoned,
    /// The computation was refused.
    #[error(transparent)]
    Compute(#[from] ComputeError),
}

fn listed(offered: &[String]) -> String {
    if offered.is_empty() { "no breakdown".to_owned() } else { offered.join(", ") }
}

fn hint(offered: &[String]) -> String {
    if offered.is_empty() { String::new() } else { format!("; its codes are {}", offered.join(", ")) }
}

/// The definition with an identifier.
pub(super) fn definition<'c>(core: &'c Core, id: &str) -> Result<&'c Arc<Definition>, QueryError> {
    core.catalogue.get(id).ok_or_else(|| {
        let wanted = id.split('@').next().unwrap_or(id);
        let mut names: Vec<(usize, &str)> =
            core.catalogue.ids().map(|known| (levenshtein(wanted, known), known)).collect();
        names.sort_unstable();
        names.truncate(3);
        let nearest = names.into_iter().map(|(_, name)| name.to_owned()).collect();
        QueryError::UnknownMeasure { measure: id.to_owned(), nearest }
    })
}

impl Query {
    /// The levels of the areas asked for.
    pub(super) fn levels(&self, core: &Core) -> Vec<Level> {
        let level = |area: &AreaSelection| match area {
            AreaSelection::One(area) => core.reference.areas.get(*area).level(),
            AreaSelection::Level(level) => *level,
        };
        self.areas.iter().map(level).collect()
    }

    /// Reads a query of the contract. `as_of` and `release` choose the snapshot and are not read here.
    ///
    /// # Errors
    ///
    /// [`QueryError`] for a measure, area, period or value that does not exist, and for limits.
    pub fn from_wire(query: &wire::Query, core: &Core) -> Result<Self, QueryError> {
        if query.measures.len() > MAX_MEASURES {
            return Err(QueryError::TooManyMeasures(query.measures.len()));
        }
        for measure in &query.measures {
            definition(core, measure)?;
        }
        let comparisons = query.comparisons.iter().map(|kind| comparison(*kind));
        let parsed = Self {
            measures: query.measures.clone(),
            areas: query.areas.iter().map(|area| area_selection(core, area)).collect::<Result<_, _>>()?,
            periods: query.periods.iter().map(|period| period_selection(period)).collect::<Result<_, _>>()?,
            breakdown: query.breakdown.clone(),
            comparisons: comparisons.collect::<Result<_, _>>()?,
            reference_group: reference_group(&query.reference_group)?,
            basis: basis(query.basis)?,
            confidence: if query.confidence == 0.0 { DEFAULT_CONFIDENCE } else { query.confidence },
            allow_break: query.allow_break,
        };
        parsed.check()?;
        Ok(parsed)
    }

    /// Refuses what no engine can answer.
    pub(super) fn check(&self) -> Result<(), QueryError> {
        let empty = [
            (self.measures.is_empty(), "measure"),
            (self.areas.is_empty(), "area"),
            (self.periods.is_empty(), "period"),
        ];
        if let Some((_, what)) = empty.iter().find(|(empty, _)| *empty) {
            return Err(QueryError::Nothing(what));
        }
        if self.measures.len() > MAX_MEASURES {
            return Err(QueryError::TooManyMeasures(self.measures.len()));
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return Err(QueryError::Confidence(self.confidence));
        }
        if self.comparisons.contains(&ComparisonKind::ReferenceGroup) {
            let (dimension, code) = self.reference_group.as_ref().ok_or(QueryError::NoReferenceGroup)?;
            if !self.breakdown.contains(dimension) {
                let group = format!("{dimension}={code}");
                return Err(QueryError::UnknownGroup { group, offered: Vec::new() });
            }
        }
        Ok(())
    }
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
    let kind = PeriodKind::from_code(kind).ok_or_else(|| not_latest(text))?;
    let count: u32 = count.parse().map_err(|_| not_latest(text))?;
    if count == 0 { Err(PeriodError::NoPeriods.into()) } else { Ok(PeriodSelection::Latest(count, kind)) }
}

fn not_latest(text: &str) -> QueryError {
    let reason = "after latest: comes a number and one of M, Q, R12, CY, FY, as in latest:8:R12";
    PeriodError::NotAPeriod { text: text.to_owned(), reason }.into()
}

fn comparison(kind: i32) -> Result<ComparisonKind, QueryError> {
    match wire::ComparisonKind::try_from(kind) {
        Ok(wire::ComparisonKind::PreviousWindow) => Ok(ComparisonKind::PreviousWindow),
        Ok(wire::ComparisonKind::SamePeriodLastYear) => Ok(ComparisonKind::SamePeriodLastYear),
        Ok(wire::ComparisonKind::London) => Ok(ComparisonKind::London),
        Ok(wire::ComparisonKind::ReferenceGroup) => Ok(ComparisonKind::ReferenceGroup),
        Ok(wire::ComparisonKind::Unspecified) | Err(_) => Err(QueryError::UnknownValue(kind, "ComparisonKind")),
    }
}

fn basis(basis: i32) -> Result<Option<Basis>, QueryError> {
    match wire::Basis::try_from(basis) {
        Ok(wire::Basis::Unspecified) => Ok(None),
        Ok(wire::Basis::SubmittedFigure) => Ok(Some(Basis::SubmittedFigure)),
        Ok(wire::Basis::ComputedFromRecords) => Ok(Some(Basis::ComputedFromRecords)),
        Err(_) => Err(QueryError::UnknownValue(basis, "Basis")),
    }
}

fn reference_group(text: &str) -> Result<Option<(String, String)>, QueryError> {
    if text.is_empty() {
        return Ok(None);
    }
    let group = text.split_once('=').map(|(dimension, code)| (dimension.to_owned(), code.to_owned()));
    group.map(Some).ok_or_else(|| QueryError::UnknownGroup { group: text.to_owned(), offered: Vec::new() })
}
