//! The cell of a breakdown to which each row belongs.

use std::borrow::Cow;

use super::{Part, Rows};
use crate::column::Column;
use crate::engine::query::BreakdownAxes;
use crate::kernel::NONE;

/// For each row of a part, the combination of its codes on the axes that are no sets, or [`NONE`] if a code is not
/// known.
pub(crate) fn single_cells(axes: &BreakdownAxes, rows: &Rows, part: &Part) -> Vec<u32> {
    let count = part.segment.batch.rows();
    let mut cells = vec![0; count];
    for axis in axes.iter().filter(|axis| !axis.multi_valued) {
        let positions = axis.positions();
        let size = u32::try_from(axis.codes.len()).unwrap_or(NONE);
        let Some(field) = axis.field else { continue };
        for (cell, code) in cells.iter_mut().zip(codes(&rows.column(part, &field), count)) {
            let position = positions.get(usize::from(code)).copied().unwrap_or(NONE);
            let known = *cell != NONE && position != NONE;
            *cell = if known { *cell * size + position } else { NONE };
        }
    }
    cells
}

/// The keys, or weights, of a column, or zeros where the column has none.
pub(crate) fn keys(column: &Column, rows: usize) -> Cow<'_, [u64]> {
    column.as_u64().map_or_else(|| vec![0; rows].into(), Cow::from)
}

/// The codes of a column in 16 bits, or zeros where the column has no codes.
pub(crate) fn codes(column: &Column, rows: usize) -> Vec<u16> {
    match column {
        Column::U8(codes) => codes.iter().map(|code| u16::from(*code)).collect(),
        Column::U16(codes) => codes.to_vec(),
        _ => vec![0; rows],
    }
}
