//! The linear programmes that enclose suppressed cells.

use std::collections::{BTreeMap, BTreeSet};

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions, Variable};

use super::super::table::join;
use super::super::{DisclosureError, Enclosure};
use super::attack::{Attack, MOST};

/// A component with more unknowns than this is attacked in parts, and in whole only for cells that seem too narrow.
const LARGE: usize = 150;
/// The number of unknowns of such a part.
const PART: usize = 120;
/// A component with at most this number of unknowns is attacked with whole numbers.
const WHOLE: usize = 40;
/// The number of nodes after which a search for whole numbers is given up for an interval of real numbers, which is wider.
const NODES: u64 = 2_000;
impl Attack<'_> {
    /// Encloses the suppressed cells of a component.
    pub(super) fn enclose(
        &self,
        component: &[usize],
        intervals: &mut BTreeMap<usize, (Enclosure, bool)>,
    ) -> Result<(), DisclosureError> {
        let rows: BTreeSet<usize> = component.iter().flat_map(|unknown| &self.rows_of[*unknown]).copied().collect();
        let targets: Vec<usize> = rows.iter().copied().filter(|row| self.rows[*row].is_suppressed).collect();
        let Some(first) = targets.first() else { return Ok(()) };
        if component.len() <= LARGE {
            for target in targets {
                intervals.insert(target, (self.limits(component, target, None)?, true));
            }
            return Ok(());
        }
        // One possible table, and then how far each cell moves from it while the cells outside a part stay as they are.
        let table = self.possible(component, *first)?;
        let mut seen: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        self.note(&table, &targets, &mut seen);
        for target in targets.iter().copied() {
            let needed = self.needed(target);
            let is_wide = |seen: &BTreeMap<usize, (f64, f64)>| seen[&target].1 - seen[&target].0 >= needed;
            for size in [PART, 4 * PART] {
                if is_wide(&seen) {
                    break;
                }
                let part = self.part(target, size);
                for direction in [OptimizationDirection::Maximize, OptimizationDirection::Minimize] {
                    if let Some(moved) = self.optimum(&part, target, direction, Some(&table))? {
                        self.note(&moved, &targets, &mut seen);
                    }
                }
            }
            let (low, high) = seen[&target];
            let found = if is_wide(&seen) {
                (Enclosure { low: whole(low.ceil()), high: whole(high.floor()) }, false)
            } else {
                (self.limits(component, target, None)?, true)
            };
            intervals.insert(target, found);
        }
        Ok(())
    }

    /// The width that a cell's interval must have: 1 if it must only not be recoverable. A little more, because the ends
    /// are rounded to whole numbers inside.
    fn needed(&self, target: usize) -> f64 {
        let is_primary = self.cells[target].status.is_primary();
        let needed = if is_primary { self.knowledge.width.max(1) } else { 1 };
        real(needed) - 1e-6
    }

    /// Unknowns around a cell: those that share a published cell with few of them, nearest first.
    fn part(&self, target: usize, size: usize) -> Vec<usize> {
        let mut part = BTreeSet::new();
        let mut next = BTreeSet::from([(0, target)]);
        let mut seen = BTreeSet::from([target]);
        while let Some((_, row)) = next.pop_first() {
            for unknown in self.rows[row].unknowns.iter().filter(|one| self.fixed[**one].is_none()) {
                if part.len() >= size {
                    return part.into_iter().collect();
                }
                if part.insert(*unknown) {
                    for other in self.rows_of[*unknown].iter().filter(|row| !self.rows[**row].is_suppressed) {
                        if seen.insert(*other) {
                            let open = |one: &&usize| self.fixed[**one].is_none();
                            next.insert((self.rows[*other].unknowns.iter().filter(open).count(), *other));
                        }
                    }
                }
            }
        }
        part.into_iter().collect()
    }

    /// The least and the greatest value of a cell, over all unknowns of its component.
    fn limits(
        &self,
        component: &[usize],
        target: usize,
        around: Option<&BTreeMap<usize, f64>>,
    ) -> Result<Enclosure, DisclosureError> {
        let value = |direction| {
            let table = self.optimum(component, target, direction, around)?;
            let table = table.ok_or_else(|| DisclosureError::Contradiction(join(&self.cells[target].codes)))?;
            Ok(self.value(target, &table))
        };
        let low = value(OptimizationDirection::Minimize)?;
        let high = value(OptimizationDirection::Maximize)?;
        // A solver's 2.9999999 is 3.
        Ok(Enclosure { low: whole((low - 1e-5).ceil()), high: whole((high + 1e-5).floor()) })
    }

    fn possible(&self, component: &[usize], target: usize) -> Result<BTreeMap<usize, f64>, DisclosureError> {
        let found = self.optimum(component, target, OptimizationDirection::Minimize, None)?;
        found.ok_or_else(|| DisclosureError::Contradiction(join(&self.cells[target].codes)))
    }

    /// A cell's value in a table.
    fn value(&self, row: usize, table: &BTreeMap<usize, f64>) -> f64 {
        let of = |unknown: &usize| self.fixed[*unknown].map_or_else(|| table[unknown], real);
        self.rows[row].unknowns.iter().map(of).sum()
    }

    fn note(&self, table: &BTreeMap<usize, f64>, targets: &[usize], seen: &mut BTreeMap<usize, (f64, f64)>) {
        for target in targets {
            let value = self.value(*target, table);
            let (low, high) = seen.entry(*target).or_insert((value, value));
            *low = low.min(value);
            *high = high.max(value);
        }
    }

    /// The table in which a cell is greatest or least. Only the unknowns of a part move; the others are as in `around`.
    /// Nothing if no table fits.
    fn optimum(
        &self,
        part: &[usize],
        target: usize,
        direction: OptimizationDirection,
        around: Option<&BTreeMap<usize, f64>>,
    ) -> Result<Option<BTreeMap<usize, f64>>, DisclosureError> {
        let whole_numbers = around.is_none() && part.len() <= WHOLE;
        for whole_numbers in if whole_numbers { &[true, false][..] } else { &[false][..] } {
            let (problem, variables) = self.problem(part, target, direction, around, *whole_numbers);
            let mut options = SolveOptions::default();
            options.node_limit = whole_numbers.then_some(NODES);
            let outcome = match problem.solve_with(options) {
                Ok(outcome) => outcome,
                Err(microlp::Error::Infeasible) => return Ok(None),
                Err(error) => {
                    let cell = join(&self.cells[target].codes);
                    return Err(DisclosureError::Solver { cell, reason: error.to_string() });
                }
            };
            let Some(solution) = outcome.solution().filter(|_| outcome.is_optimal()) else { continue };
            let mut table = around.cloned().unwrap_or_default();
            table.extend(variables.iter().map(|(unknown, variable)| (*unknown, solution.var_value(*variable))));
            return Ok(Some(table));
        }
        let (cell, reason) = (join(&self.cells[target].codes), "no optimum was proved".to_owned());
        Err(DisclosureError::Solver { cell, reason })
    }

    fn problem(
        &self,
        part: &[usize],
        target: usize,
        direction: OptimizationDirection,
        around: Option<&BTreeMap<usize, f64>>,
        whole_numbers: bool,
    ) -> (Problem, BTreeMap<usize, Variable>) {
        let mut problem = Problem::new(direction);
        let mut variables = BTreeMap::new();
        for unknown in part {
            let gain = if self.rows[target].unknowns.contains(unknown) { 1.0 } else { 0.0 };
            let most = self.rows_of[*unknown].iter().map(|row| self.rows[*row].high).fold(self.most, i64::min).max(0);
            let variable = match i32::try_from(most) {
                Ok(most) if whole_numbers => problem.add_integer_var(gain, (0, most)),
                _ => problem.add_var(gain, (0.0, real(most))),
            };
            variables.insert(*unknown, variable);
        }
        let rows: BTreeSet<usize> = part.iter().flat_map(|unknown| &self.rows_of[*unknown]).copied().collect();
        let mut distinct: BTreeMap<Vec<usize>, (f64, f64)> = BTreeMap::new();
        for row in rows {
            let row = &self.rows[row];
            let (open, settled): (Vec<usize>, Vec<usize>) =
                row.unknowns.iter().partition(|unknown| variables.contains_key(*unknown));
            let known: f64 = settled
                .iter()
                .map(|unknown| self.fixed[*unknown].map_or_else(|| around.map_or(0.0, |table| table[unknown]), real))
                .sum();
            let high = if row.high == MOST { f64::INFINITY } else { real(row.high) - known };
            let ends = distinct.entry(open).or_insert((f64::NEG_INFINITY, f64::INFINITY));
            *ends = (ends.0.max(real(row.low) - known), ends.1.min(high));
        }
        for (open, (low, high)) in distinct {
            let terms: Vec<_> = open.iter().map(|unknown| (variables[unknown], 1.0)).collect();
            bound(&mut problem, &terms, low, high);
        }
        for terms in &self.flags {
            let (open, settled): (Vec<_>, Vec<_>) =
                terms.iter().partition(|(unknown, _)| variables.contains_key(unknown));
            if !open.is_empty() {
                let known: f64 = settled
                    .iter()
                    .map(|(unknown, sign)| {
                        let value =
                            self.fixed[*unknown].map_or_else(|| around.map_or(0.0, |table| table[unknown]), real);
                        value * real(*sign)
                    })
                    .sum();
                let terms: Vec<_> = open.iter().map(|(unknown, sign)| (variables[unknown], real(*sign))).collect();
                bound(&mut problem, &terms, -known, f64::INFINITY);
            }
        }
        (problem, variables)
    }
}

/// Requires `low <= terms <= high`.
fn bound(problem: &mut Problem, terms: &[(Variable, f64)], low: f64, high: f64) {
    if (high - low).abs() < 1e-9 {
        problem.add_constraint(terms, ComparisonOp::Eq, low);
        return;
    }
    if low > 0.0 || terms.iter().any(|(_, sign)| *sign < 0.0) {
        problem.add_constraint(terms, ComparisonOp::Ge, low);
    }
    if high.is_finite() {
        problem.add_constraint(terms, ComparisonOp::Le, high);
    }
}

/// A count as a number of the solver.
#[expect(clippy::cast_precision_loss, reason = "counts are at most 2^40")]
pub(super) fn real(value: i64) -> f64 {
    value as f64
}

/// A number that was rounded as a count.
#[expect(clippy::cast_possible_truncation, reason = "counts are at most 2^40")]
fn whole(value: f64) -> i64 {
    value as i64
}

/// The nearest whole number.
pub(super) fn rounded(value: f64) -> i64 {
    whole(value.round())
}
