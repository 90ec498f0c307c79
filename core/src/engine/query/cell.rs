//! One cell of a query.

use super::BreakdownAxes;
use crate::measure::Definition;
use crate::period::Period;
use crate::reference::AreaId;

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
