//! Comparisons of an observation with other observations.

use std::ffi::c_char;

use super::members::{Members, members};

/// The comparison of a value with the value of another period, area or group. It belongs to its result. Only `method`
/// may be NULL. A number that is not known is NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// "previous_window", "same_period_last_year", "london" or "reference_group".
    pub kind: *const c_char,
    /// Period, area or group that the value is compared with.
    pub against: *const c_char,
    /// The other value, in the unit of the measure.
    pub against_value: f64,
    /// The change: a ratio for counts and rates, otherwise a difference.
    pub change: f64,
    /// "difference" or "ratio"; empty where there is no change.
    pub change_kind: *const c_char,
    /// Lower limit of the change.
    pub lower: f64,
    /// Upper limit of the change.
    pub upper: f64,
    /// Confidence level, between 0 and 1.
    pub confidence: f64,
    /// Method of the interval; NULL where there is no interval.
    pub method: *const c_char,
    /// "higher", "lower", "no clear change" or "not compared".
    pub verdict: *const c_char,
    /// Why there is no change, or what to know about the change; may be empty.
    pub note: *const c_char,
}

/// The members of the column `comparisons`.
pub(super) const MEMBERS: Members<Comparison> = members!(Comparison {
    texts: [kind, against, change_kind, verdict, note],
    optional_texts: [],
    numbers: [against_value, change],
    counts: [],
    flags: [],
});
