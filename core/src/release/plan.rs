//! The plan of a release: which observations it has.

use crate::engine::{AreaSelection, PeriodSelection};

/// Which observations a release has: those of its measures that are offered for an area and a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Identifiers of measures with their variants, in their order.
    pub measures: Vec<String>,
    /// Areas, or all areas of a level.
    pub areas: Vec<AreaSelection>,
    /// Periods.
    pub periods: Vec<PeriodSelection>,
    /// Breakdowns beside the totals.
    pub breakdowns: Breakdowns,
}

/// The breakdowns of a release. Each is published alone: they are not crossed.
#[derive(Clone, Debug, PartialEq)]
pub enum Breakdowns {
    /// Totals alone.
    None,
    /// Each breakdown that a measure offers.
    Each,
    /// Those of these breakdowns that a measure offers.
    Named(Vec<String>),
}
