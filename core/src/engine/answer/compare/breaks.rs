//! Breaks in a series across which no comparison is allowed.

use crate::engine::answer::Data;
use crate::engine::query::CellRequest;
use crate::period::Period;

/// The first break between the period of a cell and another one.
pub(super) fn first_break(data: &Data, cell: CellRequest<'_>, other: Period) -> Option<String> {
    if cell.period == other {
        return None;
    }
    let first = cell.period.start_date().min(other.start_date());
    let last = cell.period.end_date().max(other.end_date());
    let reference = &data.core().reference;
    let level = reference.areas.get(cell.area).level();
    let values = cell.axes.values(cell.cell);
    let group = || values.iter().map(|value| (value.dimension.as_str(), value.code.as_str()));
    let mut between = reference.breaks.between(&cell.definition.id, level, first, last);
    between
        .find(|found| !found.comparable_across && found.divides(group()))
        .map(|found| format!("{}: {}", found.date, found.text))
}
