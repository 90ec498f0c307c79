//! Guards: why a submission is refused although all its rows are in order. The extract is older than the data in
//! force, too many rows would be deleted, or an expectation in the header does not hold.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::entry::{Entry, not_withdrawn};
use super::plan::Plan;
use super::submitted::Head;
use crate::limits::MASS_DELETION_PERCENT;
use crate::store::Envelope;

/// The expectations that the header states.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expectation {
    /// Name of the submission that is to be superseded; empty means that the header states none.
    pub(crate) supersedes: String,
    /// Number of rows that the caller expects to be removed.
    pub(crate) deletes: Option<u64>,
}

/// Why a submission is refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Guard {
    /// The extract is older than the data in force.
    #[error(
        "the data were extracted before those of {in_force}, which is in force for the same period: send a later \
         extract, or withdraw {in_force} first"
    )]
    Stale {
        /// Name of the submission in force.
        in_force: Arc<str>,
    },
    /// Another submission is in force than the header states.
    #[error("{} is in force for the period, not {stated}", in_force.as_deref().unwrap_or("no submission"))]
    Supersedes {
        /// Name of the submission in force.
        in_force: Option<Arc<str>>,
        /// Name stated.
        stated: String,
    },
    /// Removes too large a share of the rows held.
    #[error(
        "{deletes} of {held} rows held for the period would be removed, which is more than {MASS_DELETION_PERCENT}%: \
         check the period; if the deletion is intended, state expected_delete_count = {deletes} (--expected-delete-count)"
    )]
    MassDelete {
        /// Rows to be removed.
        deletes: u64,
        /// Rows held.
        held: u64,
    },
    /// Removes another number of rows than the header states.
    #[error("{deletes} rows would be removed, but expected_delete_count is {expected}")]
    DeleteCount {
        /// Rows to be removed.
        deletes: u64,
        /// Rows stated.
        expected: u64,
    },
}

/// The submissions that were not withdrawn, by agency, dataset and collection.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    by_series: HashMap<Series, Vec<Declared>>,
}

/// The agency, the dataset and the collection of submissions.
type Series = (Arc<str>, &'static str, Arc<str>);

/// What a submission declares.
#[derive(Debug)]
struct Declared {
    first: Date,
    last: Date,
    extract_micros: i64,
    head: Arc<Head>,
}

impl Standing {
    /// Those among the entries.
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut standing = Self::default();
        not_withdrawn(entries).for_each(|head| standing.push(head));
        standing
    }

    /// Adds a submission, which comes after all others.
    pub(crate) fn push(&mut self, head: &Arc<Head>) {
        let Envelope { first, last, extract_micros, .. } = head.envelope;
        let declared = Declared { first, last, extract_micros, head: Arc::clone(head) };
        self.by_series.entry(series(head)).or_default().push(declared);
    }

    /// The submission in force for the period of another: the latest one of the same agency, dataset and collection whose
    /// period overlaps.
    pub(crate) fn in_force(&self, head: &Head) -> Option<&Arc<Head>> {
        self.overlapping(head).last().map(|declared| &declared.head)
    }

    /// The submissions of the same agency, dataset and collection whose periods overlap, in the order of their positions.
    fn overlapping(&self, head: &Head) -> impl DoubleEndedIterator<Item = &Declared> {
        let (first, last) = (head.envelope.first, head.envelope.last);
        let of_series = self.by_series.get(&series(head)).map_or(&[] as &[Declared], Vec::as_slice);
        of_series.iter().filter(move |declared| declared.first <= last && first <= declared.last)
    }
}

fn series(head: &Head) -> Series {
    (Arc::clone(&head.agency), &head.dataset.id, Arc::clone(&head.collection))
}

/// Checks a planned submission.
///
/// # Errors
///
/// The first guard that refuses it.
pub(crate) fn check(standing: &Standing, head: &Head, plan: &Plan, expectation: &Expectation) -> Result<(), Guard> {
    let newest = standing.overlapping(head).max_by_key(|declared| declared.extract_micros);
    if let Some(newest) = newest
        && head.envelope.extract_micros < newest.extract_micros
    {
        return Err(Guard::Stale { in_force: Arc::clone(&newest.head.name) });
    }
    let in_force = standing.in_force(head).map(|held| Arc::clone(&held.name));
    if !expectation.supersedes.is_empty() && in_force.as_deref() != Some(expectation.supersedes.as_str()) {
        return Err(Guard::Supersedes { in_force, stated: expectation.supersedes.clone() });
    }
    let deletes = plan.deletes(head.envelope.mode);
    match expectation.deletes {
        Some(expected) if expected != deletes => Err(Guard::DeleteCount { deletes, expected }),
        None if is_mass_deletion(deletes, plan.counts.held_before) => {
            Err(Guard::MassDelete { deletes, held: plan.counts.held_before })
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether a deletion must be expected.
fn is_mass_deletion(deletes: u64, held: u64) -> bool {
    deletes.saturating_mul(100) > held.saturating_mul(MASS_DELETION_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_a_fifth_is_a_mass_deletion() {
        assert!(!is_mass_deletion(0, 0));
        assert!(!is_mass_deletion(19, 100));
        assert!(!is_mass_deletion(20, 100));
        assert!(is_mass_deletion(21, 100));
        assert!(is_mass_deletion(1, 4));
        assert!(!is_mass_deletion(1, 5));
    }
}
