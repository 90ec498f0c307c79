//! What is refused although every row is in order: a stale file, a mass deletion, a wrong expectation.

use std::sync::Arc;

use super::Entry;
use super::held::Submitted;
use super::plan::Plan;

/// A deletion of more than this share of the rows held in the slice must be expected: a fifth.
const MASS_DELETE: (u64, u64) = (1, 5);

/// What the caller expects, as the header says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expectation {
    /// Name of the submission to be superseded; empty means none stated.
    pub(crate) supersedes: String,
    /// Number of rows that are known to be removed.
    pub(crate) deletes: Option<u64>,
}

/// Why a submission is refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Guard {
    /// Extracted before what is held.
    #[error(
        "the data were extracted before those of {in_force}, which is in force for the same period: send the later \
         extract, or withdraw that submission first"
    )]
    Stale {
        /// Name of the submission in force.
        in_force: Arc<str>,
    },
    /// Supersedes another submission than stated.
    #[error("{} is in force for the period, not {stated}", in_force.as_deref().unwrap_or("no submission"))]
    Supersedes {
        /// Name of the submission in force.
        in_force: Option<Arc<str>>,
        /// Name stated.
        stated: String,
    },
    /// Removes more than a fifth of the rows held.
    #[error(
        "{deletes} of {held} rows held for the period would be removed, more than a fifth: check the period, and if it \
         is meant, state expected_delete_count = {deletes}"
    )]
    MassDelete {
        /// Rows to be removed.
        deletes: u64,
        /// Rows held.
        held: u64,
    },
    /// Removes another number of rows than stated.
    #[error("{deletes} rows would be removed, not {expected} as expected_delete_count says")]
    DeleteCount {
        /// Rows to be removed.
        deletes: u64,
        /// Rows stated.
        expected: u64,
    },
}

/// The submission in force for the slice of another: the latest of its agency, dataset and collection that declares an
/// overlapping period.
pub(crate) fn in_force<'e>(entries: &'e [Entry], submitted: &Submitted) -> Option<&'e Arc<Submitted>> {
    effective(entries).filter(|held| held.overlaps(submitted)).max_by_key(|held| held.envelope.position)
}

/// Checks a planned submission.
///
/// # Errors
///
/// The first guard that refuses it.
pub(crate) fn check(
    entries: &[Entry],
    submitted: &Submitted,
    plan: &Plan,
    expectation: &Expectation,
) -> Result<(), Guard> {
    let newest = effective(entries)
        .filter(|held| held.overlaps(submitted))
        .max_by_key(|held| (held.envelope.extract_micros, held.envelope.position));
    if let Some(newest) = newest
        && submitted.envelope.extract_micros < newest.envelope.extract_micros
    {
        return Err(Guard::Stale { in_force: Arc::clone(&newest.name) });
    }
    let in_force = in_force(entries, submitted).map(|held| Arc::clone(&held.name));
    if !expectation.supersedes.is_empty() && in_force.as_deref() != Some(expectation.supersedes.as_str()) {
        return Err(Guard::Supersedes { in_force, stated: expectation.supersedes.clone() });
    }
    let deletes = plan.deletes(submitted.envelope.mode);
    match expectation.deletes {
        Some(expected) if expected != deletes => Err(Guard::DeleteCount { deletes, expected }),
        None if is_mass_delete(deletes, plan.counts.held_before) => {
            Err(Guard::MassDelete { deletes, held: plan.counts.held_before })
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether a deletion needs to be expected.
fn is_mass_delete(deletes: u64, held: u64) -> bool {
    let (numerator, denominator) = MASS_DELETE;
    deletes.saturating_mul(denominator) > held.saturating_mul(numerator)
}

/// Submissions that are not withdrawn.
fn effective(entries: &[Entry]) -> impl Iterator<Item = &Arc<Submitted>> {
    let withdrawn: std::collections::HashSet<u64> = entries.iter().filter_map(Entry::withdraws).collect();
    entries.iter().filter_map(Entry::submitted).filter(move |held| !withdrawn.contains(&held.envelope.position))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_a_fifth_is_a_mass_deletion() {
        assert!(!is_mass_delete(0, 0));
        assert!(!is_mass_delete(19, 100));
        assert!(!is_mass_delete(20, 100));
        assert!(is_mass_delete(21, 100));
        assert!(is_mass_delete(1, 4));
        assert!(!is_mass_delete(1, 5));
    }
}
