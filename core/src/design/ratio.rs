//! One count over another count, of subjects that different dates place in time.

use std::sync::Arc;

use serde::Deserialize;

use super::population::SubjectsTable;
use super::{Design, Input, Inputs, Reader, Selection, Subjects, Tally};
use crate::estimate::{self, Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Table};

/// Kind in a measure's file.
pub(super) const KIND: &str = "ratio";

/// A ratio of counts of different subjects. It is no proportion and has no interval of its own.
#[derive(Debug)]
struct Ratio {
    numerator: Subjects,
    denominator: Subjects,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RatioTable {
    numerator: SubjectsTable,
    denominator: SubjectsTable,
}

/// Reads the table of the design.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let written: RatioTable = reader.fields.checker().read(table)?;
    Ok(Arc::new(Ratio {
        numerator: written.numerator.read(reader.fields)?,
        denominator: written.denominator.read(reader.fields)?,
    }))
}

impl Design for Ratio {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Ratio]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::None]
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::Tally(Tally::of_subjects(&self.numerator)),
            Input::Tally(Tally::of_subjects(&self.denominator).by_fields_of_same_name()),
        ]
    }

    fn selections(&self) -> Vec<Selection> {
        vec![
            Selection::of_subjects("denominator", &self.denominator),
            Selection::of_subjects("numerator", &self.numerator),
        ]
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let [numerator, ..] = *inputs.tally(0)?;
        let [denominator, ..] = *inputs.tally(1)?;
        estimate::ratio(count_to_f64(numerator), count_to_f64(denominator), rule)
    }
}
