//! Companions of an observation.

use std::ffi::c_char;

use super::members::{Members, members};

/// The value of a measure that is read with a contextual one, for the same area. It belongs to its result. A text is NULL only
/// where its comment says so. A number that is not known is NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Companion {
    /// Measure, with its variant.
    pub measure: *const c_char,
    /// Title of the measure.
    pub measure_label: *const c_char,
    /// Period: that of the observation, or the 12 months to its end where the measure does not offer it.
    pub period: *const c_char,
    /// Breakdown: that of the observation, or empty where the measure does not offer it.
    pub breakdown: *const c_char,
    /// Basis of the value: "computed_from_records" or "submitted_figure".
    pub basis: *const c_char,
    /// Whether any contributing records are synthetic.
    pub synthetic: bool,
    /// The value, in the unit of the measure; NaN where it is missing.
    pub value: f64,
    /// Why the value is missing: "not_submitted"; NULL where there is a value.
    pub missing: *const c_char,
    /// Shorthand markers of the Government Statistical Service; empty for an ordinary value.
    pub marker: *const c_char,
    /// Kind of value: "count", "proportion".
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
    /// Agency and publication of a submitted figure, or the agencies whose records contributed, joined by "; ".
    pub sources: *const c_char,
    /// Caveats: what to know before using the value, joined by "; ".
    pub caveats: *const c_char,
}

/// The members of the column `companions`.
pub(super) const MEMBERS: Members<Companion> = members!(Companion {
    texts: [measure, measure_label, period, breakdown, basis, marker, value_kind, unit, sources, caveats],
    optional_texts: [missing],
    numbers: [value, numerator, denominator],
    counts: [],
    flags: [synthetic],
});
