//! The ledger: submissions folded into the rows that count.
//!
//! Everything here is a function of entries; nothing reads a clock, a disk or the network.

mod bits;
mod fold;
pub(crate) mod guard;
mod held;
mod index;
mod plan;
mod referenced;
mod rows;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use fold::Fold;
pub(crate) use held::Submitted;
pub(crate) use plan::{Conflict, Elsewhere, Plan};
pub(crate) use rows::keep;

use crate::store::Withdrawal;

/// One entry of the ledger.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// A submission.
    Submission(Arc<Submitted>),
    /// A withdrawal.
    Withdrawal(Withdrawal),
}

impl Entry {
    /// Position in the ledger.
    pub(crate) fn position(&self) -> u64 {
        match self {
            Self::Submission(submitted) => submitted.envelope.position,
            Self::Withdrawal(withdrawal) => withdrawal.position,
        }
    }

    /// When it was accepted, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn accepted_micros(&self) -> i64 {
        match self {
            Self::Submission(submitted) => submitted.envelope.accepted_micros,
            Self::Withdrawal(withdrawal) => withdrawal.accepted_micros,
        }
    }

    /// The submission, if it is one.
    pub(crate) fn submitted(&self) -> Option<&Arc<Submitted>> {
        match self {
            Self::Submission(submitted) => Some(submitted),
            Self::Withdrawal(_) => None,
        }
    }

    /// Position of the submission that it withdraws, if it is a withdrawal.
    pub(crate) fn withdraws(&self) -> Option<u64> {
        match self {
            Self::Submission(_) => None,
            Self::Withdrawal(withdrawal) => Some(withdrawal.submission),
        }
    }
}
