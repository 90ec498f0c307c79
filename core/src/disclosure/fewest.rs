//! Small tables are protected in several ways, and the way that suppresses fewest cells is kept.
//!
//! Elimination decides on one cell after the other and never takes a decision back. In a large table that costs little. In a
//! small one it can cost a cell, which is much of the table. There, other ways are cheap enough to try them all.

use std::cmp::Reverse;

use super::cost::costs;
use super::protect::{Settled, settle};
use super::system::{State, System};
use super::{Policy, Steps, interval};

/// The most sums, and the most finest cells, of a small table. To try all ways takes some tenths of a second then.
const SMALL: usize = 200;

/// As [`settle`], in the way that suppresses fewest cells. Other ways than elimination know nothing of what a contributor knows,
/// so they are for counts alone. Where a cell stays unprotected, the first way is kept: it protects as much as there is.
pub(super) fn settle_with_fewest(system: &mut System, policy: &Policy, steps: Steps) -> Settled {
    let is_small = system.sums.len() <= SMALL && system.inner.len() <= SMALL;
    let given = (is_small && steps.intervals && policy.rounding.is_none()).then(|| system.clone());
    let mut best = Attempt::settled(std::mem::take(system), policy, steps);
    if let Some(given) = given.filter(|_| best.settled.failed.is_empty()) {
        let alone = Steps { exact: false, singletons: false, ..steps };
        best.keep_the_better(Attempt::settled(given, policy, alone));
        best.publish_in_turn(policy);
    }
    *system = best.system;
    best.settled
}

/// A way to protect a table.
struct Attempt {
    system: System,
    settled: Settled,
}

impl Attempt {
    fn settled(mut system: System, policy: &Policy, steps: Steps) -> Self {
        let settled = settle(&mut system, policy, steps);
        Self { system, settled }
    }

    /// What the attempt costs: cells that stay unprotected, then suppressed cells, then the cases in them.
    fn cost(&self) -> (usize, usize, i64) {
        let is_suppressed = |sum: &usize| matches!(self.system.sums[*sum].state, State::Suppressed(_));
        let suppressed: Vec<usize> = self.system.cells.iter().map(|(_, sum)| *sum).filter(is_suppressed).collect();
        let cases = suppressed.iter().fold(0, |sum: i64, one| sum.saturating_add(self.system.sums[*one].value));
        (self.settled.failed.len(), suppressed.len(), cases)
    }

    /// Takes the other attempt if it costs less.
    fn keep_the_better(&mut self, other: Self) {
        if other.cost() < self.cost() {
            *self = other;
        }
    }

    /// Publishes each cell that was suppressed for others, the most costly first, and protects what that discloses in the
    /// cheapest way. It stays published if fewer cells are suppressed so.
    fn publish_in_turn(&mut self, policy: &Policy) {
        let costs = costs(&self.system);
        let mut order: Vec<usize> = (0..costs.len()).collect();
        order.sort_by_key(|sum| Reverse((costs[*sum], *sum)));
        for sum in order {
            if !matches!(self.system.sums[sum].state, State::Suppressed(reason) if reason.protects_others()) {
                continue;
            }
            let mut system = self.system.clone();
            system.sums[sum].state = State::Free;
            let (reach, failed, changes) = interval::protect(&mut system, policy, Vec::new());
            let settled = Settled { reach: Some(reach), failed, changes, secondary: self.settled.secondary };
            self.keep_the_better(Self { system, settled });
        }
    }
}
