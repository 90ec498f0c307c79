//! The ledger: entries folded into the rows in force.
//!
//! Everything here is a function of entries; nothing reads a clock, a disk or the network. A [`Fold`] gives the
//! [`LedgerState`] of entries. [`plan_submission`] says what one more submission would do to it, [`guard`] may
//! refuse the plan, and [`LedgerState::apply`] carries it out.
//!
//! Only the rows in force are in memory. Of everything else the ledger keeps the [`Head`].

mod cleared;
mod entry;
mod fold;
pub(crate) mod guard;
mod key_index;
mod left_out;
mod lost;
mod needed;
mod plan;
mod planning;
mod precedence;
mod references;
mod revisions;
mod row_set;
mod row_values;
mod segment;
mod state;
mod submitted;
#[cfg(test)]
mod tests;

pub(crate) use entry::{Entry, later_merges, not_withdrawn, reports_in_force, withdrawn};
pub(crate) use fold::Fold;
pub(crate) use needed::{family, needed};
pub(crate) use plan::{Conflict, Elsewhere, Plan};
pub(crate) use planning::plan_submission;
pub(crate) use precedence::HeldElsewhere;
pub(crate) use references::References;
pub(crate) use revisions::keep_previous;
pub(crate) use row_values::chosen;
pub(crate) use segment::HeldSegment;
pub(crate) use state::LedgerState;
pub(crate) use submitted::{Head, Submitted};
