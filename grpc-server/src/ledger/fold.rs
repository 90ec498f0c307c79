//! Folds the entries of the ledger, in their order, into the rows in force.
//!
//! A fold is a function of the submissions that are not withdrawn: folding them again gives the same rows. A
//! withdrawal therefore is a fold without the submission. The rows in force at an instant are a fold of the entries
//! up to it.

use std::sync::Arc;

use peelian_core::intake::Mode;
use peelian_core::reference::Reference;

use super::entry::{Entry, withdrawn};
use super::planning::{plan_replay, plan_submission};
use super::state::LedgerState;
use super::submitted::Submitted;

/// The rows in force after these entries.
pub(crate) fn fold_entries(entries: &[Entry], reference: &Reference) -> LedgerState {
    let mut state = LedgerState::new(reference.clone());
    fold_while(&mut state, entries, &|| true);
    state
}

/// The rows in force after these entries; `None` soon after `awaited` no longer returns true.
pub(crate) fn fold_entries_while(
    entries: &[Entry],
    reference: &Reference,
    awaited: &dyn Fn() -> bool,
) -> Option<LedgerState> {
    let mut state = LedgerState::new(reference.clone());
    fold_while(&mut state, entries, awaited).then_some(state)
}

/// Whether all entries were folded.
fn fold_while(state: &mut LedgerState, entries: &[Entry], awaited: &dyn Fn() -> bool) -> bool {
    let withdrawn = withdrawn(entries);
    let damaged = entries.iter().filter_map(Entry::submitted).any(|submitted| submitted.damaged);
    let conflicts_possible = damaged || !withdrawn.is_empty();
    for entry in entries {
        if !awaited() {
            return false;
        }
        match entry {
            Entry::Submission(submitted) if !withdrawn.contains(&submitted.envelope.position) => {
                replay(state, submitted, conflicts_possible);
            }
            Entry::Submission(_) | Entry::Withdrawal(_) => {}
        }
        state.position = entry.position();
    }
    true
}

/// Applies a submission that was accepted before. Its conflicts were left out then. Two submissions can have the same
/// key only if another submission was withdrawn since, or is damaged; then the later one is in force.
fn replay(state: &mut LedgerState, submitted: &Arc<Submitted>, conflicts_possible: bool) {
    let replaces = submitted.envelope.mode == Mode::ReplacePeriod;
    if replaces && !conflicts_possible {
        let plan = plan_replay(state, submitted);
        state.apply(submitted, plan);
        return;
    }
    let mut plan = plan_submission(state, submitted);
    if replaces && !plan.conflicts.is_empty() {
        state.clear_keys_of(submitted, plan.conflicts.iter().map(|conflict| conflict.row));
        plan = plan_submission(state, submitted);
    }
    state.apply(submitted, plan);
}
