//! Entries of the ledger.

use std::collections::HashSet;
use std::sync::Arc;

use peelian_core::intake::Mode;

use super::submitted::Head;
use crate::store::Withdrawal;

/// One entry of the ledger, without rows.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// A submission.
    Submission(Arc<Head>),
    /// A withdrawal.
    Withdrawal(Withdrawal),
}

impl Entry {
    /// Position in the ledger.
    pub(crate) fn position(&self) -> u64 {
        match self {
            Self::Submission(head) => head.position(),
            Self::Withdrawal(withdrawal) => withdrawal.position,
        }
    }

    /// When the entry was accepted, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn accepted_micros(&self) -> i64 {
        match self {
            Self::Submission(head) => head.envelope.accepted_micros,
            Self::Withdrawal(withdrawal) => withdrawal.accepted_micros,
        }
    }

    /// The submission; `None` for a withdrawal.
    pub(crate) fn head(&self) -> Option<&Arc<Head>> {
        match self {
            Self::Submission(head) => Some(head),
            Self::Withdrawal(_) => None,
        }
    }

    /// Position of the submission that the entry withdraws.
    pub(crate) fn withdraws(&self) -> Option<u64> {
        match self {
            Self::Submission(_) => None,
            Self::Withdrawal(withdrawal) => Some(withdrawal.submission),
        }
    }
}

/// Positions of the submissions that were withdrawn.
pub(crate) fn withdrawn(entries: &[Entry]) -> HashSet<u64> {
    entries.iter().filter_map(Entry::withdraws).collect()
}

/// Submissions that report on their period and were not withdrawn, in the order in which they were accepted. One whose
/// rows are damaged reports nothing.
pub(crate) fn reports_in_force(entries: &[Entry]) -> impl Iterator<Item = &Arc<Head>> {
    not_withdrawn(entries).filter(|head| head.envelope.mode != Mode::Delete && !head.damaged)
}

/// Names of the merges after a submission, of its agency, dataset and collection, whose periods overlap its period.
pub(crate) fn later_merges(entries: &[Entry], position: u64) -> Vec<String> {
    let mut later = not_withdrawn(entries).skip_while(|head| head.position() != position);
    let Some(first) = later.next() else { return Vec::new() };
    let overlaps = |head: &&Arc<Head>| {
        let same = (&head.agency, &head.collection) == (&first.agency, &first.collection);
        let (one, other) = (&head.envelope, &first.envelope);
        let meet = one.first <= other.last && other.first <= one.last;
        one.mode == Mode::Merge && same && head.dataset.id == first.dataset.id && meet
    };
    later.filter(overlaps).map(|head| head.name.to_string()).collect()
}

/// Submissions that were not withdrawn.
pub(crate) fn not_withdrawn(entries: &[Entry]) -> impl Iterator<Item = &Arc<Head>> {
    let withdrawn = withdrawn(entries);
    entries.iter().filter_map(Entry::head).filter(move |head| !withdrawn.contains(&head.position()))
}
