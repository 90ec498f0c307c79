//! One value of one measure, with all that is needed to use it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::engine::coverage::Completeness;
use crate::engine::query::{Basis, BreakdownValue, ComparisonKind};
use crate::estimate::{Component, MissingReason, ValueKind};
use crate::measure::Polarity;
use crate::period::Period;
use crate::stats::Interval;

/// One value of one measure. See the contract's message of the same name.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Measure, with its variant.
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
    /// Values of the breakdown, in the order asked for; empty means the total.
    pub breakdown: Vec<BreakdownValue>,
    /// Where the value comes from.
    pub basis: Basis,
    /// Whether any contributing submission is synthetic.
    pub synthetic: bool,
    /// The value in the measure's unit, or why there is none. A proportion lies from 0 to 1.
    pub result: Result<f64, MissingReason>,
    /// Numerator, where it is known.
    pub numerator: Option<f64>,
    /// Denominator, where there is one and it is known.
    pub denominator: Option<f64>,
    /// What is counted.
    pub unit: Arc<str>,
    /// What the value is.
    pub value_kind: ValueKind,
    /// Interval, with its method.
    pub interval: Option<Interval>,
    /// Respondents, for a survey.
    pub unweighted_base: Option<u64>,
    /// Effective number of respondents, for a weighted survey.
    pub effective_n: Option<f64>,
    /// Status of the observation, a letter of SDMX CL_OBS_STATUS: A normal, P provisional, B break, U low reliability,
    /// O missing.
    pub obs_status: &'static str,
    /// Confidentiality, a letter of SDMX CL_CONF_STATUS: F free, A primary, S secondary.
    pub conf_status: &'static str,
    /// Shorthand markers of the Government Statistical Service, separated by spaces; empty for an ordinary value.
    pub marker: Cow<'static, str>,
    /// Which direction is better, if either is.
    pub polarity: Polarity,
    /// Whether a rise in reports is wanted.
    pub reporting_increase_wanted: bool,
    /// Comparisons asked for, in that order.
    pub comparisons: Vec<Comparison>,
    /// How complete the data are that the value is based on.
    pub completeness: Completeness,
    /// What to know before using it.
    pub caveats: Vec<Arc<str>>,
    /// Breaks of the series within the period.
    pub breaks: Vec<Arc<str>>,
    /// Position of the ledger.
    pub ledger_position: u64,
    /// Agency and publication of a submitted figure, or agencies whose records contributed.
    pub sources: Vec<Arc<str>>,
    /// Parts that are read with the value, in their order.
    pub components: Vec<Component>,
}

/// What a change is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChangeKind {
    /// This value less the other.
    Difference,
    /// This value over the other.
    Ratio,
}

impl ChangeKind {
    /// Name in the contract.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Difference => "difference",
            Self::Ratio => "ratio",
        }
    }
}

/// Comparison of an observation with another.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Kind.
    pub kind: ComparisonKind,
    /// Period, area or group compared with; empty where there is none.
    pub against: String,
    /// Value compared with.
    pub against_value: Option<f64>,
    /// The change and what it is, where it was tested.
    pub change: Option<(f64, ChangeKind)>,
    /// Interval of the change.
    pub interval: Option<Interval>,
    /// `higher`, `lower` or `no clear change`, from a test of difference; `not compared` with the reason in `note`.
    pub verdict: &'static str,
    /// Why there is no comparison, or what to know.
    pub note: String,
}
