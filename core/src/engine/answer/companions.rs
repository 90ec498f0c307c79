//! Companions: the measures that the plan wants read with a contextual measure.

use super::plan::axes;
use super::{Data, Observation, observe, on_each_basis};
use crate::engine::error::ComputeError;
use crate::engine::query::{BreakdownAxes, CellRequest, Query};
use crate::measure::Definition;
use crate::period::Period;
use crate::reference::Areas;

/// A companion of a measure of a query.
pub(crate) struct PlannedCompanion<'a> {
    pub(crate) definition: &'a Definition,
    /// The dimensions of the query, or none if the companion does not offer all of them.
    pub(crate) axes: BreakdownAxes,
}

/// The companions of a measure of which any data are held. Rows that were read for one query, and counts that were made
/// elsewhere, have only what the measures that the query names need.
pub(super) fn companions<'d>(data: &'d Data, definition: &Definition, query: &Query) -> Vec<PlannedCompanion<'d>> {
    if data.needs.is_some() || data.counts.elsewhere.is_some() {
        return Vec::new();
    }
    let known = query.companions_of(definition).iter().filter_map(|id| data.core().catalogue.get(id));
    let held = known.filter(|companion| data.available(companion).is_some());
    let planned = held.map(|companion| PlannedCompanion {
        definition: companion,
        axes: axes(data, companion, query).unwrap_or_else(|_| BreakdownAxes::total()),
    });
    planned.collect()
}

/// The observations of the companions of a cell.
pub(super) fn beside(
    data: &Data,
    query: &Query,
    companions: &[PlannedCompanion<'_>],
    cell: CellRequest<'_>,
) -> Result<Vec<Observation>, ComputeError> {
    let mut found = Vec::with_capacity(companions.len());
    for companion in companions {
        let Some(own) = companion.cell(&data.core().reference.areas, cell) else { continue };
        for (basis, answered) in on_each_basis(data, own, query, |_| true)? {
            let (mut observation, _) = observe(data, own, basis, answered);
            observation.components.extend(data.expected_if_random(own, &observation));
            found.push(observation);
        }
    }
    Ok(found)
}

impl PlannedCompanion<'_> {
    /// The cell of the companion that is read with a cell. If the companion does not offer the period, it is the 12 months to
    /// the period's end. `None` if it offers neither for the level of the area.
    fn cell(&self, areas: &Areas, of: CellRequest<'_>) -> Option<CellRequest<'_>> {
        let level = areas.get(of.area).level();
        let periods = [of.period, Period::rolling_year(of.period.last())];
        let period = periods.into_iter().find(|period| self.definition.offers(level, period.kind()))?;
        let cell = self.axes.same_cell(of.axes, of.cell)?;
        Some(CellRequest { definition: self.definition, area: of.area, period, axes: &self.axes, cell, source: None })
    }
}
