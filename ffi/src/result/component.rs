//! Components of an observation.

use std::ffi::c_char;

use super::members::{Members, members};

/// One part of an observation that is read with its value: a stage of a funnel, a group of a gap. Read the kind first:
/// it says what the value means. Later versions may add kinds, so a program leaves out components of a kind that it does
/// not know. It belongs to its result. Only `method` may be NULL. A number that is not known is NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Component {
    /// Kind, which says what the value means: "stage". The enum ComponentKind in proto/peelian/v1/observation.proto has
    /// all kinds with their meanings.
    pub kind: *const c_char,
    /// Code: the identifier of a stage, "charged"; a group as breakdown=code, "sex=female".
    pub code: *const c_char,
    /// Label of the code.
    pub label: *const c_char,
    /// What is counted: "crime", "defendant".
    pub unit: *const c_char,
    /// Number of subjects; NaN where it is not known or nothing is counted.
    pub count: f64,
    /// Value. The kind says what it means.
    pub value: f64,
    /// Lower limit of the value.
    pub lower: f64,
    /// Upper limit of the value.
    pub upper: f64,
    /// Confidence level, between 0 and 1.
    pub confidence: f64,
    /// Method of the interval; NULL where there is no interval.
    pub method: *const c_char,
    /// Number of respondents, or subjects, that the value rests on.
    pub unweighted_base: f64,
    /// Effective number of respondents, for a weighted survey.
    pub effective_n: f64,
    /// Whether the unit differs from that of the component before, so that the value has no interval.
    pub unit_change: bool,
}

/// The members of the column `components`.
pub(super) const MEMBERS: Members<Component> = members!(Component {
    texts: [kind, code, label, unit],
    optional_texts: [],
    numbers: [count, value, unweighted_base, effective_n],
    counts: [],
    flags: [unit_change],
});
