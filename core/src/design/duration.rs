//! The number of days between two dates of a record: the median, or the mean.

use std::sync::Arc;

use serde::Deserialize;

use super::population::SubjectsTable;
use super::{Design, Formula, Histogram, Input, Inputs, Quantity, Reader, Selection, Subjects, Tally};
use crate::cel::{FieldPath, Predicate};
use crate::estimate::{Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Table, Text};
use crate::stats::Interval;
use crate::stats::mean::mean_of;
use crate::stats::median::median;

/// The designs' names in a measure's file: the values of `design.kind`.
pub(super) const MEDIAN: &str = "median_duration";
pub(super) const MEAN: &str = "mean_duration";

/// Days between two dates. Means of stages add up to the mean of the whole if all subjects have all dates. Medians do not
/// add up, so each is computed from its own dates.
#[derive(Debug)]
struct Duration {
    /// Rows of the population that have both dates.
    subjects: Subjects,
    from: FieldPath,
    to: FieldPath,
    statistic: Statistic,
}

#[derive(Clone, Copy, Debug)]
enum Statistic {
    /// Interval: order statistics (Conover 1999).
    Median,
    /// Interval: Student's t distribution (Student 1908).
    Mean,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DurationTable {
    from: Text,
    to: Text,
    population: SubjectsTable,
}

/// Reads the table `design` of a measure whose value is a median.
pub(super) fn read_median(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    read(table, reader, Statistic::Median)
}

/// Reads the table `design` of a measure whose value is a mean.
pub(super) fn read_mean(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    read(table, reader, Statistic::Mean)
}

fn read(table: Table<'_>, reader: &Reader<'_>, statistic: Statistic) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: DurationTable = fields.checker().read(table)?;
    let subjects = written.population.read(fields)?;
    let dataset = subjects.rows.dataset;
    let (from, to) = (fields.date(dataset, &written.from)?, fields.date(dataset, &written.to)?);
    if from == to {
        return fields.checker().at(&written.to, format!("from and to are both {to}: no time passes between them"));
    }
    let dated = Predicate::present(from).and(&Predicate::present(to));
    let population = subjects.population.and(&dated);
    Ok(Arc::new(Duration { subjects: Subjects { population, ..subjects }, from, to, statistic }))
}

impl Design for Duration {
    fn kind(&self) -> &'static str {
        match self.statistic {
            Statistic::Median => MEDIAN,
            Statistic::Mean => MEAN,
        }
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Days]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        match self.statistic {
            Statistic::Median => &[IntervalRule::OrderStatistics],
            Statistic::Mean => &[IntervalRule::StudentT],
        }
    }

    fn formula(&self) -> Formula {
        match self.statistic {
            Statistic::Median => Formula {
                value: "median of d",
                symbols: "d is the number of days from the first date to the second, of each row that has both. \
                    Rows whose second date is before the first are left out.",
            },
            Statistic::Mean => Formula {
                value: "Σ d / n",
                symbols: "d is the number of days from the first date to the second, of each row that has both, \
                    and n is the number of these rows. Rows whose second date is before the first are left out.",
            },
        }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Histogram(Histogram {
            of: Quantity::Days { from: self.from, to: self.to },
            subjects: Tally::of_subjects(&self.subjects),
        })]
    }

    fn selections(&self) -> Vec<Selection> {
        vec![Selection::of_subjects("initial_population", &self.subjects)]
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let days = inputs.histogram(0)?;
        let estimate = match self.statistic {
            Statistic::Median => median(days, rule.confidence),
            Statistic::Mean => mean_of(days, rule.confidence),
        };
        let estimate = estimate.map_err(|_| MissingReason::ZeroDenominator)?;
        // The dates of a case are in order, so the mean of all cases is not below 0 either.
        let in_order = days.keys().all(|days| *days >= 0);
        let least = if in_order { 0.0 } else { f64::NEG_INFINITY };
        let possible = |interval: Interval| Interval { lower: interval.lower.max(least), ..interval };
        Ok(Estimated {
            value: estimate.value,
            interval: estimate.interval.filter(|_| rule.interval).map(possible),
            denominator: Some(count_to_f64(days.values().sum())),
            ..Estimated::default()
        })
    }
}
