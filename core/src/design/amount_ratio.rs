//! A count or a sum divided by a sum: burglaries for each 100 dwellings, the share of residents in deprivation.

use std::sync::Arc;

use serde::Deserialize;

use super::population::row_basis;
use super::total::{amount, sum};
use super::{Design, Formula, Histogram, Input, Inputs, Quantity, Reader, Selection, Subjects, Tally};
use crate::cel::FieldPath;
use crate::estimate::{
    self, Comparable, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind, count_to_f64,
};
use crate::measure_file::{DefinitionError, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "amount_ratio";

/// A ratio of sums over rows that are counts themselves. Interval of a number of rows: Byar 1977, exact Poisson limits for small
/// counts. Sums of amounts have none: they are not counted by those who state them.
#[derive(Debug)]
struct AmountRatio {
    numerator: Part,
    denominator: Part,
    /// For a rate; `None` for a share.
    multiplier: Option<f64>,
}

/// Rows, and the amount of each.
#[derive(Debug)]
struct Part {
    subjects: Subjects,
    /// `None` for rows that count one each.
    amount: Option<FieldPath>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AmountRatioTable {
    numerator: PartTable,
    denominator: PartTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartTable {
    dataset: Text,
    date: Text,
    area: Text,
    ward: Option<Text>,
    population: Option<Text>,
    /// Field with the amount of a row; none if each row counts one.
    amount: Option<Text>,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let written: AmountRatioTable = reader.fields.checker().read(table)?;
    let denominator = written.denominator.read(reader)?;
    if denominator.amount.is_none() {
        return reader
            .fields
            .checker()
            .at(&written.denominator.dataset, "the denominator states the amount of a row");
    }
    Ok(Arc::new(AmountRatio {
        numerator: written.numerator.read(reader)?,
        denominator,
        multiplier: (reader.value_kind == ValueKind::RatePer100).then_some(100.0),
    }))
}

impl PartTable {
    fn read(&self, reader: &Reader<'_>) -> Result<Part, DefinitionError> {
        let fields = reader.fields;
        let dataset = fields.dataset(&self.dataset)?;
        let subjects = Subjects {
            rows: row_basis(dataset, &self.date, &self.area, self.ward.as_ref(), fields)?,
            population: fields.predicate(dataset, self.population.as_ref())?,
        };
        let amount = self.amount.as_ref().map(|text| amount(dataset, text, fields)).transpose()?;
        Ok(Part { subjects, amount })
    }
}

impl Part {
    fn input(&self) -> Input {
        match self.amount {
            None => Input::Tally(Tally::of_subjects(&self.subjects)),
            Some(amount) => Input::Histogram(Histogram {
                of: Quantity::Number(amount),
                subjects: Tally::of_subjects(&self.subjects),
            }),
        }
    }

    /// The sum, from the state of the input at this position. Where rows state amounts and there is none, the amount is not known.
    fn sum(&self, inputs: &Inputs, at: usize) -> Result<f64, MissingReason> {
        match self.amount {
            None => inputs.tally(at).map(|[rows, ..]| count_to_f64(*rows)),
            Some(_) => match inputs.histogram(at)? {
                amounts if amounts.is_empty() => Err(MissingReason::NotSubmitted),
                amounts => sum(amounts),
            },
        }
    }
}

impl Design for AmountRatio {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Proportion, ValueKind::RatePer100]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        if self.numerator.amount.is_some() { &[IntervalRule::None] } else { &[IntervalRule::ByarOrExact] }
    }

    fn formula(&self) -> Formula {
        match self.numerator.amount {
            None => Formula {
                value: "m × n / Σ a",
                symbols: "n is the number of rows in the numerator, Σ a the sum of the amounts of the rows in the denominator, \
                    and m is the number in the unit of the rate.",
            },
            Some(_) => Formula {
                value: "m × Σ a / Σ A",
                symbols: "Σ a is the sum of the amounts of the rows in the numerator, Σ A the sum of the amounts of the rows in \
                    the denominator, and m is 1 for a share.",
            },
        }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![self.numerator.input(), self.denominator.input()]
    }

    fn selections(&self) -> Vec<Selection> {
        vec![
            Selection::of_subjects("denominator", &self.denominator.subjects),
            Selection::of_subjects("numerator", &self.numerator.subjects),
        ]
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let (number, of) = (self.numerator.sum(inputs, 0)?, self.denominator.sum(inputs, 1)?);
        let rows = |at: usize| inputs.histogram(at).map(|amounts| amounts.values().sum::<u64>());
        if self.numerator.amount.is_some() && rows(0)? != rows(1)? {
            // A place has one amount and lacks the other.
            return Err(MissingReason::NotSubmitted.into());
        }
        let found = match self.multiplier {
            Some(multiplier) => estimate::rate(number, of, multiplier, rule)?,
            None => estimate::share(number, of, rule)?,
        };
        // Amounts are estimates of those who state them, so their change is not tested as if they were counted.
        Ok(if self.numerator.amount.is_some() { Estimated { comparable: Comparable::Not, ..found } } else { found })
    }
}
