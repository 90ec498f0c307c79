//! Alternatives of an observation.

use std::ffi::c_char;

use super::members::{Members, members_without_interval};

/// A figure for the same measure, area, period and breakdown that is not the one of the authoritative source. It belongs
/// to its result. Only `missing` may be NULL. A number that is not known is NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Alternative {
    /// Agency that submitted it: "southwark".
    pub agency: *const c_char,
    /// Agency and publication.
    pub source: *const c_char,
    /// The value, in the unit of the measure; NaN where it is missing.
    pub value: f64,
    /// Why the value is missing: "suppressed"; NULL where there is a value.
    pub missing: *const c_char,
    /// Numerator.
    pub numerator: f64,
    /// Denominator; NaN where the measure has none.
    pub denominator: f64,
    /// This value minus the value of the observation; NaN where one of them is missing.
    pub difference: f64,
    /// Whether the figure is synthetic.
    pub synthetic: bool,
}

/// The members of the column `alternatives`.
pub(super) const MEMBERS: Members<Alternative> = members_without_interval!(Alternative {
    texts: [agency, source],
    optional_texts: [missing],
    numbers: [value, numerator, denominator, difference],
    counts: [],
    flags: [synthetic],
});
