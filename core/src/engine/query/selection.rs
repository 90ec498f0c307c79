//! The selection of a query.

use super::{QueryError, Visibility};
use crate::Core;
use crate::measure::{Definition, Polarity};
use crate::period::{Period, PeriodKind, PeriodRange};
use crate::reference::{AreaId, Level};

/// Largest number of measures in one query.
pub const MAX_MEASURES: usize = 100;

/// Largest number of observations in the answer to one query.
pub const MAX_OBSERVATIONS: usize = 1_000_000;

/// Confidence level of the intervals if a query states none.
pub(crate) const DEFAULT_CONFIDENCE: f64 = 0.95;

/// Source of a value.
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

/// Kind of a comparison.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ComparisonKind {
    /// The window of the same length directly before. The two do not overlap.
    PreviousWindow,
    /// The same period one year before.
    SamePeriodLastYear,
    /// The value for London.
    London,
    /// The reference group of the breakdown.
    ReferenceGroup,
    /// The value for England and Wales.
    Nation,
    /// London's value: the position in a funnel around it, for the size of the area.
    Funnel,
    /// The four years before: whether the series rises or falls.
    Trend,
    /// The months or quarters before: whether the value is within the ordinary variation of the process.
    ProcessControl,
    /// The period that the query names as its baseline.
    Baseline,
}

impl ComparisonKind {
    /// All kinds, in the order of the contract.
    pub const ALL: [Self; 9] = [
        Self::PreviousWindow,
        Self::SamePeriodLastYear,
        Self::London,
        Self::ReferenceGroup,
        Self::Nation,
        Self::Funnel,
        Self::Trend,
        Self::ProcessControl,
        Self::Baseline,
    ];

    /// Name in the contract, in lower case without its prefix: `previous_window`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::PreviousWindow => "previous_window",
            Self::SamePeriodLastYear => "same_period_last_year",
            Self::London => "london",
            Self::ReferenceGroup => "reference_group",
            Self::Nation => "nation",
            Self::Funnel => "funnel",
            Self::Trend => "trend",
            Self::ProcessControl => "process_control",
            Self::Baseline => "baseline",
        }
    }
}

/// A selection of observations.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Identifiers of measures, with the variant. A version is optional.
    pub measures: Vec<String>,
    /// Areas, or all areas of a level.
    pub areas: Vec<AreaSelection>,
    /// Periods.
    pub periods: Vec<PeriodSelection>,
    /// Dimensions of the breakdown; empty for the total only.
    pub breakdown: Vec<String>,
    /// Comparisons of each observation.
    pub comparisons: Vec<ComparisonKind>,
    /// Dimension and code of the group that [`ComparisonKind::ReferenceGroup`] compares with.
    pub reference_group: Option<(String, String)>,
    /// Basis of the values; `None` for both.
    pub basis: Option<Basis>,
    /// Agency whose own figures are asked for. Values from records are then left out. `None` for the authoritative figures
    /// and for values from records.
    pub source: Option<String>,
    /// Confidence level of the intervals, between 0 and 1.
    pub confidence: f64,
    /// Whether changes are computed across a declared break in a series.
    pub allow_break: bool,
    /// Period that [`ComparisonKind::Baseline`] compares with.
    pub baseline: Option<Period>,
    /// Whether the companions of contextual measures are answered with them. Rows that were read for one query have none.
    pub companions: bool,
    /// What the reader of the answer may see.
    pub visibility: Visibility,
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
            source: None,
            confidence: DEFAULT_CONFIDENCE,
            allow_break: false,
            baseline: None,
            companions: false,
            visibility: Visibility::default(),
        }
    }
}

/// A selection of areas.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AreaSelection {
    /// One area.
    One(AreaId),
    /// All areas of a level that exist in the periods of the query.
    Level(Level),
}

/// A selection of periods.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PeriodSelection {
    /// One period, or a range of periods.
    Range(PeriodRange),
    /// The latest periods for which each measure has data: their number, and their kind. Without a kind, they are of the longest
    /// kind that the measure offers. If any measure of the query has data that are not synthetic, synthetic data have no say.
    Latest(u32, Option<PeriodKind>),
}

impl Query {
    /// The levels of the areas of the query.
    pub(crate) fn levels(&self, core: &Core) -> Vec<Level> {
        let level = |area: &AreaSelection| match area {
            AreaSelection::One(area) => core.reference.areas.get(*area).level(),
            AreaSelection::Level(level) => *level,
        };
        self.areas.iter().map(level).collect()
    }

    /// Identifiers of the measures that are answered with a measure. The plan wants contextual measures read with others: it
    /// does not allow "assumptions about increases in reporting to mask any actual increases in offending" (Police and Crime
    /// Plan 2017-2021, lines 5033-36).
    pub(crate) fn companions_of<'d>(&self, definition: &'d Definition) -> &'d [String] {
        if self.companions && definition.polarity == Polarity::Neutral { &definition.companions } else { &[] }
    }

    /// Whether the query asks for values on a basis.
    pub(crate) fn answers(&self, basis: Basis) -> bool {
        let records = basis == Basis::ComputedFromRecords;
        self.basis.is_none_or(|wanted| wanted == basis) && !(records && self.source.is_some())
    }

    /// Refuses a query that no engine can answer.
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
        if self.source.is_some() && self.basis == Some(Basis::ComputedFromRecords) {
            return Err(QueryError::SourceOfRecords);
        }
        if self.comparisons.contains(&ComparisonKind::Baseline) && self.baseline.is_none() {
            return Err(QueryError::NoBaseline);
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
