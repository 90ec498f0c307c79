//! Folds the entries of the ledger, in their order, into the rows in force.
//!
//! A fold is a function of the submissions that are not withdrawn: folding them again gives the same rows. A
//! withdrawal therefore is a fold without the submission. The rows in force at an instant are a fold of the entries
//! up to it. A fold gets the rows of each submission when its turn comes, and needs only those of [`needed`] ones.
//!
//! [`needed`]: super::needed()

use std::collections::HashSet;

use peelian_core::intake::Mode;

use super::entry::{Entry, withdrawn};
use super::planning::{plan_replay, plan_submission};
use super::state::LedgerState;
use super::submitted::Submitted;

/// A fold under way.
#[derive(Debug)]
pub(crate) struct Fold {
    state: LedgerState,
    withdrawn: HashSet<u64>,
    conflicts_possible: bool,
}

impl Fold {
    /// A fold of these entries that begins with the rows of `state`, which are in force already.
    pub(crate) fn new(state: LedgerState, entries: &[Entry]) -> Self {
        let withdrawn = withdrawn(entries);
        Self { state, conflicts_possible: !withdrawn.is_empty(), withdrawn }
    }

    /// The next entry. `rows` has the rows of a submission that brings rows into force or takes them out.
    pub(crate) fn push(&mut self, entry: &Entry, rows: Option<&Submitted>) {
        match (entry, rows) {
            (Entry::Submission(head), _) if self.withdrawn.contains(&head.position()) => {}
            (Entry::Submission(_), Some(submitted)) => {
                self.conflicts_possible |= submitted.head.damaged;
                self.replay(submitted);
            }
            (Entry::Submission(head), None) => self.state.report(head),
            (Entry::Withdrawal(_), _) => {}
        }
        self.state.position = entry.position();
    }

    /// The rows in force so far.
    pub(crate) fn state(&self) -> &LedgerState {
        &self.state
    }

    /// The rows in force after the entries so far.
    pub(crate) fn finish(self) -> LedgerState {
        self.state
    }

    /// Applies a submission that was accepted before. Its conflicts were left out then. Two submissions can have the same
    /// key only if another submission was withdrawn since, or is damaged; then the later one is in force.
    fn replay(&mut self, submitted: &Submitted) {
        let replaces = submitted.head.envelope.mode == Mode::ReplacePeriod;
        let plan = if replaces && !self.conflicts_possible {
            plan_replay(&mut self.state, submitted)
        } else {
            let plan = plan_submission(&mut self.state, submitted);
            if replaces && !plan.conflicts.is_empty() {
                self.state.clear_keys_of(submitted, plan.conflicts.iter().map(|conflict| conflict.row));
                plan_submission(&mut self.state, submitted)
            } else {
                plan
            }
        };
        self.state.apply(submitted, plan);
    }
}
