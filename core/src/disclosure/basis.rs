//! Moves without a linear programme: sums of the moves that elimination found.
//!
//! Elimination leaves a basis of all moves that change nothing of what is published. A sum is moved by adding multiples of
//! its basis moves, the shortest first, as long as every suppressed cell stays within what its rule tells. That protects
//! most cells at the cost of a few additions. The others need a programme.

use std::collections::BTreeMap;

use super::Policy;
use super::moves::{Move, moved_sums};
use super::system::System;

/// The most basis moves that are tried for a sum.
const TRIED: usize = 64;

/// The basis of the moves, as elimination found them.
pub(super) struct Basis {
    moves: Vec<Basic>,
    /// For each suppressed sum, its basis moves, the shortest first, with how far they move it.
    of_sum: Vec<Vec<(usize, i64)>>,
}

/// A basis move.
struct Basic {
    inner: Move,
    /// How far it moves each suppressed sum. Published sums do not move.
    sums: Vec<(usize, i64)>,
}

impl Basis {
    pub(super) fn new(system: &System, moves: Vec<Move>) -> Self {
        let basic = |inner: Move| {
            let sums = moved_sums(system, &inner).into_iter().filter(|(_, distance)| *distance != 0).collect();
            Basic { inner, sums }
        };
        let mut moves: Vec<Basic> = moves.into_iter().map(basic).collect();
        moves.sort_by_key(|one| one.inner.len());
        let mut of_sum = vec![Vec::new(); system.sums.len()];
        for (number, one) in moves.iter().enumerate() {
            for (sum, distance) in &one.sums {
                of_sum[*sum].push((number, *distance));
            }
        }
        Self { moves, of_sum }
    }

    /// A move of a sum by a distance, or as near to it as the basis moves go one by one. Nothing if they do not move it.
    pub(super) fn walk(&self, system: &System, policy: &Policy, sum: usize, distance: i64) -> Option<Move> {
        let mut walk = Walk { system, policy, inner: Move::new(), sums: BTreeMap::new() };
        for (number, step) in self.of_sum[sum].iter().take(TRIED) {
            let left = distance - walk.sums.get(&sum).copied().unwrap_or(0);
            if left == 0 {
                break;
            }
            // A step that is longer than what is left is taken once: a sum may move further than it needs.
            let wanted = (left.abs() + step.abs() - 1) / step.abs();
            walk.go(&self.moves[*number], left.signum() * step.signum(), wanted);
        }
        (!walk.inner.is_empty()).then_some(walk.inner)
    }
}

/// Basis moves that were added up.
struct Walk<'a> {
    system: &'a System,
    policy: &'a Policy,
    inner: Move,
    sums: BTreeMap<usize, i64>,
}

impl Walk<'_> {
    /// Adds a basis move as often as is wanted, or as often as nothing contradicts it.
    fn go(&mut self, basic: &Basic, sign: i64, wanted: i64) {
        let times = sign * self.most(basic, sign, wanted);
        if times == 0 {
            return;
        }
        for (inner, step) in &basic.inner {
            *self.inner.entry(*inner).or_default() += times * step;
        }
        self.inner.retain(|_, distance| *distance != 0);
        for (sum, step) in &basic.sums {
            *self.sums.entry(*sum).or_default() += times * step;
        }
    }

    /// How often a basis move can be added.
    fn most(&self, basic: &Basic, sign: i64, wanted: i64) -> i64 {
        let system = self.system;
        let mut most = wanted;
        for (sum, step) in &basic.sums {
            let value = system.sums[*sum].value + self.sums.get(sum).unwrap_or(&0);
            let (least, greatest) = system.range(*sum, self.policy);
            most = most.min(room(value, sign * step, least, greatest));
        }
        for (inner, step) in &basic.inner {
            let value = system.inner[*inner] + self.inner.get(inner).unwrap_or(&0);
            most = most.min(room(value, sign * step, 0, i64::MAX));
        }
        if most <= 0 {
            return 0;
        }
        for (_, combination) in system.combinations_of(basic.inner.keys()) {
            let step: i64 =
                combination.terms.iter().map(|(one, factor)| factor * basic.inner.get(one).unwrap_or(&0)).sum();
            most = most.min(room(combination.value(system, &self.inner), sign * step, 0, i64::MAX));
        }
        most.max(0)
    }
}

/// How many steps a value can make without leaving a range.
fn room(value: i64, step: i64, least: i64, greatest: i64) -> i64 {
    match step.signum() {
        0 => i64::MAX,
        1 => greatest.saturating_sub(value) / step,
        _ => (value - least) / -step,
    }
}
