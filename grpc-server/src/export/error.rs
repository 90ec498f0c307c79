//! Why the files of a release cannot be made.

use std::fmt::Display;

use peelian_core::engine::Observation;

/// Why the files of a release cannot be made.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ExportError {
    /// An observation is confidential and has a value, or has none and has a number from which it could follow.
    #[error("{observation} is withheld and still has its {number}: nothing was written. Make the release again")]
    NotWithheld {
        /// Measure, area and period.
        observation: String,
        /// The number that is there.
        number: &'static str,
    },
    /// A number is infinite or no number.
    #[error("{observation} has a {number} that is no finite number: nothing was written. Correct the measure")]
    NotFinite {
        /// Measure, area and period.
        observation: String,
        /// The number that is not finite.
        number: &'static str,
    },
    /// The catalogue has the measure in another version, or not at all, so its metadata would be wrong.
    #[error(
        "version {version} of measure {measure} is not in the catalogue: use the version of Peelian that made the release"
    )]
    Unknown {
        /// Identifier of the measure.
        measure: String,
        /// Version of its definition.
        version: u32,
    },
    /// Counts cannot be protected.
    #[error("the release must not be published, because counts in it cannot be protected: {0}")]
    Unprotected(String),
    /// A library refused to write a file.
    #[error("{file} cannot be written: {reason}")]
    Refused {
        /// Name of the file.
        file: &'static str,
        /// What the library says.
        reason: String,
    },
}

impl ExportError {
    /// What a library says of a file that it refuses to write.
    pub(super) fn refused(file: &'static str) -> impl Fn(&dyn Display) -> Self {
        move |reason| Self::Refused { file, reason: reason.to_string() }
    }
}

/// An observation in an error: its measure, area and period.
pub(super) fn named(found: &Observation) -> String {
    format!("{} for {} in {}", found.measure, found.area, found.period)
}
