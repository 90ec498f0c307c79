//! A linear programme over small moves of inner cells, solved by `microlp`.
//!
//! The solver is given no time limit, so its clock changes nothing: the same programme has the same solution everywhere.

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions};

/// A linear programme: maximise the sum of `gain * x`.
#[derive(Debug, Default)]
pub(super) struct Programme {
    variables: Vec<Variable>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Variable {
    gain: f64,
    low: f64,
    high: f64,
}

#[derive(Debug)]
struct Row {
    terms: Vec<(usize, f64)>,
    low: f64,
    high: f64,
}

impl Programme {
    /// Adds a variable with its gain and its bounds, and returns its position.
    pub(super) fn variable(&mut self, gain: f64, low: f64, high: f64) -> usize {
        self.variables.push(Variable { gain, low, high });
        self.variables.len() - 1
    }

    /// Requires `low <= sum of terms <= high`. A bound that is infinite requires nothing.
    pub(super) fn row(&mut self, terms: Vec<(usize, f64)>, low: f64, high: f64) {
        self.rows.push(Row { terms, low, high });
    }

    /// The variables' values at the greatest gain, or nothing if no values meet the rows.
    ///
    /// # Errors
    /// What the solver says if it fails.
    pub(super) fn solve(&self) -> Result<Option<Vec<f64>>, String> {
        self.solve_as(false)
    }

    /// As [`Self::solve`], with whole numbers. The search gives up after a number of nodes, and returns what it has.
    ///
    /// # Errors
    /// What the solver says if it fails.
    pub(super) fn solve_whole(&self) -> Result<Option<Vec<f64>>, String> {
        self.solve_as(true)
    }

    fn solve_as(&self, whole: bool) -> Result<Option<Vec<f64>>, String> {
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let add = |one: &Variable| {
            if whole {
                problem.add_integer_var(one.gain, (end(one.low), end(one.high)))
            } else {
                problem.add_var(one.gain, (one.low, one.high))
            }
        };
        let variables: Vec<_> = self.variables.iter().map(add).collect();
        for row in &self.rows {
            let terms: Vec<_> = row.terms.iter().map(|(position, value)| (variables[*position], *value)).collect();
            if row.high - row.low < 0.5 {
                problem.add_constraint(&terms, ComparisonOp::Eq, row.low);
                continue;
            }
            if row.low.is_finite() {
                problem.add_constraint(&terms, ComparisonOp::Ge, row.low);
            }
            if row.high.is_finite() {
                problem.add_constraint(&terms, ComparisonOp::Le, row.high);
            }
        }
        let mut options = SolveOptions::default();
        options.node_limit = whole.then_some(NODES);
        match problem.solve_with(options) {
            Ok(outcome) => {
                let value =
                    |solution: &microlp::Solution| variables.iter().map(|one| solution.var_value(*one)).collect();
                Ok(outcome.solution().map(value))
            }
            Err(microlp::Error::Infeasible) => Ok(None),
            Err(other) => Err(other.to_string()),
        }
    }
}

/// The number of nodes after which a search for whole numbers gives up. A number, and no time: the same input gives the
/// same result on a slow machine.
const NODES: u64 = 500;

/// A bound as a whole number of 32 bits, which the solver needs. Moves are far smaller.
#[expect(clippy::cast_possible_truncation, reason = "clamped before")]
fn end(bound: f64) -> i32 {
    bound.clamp(-1e6, 1e6) as i32
}
