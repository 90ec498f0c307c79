//! The estimate of one cell on one basis, with what it rests on.

use super::Data;
use crate::design::Inputs;
use crate::engine::ComputeError;
use crate::engine::found::Found;
use crate::engine::query::{Basis, CellRequest};
use crate::engine::submitted::{Stated, submitted};
use crate::estimate::{Component, Estimated, MissingReason, Rule, Unavailable};
use crate::measure::{Definition, Disclosure, IntervalRule};
use crate::reference::Level;

/// The estimate of one cell on one basis.
pub(crate) struct Answered {
    /// What the estimate rests on.
    pub(super) found: Found<()>,
    pub(super) estimated: Result<Estimated, Unavailable>,
    pub(super) components: Vec<Component>,
}

impl Answered {
    /// Whether there is nothing to show: the measure has no data for the cell.
    pub(crate) fn is_absent(&self) -> bool {
        let reason = self.estimated.as_ref().err().map(|unavailable| unavailable.reason);
        matches!(reason, Some(MissingReason::NotSubmitted | MissingReason::NotApplicable))
    }

    fn of_inputs(definition: &Definition, rule: Rule, inputs: Found<Inputs>) -> Self {
        let (estimated, components) = match &inputs.result {
            Ok(states) => (definition.design.estimate(states, rule), definition.design.components(states, rule)),
            Err(reason) => (Err((*reason).into()), Vec::new()),
        };
        Self { found: inputs.with(Ok(())), estimated, components }
    }
}

impl Data {
    /// The estimate of a cell on one basis.
    pub(crate) fn answered(
        &self,
        cell: CellRequest<'_>,
        basis: Basis,
        confidence: f64,
    ) -> Result<Answered, ComputeError> {
        let level = self.core().reference.areas.get(cell.area).level();
        let rule = rule(cell.definition, level, confidence);
        if basis == Basis::ComputedFromRecords {
            return Ok(Answered::of_inputs(cell.definition, rule, self.computed(cell)?));
        }
        let mut found = submitted(&self.counts.rows, &self.figures, cell);
        let stated = std::mem::replace(&mut found.result, Err(MissingReason::NotSubmitted));
        Ok(match stated {
            Ok(Stated::Parts(inputs)) => Answered::of_inputs(cell.definition, rule, found.with(Ok(inputs))),
            Ok(Stated::Value(state)) => {
                Answered { found: found.with(Ok(())), estimated: state.estimate(rule), components: Vec::new() }
            }
            Err(reason) => {
                Answered { found: found.with(Ok(())), estimated: Err(reason.into()), components: Vec::new() }
            }
        })
    }
}

/// How estimates of a measure are made.
fn rule(definition: &Definition, level: Level, confidence: f64) -> Rule {
    let survey = definition.disclosure == Disclosure::Survey;
    Rule {
        confidence,
        interval: definition.interval != IntervalRule::None,
        minimum_base: definition.minimum_base(level).filter(|_| survey).unwrap_or(0),
    }
}
