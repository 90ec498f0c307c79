//! The ledger: entries folded into the rows in force.
//!
//! Everything here is a function of entries; nothing reads a clock, a disk or the network. [`fold_entries`] gives the
//! [`LedgerState`] of all entries. [`plan_submission`] says what one more submission would do to it, [`guard`] may
//! refuse the plan, and [`LedgerState::apply`] carries it out.

mod entry;
mod fold;
pub(crate) mod guard;
mod key_index;
mod left_out;
mod lost;
mod plan;
mod planning;
mod precedence;
mod references;
mod row_set;
mod row_values;
mod segment;
mod state;
mod submitted;
#[cfg(test)]
mod tests;

pub(crate) use entry::{Entry, reports_in_force};
pub(crate) use fold::{fold_entries, fold_entries_while};
pub(crate) use plan::{Conflict, Elsewhere, Plan};
pub(crate) use planning::plan_submission;
pub(crate) use precedence::HeldElsewhere;
pub(crate) use references::References;
pub(crate) use row_values::keep;
pub(crate) use state::LedgerState;
pub(crate) use submitted::Submitted;
