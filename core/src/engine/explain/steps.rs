//! The steps that select records, each with its number of rows.

use std::sync::Arc;

use super::PopulationStep;
use crate::cel::Predicate;
use crate::design::{Design, Input, RowBasis, Selection};
use crate::engine::answer::Data;
use crate::engine::error::ComputeError;
use crate::engine::query::{BreakdownAxes, CellRequest};
use crate::reference::Level;

/// Counts the rows left after each step in the area, period and cell.
pub(super) fn steps(data: &Data, cell: CellRequest<'_>) -> Result<Vec<PopulationStep>, ComputeError> {
    let mut steps = Vec::new();
    if !cell.axes.in_records() {
        return Ok(steps);
    }
    let mut before = None;
    for (first, Selection { name, expression, step }) in numbered(designs(data, cell)) {
        before = before.filter(|_| !first);
        let Some(step) = step else { continue };
        let axes = if step.from_all { cell.axes.of_dataset(step.rows.dataset) } else { Some(cell.axes.clone()) };
        let Some(axes) = axes else { continue };
        let all = || rows_left(data, cell, &step.rows, &axes, &Predicate::always());
        let from = match before.filter(|_| !step.from_all) {
            Some(before) => before,
            None => all()?,
        };
        let remaining = rows_left(data, cell, &step.rows, &axes, &step.left)?;
        steps.push(PopulationStep {
            population: name,
            expression,
            remaining,
            removed: from.saturating_sub(remaining),
        });
        before = Some(remaining);
    }
    Ok(steps)
}

/// The populations of a measure, and of the measures from which it is computed.
pub(super) fn selections(data: &Data, cell: CellRequest<'_>) -> Vec<Selection> {
    designs(data, cell).into_iter().flat_map(|design| design.selections()).collect()
}

/// The design of a measure, and those of the measures from which it is computed.
fn designs(data: &Data, cell: CellRequest<'_>) -> Vec<Arc<dyn Design>> {
    let others = cell.definition.inputs.iter().filter_map(|input| match input {
        Input::Measure(other) => data.core().catalogue.get(&other.of),
        _ => None,
    });
    let others = others.map(|other| Arc::clone(&other.design));
    std::iter::once(Arc::clone(&cell.definition.design)).chain(others).collect()
}

/// The populations of several designs. The first of each does not follow from the one before.
fn numbered(designs: Vec<Arc<dyn Design>>) -> impl Iterator<Item = (bool, Selection)> {
    designs.into_iter().flat_map(|design| design.selections().into_iter().enumerate()).map(|(at, one)| (at == 0, one))
}

/// Number of rows of an area, period and cell that a predicate selects.
fn rows_left(
    data: &Data,
    cell: CellRequest<'_>,
    rows: &RowBasis,
    axes: &BreakdownAxes,
    predicate: &Predicate,
) -> Result<u64, ComputeError> {
    let areas = &data.core().reference.areas;
    let wards = areas.get(cell.area).level() == Level::Ward;
    let Some(area) = rows.area_field(wards) else { return Ok(0) };
    let cube = data.counts.count(rows, area, std::slice::from_ref(predicate), axes)?;
    let within = cube.index.within(areas, cell.area, cell.period.end_date());
    Ok(cube.sum(&within, cell.period, cell.cell)[0])
}
