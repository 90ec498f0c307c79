//! The share of a sum that belongs to some of the rows: the share of officers who are women, from rows of headcounts.

use std::sync::Arc;

use serde::Deserialize;

use super::population::PopulationTable;
use super::total::sum;
use super::{Design, Formula, Histogram, Input, Inputs, Population, Quantity, Reader, Selection, Tally};
use crate::cel::Predicate;
use crate::contract::Kind;
use crate::estimate::{self, Estimated, IntervalRule, Rule, Unavailable, ValueKind, whole_number};
use crate::measure_file::{DefinitionError, Fields, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "share_of_total";

/// A share of a sum. Interval: Wilson 1927.
#[derive(Debug)]
pub(super) struct ShareOfTotal {
    population: Population,
    amount: Quantity,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShareOfTotalTable {
    amount: Text,
    population: PopulationTable,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let written: ShareOfTotalTable = reader.fields.checker().read(table)?;
    Ok(Arc::new(ShareOfTotal::read(&written.amount, &written.population, reader.fields)?))
}

impl ShareOfTotal {
    pub(super) fn read(
        text: &Text,
        population: &PopulationTable,
        fields: &Fields<'_>,
    ) -> Result<Self, DefinitionError> {
        let population = population.read_share(fields)?;
        let dataset = population.rows.dataset;
        let number = |kind: &Kind| matches!(kind, Kind::Integer(_) | Kind::Number);
        let amount = fields.field_of(dataset, text, "number", number)?;
        let decimal = amount.declared().is_some_and(|field| matches!(field.kind, Kind::Number));
        Ok(Self { amount: if decimal { Quantity::Hundredths(amount) } else { Quantity::Number(amount) }, population })
    }

    /// The amounts in the numerator, and those in the denominator.
    pub(super) fn inputs(&self) -> Vec<Input> {
        let amounts = |predicate: Predicate| {
            let subjects = Tally::of(self.population.rows, vec![predicate]);
            Input::Histogram(Histogram { of: self.amount.clone(), subjects })
        };
        // The rows of the first input show which cells of a breakdown there are.
        vec![amounts(self.population.base()), amounts(self.population.counted())]
    }

    pub(super) fn selections(&self) -> Vec<Selection> {
        self.population.selections()
    }

    pub(super) fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let unit = if matches!(self.amount, Quantity::Hundredths(_)) { 100.0 } else { 1.0 };
        let base = sum(inputs.histogram(0)?)? / unit;
        // 0.4 full-time posts are not 0, and 9.5 are not 10.
        let at_least = if base > 0.0 { whole_number(base.floor()).max(1) } else { 0 };
        estimate::check_base(Some(at_least), rule)?;
        estimate::share(sum(inputs.histogram(1)?)? / unit, base, rule)
    }
}

impl Design for ShareOfTotal {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Proportion]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::Wilson, IntervalRule::None]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "Σ a / Σ A",
            symbols: "Σ a is the sum of the amounts of the rows in the numerator, and Σ A the sum of the amounts \
                of the rows in the denominator.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        Self::inputs(self)
    }

    fn selections(&self) -> Vec<Selection> {
        Self::selections(self)
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        Self::estimate(self, inputs, rule)
    }
}
