//! Observations: the values of a result.

use std::ffi::c_char;

use super::members::{Members, members};

/// One value of one measure, with all that is needed to use it. It belongs to its result. A text is NULL only where its
/// comment says so. A number that is not known is NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    /// Measure, with its variant.
    pub measure: *const c_char,
    /// Title of the measure.
    pub measure_label: *const c_char,
    /// Version of the definition.
    pub measure_version: u32,
    /// Area code: "E09000028".
    pub area: *const c_char,
    /// Area name.
    pub area_label: *const c_char,
    /// Period: "2017-02".
    pub period: *const c_char,
    /// Kind of period: "month".
    pub period_kind: *const c_char,
    /// First day of the period: "2017-02-01".
    pub period_start: *const c_char,
    /// Last day of the period.
    pub period_end: *const c_char,
    /// Breakdown, "sex=female;age_band=18_24"; empty for the total.
    pub breakdown: *const c_char,
    /// Labels of the codes of the breakdown.
    pub breakdown_label: *const c_char,
    /// Basis of the value: "computed_from_records" or "submitted_figure".
    pub basis: *const c_char,
    /// Whether any contributing records are synthetic.
    pub synthetic: bool,
    /// The value, in the unit of the measure; NaN where it is missing. A proportion lies between 0 and 1, percentage points
    /// between -100 and 100.
    pub value: f64,
    /// Why the value is missing: "suppressed", "not_submitted"; NULL where there is a value.
    pub missing: *const c_char,
    /// Shorthand markers of the Government Statistical Service, "[c]", "[low]"; empty for an ordinary value.
    pub marker: *const c_char,
    /// Kind of value: "count", "proportion", "percentage_points", "rate_per_100", "rate_per_1k", "rate_per_10k",
    /// "rate_per_100k", "ratio", "index", "score", "days".
    pub value_kind: *const c_char,
    /// What is counted: "crime", "person", "respondent".
    pub unit: *const c_char,
    /// Numerator.
    pub numerator: f64,
    /// Denominator; NaN where the measure has none.
    pub denominator: f64,
    /// Lower limit of the interval, in the unit of the value.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Confidence level, between 0 and 1.
    pub confidence: f64,
    /// Method of the interval, "wilson"; NULL where there is no interval.
    pub method: *const c_char,
    /// Number of respondents, for a survey.
    pub unweighted_base: f64,
    /// Effective number of respondents, for a weighted survey.
    pub effective_n: f64,
    /// Status of the observation, a letter of SDMX CL_OBS_STATUS.
    pub obs_status: *const c_char,
    /// Confidentiality, a letter of SDMX CL_CONF_STATUS.
    pub conf_status: *const c_char,
    /// Number of months, sites or submissions that were expected.
    pub expected: u32,
    /// Number of these that were received.
    pub received: u32,
    /// Change in the first comparison of the query: a ratio for counts and rates, otherwise a difference in percentage points. For all
    /// comparisons see peelian_result_comparison_get().
    pub change: f64,
    /// Unit of the change, "percentage_points" or "ratio"; NULL where there is no change.
    pub change_kind: *const c_char,
    /// Period, area or group that the value is compared with; NULL if the query has no comparison.
    pub change_against: *const c_char,
    /// Lower limit of the change.
    pub change_lower: f64,
    /// Upper limit of the change.
    pub change_upper: f64,
    /// "higher", "lower", "no clear change" or "not compared"; NULL if the query has no comparison.
    pub change_verdict: *const c_char,
    /// Agency and publication of a submitted figure, or the agencies whose records contributed, joined by "; ".
    pub sources: *const c_char,
    /// Caveats: what to know before using the value, joined by "; ".
    pub caveats: *const c_char,
    /// Breaks of the series within the period, joined by "; ".
    pub breaks: *const c_char,
    /// Position of the ledger from which the value was read; 1 or more for local records.
    pub ledger_position: u64,
    /// Release from which the value was read, "releases/2017-03"; empty for the live ledger and for local records.
    pub release: *const c_char,
}

/// The columns of a table of observations.
pub(super) const MEMBERS: Members<Observation> = members!(Observation {
    texts: [
        measure,
        measure_label,
        area,
        area_label,
        period,
        period_kind,
        period_start,
        period_end,
        breakdown,
        breakdown_label,
        basis,
        marker,
        value_kind,
        unit,
        obs_status,
        conf_status,
        sources,
        caveats,
        breaks,
        release,
    ],
    optional_texts: [missing, change_kind, change_against, change_verdict],
    numbers: [value, numerator, denominator, unweighted_base, effective_n, change, change_lower, change_upper,],
    counts: [measure_version, expected, received, ledger_position],
    flags: [synthetic],
});
