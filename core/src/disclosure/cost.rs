//! What a reader loses when a cell is suppressed. This is the only place that ranks cells.

use super::system::System;

/// The cost of suppressing a cell: a greater one is lost more.
pub(super) type Cost = (i64, i64);

/// The cost of each sum. A larger count costs more, because readers look for it and because it hides more. Of equal counts,
/// the one with larger sums around it costs more: totals and headline levels, and the lines of the table that readers look
/// at first (Langsrud 2024 orders ties so).
pub(super) fn costs(system: &System) -> Vec<Cost> {
    let around: Vec<i64> = (system.sums_of.iter())
        .map(|sums| sums.iter().fold(0, |total: i64, sum| total.saturating_add(system.sums[*sum].value + 1)))
        .collect();
    let context =
        |members: &[usize]| members.iter().fold(0, |total: i64, inner| total.saturating_add(around[*inner]));
    system.sums.iter().map(|sum| (sum.value, context(&sum.members))).collect()
}
