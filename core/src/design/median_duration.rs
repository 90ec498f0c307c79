//! The median number of days from one date of a record to another.

use std::sync::Arc;

use serde::Deserialize;

use super::population::SubjectsTable;
use super::{DayHistogram, Design, Input, Inputs, Reader, Selection, Subjects, Tally};
use crate::cel::{FieldPath, Predicate};
use crate::estimate::{Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Table, Text};
use crate::stats::median::median;

/// Kind in a measure's file.
pub(super) const KIND: &str = "median_duration";

/// A median of days. Interval: order statistics (Conover 1999). Medians of stages do not add up to the median of the
/// whole, and none is derived from another.
#[derive(Debug)]
struct MedianDuration {
    /// Rows of the population that have both dates.
    subjects: Subjects,
    from: FieldPath,
    to: FieldPath,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MedianDurationTable {
    from: Text,
    to: Text,
    population: SubjectsTable,
}

/// Reads the table of the design.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: MedianDurationTable = fields.checker().read(table)?;
    let subjects = written.population.read(fields)?;
    let dataset = subjects.rows.dataset;
    let (from, to) = (fields.date(dataset, &written.from)?, fields.date(dataset, &written.to)?);
    if from == to {
        return fields.checker().at(&written.to, format!("from and to are both {to}: no time passes between them"));
    }
    let dated = Predicate::present(from).and(&Predicate::present(to));
    let population = subjects.population.and(&dated);
    Ok(Arc::new(MedianDuration { subjects: Subjects { population, ..subjects }, from, to }))
}

impl Design for MedianDuration {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Days]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::OrderStatistics]
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Histogram(DayHistogram {
            from: self.from,
            to: self.to,
            subjects: Tally::of_subjects(&self.subjects),
        })]
    }

    fn selections(&self) -> Vec<Selection> {
        vec![Selection::of_subjects("initial_population", &self.subjects)]
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let days = inputs.histogram(0)?;
        let estimate = median(days, rule.confidence).map_err(|_| MissingReason::ZeroDenominator)?;
        Ok(Estimated {
            value: estimate.value,
            interval: estimate.interval.filter(|_| rule.interval),
            denominator: Some(count_to_f64(days.values().sum())),
            ..Estimated::default()
        })
    }
}
