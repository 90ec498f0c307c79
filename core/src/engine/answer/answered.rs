//! The estimate of one cell on one basis, with the reports on which it is based.

use super::{Alternative, Data};
use crate::design::Inputs;
use crate::engine::error::ComputeError;
use crate::engine::found::Found;
use crate::engine::query::{Basis, CellRequest, Visibility};
use crate::engine::submitted::{Other, Stated, alternatives, is_suppressed, submitted};
use crate::estimate::{Component, Estimated, MissingReason, Rule, Unavailable};
use crate::measure::{Definition, IntervalRule};
use crate::reference::Level;

/// The estimate of one cell on one basis.
pub(crate) struct Answered {
    /// The reports on which the estimate is based.
    pub(super) found: Found<()>,
    pub(super) estimated: Result<Estimated, Unavailable>,
    pub(super) components: Vec<Component>,
    /// Other figures for the same cell.
    pub(super) alternatives: Vec<Alternative>,
    /// Whether the value is not given because a report that it needs is lost.
    pub(super) is_lost: bool,
}

impl Answered {
    /// Whether the measure has no data for the cell. Data that are lost were there.
    pub(crate) fn is_absent(&self) -> bool {
        let absent = [MissingReason::NotSubmitted, MissingReason::NotApplicable, MissingReason::NotAuthorised];
        !self.is_lost && self.reason().is_some_and(|reason| absent.contains(&reason))
    }

    /// Why there is no value; `None` if there is one.
    pub(super) fn reason(&self) -> Option<MissingReason> {
        self.estimated.as_ref().err().map(|unavailable| unavailable.reason)
    }

    /// Whether nothing is known of the cell, so that its observation shows no number.
    pub(super) fn shows_nothing(&self) -> bool {
        self.found.result.is_err() || self.is_lost || self.is_absent()
    }

    /// A cell that the reader may not see. Nothing that is held of it is told.
    fn hidden() -> Self {
        Self {
            found: Found::missing(MissingReason::NotAuthorised),
            estimated: Err(MissingReason::NotAuthorised.into()),
            components: Vec::new(),
            alternatives: Vec::new(),
            is_lost: false,
        }
    }

    fn of_inputs(definition: &Definition, rule: Rule, inputs: Found<Inputs>) -> Self {
        let (estimated, components) = match &inputs.result {
            Ok(states) => (definition.design.estimate(states, rule), definition.design.components(states, rule)),
            Err(reason) => (Err((*reason).into()), Vec::new()),
        };
        Self { found: inputs.with(Ok(())), estimated, components, alternatives: Vec::new(), is_lost: false }
    }
}

impl Data {
    /// Estimates the value of a cell on one basis, if the reader may see it.
    pub(crate) fn answered(
        &self,
        cell: CellRequest<'_>,
        basis: Basis,
        confidence: f64,
        visibility: &Visibility,
    ) -> Result<Answered, ComputeError> {
        if !visibility.shows(cell.definition, cell.area) {
            return Ok(Answered::hidden());
        }
        Ok(self.without_lost(cell, basis, self.estimated(cell, basis, confidence)?))
    }

    fn estimated(&self, cell: CellRequest<'_>, basis: Basis, confidence: f64) -> Result<Answered, ComputeError> {
        let level = self.core().reference.areas.get(cell.area).level();
        let rule = rule(cell.definition, level, confidence);
        if basis == Basis::ComputedFromRecords {
            let mut inputs = self.computed(cell)?;
            if is_suppressed(&self.figures, cell) {
                inputs.result = Err(MissingReason::Suppressed);
            }
            return Ok(Answered::of_inputs(cell.definition, rule, inputs));
        }
        let mut found = submitted(&self.counts.rows, &self.figures, cell);
        let stated = std::mem::replace(&mut found.result, Err(MissingReason::NotSubmitted));
        let estimated = match stated {
            Ok(Stated::Parts(inputs)) => {
                return Ok(Answered::of_inputs(cell.definition, rule, found.with(Ok(inputs))));
            }
            Ok(Stated::Value(state)) => state.estimate(rule),
            Err(reason) => Err(reason.into()),
        };
        let alternatives = self.alternatives(cell, rule);
        Ok(Answered { found: found.with(Ok(())), estimated, components: Vec::new(), alternatives, is_lost: false })
    }

    /// The figures of a cell that are not those of the authoritative source.
    fn alternatives(&self, cell: CellRequest<'_>, rule: Rule) -> Vec<Alternative> {
        let others = alternatives(&self.counts.rows, &self.figures, cell).into_iter();
        let alternative = |Other { agency, source, synthetic, content }: Other| {
            let estimated = content.map_err(Unavailable::from).and_then(|state| state.estimate(rule));
            let known = estimated.as_ref().ok();
            Alternative {
                agency,
                source,
                numerator: known.and_then(|known| known.numerator),
                denominator: known.and_then(|known| known.denominator),
                difference: None,
                synthetic,
                result: estimated.map(|known| known.value).map_err(|unavailable| unavailable.reason),
            }
        };
        others.map(alternative).collect()
    }
}

/// The settings for estimates of a measure at a level of area.
fn rule(definition: &Definition, level: Level, confidence: f64) -> Rule {
    let limited = definition.disclosure.limits_live_answers();
    Rule {
        confidence,
        interval: definition.interval != IntervalRule::None,
        minimum_base: definition.minimum_base(level).filter(|_| limited).unwrap_or(0),
    }
}
