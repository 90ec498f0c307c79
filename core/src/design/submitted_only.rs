//! Known only from figures that agencies submit.

use std::sync::Arc;

use serde::Deserialize;

use super::{Design, Input, Inputs, Reader, Selection};
use crate::estimate::{Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind};
use crate::measure_file::{DefinitionError, Table};

/// Kind in a measure's file.
pub(super) const KIND: &str = "submitted_only";

/// No records are held for the measure.
#[derive(Debug)]
struct SubmittedOnly;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubmittedOnlyTable {}

/// Reads the table of the design.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let SubmittedOnlyTable {} = reader.fields.checker().read(table)?;
    Ok(Arc::new(SubmittedOnly))
}

impl Design for SubmittedOnly {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        use ValueKind::{Count, Days, PercentagePoints, Proportion, RatePer1k, RatePer100k, Ratio};
        &[Count, Proportion, PercentagePoints, RatePer1k, RatePer100k, Ratio, Days]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        use IntervalRule::{ByarOrExact, Newcombe, None, OrderStatistics, WeightedWilson, Wilson};
        &[Wilson, WeightedWilson, ByarOrExact, Newcombe, OrderStatistics, None]
    }

    fn inputs(&self) -> Vec<Input> {
        Vec::new()
    }

    fn selections(&self) -> Vec<Selection> {
        Vec::new()
    }

    fn estimate(&self, _: &Inputs, _: Rule) -> Result<Estimated, Unavailable> {
        Err(MissingReason::NotSubmitted.into())
    }
}
