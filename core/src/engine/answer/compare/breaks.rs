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
    let mut between = data.core().reference.breaks.between(&cell.definition.id, first, last);
    between.find(|found| !found.comparable_across).map(|found| format!("{}: {}", found.date, found.text))
}
