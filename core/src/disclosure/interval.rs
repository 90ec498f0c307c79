//! Step 4: for every primary cell, tables that an outsider cannot tell from the true one.
//!
//! A move is a whole number added to each inner cell so that everything an outsider knows stays true. The true table plus
//! a move is a possible table. So the moves that were found prove how far each cell can lie from its value, whatever method
//! the outsider uses. A cell that no move takes far enough gets further cells suppressed, the cheapest that allow it (the
//! linear programme of Kelly, Golden and Assad 1992).
//!
//! Moves are first sums of those that elimination found, and then searched by linear programmes around the cell. Cells outside
//! do not move. That is a restriction, so a move that is found there is valid everywhere. A programme that suppresses further
//! cells takes in those that its move needs. Each move is checked in whole numbers, so nothing depends on the solver's
//! rounding. One move serves all cells that it moves.

use std::collections::BTreeSet;

use super::basis::Basis;
use super::linked::Change;
use super::moves::{Elastic, Goal, Move, moved_sums, nearest, neighbourhood, noticed, price, programme};
use super::system::{State, System};
use super::{Enclosure, Policy, Reason};

/// The numbers of inner cells of the neighbourhoods in which a free move is searched. Larger ones find few moves more, and
/// each costs seconds in a large component.
const FREE: [usize; 3] = [16, 60, 120];
/// The number of inner cells around a sum with which the search for further cells begins. It goes on with those that a move
/// needs.
const AROUND: usize = 60;
/// The greatest number of inner cells that a move with further cells may need.
const FURTHER: usize = 2_000;

/// How far each sum was moved, down and up.
pub(super) struct Reach {
    pub(super) low: Vec<i64>,
    pub(super) high: Vec<i64>,
}

impl Reach {
    /// The values between which a sum can move.
    pub(super) fn around(&self, sum: usize, value: i64) -> Enclosure {
        Enclosure { low: value + self.low[sum], high: value + self.high[sum] }
    }
}

/// Protects the intervals of all primary cells. Returns how far each sum can move, the sums that cannot be protected, and the
/// moves that prove it.
pub(super) fn protect(system: &mut System, policy: &Policy, moves: Vec<Move>) -> (Reach, Vec<usize>, Vec<Change>) {
    let count = system.sums.len();
    let reach = Reach { low: vec![0; count], high: vec![0; count] };
    let unknown = if policy.rounding.is_some() { vec![true; system.inner.len()] } else { unknown(system) };
    let is_unknown = |inner: &&usize| unknown[**inner];
    let open = system.sums.iter().map(|sum| sum.members.iter().filter(is_unknown).count()).collect();
    let basis = Basis::new(system, moves);
    let mut search = Search { unknown, open, reach, basis, changes: Vec::new(), system, policy };
    let narrow: Vec<usize> = (0..count).filter(|sum| !search.protect(*sum)).collect();
    // What was suppressed since for others may have given them room.
    let failed: Vec<usize> = narrow.into_iter().filter(|sum| !search.protect(*sum)).collect();
    // What protects a cell in vain may still keep it from being known exactly.
    if failed.is_empty() {
        search.release();
    }
    (search.reach, failed, search.changes)
}

/// The inner cells that are not published as cells of their own.
pub(super) fn unknown(system: &System) -> Vec<bool> {
    let mut unknown = vec![true; system.inner.len()];
    for sum in &system.sums {
        if let ([inner], State::Known | State::Free) = (sum.members.as_slice(), sum.state) {
            unknown[*inner] = false;
        }
    }
    unknown
}

struct Search<'a> {
    system: &'a mut System,
    policy: &'a Policy,
    unknown: Vec<bool>,
    /// The number of unknown members of each sum.
    open: Vec<usize>,
    reach: Reach,
    /// The moves that took a sum further than those before.
    changes: Vec<Change>,
    basis: Basis,
}

/// A programme with its solution.
struct Posed {
    members: Vec<usize>,
    programme: Elastic,
    values: Vec<f64>,
}

#[derive(Clone, Copy)]
enum Direction {
    Up,
    Down,
}

impl Search<'_> {
    fn protect(&mut self, sum: usize) -> bool {
        self.walk(sum, Direction::Up);
        self.walk(sum, Direction::Down);
        for size in FREE {
            if self.is_protected(sum) {
                return true;
            }
            let members = neighbourhood(self.system, sum, size, |inner| self.unknown[inner], |sum| self.open[sum]);
            self.move_freely(sum, Direction::Up, &members);
            self.move_freely(sum, Direction::Down, &members);
            if members.len() < size {
                break;
            }
        }
        if !self.is_protected(sum) {
            let members = |sum: usize| self.system.sums[sum].members.len();
            let around = neighbourhood(self.system, sum, AROUND, |_| true, members);
            while !self.is_protected(sum) && self.suppress_further(sum, &around) {}
        }
        self.is_protected(sum)
    }

    /// What is missing of a sum's protection: its width, and how far it must lie above its value.
    fn missing(&self, sum: usize) -> (i64, i64) {
        let State::Suppressed(reason) = self.system.sums[sum].state else { return (0, 0) };
        if !reason.is_primary() {
            return (0, 0);
        }
        let need = self.system.sums[sum].need;
        let (low, high) = (self.reach.low[sum], self.reach.high[sum]);
        ((need.width - (high - low)).max(0), (need.above - high).max(0))
    }

    fn is_protected(&self, sum: usize) -> bool {
        self.missing(sum) == (0, 0)
    }

    /// The distance that is worth searching in a direction, or nothing.
    fn goal(&self, sum: usize, direction: Direction, further: bool) -> Option<Goal> {
        let (width, above) = self.missing(sum);
        let (least, most) = self.system.range(sum, self.policy);
        let value = self.system.sums[sum].value;
        let (low, high) = (self.reach.low[sum], self.reach.high[sum]);
        let (reached, distance) = match direction {
            Direction::Up => (high, (high + width.max(above)).min(most - value)),
            Direction::Down => (low, (low - width).max(least - value)),
        };
        (distance.abs() > reached.abs()).then_some(Goal { sum, distance, further })
    }

    /// Moves a sum as far as is wanted by moves of the basis.
    fn walk(&mut self, sum: usize, direction: Direction) {
        let Some(goal) = self.goal(sum, direction, false) else { return };
        if let Some(moved) = self.basis.walk(self.system, self.policy, sum, goal.distance) {
            self.accept(&moved);
        }
    }

    /// Moves a sum as far as is wanted, with what is suppressed already.
    fn move_freely(&mut self, sum: usize, direction: Direction, members: &[usize]) {
        let Some(goal) = self.goal(sum, direction, false) else { return };
        let posed = self.posed(members.to_vec(), goal);
        let _ = posed.and_then(|posed| self.use_of(posed, |search, moved| search.accept(&moved).then_some(())));
    }

    /// Suppresses the cheapest further cells with which a sum moves in one direction or the other. `false` if none do.
    fn suppress_further(&mut self, sum: usize, around: &[usize]) -> bool {
        let mut best: Option<(f64, Vec<usize>, Move)> = None;
        for direction in [Direction::Up, Direction::Down] {
            let Some(goal) = self.goal(sum, direction, true) else { continue };
            let found = self.stretched(around, goal).and_then(|posed| {
                self.use_of(posed, |search, moved| {
                    let further = noticed(search.system, search.policy, &moved)?;
                    let cost = further.iter().map(|sum| price(search.system.sums[*sum].value)).sum();
                    Some((cost, further, moved))
                })
            });
            let is_cheaper = |found: &(f64, _, _)| best.as_ref().is_none_or(|(least, _, _)| found.0 < *least);
            best = found.filter(is_cheaper).or(best);
        }
        let Some((_, further, moved)) = best else { return false };
        for sum in further {
            self.system.sums[sum].state = State::Suppressed(Reason::Audit);
            if let [inner] = self.system.sums[sum].members[..] {
                self.uncover(inner);
            }
        }
        let before = (self.reach.low[sum], self.reach.high[sum]);
        self.accept(&moved);
        before != (self.reach.low[sum], self.reach.high[sum])
    }

    /// Notes that an inner cell is not published any more.
    fn uncover(&mut self, inner: usize) {
        if !std::mem::replace(&mut self.unknown[inner], true) {
            for sum in &self.system.sums_of[inner] {
                self.open[*sum] += 1;
            }
        }
    }

    /// The programme of the inner cells around a sum, and of those that a move needs besides them. Nothing if there is no such
    /// move.
    fn stretched(&self, around: &[usize], goal: Goal) -> Option<Posed> {
        let mut members: BTreeSet<usize> = around.iter().copied().collect();
        loop {
            let posed = self.posed(members.iter().copied().collect(), goal)?;
            let needed = posed.programme.needed(self.system, &posed.values);
            if needed.is_empty() {
                return Some(posed);
            }
            let before = members.len();
            members.extend(needed);
            if members.len() == before || members.len() > FURTHER {
                return None;
            }
        }
    }

    /// A programme and its solution. A programme that the solver cannot solve proves nothing, so the cell gets more protection
    /// instead.
    fn posed(&self, members: Vec<usize>, goal: Goal) -> Option<Posed> {
        let programme = programme(self.system, self.policy, &members, goal)?;
        let values = programme.solve().ok()??;
        Some(Posed { members, programme, values })
    }

    /// The first use of a programme's solution: of real numbers, which are nearly always whole, and else of whole numbers.
    fn use_of<R>(&mut self, posed: Posed, mut to_use: impl FnMut(&mut Self, Move) -> Option<R>) -> Option<R> {
        let Posed { members, programme, values } = posed;
        if let Some(used) = to_use(self, nearest(&members, &values)) {
            return Some(used);
        }
        let moved = nearest(&members, &programme.solve_whole().ok()??);
        to_use(self, moved)
    }

    /// Notes a move if it changes nothing that an outsider knows, and the opposite move too.
    fn accept(&mut self, moved: &Move) -> bool {
        let opposite: Move = moved.iter().map(|(inner, value)| (*inner, -value)).collect();
        let first = self.note(moved);
        self.note(&opposite);
        first
    }

    fn note(&mut self, moved: &Move) -> bool {
        if moved.is_empty() || noticed(self.system, self.policy, moved).is_none_or(|noticed| !noticed.is_empty()) {
            return false;
        }
        let mut goes_further = false;
        for (sum, distance) in moved_sums(self.system, moved) {
            goes_further |= distance < self.reach.low[sum] || distance > self.reach.high[sum];
            self.reach.low[sum] = self.reach.low[sum].min(distance);
            self.reach.high[sum] = self.reach.high[sum].max(distance);
        }
        if goes_further {
            self.changes.push(moved.iter().map(|(inner, value)| (*inner, *value)).collect());
        }
        true
    }

    /// Publishes secondary cells that no move changes. All moves stay possible, so nothing loses its protection.
    fn release(&mut self) {
        for (sum, one) in self.system.sums.iter_mut().enumerate() {
            let is_secondary = matches!(one.state, State::Suppressed(reason) if reason.protects_others());
            if is_secondary && self.reach.low[sum] == 0 && self.reach.high[sum] == 0 {
                one.state = State::Free;
            }
        }
    }
}
