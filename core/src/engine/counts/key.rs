//! The key under which counts are kept.

use std::sync::Arc;

use crate::cel::FieldPath;
use crate::engine::query::BreakdownAxes;
use crate::measure::{Definition, TallyName};

/// The key under which counts are kept.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct CountKey {
    /// Identifier and version of the definition.
    pub(crate) measure: Arc<str>,
    pub(crate) version: u32,
    /// Position of the input among those of the design.
    pub(crate) input: usize,
    /// Which areas the counts distinguish. The code that makes the counts defines the number.
    pub(crate) level: u8,
    /// Fields of the breakdown.
    pub(crate) axes: Vec<FieldPath>,
}

impl CountKey {
    /// The key of a tally. Measures with the same tally have the same key.
    pub(crate) fn of_tally(definition: &Definition, input: usize, level: u8, axes: &BreakdownAxes) -> Self {
        let own = Self::new(definition, input, level, axes);
        match definition.same_tally.get(input) {
            Some(TallyName { measure, version, input }) => {
                Self { measure: Arc::clone(measure), version: *version, input: *input, ..own }
            }
            None => own,
        }
    }

    /// The key of counts that are not a tally.
    pub(crate) fn new(definition: &Definition, input: usize, level: u8, axes: &BreakdownAxes) -> Self {
        let axes = axes.fields().collect();
        Self { measure: Arc::clone(&definition.id), version: definition.version, input, level, axes }
    }
}
