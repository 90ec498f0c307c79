//! Why a computation is refused.

use crate::cel::CelError;
use crate::kernel::KernelError;
use crate::stats::StatsError;

/// A computation that was refused. No question causes one of these: they are limits, or faults of a definition.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ComputeError {
    /// Too many rows or cells.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// A population is too complex.
    #[error(transparent)]
    Cel(#[from] CelError),
    /// Weights overflow.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// A definition reads a dataset that the contract does not have.
    #[error("a measure reads a dataset that the contract does not have")]
    UnknownDataset,
    /// Rows were counted in partitions for another question.
    #[error(
        "the rows were counted elsewhere, and not for this question: ask the question that they were counted for"
    )]
    NotCounted,
}
