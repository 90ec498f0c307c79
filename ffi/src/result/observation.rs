//! The rows of an answer as structures.

use std::ffi::c_char;

use super::members::{Members, members};

/// One value of one measure, with all that is needed to use it. It belongs to its result. No text is NULL but where it
/// is said; a number that is not known is NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    /// Measure, with its variant.
    pub measure: *const c_char,
    /// Title of the measure.
    pub measure_label: *const c_char,
    /// Version of its definition.
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
    /// Labels of its codes.
    pub breakdown_label: *const c_char,
    /// Where the value comes from: "computed_from_records", or "submitted_figure".
    pub basis: *const c_char,
    /// Whether any contributing records are synthetic.
    pub synthetic: bool,
    /// The value in the measure's unit; NaN where it is missing. A proportion lies between 0 and 1.
    pub value: f64,
    /// Why there is no value: "suppressed", "not_submitted"; NULL where there is one.
    pub missing: *const c_char,
    /// Shorthand markers of the Government Statistical Service, "[c]", "[low]"; empty for an ordinary value.
    pub marker: *const c_char,
    /// Kind of value: "count", "proportion", "percentage_points", "rate_per_1k", "rate_per_100k", "ratio".
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
    /// Method of the interval, "wilson"; NULL where there is none.
    pub method: *const c_char,
    /// Respondents, for a survey.
    pub unweighted_base: f64,
    /// Effective number of respondents, for a weighted survey.
    pub effective_n: f64,
    /// Status of the observation, a letter of SDMX CL_OBS_STATUS.
    pub obs_status: *const c_char,
    /// Confidentiality, a letter of SDMX CL_CONF_STATUS.
    pub conf_status: *const c_char,
    /// Months, sites or submissions expected.
    pub expected: u32,
    /// Of these, received.
    pub received: u32,
    /// First comparison asked for: difference, or ratio for counts and rates. See peelian_result_comparison_get() for
    /// all of them.
    pub change: f64,
    /// Whether it is a "difference" or a "ratio"; NULL where there is none.
    pub change_kind: *const c_char,
    /// Period, area or group compared with; NULL where no comparison was asked for.
    pub change_against: *const c_char,
    /// Lower limit of the change.
    pub change_lower: f64,
    /// Upper limit of the change.
    pub change_upper: f64,
    /// "higher", "lower", "no clear change" or "not compared"; NULL where no comparison was asked for.
    pub change_verdict: *const c_char,
    /// Agency and publication of a submitted figure, or agencies whose records contributed; joined by "; ".
    pub sources: *const c_char,
    /// What to know before using it; joined by "; ".
    pub caveats: *const c_char,
    /// Breaks of the series within the period; joined by "; ".
    pub breaks: *const c_char,
    /// Position of the ledger that it was read from; 1 or more for local records.
    pub ledger_position: u64,
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
    ],
    optional_texts: [missing, method, change_kind, change_against, change_verdict],
    numbers: [
        value,
        numerator,
        denominator,
        lower,
        upper,
        confidence,
        unweighted_base,
        effective_n,
        change,
        change_lower,
        change_upper,
    ],
    counts: [measure_version, expected, received, ledger_position],
    flags: [synthetic],
});
