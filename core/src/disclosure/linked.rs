//! Counts that hang together by sums and by equations, whatever tables they stand in.

use std::collections::BTreeMap;

use super::protect::settle;
use super::rule;
use super::system::{Combination, Known, NO_END, Need, State, Sum, System};
use super::{DisclosureError, LARGEST, Policy, Reason, Steps};

/// What a release does with a cell, before protection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It is published, unless it must be suppressed to protect another.
    Free,
    /// It is known already: an earlier release published it.
    Known,
    /// It is suppressed. The interval in which an outsider encloses it must have at least this width.
    Suppressed {
        /// Why.
        reason: Reason,
        /// The least width.
        width: u64,
    },
    /// As suppressed, and its status tells nothing: it may be 0, although zeros are published.
    Blank {
        /// Why.
        reason: Reason,
        /// The least width.
        width: u64,
    },
}

/// What became of a cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fate {
    /// Why it is suppressed. Nothing for a published cell.
    pub reason: Option<Reason>,
    /// Whether it has the protection that it needs.
    pub is_protected: bool,
    /// Whether it may be 0, as far as its status tells.
    pub may_be_zero: bool,
}

/// A change of inner cells, each with what is added to it, that nobody notices.
pub type Change = Vec<(usize, i64)>;

/// The fate of all cells.
#[derive(Clone, Debug)]
pub struct Fates {
    /// By the number of the cell.
    pub cells: Vec<Fate>,
    /// The number of unknown inner cells in the largest component.
    pub largest_component: usize,
    /// The changes that prove the intervals: the true counts after any of them agree with all that is published.
    pub changes: Vec<Change>,
}

/// Counts that hang together. An inner cell is a count that other cells are sums of. It need not be published itself.
///
/// ```
/// use peelian_core::disclosure::{LinkedCounts, Policy, Reason, Standing, Steps};
///
/// let mut counts = LinkedCounts::default();
/// let [arson, theft] = [3, 40].map(|count| counts.count(count));
/// let small = Standing::Suppressed { reason: Reason::SmallCount, width: 3 };
/// let cells = [
///     counts.cell(vec![arson], small),
///     counts.cell(vec![theft], Standing::Free),
///     counts.cell(vec![arson, theft], Standing::Free),
/// ];
/// let fates = counts.protect(&Policy::small_counts(4), Steps::ALL)?.cells;
/// // Theft is suppressed too. Without it, arson would be the difference between the other two.
/// assert_eq!(cells.map(|cell| fates[cell].reason.is_some()), [true, true, false]);
/// # Ok::<(), peelian_core::disclosure::DisclosureError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct LinkedCounts {
    pub(super) system: System,
    sum_of: BTreeMap<Vec<usize>, usize>,
}

impl LinkedCounts {
    /// Adds an inner cell of cases, and returns its number.
    pub fn count(&mut self, value: u64) -> usize {
        self.inner(i64::try_from(value).unwrap_or(NO_END), value == 1)
    }

    /// Adds a cell: the sum of some inner cells. Cells that are the same sum have the same number, and keep what restricts
    /// the release most.
    pub fn cell(&mut self, mut members: Vec<usize>, standing: Standing) -> usize {
        members.sort_unstable();
        let value = self.system.total(&members);
        let (state, need, told) = match standing {
            Standing::Free => (State::Free, Need::default(), (0, NO_END)),
            Standing::Known => (State::Known, Need::default(), (value, value)),
            Standing::Suppressed { reason, width } => {
                (State::Suppressed(reason), Need::of_width(width), (rule::least_suppressed(value), NO_END))
            }
            Standing::Blank { reason, width } => (State::Suppressed(reason), Need::of_width(width), (0, NO_END)),
        };
        self.sum(Sum { members, value, state, need, told })
    }

    /// States that an outsider knows two sums to be equal.
    ///
    /// # Errors
    /// If they are not.
    pub fn equal(&mut self, one: &[usize], other: &[usize]) -> Result<(), DisclosureError> {
        let (left, right) = (self.system.total(one), self.system.total(other));
        if left != right {
            return Err(DisclosureError::Unequal { left, right });
        }
        self.combine(one, other, Known::Zero);
        Ok(())
    }

    /// States that an outsider knows one sum to be at least another.
    pub fn at_least(&mut self, greater: &[usize], less: &[usize]) {
        self.combine(greater, less, Known::AtLeastZero);
    }

    /// Protects the cells.
    ///
    /// # Errors
    /// If a sum is too large, or the policy has a setting outside its range.
    pub fn protect(self, policy: &Policy, steps: Steps) -> Result<Fates, DisclosureError> {
        policy.check()?;
        if let Some(sum) = self.system.sums.iter().find(|sum| u64::try_from(sum.value).is_ok_and(|one| one > LARGEST))
        {
            return Err(DisclosureError::TooLarge(format!("a sum of {} counts", sum.members.len())));
        }
        let mut system = self.finish();
        let settled = settle(&mut system, policy, steps);
        let fate = |(position, sum): (usize, &Sum)| {
            let reason = match sum.state {
                State::Suppressed(reason) => Some(reason),
                State::Known | State::Free => None,
            };
            let is_protected = settled.failed.binary_search(&position).is_err();
            Fate { reason, is_protected, may_be_zero: system.range(position, policy).0 == 0 }
        };
        let cells = system.sums.iter().enumerate().map(fate).collect();
        let largest_component = super::protect::components(&system).into_iter().max().unwrap_or(0);
        Ok(Fates { cells, largest_component, changes: settled.changes })
    }

    /// Adds an inner cell. `single` says whether it has one contributor, who is the only case.
    pub(super) fn inner(&mut self, value: i64, single: bool) -> usize {
        self.system.inner.push(value);
        self.system.single.push(single);
        self.system.inner.len() - 1
    }

    /// The number of the sum with these members, which are ascending.
    pub(super) fn sum_of(&self, members: &[usize]) -> Option<usize> {
        self.sum_of.get(members).copied()
    }

    /// The sum with these members. If it is there, it keeps what restricts the release most: a value that is known stays
    /// known, and a primary cell stays primary.
    pub(super) fn sum(&mut self, new: Sum) -> usize {
        let next = self.system.sums.len();
        let sum = *self.sum_of.entry(new.members.clone()).or_insert(next);
        if sum == next {
            self.system.sums.push(new);
            return sum;
        }
        let old = &mut self.system.sums[sum];
        old.state = match (old.state, new.state) {
            (State::Known, _) | (_, State::Known) => State::Known,
            (State::Free, other) => other,
            (State::Suppressed(reason), _) => State::Suppressed(reason),
        };
        old.need = Need { width: old.need.width.max(new.need.width), above: old.need.above.max(new.need.above) };
        old.told = (old.told.0.max(new.told.0), old.told.1.min(new.told.1));
        sum
    }

    fn combine(&mut self, plus: &[usize], minus: &[usize], known: Known) {
        let mut terms: BTreeMap<usize, i64> = BTreeMap::new();
        for (members, sign) in [(plus, 1), (minus, -1)] {
            for inner in members {
                *terms.entry(*inner).or_default() += sign;
            }
        }
        terms.retain(|_, factor| *factor != 0);
        if !terms.is_empty() {
            self.system.combinations.push(Combination { terms: terms.into_iter().collect(), known });
        }
    }

    /// The system, in which each inner cell knows the sums and the combinations that contain it.
    pub(super) fn finish(self) -> System {
        let mut system = self.system;
        system.sums_of = vec![Vec::new(); system.inner.len()];
        for (position, sum) in system.sums.iter().enumerate() {
            for inner in &sum.members {
                system.sums_of[*inner].push(position);
            }
        }
        system.combinations_of = vec![Vec::new(); system.inner.len()];
        for (position, combination) in system.combinations.iter().enumerate() {
            for (inner, _) in &combination.terms {
                system.combinations_of[*inner].push(position);
            }
        }
        system
    }
}
