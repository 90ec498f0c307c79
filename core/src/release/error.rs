//! Why a release cannot be made.

use crate::disclosure::DisclosureError;
use crate::engine::{ComputeError, QueryError};

/// Why a release cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// The plan has no measure.
    #[error("the release has no measure: name measures or a profile")]
    Nothing,
    /// The plan has more cells than there is room for.
    #[error(
        "the release has more than {most} observations for which there is room: make several releases of parts of it"
    )]
    TooManyCells {
        /// Most cells.
        most: usize,
    },
    /// A query of the plan is refused.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A count cannot be protected.
    #[error(transparent)]
    Disclosure(#[from] DisclosureError),
    /// The record of an earlier release is damaged.
    #[error("the record of an earlier release is damaged: {0}")]
    Record(String),
}

impl From<ComputeError> for ReleaseError {
    fn from(error: ComputeError) -> Self {
        Self::Query(error.into())
    }
}
