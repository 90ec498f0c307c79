//! Comparisons of an observation with other observations.

use std::ffi::c_char;

use super::members::{Members, members};

/// The comparison of a value with the value of another period, area or group. It belongs to its result. Only `method`
/// may be NULL. A number that is not known is NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// The kind, as in peelian_query_add_comparison.
    pub kind: *const c_char,
    /// Period, periods, area or group that the value is compared with.
    pub against: *const c_char,
    /// The other value, in the unit of the measure.
    pub against_value: f64,
    /// The change: a ratio for counts and rates, otherwise a difference.
    pub change: f64,
    /// Unit of the change, "percentage_points" or "ratio"; empty where there is no change.
    pub change_kind: *const c_char,
    /// Lower limit of the change. For "funnel", the 99.8% limit around the other value; for "process_control", the limit of the
    /// process.
    pub lower: f64,
    /// Upper limit, likewise.
    pub upper: f64,
    /// Confidence level, between 0 and 1.
    pub confidence: f64,
    /// Method of the interval; NULL where there is no interval.
    pub method: *const c_char,
    /// "higher", "lower", "no clear change" or "not compared". For "funnel" "within the limits", "above the 95% limits" and the
    /// like; for "trend" "rising", "falling" or "no clear trend"; for "process_control" "within ordinary variation", "special
    /// cause above the mean" or "special cause below the mean".
    pub verdict: *const c_char,
    /// Why there is no change, or what to know about the change; may be empty.
    pub note: *const c_char,
    /// Smallest rise that the test would have called clear, in the form of the change.
    pub smallest_clear_change: f64,
    /// P-value of the gap to the reference group, adjusted for all groups of the breakdown; or of the test of an area, adjusted
    /// for all areas of its level in the answer, if there are several (Holm 1979).
    pub adjusted_p_value: f64,
    /// Number of cells of the whole answer, all of which are compared in this way.
    pub comparisons_in_answer: u64,
}

/// The members of the column `comparisons`.
pub(super) const MEMBERS: Members<Comparison> = members!(Comparison {
    texts: [kind, against, change_kind, verdict, note],
    optional_texts: [],
    numbers: [against_value, change, smallest_clear_change, adjusted_p_value],
    counts: [comparisons_in_answer],
    flags: [],
});
