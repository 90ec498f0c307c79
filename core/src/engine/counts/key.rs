//! What counts are kept under.

use std::sync::Arc;

use crate::cel::FieldPath;
use crate::engine::query::BreakdownAxes;
use crate::measure::Definition;

/// What counts are kept under.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct CountKey {
    /// Definition and version.
    pub(crate) measure: Arc<str>,
    pub(crate) version: u32,
    /// Position of the input among those of the design.
    pub(crate) input: usize,
    /// Which areas are told apart: see the maker of the counts.
    pub(crate) level: u8,
    /// Fields of the breakdown.
    pub(crate) axes: Vec<FieldPath>,
}

impl CountKey {
    pub(crate) fn new(definition: &Definition, input: usize, level: u8, axes: &BreakdownAxes) -> Self {
        let axes = axes.0.iter().filter_map(|axis| axis.field).collect();
        Self { measure: Arc::clone(&definition.id), version: definition.version, input, level, axes }
    }
}
