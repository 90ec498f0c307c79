//! One value of one measure, with everything that is needed to use it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::engine::coverage::Completeness;
use crate::engine::query::{Basis, BreakdownValue, ComparisonKind};
use crate::estimate::{Component, MissingReason, ValueKind};
use crate::measure::Polarity;
use crate::period::Period;
use crate::stats::Interval;

/// One value of one measure. The contract has a message of the same name.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Identifier of the measure, with its variant.
    pub measure: Arc<str>,
    /// Version of the definition.
    pub version: u32,
    /// Title of the measure.
    pub title: Arc<str>,
    /// Area code.
    pub area: Arc<str>,
    /// Area name.
    pub area_name: Arc<str>,
    /// Period.
    pub period: Period,
    /// Codes of the breakdown, in the order of the query; empty for the total.
    pub breakdown: Vec<BreakdownValue>,
    /// Source of the value: a submitted figure, or records.
    pub basis: Basis,
    /// Whether any contributing submission is synthetic.
    pub synthetic: bool,
    /// The value in the unit of its kind, or the reason why there is none. A proportion lies between 0 and 1.
    pub result: Result<f64, MissingReason>,
    /// Numerator; `None` if it is not known.
    pub numerator: Option<f64>,
    /// Denominator; `None` if there is none or if it is not known.
    pub denominator: Option<f64>,
    /// Unit that is counted.
    pub unit: Arc<str>,
    /// Kind of the value.
    pub value_kind: ValueKind,
    /// Interval with its method, in the unit of the value.
    pub interval: Option<Interval>,
    /// Number of respondents, for a survey.
    pub unweighted_base: Option<u64>,
    /// Effective number of respondents, for a weighted survey.
    pub effective_n: Option<f64>,
    /// Status of the observation, a letter of SDMX CL_OBS_STATUS: A normal, P provisional, R revised, B break, U low reliability,
    /// O missing.
    pub obs_status: &'static str,
    /// Confidentiality, a letter of SDMX CL_CONF_STATUS: F free; A the rule for small counts withholds it in a release, or the base
    /// is too small; C withheld in a release, without the reason.
    pub conf_status: &'static str,
    /// Shorthand markers of the Government Statistical Service, separated by spaces; empty for an ordinary value.
    pub marker: Cow<'static, str>,
    /// Which direction is better, if either is.
    pub polarity: Polarity,
    /// Whether a rise in reports is wanted.
    pub reporting_increase_wanted: bool,
    /// Comparisons, in the order of the query.
    pub comparisons: Vec<Comparison>,
    /// Completeness of the data on which the value is based.
    pub completeness: Completeness,
    /// Caveats: what to know before using the value.
    pub caveats: Vec<Arc<str>>,
    /// Breaks of the series within the period.
    pub breaks: Vec<Arc<str>>,
    /// Position of the ledger from which the value is answered.
    pub ledger_position: u64,
    /// Release from which the value was read, "releases/2017-03"; empty for the live ledger and for local records.
    pub release: Arc<str>,
    /// Agency and publication of a submitted figure, or the agencies whose records contributed.
    pub sources: Vec<Arc<str>>,
    /// Parts that are read with the value, in their order.
    pub components: Vec<Component>,
    /// Other figures for the same cell, which are not those of the authoritative source.
    pub alternatives: Vec<Alternative>,
    /// For a contextual measure, what the plan wants read with it. Companions have no companions and no comparisons.
    pub companions: Vec<Observation>,
}

/// A figure that is not the one of the authoritative source.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// Agency that submitted it.
    pub agency: Arc<str>,
    /// Agency and publication.
    pub source: Arc<str>,
    /// The value in the unit of the measure, or the reason why there is none.
    pub result: Result<f64, MissingReason>,
    /// Numerator; `None` if it is not known.
    pub numerator: Option<f64>,
    /// Denominator; `None` if there is none or if it is not known.
    pub denominator: Option<f64>,
    /// This value minus the value of the observation; `None` if one of them is missing.
    pub difference: Option<f64>,
    /// Whether the figure is synthetic.
    pub synthetic: bool,
}

/// Kind of a change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChangeKind {
    /// This share minus the other, in percentage points.
    PercentagePoints,
    /// This value divided by the other.
    Ratio,
}

impl ChangeKind {
    /// Name in the contract.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::PercentagePoints => "percentage_points",
            Self::Ratio => "ratio",
        }
    }
}

/// Comparison of an observation with another observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Kind.
    pub kind: ComparisonKind,
    /// Period, periods, area or group that is compared with; empty if there is none.
    pub against: String,
    /// Value that is compared with: for process control, the mean.
    pub against_value: Option<f64>,
    /// The change and its kind; `None` if it was not tested.
    pub change: Option<(f64, ChangeKind)>,
    /// Interval of the change. For a funnel, the 99.8% limits around the value compared with; for process control, the limits
    /// of the process.
    pub interval: Option<Interval>,
    /// `higher`, `lower` or `no clear change`, from a test of difference. For a funnel `within the limits`, `above the 95%
    /// limits` and so on; for a trend `rising`, `falling` or `no clear trend`; for process control `within ordinary variation`,
    /// `special cause above the mean` or `special cause below the mean`. If it is `not compared`, `note` has the reason.
    pub verdict: &'static str,
    /// The reason why there is no comparison, or a caveat.
    pub note: String,
    /// The smallest rise that the test would have called clear, in the form of the change; `None` if there is no test. For a ratio
    /// it is approximate (log-Wald).
    pub smallest_clear_change: Option<f64>,
    /// The p-value of the gap to the reference group, adjusted for all groups of the breakdown, or of the test of an area,
    /// adjusted for all areas of its level in the answer (Holm 1979). `None` for other comparisons, and if there is one area.
    pub adjusted_p_value: Option<f64>,
    /// Number of cells of the whole answer. All are compared in this way, and chance alone makes about one in twenty of the
    /// tests at 95% clear.
    pub comparisons_in_answer: usize,
}
