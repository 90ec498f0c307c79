//! A number of rows.

use std::sync::Arc;

use serde::Deserialize;

use super::population::{PopulationTable, read_reported};
use super::{Design, Formula, Input, Inputs, Population, Reader, Reported, Selection, Tally};
use crate::estimate::{self, Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "count";

/// The number of rows in the numerator. Interval: Byar 1977, exact Poisson limits for small counts.
#[derive(Debug)]
struct Count {
    population: Population,
    reported: Option<Reported>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountTable {
    population: PopulationTable,
    /// The rows of the source that is asked for, if agencies report on one source and not on another.
    reported_by: Option<Text>,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let checker = reader.fields.checker();
    let written: CountTable = checker.read(table)?;
    if let Some(text) = &written.population.denominator {
        return checker.at(text, "a count has no denominator");
    }
    let population = written.population.read(reader.fields)?;
    let reported = read_reported(written.reported_by.as_ref(), population.rows, reader.fields)?;
    Ok(Arc::new(Count { population, reported }))
}

impl Design for Count {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Count]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::ByarOrExact]
    }

    fn formula(&self) -> Formula {
        Formula { value: "n", symbols: "n is the number of rows in the numerator." }
    }

    fn inputs(&self) -> Vec<Input> {
        let counts = Input::Tally(Tally::of_events(&self.population));
        std::iter::once(counts).chain(self.reported.clone().map(Input::Reported)).collect()
    }

    fn selections(&self) -> Vec<Selection> {
        self.population.selections()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let [events, ..] = *inputs.tally(0)?;
        Ok(estimate::count(count_to_f64(events), rule))
    }
}
