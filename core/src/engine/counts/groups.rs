//! Groups of rows: by area, by month, and by the axes of which a row has one code.

use crate::cel::FieldPath;
use crate::engine::query::BreakdownAxes;
use crate::engine::rows::{AreaIndex, Program};
use crate::kernel::{Dimension, GroupIndex, KernelError, NONE};

/// The groups, area first, then month, then the axes. The column of the months comes after those of the program.
pub(super) fn group_index(
    program: &mut Program<'_>,
    area: (FieldPath, &AreaIndex),
    axes: &BreakdownAxes,
    months: usize,
) -> Result<GroupIndex, KernelError> {
    let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let (area, index) = area;
    let column = program.column_of(area);
    let mut dimensions = vec![Dimension { column, table: index.of_code.clone(), size: size(index.areas.len()) }];
    for axis in axes.iter().filter(|axis| !axis.multi_valued) {
        let Some(field) = axis.field else { continue };
        let column = program.column_of(field);
        dimensions.push(Dimension { column, table: axis.positions(), size: size(axis.codes.len()) });
    }
    let table = std::iter::once(NONE).chain(0..size(months)).collect();
    dimensions.insert(1, Dimension { column: program.width(), table, size: size(months) });
    GroupIndex::new(&dimensions)
}
