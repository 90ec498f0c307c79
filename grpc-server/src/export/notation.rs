//! The shorthand and the letters of status, in words.

use peelian_core::engine::{Basis, Observation};

/// What an observation is from, in words. In every row, because a row can be copied alone.
pub(super) const fn origin(found: &Observation) -> &'static str {
    match (found.basis, found.synthetic) {
        (Basis::SubmittedFigure, false) => "Figure",
        (Basis::SubmittedFigure, true) => "Made-up figure",
        (_, false) => "Records",
        (_, true) => "Made-up records",
    }
}

/// Shorthand of the Government Statistical Service, in the order of its guidance.
pub(super) const SHORTHAND: [(&str, &str); 8] = [
    ("[b]", "The series breaks within the period: values before and after are not comparable."),
    ("[c]", "The value is confidential: it is withheld so that no person can be recognised."),
    ("[low]", "Few respondents: the value is less reliable."),
    ("[p]", "The value is provisional."),
    ("[r]", "The value is revised."),
    ("[u]", "The base is too small to give a value."),
    ("[x]", "The value is not available."),
    ("[z]", "Not applicable."),
];

/// Letters of the SDMX code list `CL_OBS_STATUS` that observations have.
pub(super) const OBS_STATUS: [(&str, &str); 6] = [
    ("A", "Normal value"),
    ("B", "Break in the series"),
    ("O", "Missing value"),
    ("P", "Provisional value"),
    ("R", "Revised value"),
    ("U", "Low reliability"),
];

/// Letters of the SDMX code list `CL_CONF_STATUS` that observations can have.
pub(super) const CONF_STATUS: [(&str, &str); 7] = [
    ("A", "Withheld because the count is small"),
    ("C", "Confidential"),
    ("D", "Withheld by the agency, to protect another value"),
    ("F", "Free for publication"),
    ("O", "Withheld because one unit dominates"),
    ("S", "Withheld to protect another value"),
    ("T", "Withheld because two units dominate"),
];
