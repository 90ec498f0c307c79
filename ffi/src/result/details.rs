//! What an observation has several of, as structures.

use std::ffi::c_char;
use std::ptr::null;

use super::members::Members;

/// A change from another period, area or group. It belongs to its result. A number that is not known is NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// "previous_window", "same_period_last_year", "london" or "reference_group".
    pub kind: *const c_char,
    /// Period, area or group compared with.
    pub against: *const c_char,
    /// Its value, in the unit of the measure.
    pub against_value: f64,
    /// Difference, or ratio for counts and rates.
    pub change: f64,
    /// "difference" or "ratio"; empty where nothing was compared.
    pub change_kind: *const c_char,
    /// Lower limit of the change.
    pub lower: f64,
    /// Upper limit of the change.
    pub upper: f64,
    /// Confidence level, between 0 and 1.
    pub confidence: f64,
    /// Method of the interval; NULL where there is none.
    pub method: *const c_char,
    /// "higher", "lower", "no clear change" or "not compared".
    pub verdict: *const c_char,
    /// Why there is no change, or what to know of it; empty where there is nothing.
    pub note: *const c_char,
}

/// A stage of an attrition funnel. It belongs to its result. A number that is not known is NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FunnelStep {
    /// Identifier of the stage.
    pub stage: *const c_char,
    /// Title.
    pub title: *const c_char,
    /// What is counted: "crime", "defendant".
    pub unit: *const c_char,
    /// How many reached it; NaN where that was not submitted, or is suppressed.
    pub count: f64,
    /// Share of the stage before that is lost.
    pub attrition: f64,
    /// Share of the first stage that is left.
    pub retention: f64,
    /// Lower limit of the share lost.
    pub lower: f64,
    /// Upper limit of the share lost.
    pub upper: f64,
    /// Confidence level, between 0 and 1.
    pub confidence: f64,
    /// Method of the interval; NULL where there is none.
    pub method: *const c_char,
    /// Whether something else is counted than at the stage before, so that the share has no interval.
    pub unit_change: bool,
}

/// The level of a group whose gap to another is measured: first the reference group, then the group compared. It belongs
/// to its result. A number that is not known is NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct GapLevel {
    /// Group: "sex=female".
    pub group: *const c_char,
    /// Its value: a proportion.
    pub value: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Confidence level, between 0 and 1.
    pub confidence: f64,
    /// Method of the interval; NULL where there is none.
    pub method: *const c_char,
    /// Respondents.
    pub unweighted_base: f64,
    /// Effective number of respondents.
    pub effective_n: f64,
}

/// The members of the column `comparisons`.
pub(super) const COMPARISON: Members<Comparison> = Members {
    nothing: |empty| Comparison {
        kind: empty,
        against: empty,
        against_value: f64::NAN,
        change: f64::NAN,
        change_kind: empty,
        lower: f64::NAN,
        upper: f64::NAN,
        confidence: f64::NAN,
        method: null(),
        verdict: empty,
        note: empty,
    },
    texts: &[
        ("kind", |row, text| row.kind = text),
        ("against", |row, text| row.against = text),
        ("change_kind", |row, text| row.change_kind = text),
        ("method", |row, text| row.method = text),
        ("verdict", |row, text| row.verdict = text),
        ("note", |row, text| row.note = text),
    ],
    numbers: &[
        ("against_value", |row, number| row.against_value = number),
        ("change", |row, number| row.change = number),
        ("lower", |row, number| row.lower = number),
        ("upper", |row, number| row.upper = number),
        ("confidence", |row, number| row.confidence = number),
    ],
    counts: &[],
    flags: &[],
};

/// The members of the column `funnel`.
pub(super) const FUNNEL: Members<FunnelStep> = Members {
    nothing: |empty| FunnelStep {
        stage: empty,
        title: empty,
        unit: empty,
        count: f64::NAN,
        attrition: f64::NAN,
        retention: f64::NAN,
        lower: f64::NAN,
        upper: f64::NAN,
        confidence: f64::NAN,
        method: null(),
        unit_change: false,
    },
    texts: &[
        ("stage", |row, text| row.stage = text),
        ("title", |row, text| row.title = text),
        ("unit", |row, text| row.unit = text),
        ("method", |row, text| row.method = text),
    ],
    numbers: &[
        ("count", |row, number| row.count = number),
        ("attrition", |row, number| row.attrition = number),
        ("retention", |row, number| row.retention = number),
        ("lower", |row, number| row.lower = number),
        ("upper", |row, number| row.upper = number),
        ("confidence", |row, number| row.confidence = number),
    ],
    counts: &[],
    flags: &[("unit_change", |row, flag| row.unit_change = flag)],
};

/// The members of the column `gap_levels`.
pub(super) const GAP_LEVEL: Members<GapLevel> = Members {
    nothing: |empty| GapLevel {
        group: empty,
        value: f64::NAN,
        lower: f64::NAN,
        upper: f64::NAN,
        confidence: f64::NAN,
        method: null(),
        unweighted_base: f64::NAN,
        effective_n: f64::NAN,
    },
    texts: &[("group", |row, text| row.group = text), ("method", |row, text| row.method = text)],
    numbers: &[
        ("value", |row, number| row.value = number),
        ("lower", |row, number| row.lower = number),
        ("upper", |row, number| row.upper = number),
        ("confidence", |row, number| row.confidence = number),
        ("unweighted_base", |row, number| row.unweighted_base = number),
        ("effective_n", |row, number| row.effective_n = number),
    ],
    counts: &[],
    flags: &[],
};
