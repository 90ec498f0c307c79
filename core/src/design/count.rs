//! A number of rows.

use std::sync::Arc;

use serde::Deserialize;

use super::population::PopulationTable;
use super::{Design, Input, Inputs, Population, Reader, Selection, Tally};
use crate::estimate::{self, Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Table};

/// Kind in a measure's file.
pub(super) const KIND: &str = "count";

/// The number of rows in the numerator. Interval: Byar 1977, exact Poisson limits for small counts.
#[derive(Debug)]
struct Count(Population);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountTable {
    population: PopulationTable,
}

/// Reads the table of the design.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let checker = reader.fields.checker();
    let written: CountTable = checker.read(table)?;
    if let Some(text) = &written.population.denominator {
        return checker.at(text, "a count has no denominator");
    }
    Ok(Arc::new(Count(written.population.read(reader.fields)?)))
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

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Tally(Tally::of_events(&self.0))]
    }

    fn selections(&self) -> Vec<Selection> {
        self.0.selections()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let [events, ..] = *inputs.tally(0)?;
        Ok(estimate::count(count_to_f64(events), rule))
    }
}
