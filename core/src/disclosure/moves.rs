//! Moves: changes of inner cells that an outsider could not notice.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::Policy;
use super::policy::number;
use super::programme::Programme;
use super::system::{NO_END, State, System, least_secondary};

/// A whole number for each inner cell that moves.
pub(super) type Move = BTreeMap<usize, i64>;

/// What a programme is to reach: a sum moves by this distance, which is negative for a move down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    pub(super) sum: usize,
    pub(super) distance: i64,
    /// Whether published cells may move at their price. If so, the distance is required. If not, the sum moves as far
    /// as it can, up to the distance.
    pub(super) further: bool,
}

/// The programme of a goal over the inner cells `members`. Other inner cells do not move.
pub(super) fn programme(system: &System, policy: &Policy, members: &[usize], goal: Goal) -> Option<Elastic> {
    let position: BTreeMap<usize, usize> = members.iter().enumerate().map(|(at, inner)| (*inner, at)).collect();
    let target: Vec<usize> =
        system.sums[goal.sum].members.iter().filter_map(|inner| position.get(inner).copied()).collect();
    if target.is_empty() {
        return None;
    }
    let rows = Rows::new(system, policy, members, goal.further);
    let sign = if goal.distance < 0 { -1.0 } else { 1.0 };
    let mut elastic = Elastic::default();
    for (at, (low, high)) in rows.ends.iter().enumerate() {
        let gains = !goal.further && target.binary_search(&at).is_ok();
        elastic.programme.variable(if gains { sign } else { 0.0 }, real(*low), real(*high));
    }
    for (members, ends) in rows.fixed {
        elastic.row(members.into_iter().map(|at| (at, 1.0)).collect(), ends, None);
    }
    for (sum, members, ends) in rows.cut {
        elastic.row(members.into_iter().map(|at| (at, 1.0)).collect(), ends, Some(Relation::Sum(sum)));
    }
    for (number, combination) in system.combinations_of(members) {
        let terms = combination.terms.iter();
        let terms: Vec<(usize, f64)> =
            terms.filter_map(|(inner, factor)| Some((*position.get(inner)?, real(*factor)))).collect();
        let is_cut = goal.further && terms.len() < combination.terms.len();
        elastic.row(terms, combination.range(system), is_cut.then_some(Relation::Combination(number)));
    }
    for (sum, members, (low, high)) in rows.priced {
        let value = system.sums[sum].value;
        let up = elastic.programme.variable(-price(value), 0.0, f64::INFINITY);
        let down = elastic.programme.variable(-price(value), 0.0, real(value - least_secondary(policy)));
        let is_cut = members.len() < system.sums[sum].members.len();
        let terms = members.into_iter().map(|at| (at, 1.0)).chain([(up, -1.0), (down, 1.0)]).collect();
        elastic.row(terms, (low, high), is_cut.then_some(Relation::Sum(sum)));
    }
    let distance = goal.distance.abs();
    let terms = target.iter().map(|at| (*at, sign)).collect();
    elastic.row(terms, (if goal.further { distance } else { 0 }, distance), None);
    Some(elastic)
}

/// A programme in which the rows that other inner cells could help to meet may be missed, at a price above all others. Where a
/// row is missed, these inner cells are needed.
#[derive(Debug, Default)]
pub(super) struct Elastic {
    programme: Programme,
    /// The variables by which rows are missed.
    misses: Vec<(usize, Relation)>,
}

impl Elastic {
    /// Adds a row, which may be missed if it is cut: if it belongs to a relation with inner cells outside.
    fn row(&mut self, mut terms: Vec<(usize, f64)>, (low, high): (i64, i64), cut: Option<Relation>) {
        if let Some(relation) = cut {
            for factor in [1.0, -1.0] {
                let miss = self.programme.variable(-MISSED, 0.0, f64::INFINITY);
                terms.push((miss, factor));
                self.misses.push((miss, relation));
            }
        }
        self.programme.row(terms, real(low), real(high));
    }

    /// The values of the variables at the greatest gain: first those of the inner cells. Nothing if no values meet the rows.
    ///
    /// # Errors
    /// What the solver says if it fails.
    pub(super) fn solve(&self) -> Result<Option<Vec<f64>>, String> {
        self.programme.solve()
    }

    /// As [`Self::solve`], in whole numbers.
    ///
    /// # Errors
    /// As [`Self::solve`].
    pub(super) fn solve_whole(&self) -> Result<Option<Vec<f64>>, String> {
        self.programme.solve_whole()
    }

    /// The inner cells of the rows that a solution misses.
    pub(super) fn needed(&self, system: &System, values: &[f64]) -> BTreeSet<usize> {
        let missed = self.misses.iter().filter(|(miss, _)| values[*miss] > 1e-6);
        let members = |(_, relation): &(usize, Relation)| match relation {
            Relation::Sum(sum) => system.sums[*sum].members.clone(),
            Relation::Combination(one) => system.combinations[*one].terms.iter().map(|(inner, _)| *inner).collect(),
        };
        missed.flat_map(members).collect()
    }
}

/// What ties inner cells together.
#[derive(Clone, Copy, Debug)]
enum Relation {
    Sum(usize),
    Combination(usize),
}

/// What it costs to miss a row by 1. It is above what any suppression costs.
const MISSED: f64 = 1_000.0;

/// What an outsider knows of moves of some inner cells.
struct Rows {
    /// How far each inner cell may move, down and up.
    ends: Vec<(i64, i64)>,
    /// How far sums of several may move.
    fixed: BTreeMap<Vec<usize>, (i64, i64)>,
    /// The same for sums of which other members could move too.
    cut: Vec<(usize, Vec<usize>, (i64, i64))>,
    /// The same for cells that may be suppressed at a price.
    priced: Vec<(usize, Vec<usize>, (i64, i64))>,
}

impl Rows {
    fn new(system: &System, policy: &Policy, members: &[usize], further: bool) -> Self {
        let mut touched: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, inner) in members.iter().enumerate() {
            for sum in &system.sums_of[*inner] {
                touched.entry(*sum).or_default().push(at);
            }
        }
        let ends = members.iter().map(|inner| (-system.inner[*inner], NO_END)).collect();
        let mut rows = Self { ends, fixed: BTreeMap::new(), cut: Vec::new(), priced: Vec::new() };
        for (sum, members) in touched {
            let value = system.sums[sum].value;
            let (least, most) = system.range(sum, policy);
            let range = (least - value, if most >= NO_END { NO_END } else { most - value });
            if further && may_suppress(system, policy, sum) {
                rows.priced.push((sum, members, range));
                continue;
            }
            if further && members.len() < system.sums[sum].members.len() {
                rows.cut.push((sum, members, range));
                continue;
            }
            let row = match members[..] {
                [at] => &mut rows.ends[at],
                _ => rows.fixed.entry(members).or_insert((-NO_END, NO_END)),
            };
            *row = (row.0.max(range.0), row.1.min(range.1));
        }
        rows
    }
}

/// Whether a published cell may be suppressed. A cell that is smaller than any secondary cell may not: its own status would
/// be untrue.
fn may_suppress(system: &System, policy: &Policy, sum: usize) -> bool {
    system.sums[sum].state == State::Free && system.sums[sum].value >= least_secondary(policy).max(1)
}

/// How far each sum that a move touches is moved.
pub(super) fn moved_sums(system: &System, moved: &Move) -> BTreeMap<usize, i64> {
    let mut sums = BTreeMap::new();
    for (inner, value) in moved {
        for sum in &system.sums_of[*inner] {
            *sums.entry(*sum).or_insert(0) += value;
        }
    }
    sums
}

/// The published cells that a move changes and that may be suppressed. Nothing if the move contradicts what an outsider
/// knows besides them. All is checked in whole numbers.
pub(super) fn noticed(system: &System, policy: &Policy, moved: &Move) -> Option<Vec<usize>> {
    let mut noticed = Vec::new();
    for (sum, distance) in moved_sums(system, moved) {
        let value = system.sums[sum].value + distance;
        let (least, most) = system.range(sum, policy);
        if value >= least && value <= most {
            continue;
        }
        if !may_suppress(system, policy, sum) || value < least_secondary(policy) {
            return None;
        }
        noticed.push(sum);
    }
    let holds = moved.iter().all(|(inner, value)| system.inner[*inner] + value >= 0)
        && system.combinations_of(moved.keys()).into_iter().all(|(_, one)| one.holds(system, moved));
    holds.then_some(noticed)
}

/// Inner cells of a sum and around it: all of its own, and others up to a number of all. Only those for which `is_wanted` are
/// found; `count` tells how many of them a sum has.
pub(super) fn neighbourhood(
    system: &System,
    sum: usize,
    size: usize,
    is_wanted: impl Fn(usize) -> bool,
    count: impl Fn(usize) -> usize,
) -> Vec<usize> {
    let own: Vec<usize> = system.sums[sum].members.iter().copied().filter(|inner| is_wanted(*inner)).collect();
    let mut found = nearest_inner(system, sum, size, is_wanted, count);
    found.extend(own);
    found.into_iter().collect()
}

/// Inner cells around a sum, nearest first: those that share a combination, or a published sum with few members.
fn nearest_inner(
    system: &System,
    sum: usize,
    size: usize,
    is_wanted: impl Fn(usize) -> bool,
    count: impl Fn(usize) -> usize,
) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut next = BinaryHeap::from([Reverse((0, sum))]);
    while let Some(Reverse((_, sum))) = next.pop() {
        let mut reached = system.sums[sum].members.clone();
        while let Some(inner) = reached.pop() {
            if found.len() >= size {
                return found;
            }
            if !is_wanted(inner) || !found.insert(inner) {
                continue;
            }
            let combinations = system.combinations_of([&inner]);
            reached.extend(combinations.iter().flat_map(|(_, one)| one.terms.iter().map(|(inner, _)| *inner)));
            for other in system.sums_of[inner].iter().copied() {
                let is_published = !matches!(system.sums[other].state, State::Suppressed(_));
                if is_published && seen.insert(other) {
                    next.push(Reverse((count(other), other)));
                }
            }
        }
    }
    found
}

/// What suppressing a further cell costs in a programme: at least 1 each, and more for larger counts.
pub(super) fn price(value: i64) -> f64 {
    1.0 + number(u64::try_from(value).unwrap_or(0)).ln_1p()
}

/// The whole numbers nearest to a programme's values. A move that rounding made wrong is refused later.
#[expect(clippy::cast_possible_truncation, reason = "rounded, and a wrong number is refused")]
pub(super) fn nearest(members: &[usize], values: &[f64]) -> Move {
    let whole = members.iter().zip(values).map(|(inner, value)| (*inner, value.round() as i64));
    whole.filter(|(_, value)| *value != 0).collect()
}

/// A number of a programme. What has no end is infinite.
#[expect(clippy::cast_precision_loss, reason = "numbers of a table are at most 2^40")]
fn real(value: i64) -> f64 {
    if value >= NO_END {
        f64::INFINITY
    } else if value <= -NO_END {
        f64::NEG_INFINITY
    } else {
        value as f64
    }
}
