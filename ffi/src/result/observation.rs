//! The rows of an answer as structures.

use std::ffi::c_char;
use std::ptr::null;

use super::members::Members;

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

impl Observation {
    /// One of which nothing is known.
    const fn nothing(empty: *const c_char) -> Self {
        Self {
            measure: empty,
            measure_label: empty,
            measure_version: 0,
            area: empty,
            area_label: empty,
            period: empty,
            period_kind: empty,
            period_start: empty,
            period_end: empty,
            breakdown: empty,
            breakdown_label: empty,
            basis: empty,
            synthetic: false,
            value: f64::NAN,
            missing: null(),
            marker: empty,
            value_kind: empty,
            unit: empty,
            numerator: f64::NAN,
            denominator: f64::NAN,
            lower: f64::NAN,
            upper: f64::NAN,
            confidence: f64::NAN,
            method: null(),
            unweighted_base: f64::NAN,
            effective_n: f64::NAN,
            obs_status: empty,
            conf_status: empty,
            expected: 0,
            received: 0,
            change: f64::NAN,
            change_kind: null(),
            change_against: null(),
            change_lower: f64::NAN,
            change_upper: f64::NAN,
            change_verdict: null(),
            sources: empty,
            caveats: empty,
            breaks: empty,
            ledger_position: 0,
        }
    }
}

/// The columns of a table of observations.
pub(super) const MEMBERS: Members<Observation> = Members {
    nothing: Observation::nothing,
    texts: &[
        ("measure", |row, text| row.measure = text),
        ("measure_label", |row, text| row.measure_label = text),
        ("area", |row, text| row.area = text),
        ("area_label", |row, text| row.area_label = text),
        ("period", |row, text| row.period = text),
        ("period_kind", |row, text| row.period_kind = text),
        ("period_start", |row, text| row.period_start = text),
        ("period_end", |row, text| row.period_end = text),
        ("breakdown", |row, text| row.breakdown = text),
        ("breakdown_label", |row, text| row.breakdown_label = text),
        ("basis", |row, text| row.basis = text),
        ("missing", |row, text| row.missing = text),
        ("marker", |row, text| row.marker = text),
        ("value_kind", |row, text| row.value_kind = text),
        ("unit", |row, text| row.unit = text),
        ("method", |row, text| row.method = text),
        ("obs_status", |row, text| row.obs_status = text),
        ("conf_status", |row, text| row.conf_status = text),
        ("change_kind", |row, text| row.change_kind = text),
        ("change_against", |row, text| row.change_against = text),
        ("change_verdict", |row, text| row.change_verdict = text),
        ("sources", |row, text| row.sources = text),
        ("caveats", |row, text| row.caveats = text),
        ("breaks", |row, text| row.breaks = text),
    ],
    numbers: &[
        ("value", |row, number| row.value = number),
        ("numerator", |row, number| row.numerator = number),
        ("denominator", |row, number| row.denominator = number),
        ("lower", |row, number| row.lower = number),
        ("upper", |row, number| row.upper = number),
        ("confidence", |row, number| row.confidence = number),
        ("unweighted_base", |row, number| row.unweighted_base = number),
        ("effective_n", |row, number| row.effective_n = number),
        ("change", |row, number| row.change = number),
        ("change_lower", |row, number| row.change_lower = number),
        ("change_upper", |row, number| row.change_upper = number),
    ],
    counts: &[
        ("measure_version", |row, count| row.measure_version = narrow(count)),
        ("expected", |row, count| row.expected = narrow(count)),
        ("received", |row, count| row.received = narrow(count)),
        ("ledger_position", |row, count| row.ledger_position = count),
    ],
    flags: &[("synthetic", |row, flag| row.synthetic = flag)],
};

fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
