//! The design of measures that are known only from submitted figures.

use std::sync::Arc;

use serde::Deserialize;

use super::{Design, Formula, Input, Inputs, Reader, Selection};
use crate::estimate::{Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind};
use crate::measure_file::{DefinitionError, Table};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "submitted_only";

/// No records are held for the measure.
#[derive(Debug)]
struct SubmittedOnly;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubmittedOnlyTable {}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let SubmittedOnlyTable {} = reader.fields.checker().read(table)?;
    Ok(Arc::new(SubmittedOnly))
}

impl Design for SubmittedOnly {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &ValueKind::ALL
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &IntervalRule::ALL
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "as submitted",
            symbols: "No records are held. The value is that of the agency's figure, or its numerator divided by \
                its denominator.",
        }
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
