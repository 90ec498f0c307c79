//! Several groups that are compared with one reference group: Holm's adjustment.

use super::other::with_code;
use crate::engine::answer::Data;
use crate::engine::error::ComputeError;
use crate::engine::query::{Basis, CellRequest, Query};
use crate::estimate::Comparable;
use crate::stats::multiple::{gap_p_value, holm};
use crate::stats::proportion::Proportion;

/// The p-value of a group's gap to the reference group, adjusted for all groups of the breakdown that are compared with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Adjusted {
    pub(super) p_value: f64,
    /// Number of groups that are compared.
    pub(super) groups: usize,
}

/// Adjusts the p-value of a cell. `None` unless at least two groups have shares that are compared with the reference group.
pub(super) fn adjusted(
    data: &Data,
    query: &Query,
    cell: CellRequest<'_>,
    basis: Basis,
    reference: Proportion,
) -> Result<Option<Adjusted>, ComputeError> {
    let Some((dimension, reference_code)) = &query.reference_group else { return Ok(None) };
    let Some(axis) = cell.axes.iter().find(|axis| axis.name == *dimension) else { return Ok(None) };
    let (mut p_values, mut own) = (Vec::new(), None);
    for code in axis.codes.iter().map(|code| code.code.as_str()).filter(|code| code != reference_code) {
        let Some(group) = with_code(cell, dimension, code) else { continue };
        let answered = data.answered(group, basis, query.confidence, &query.visibility)?;
        if let Ok(Comparable::Share(share)) = answered.estimated.map(|estimated| estimated.comparable) {
            if group.cell == cell.cell {
                own = Some(p_values.len());
            }
            p_values.push(gap_p_value(share, reference));
        }
    }
    let groups = p_values.len();
    let Some(own) = own.filter(|_| groups > 1) else { return Ok(None) };
    let p_value = holm(&p_values).ok().and_then(|adjusted| adjusted.get(own).copied());
    Ok(p_value.map(|p_value| Adjusted { p_value, groups }))
}
