//! The error of a computation.

use crate::cel::CelError;
use crate::kernel::KernelError;
use crate::stats::StatsError;

/// The reason why a computation is refused. The query is not at fault: a limit is exceeded, or a definition has a
/// fault.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ComputeError {
    /// Too many rows or cells.
    #[error(transparent)]
    Kernel(KernelError),
    /// A population is too complex.
    #[error(transparent)]
    Cel(#[from] CelError),
    /// Weights overflow.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// A definition reads a dataset that the contract does not have.
    #[error("a measure reads a dataset that the contract does not have")]
    UnknownDataset,
    /// The counts of a breakdown would take too much memory.
    #[error(
        "the breakdown needs {} MiB of memory for its counts, and {} MiB are there: ask for fewer dimensions",
        bytes.div_ceil(1 << 20),
        most >> 20
    )]
    TooManyCounts {
        /// Bytes that the counts need at most.
        bytes: usize,
        /// Bytes that there are for making counts.
        most: usize,
    },
    /// The rows were counted in partitions for another query.
    #[error("the rows were counted elsewhere for another query: ask the query for which they were counted")]
    NotCounted,
}

impl From<KernelError> for ComputeError {
    fn from(error: KernelError) -> Self {
        let bytes = |counts: usize| counts.saturating_mul(size_of::<u64>());
        match error {
            KernelError::TooManyCells { cells, limit } => {
                Self::TooManyCounts { bytes: bytes(cells), most: bytes(limit) }
            }
            error => Self::Kernel(error),
        }
    }
}
