//! Entries of the ledger.

use std::collections::HashSet;
use std::sync::Arc;

use peelian_core::intake::Mode;

use super::submitted::Submitted;
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

    /// When the entry was accepted, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn accepted_micros(&self) -> i64 {
        match self {
            Self::Submission(submitted) => submitted.envelope.accepted_micros,
            Self::Withdrawal(withdrawal) => withdrawal.accepted_micros,
        }
    }

    /// The submission; `None` for a withdrawal.
    pub(crate) fn submitted(&self) -> Option<&Arc<Submitted>> {
        match self {
            Self::Submission(submitted) => Some(submitted),
            Self::Withdrawal(_) => None,
        }
    }

    fn withdraws(&self) -> Option<u64> {
        match self {
            Self::Submission(_) => None,
            Self::Withdrawal(withdrawal) => Some(withdrawal.submission),
        }
    }
}

/// Positions of the submissions that were withdrawn.
pub(super) fn withdrawn(entries: &[Entry]) -> HashSet<u64> {
    entries.iter().filter_map(Entry::withdraws).collect()
}

/// Submissions that report on their period and were not withdrawn, in the order in which they were accepted. One whose
/// rows are damaged reports nothing.
pub(crate) fn reports_in_force(entries: &[Entry]) -> impl Iterator<Item = &Arc<Submitted>> {
    not_withdrawn(entries).filter(|held| held.envelope.mode != Mode::Delete && !held.damaged)
}

/// Submissions that were not withdrawn.
pub(super) fn not_withdrawn(entries: &[Entry]) -> impl Iterator<Item = &Arc<Submitted>> {
    let withdrawn = withdrawn(entries);
    entries.iter().filter_map(Entry::submitted).filter(move |held| !withdrawn.contains(&held.envelope.position))
}
