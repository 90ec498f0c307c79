//! One cell of a query.

use super::BreakdownAxes;
use crate::measure::Definition;
use crate::period::Period;
use crate::reference::{AreaId, Areas};

/// The request for one cell of a measure: area, period and breakdown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CellRequest<'a> {
    pub(crate) definition: &'a Definition,
    pub(crate) area: AreaId,
    pub(crate) period: Period,
    pub(crate) axes: &'a BreakdownAxes,
    pub(crate) cell: usize,
    /// Agency whose own figures are asked for; `None` for the authoritative figures.
    pub(crate) source: Option<&'a str>,
}

impl CellRequest<'_> {
    /// Whether the measure is offered for the level of the area and the kind of the period. Records and figures have no value
    /// for others: a figure could come from an old ledger only, and a sum would have no meaning.
    pub(crate) fn is_offered(&self, areas: &Areas) -> bool {
        self.definition.offers(areas.get(self.area).level(), self.period.kind())
    }
}
