//! The steps by which records are selected, counted one by one.

use super::PopulationStep;
use crate::cel::Predicate;
use crate::design::{Input, RowBasis, Selection};
use crate::engine::ComputeError;
use crate::engine::answer::Data;
use crate::engine::query::{BreakdownAxes, CellRequest};
use crate::reference::Level;

/// Counts the rows left after each step in the area, period and cell.
pub(super) fn steps(data: &Data, cell: CellRequest<'_>) -> Result<Vec<PopulationStep>, ComputeError> {
    let mut steps = Vec::new();
    if !cell.axes.in_records() {
        return Ok(steps);
    }
    let mut before = None;
    for Selection { name, expression, step } in selections(data, cell) {
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

/// The populations of a measure, or of the measure that it is computed from.
pub(super) fn selections(data: &Data, cell: CellRequest<'_>) -> Vec<Selection> {
    let other = cell.definition.inputs.iter().find_map(|input| match input {
        Input::Measure(other) => data.core().catalogue.get(&other.of),
        _ => None,
    });
    let design = other.map_or(&cell.definition.design, |other| &other.design);
    design.selections()
}

/// Rows of an area, period and cell for which a predicate holds.
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
