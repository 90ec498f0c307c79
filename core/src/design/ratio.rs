//! One count divided by another count. The two count different subjects, each by its own date.

use std::sync::Arc;

use serde::Deserialize;

use super::population::SubjectsTable;
use super::{Design, Formula, Input, Inputs, Reader, Selection, Subjects, Tally};
use crate::estimate::{self, Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Table};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "ratio";

/// A ratio of counts. If the counts are of different subjects, it is no proportion and has no interval. If the subjects of the
/// denominator are followed up (`rate_basis = "cohort"`), those of the numerator are among them: Wilson 1927.
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

/// Reads the table `design` of a measure's file.
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
        &[IntervalRule::None, IntervalRule::Wilson]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "n / N",
            symbols: "n is the number of rows in the numerator, and N the number of rows in the denominator. Each \
                is counted by its own date. If they are different subjects, the ratio can exceed 1.",
        }
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
