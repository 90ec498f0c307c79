//! One cell of a query.

use super::BreakdownAxes;
use crate::measure::Definition;
use crate::period::Period;
use crate::reference::AreaId;

/// One cell that is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CellRequest<'a> {
    pub(crate) definition: &'a Definition,
    pub(crate) area: AreaId,
    pub(crate) period: Period,
    pub(crate) axes: &'a BreakdownAxes,
    pub(crate) cell: usize,
}
