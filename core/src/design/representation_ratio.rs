//! A group's share of a sum, divided by the group's share of the population: 1 is parity.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::population::PopulationTable;
use super::share_of_total::ShareOfTotal;
use super::{Design, Formula, Input, Inputs, Reader, Selection};
use crate::estimate::{Comparable, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind};
use crate::measure_file::{DefinitionError, Table, Text};
use crate::stats::Interval;

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "representation_ratio";

/// A ratio of shares. The share of the population is a constant of the definition, so the limits are those of the group's
/// share (Wilson 1927), divided by it.
#[derive(Debug)]
struct RepresentationRatio {
    share: ShareOfTotal,
    population_share: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RepresentationRatioTable {
    amount: Text,
    population: PopulationTable,
    /// The group's share of the population, from 0 to 1.
    population_share: Spanned<f64>,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let checker = reader.fields.checker();
    let written: RepresentationRatioTable = checker.read(table)?;
    let population_share = *written.population_share.get_ref();
    if !(population_share > 0.0 && population_share <= 1.0) {
        return checker.fault(written.population_share.span().start, "a share of the population is between 0 and 1");
    }
    let share = ShareOfTotal::read(&written.amount, &written.population, reader.fields)?;
    Ok(Arc::new(RepresentationRatio { share, population_share }))
}

impl Design for RepresentationRatio {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Ratio]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::Wilson]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "(Σ a / Σ A) / s",
            symbols: "Σ a is the sum of the amounts of the rows in the numerator, and Σ A the sum of the amounts \
                of the rows in the denominator. s is the group's share of the population, a constant of the \
                definition. 1 is parity.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        self.share.inputs()
    }

    fn selections(&self) -> Vec<Selection> {
        self.share.selections()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let share = self.share.estimate(inputs, rule)?;
        let over = |share: f64| share / self.population_share;
        let scaled = |found: Interval| {
            Interval::new(over(found.lower), over(found.upper), found.confidence, found.method)
                .map_err(|_| MissingReason::NotApplicable)
        };
        // Changes are tested on the share itself, which is a measure of its own.
        let interval = share.interval.map(scaled).transpose()?;
        Ok(Estimated { value: over(share.value), interval, comparable: Comparable::Not, ..share })
    }
}
