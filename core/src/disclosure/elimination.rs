//! Step 2 and 3: secondary suppression by Gaussian elimination (Langsrud 2024), exact and sparse.
//!
//! Cells are published one after the other, the most costly to lose first. A cell is left out if publishing it would make a
//! primary cell a linear combination of published cells.
//!
//! The state is the space of inner cells modulo the span of what is published. Each inner cell has its residual: a sparse
//! combination of free inner cells. In the beginning each is its own residual. Publishing a cell removes one free inner
//! cell, the pivot, from all residuals. The residual of a sum is the sum of its members' residuals; 0 means that an
//! outsider can work out the sum. So a candidate discloses a primary cell if and only if their residuals are proportional.
//!
//! Langsrud, O. (2024): Secondary Cell Suppression by Gaussian Elimination. Privacy in Statistical Databases,
//! doi 10.1007/978-3-031-69651-0_6.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cost::{Cost, costs};
use super::field::{PRIME, add, invert, multiply, negate, scatter, signed};
use super::moves::Move;
use super::system::{Known, State, System};
use super::{Reason, Steps};

/// The most inner cells of a move that is worth trying.
const LONGEST_MOVE: usize = 1_000;

/// A combination of free inner cells: ascending, without zeros.
type Residual = Vec<(usize, u64)>;

/// What exact protection found.
#[derive(Debug, Default)]
pub(super) struct Eliminated {
    /// The sums whose value an outsider can work out all the same, because cells that must be published disclose them.
    pub(super) known: Vec<usize>,
    /// Moves of inner cells that change nothing of what is published and equal: one for each free inner cell.
    pub(super) moves: Vec<Move>,
}

/// Suppresses secondary cells until no suppressed cell is a combination of published ones.
pub(super) fn suppress(system: &mut System, steps: Steps, zeros_published: bool) -> Eliminated {
    let mut order: Vec<usize> = (0..system.sums.len()).filter(|sum| is_published(system, *sum)).collect();
    let costs = costs(system);
    order.sort_by_cached_key(|sum| rank(system, *sum, costs[*sum], zeros_published));
    let mut quotient = Quotient::new(system);
    // What is equal by definition is known whatever is published.
    for combination in system.combinations.iter().filter(|one| one.known == Known::Zero) {
        let residual = quotient.combined(&combination.terms);
        quotient.publish(&residual, &system.single);
    }
    let is_primary =
        |sum: &usize| matches!(system.sums[*sum].state, State::Suppressed(reason) if reason.is_primary());
    let primary: Vec<usize> = (0..system.sums.len()).filter(is_primary).collect();
    let mut directions = Directions::new(system, &quotient, &primary);
    for candidate in order {
        let residual = quotient.residual(&system.sums[candidate].members);
        if residual.is_empty() {
            continue;
        }
        let is_known = system.sums[candidate].state == State::Known;
        let image = quotient.image(&system.sums[candidate].members);
        let proportional = |sum: &usize| are_proportional(&quotient.residual(&system.sums[*sum].members), &residual);
        let discloses = steps.exact && directions.same(image).iter().any(proportional)
            || steps.singletons && zeros_published && quotient.only_ones(&residual, &system.single);
        if discloses && !is_known {
            system.sums[candidate].state = State::Suppressed(Reason::Secondary);
            continue;
        }
        let changed = quotient.publish(&residual, &system.single);
        if steps.exact {
            directions.refresh(system, &quotient, &changed);
        }
    }
    let is_known = |sum: &usize| quotient.residual(&system.sums[*sum].members).is_empty();
    Eliminated { known: primary.into_iter().filter(is_known).collect(), moves: quotient.moves() }
}

fn is_published(system: &System, sum: usize) -> bool {
    matches!(system.sums[sum].state, State::Known | State::Free)
}

/// The order of candidates: what is known, then zeros if they are published, then the others, the most costly first. Of
/// equal cells, the last in the order of codes comes first: codes of periods are in the order of time, and readers look for
/// the latest.
fn rank(system: &System, sum: usize, cost: Cost, zeros_published: bool) -> (bool, bool, Reverse<(Cost, usize)>) {
    let one = &system.sums[sum];
    (one.state != State::Known, !(zeros_published && one.value == 0), Reverse((cost, sum)))
}

/// The directions of the residuals of primary cells: the ratio of their two images. Residuals are proportional only if their
/// directions are the same, so a candidate is compared with few primary cells.
struct Directions {
    /// By the number of the sum; `None` for a sum that is no primary cell or that an outsider can work out.
    of_sum: Vec<Option<u64>>,
    is_primary: Vec<bool>,
    same: HashMap<u64, BTreeSet<usize>>,
}

impl Directions {
    fn new(system: &System, quotient: &Quotient, primary: &[usize]) -> Self {
        let count = system.sums.len();
        let mut directions = Self { of_sum: vec![None; count], is_primary: vec![false; count], same: HashMap::new() };
        for sum in primary {
            directions.is_primary[*sum] = true;
            directions.set(*sum, direction(quotient.image(&system.sums[*sum].members)));
        }
        directions
    }

    /// The primary cells with the direction of an image, ascending.
    fn same(&self, image: [u64; 2]) -> &BTreeSet<usize> {
        static NONE: BTreeSet<usize> = BTreeSet::new();
        direction(image).and_then(|direction| self.same.get(&direction)).unwrap_or(&NONE)
    }

    /// Computes the directions of primary cells again, of which members changed.
    fn refresh(&mut self, system: &System, quotient: &Quotient, changed: &[usize]) {
        let sums = changed.iter().flat_map(|inner| &system.sums_of[*inner]);
        let stale: BTreeSet<usize> = sums.copied().filter(|sum| self.is_primary[*sum]).collect();
        for sum in stale {
            self.set(sum, direction(quotient.image(&system.sums[sum].members)));
        }
    }

    fn set(&mut self, sum: usize, to: Option<u64>) {
        let before = std::mem::replace(&mut self.of_sum[sum], to);
        if before == to {
            return;
        }
        if let Some(of_before) = before.and_then(|before| self.same.get_mut(&before)) {
            of_before.remove(&sum);
        }
        if let Some(to) = to {
            self.same.entry(to).or_default().insert(sum);
        }
    }
}

/// The ratio of two images; `None` if the residual is 0.
fn direction([a, b]: [u64; 2]) -> Option<u64> {
    match (a, b) {
        (0, 0) => None,
        // No ratio is the prime itself.
        (_, 0) => Some(PRIME),
        _ => Some(multiply(a, invert(b))),
    }
}

/// Whether two residuals that are not empty are multiples of each other.
fn are_proportional(a: &Residual, b: &Residual) -> bool {
    let (Some((_, first)), Some((_, other))) = (a.first(), b.first()) else { return false };
    a.len() == b.len()
        && a.iter().zip(b).all(|((i, x), (j, y))| i == j && multiply(*x, *other) == multiply(*y, *first))
}

/// The inner cells modulo the span of what is published.
struct Quotient {
    residuals: Vec<Residual>,
    /// For each free inner cell, the inner cells in whose residuals it may occur.
    uses: Vec<Vec<usize>>,
    /// Two linear functionals of each inner cell's residual. Residuals are proportional only if these are, so most pairs
    /// are told apart by two multiplications.
    images: Vec<[u64; 2]>,
}

impl Quotient {
    fn new(system: &System) -> Self {
        let count = system.inner.len();
        let index = |inner| u64::try_from(inner).unwrap_or(0);
        Self {
            residuals: (0..count).map(|inner| vec![(inner, 1)]).collect(),
            uses: (0..count).map(|inner| vec![inner]).collect(),
            images: (0..count).map(|inner| [scatter(index(inner), 1), scatter(index(inner), 2)]).collect(),
        }
    }

    /// The moves of the free inner cells. A free inner cell moves by 1, and with it each inner cell by its factor in the
    /// residual. What is published has the residual 0, so no such move changes it. Long moves, and moves that are no small
    /// whole numbers, are of no use.
    fn moves(&self) -> Vec<Move> {
        let mut moves: BTreeMap<usize, Option<Move>> = BTreeMap::new();
        for (inner, residual) in self.residuals.iter().enumerate() {
            for (free, value) in residual {
                let found = moves.entry(*free).or_insert_with(|| Some(Move::new()));
                match (found.as_mut().filter(|found| found.len() < LONGEST_MOVE), signed(*value)) {
                    (Some(usable), Some(factor)) => _ = usable.insert(inner, factor),
                    _ => *found = None,
                }
            }
        }
        moves.into_values().flatten().collect()
    }

    /// The sum of the members' residuals.
    fn residual(&self, members: &[usize]) -> Residual {
        if let [inner] = members {
            return self.residuals[*inner].clone();
        }
        summed(members.iter().flat_map(|inner| &self.residuals[*inner]).copied().collect())
    }

    /// The residual of a combination.
    fn combined(&self, terms: &[(usize, i64)]) -> Residual {
        let scaled = |(inner, factor): &(usize, i64)| {
            let size = factor.unsigned_abs() % PRIME;
            let factor = if *factor < 0 { negate(size) } else { size };
            self.residuals[*inner].iter().map(move |(inner, value)| (*inner, multiply(*value, factor)))
        };
        summed(terms.iter().flat_map(scaled).collect())
    }

    fn image(&self, members: &[usize]) -> [u64; 2] {
        members.iter().fold([0, 0], |[a, b], inner| {
            let [x, y] = self.images[*inner];
            [add(a, x), add(b, y)]
        })
    }

    /// Whether a residual is the plain sum of inner cells that are 1. Each is at least 1 where zeros are published, so their
    /// published sum would tell that all of them are 1.
    fn only_ones(&self, residual: &Residual, single: &[bool]) -> bool {
        let Some((_, first)) = residual.first() else { return false };
        residual.iter().all(|(inner, value)| single[*inner] && value == first)
    }

    /// Publishes a sum: removes its pivot from all residuals. Returns the inner cells whose residuals changed.
    fn publish(&mut self, residual: &Residual, single: &[bool]) -> Vec<usize> {
        // A pivot that few residuals use keeps them short. Ones stay free as long as possible, so that a residual of ones
        // alone is seen as such.
        let choice = residual.iter().min_by_key(|(inner, _)| (single[*inner], self.uses[*inner].len(), *inner));
        let Some((pivot, value)) = choice.copied() else { return Vec::new() };
        let scale = invert(value);
        let row: Residual = residual.iter().map(|(inner, value)| (*inner, multiply(*value, scale))).collect();
        let image = row.iter().fold([0, 0], |[a, b], (inner, value)| {
            let [x, y] = self.images[*inner];
            [add(a, multiply(*value, x)), add(b, multiply(*value, y))]
        });
        let mut users = std::mem::take(&mut self.uses[pivot]);
        users.sort_unstable();
        users.dedup();
        users.retain(|user| self.subtract(*user, pivot, &row, image));
        users
    }

    /// Subtracts the row of the pivot from an inner cell's residual. `false` if the residual does not contain the pivot.
    fn subtract(&mut self, user: usize, pivot: usize, row: &Residual, image: [u64; 2]) -> bool {
        let old = &self.residuals[user];
        let Ok(at) = old.binary_search_by_key(&pivot, |(inner, _)| *inner) else { return false };
        let factor = negate(old[at].1);
        let (new, gained) = combine(old, row, factor);
        for inner in gained {
            self.uses[inner].push(user);
        }
        self.residuals[user] = new;
        for (mine, published) in self.images[user].iter_mut().zip(image) {
            *mine = add(*mine, multiply(factor, published));
        }
        true
    }
}

/// The sum of terms, of which several can have the same inner cell.
fn summed(mut terms: Residual) -> Residual {
    terms.sort_unstable_by_key(|(inner, _)| *inner);
    let mut sum: Residual = Vec::with_capacity(terms.len());
    for (inner, value) in terms {
        match sum.last_mut() {
            Some((last, total)) if *last == inner => *total = add(*total, value),
            _ => sum.push((inner, value)),
        }
    }
    sum.retain(|(_, value)| *value != 0);
    sum
}

/// `old + factor * row`, and the inner cells that are new in it.
fn combine(old: &Residual, row: &Residual, factor: u64) -> (Residual, Vec<usize>) {
    let mut sum = Vec::with_capacity(old.len() + row.len());
    let mut gained = Vec::new();
    let (mut left, mut right) = (old.iter().peekable(), row.iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (Some((i, x)), Some((j, y))) if i == j => {
                let value = add(*x, multiply(factor, *y));
                if value != 0 {
                    sum.push((*i, value));
                }
                left.next();
                right.next();
            }
            (Some((i, x)), other) if other.is_none_or(|(j, _)| i < j) => {
                sum.push((*i, *x));
                left.next();
            }
            (_, Some((j, y))) => {
                sum.push((*j, multiply(factor, *y)));
                gained.push(*j);
                right.next();
            }
            _ => break,
        }
    }
    debug_assert!(sum.iter().all(|(_, value)| *value < PRIME));
    (sum, gained)
}
