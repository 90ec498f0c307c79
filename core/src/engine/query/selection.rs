//! What is asked for.

use super::QueryError;
use crate::Core;
use crate::period::{PeriodKind, PeriodRange};
use crate::reference::{AreaId, Level};

/// Most measures of one query.
pub const MAX_MEASURES: usize = 100;

/// Most observations of one query.
pub const MAX_OBSERVATIONS: usize = 1_000_000;

/// Confidence level of the intervals where a query states none.
pub(crate) const DEFAULT_CONFIDENCE: f64 = 0.95;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Basis {
    /// An agency computed and submitted the figure.
    SubmittedFigure,
    /// The exchange computed it from records.
    ComputedFromRecords,
}

impl Basis {
    /// Name in the contract, in lower case without its prefix: `submitted_figure`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::SubmittedFigure => "submitted_figure",
            Self::ComputedFromRecords => "computed_from_records",
        }
    }
}

/// What an observation is compared with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ComparisonKind {
    /// The window of the same length before, which does not overlap.
    PreviousWindow,
    /// The same period a year before.
    SamePeriodLastYear,
    /// London.
    London,
    /// The reference group of the breakdown.
    ReferenceGroup,
}

impl ComparisonKind {
    /// Name in the contract, in lower case without its prefix: `previous_window`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::PreviousWindow => "previous_window",
            Self::SamePeriodLastYear => "same_period_last_year",
            Self::London => "london",
            Self::ReferenceGroup => "reference_group",
        }
    }
}

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

impl Query {
    /// The levels of the areas asked for.
    pub(crate) fn levels(&self, core: &Core) -> Vec<Level> {
        let level = |area: &AreaSelection| match area {
            AreaSelection::One(area) => core.reference.areas.get(*area).level(),
            AreaSelection::Level(level) => *level,
        };
        self.areas.iter().map(level).collect()
    }

    /// Refuses what no engine can answer.
    pub(crate) fn check(&self) -> Result<(), QueryError> {
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
