//! Events for each 1,000, 10,000 or 100,000 residents.

use std::sync::Arc;

use serde::Deserialize;

use super::per_residents::{PerResidents, ResidentsTable};
use super::population::{PopulationTable, read_reported};
use super::{Design, Formula, Input, Inputs, Population, Reader, Reported, Selection, Tally};
use crate::estimate::{Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "rate";

/// A crude rate. Interval: Byar 1977, exact Poisson limits for small counts, divided by the residents.
#[derive(Debug)]
struct Rate {
    population: Population,
    reported: Option<Reported>,
    per: PerResidents,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateTable {
    population: PopulationTable,
    /// The rows of the source that is asked for, if agencies report on one source and not on another.
    reported_by: Option<Text>,
    residents: ResidentsTable,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let written: RateTable = reader.fields.checker().read(table)?;
    let population = written.population.read(reader.fields)?;
    Ok(Arc::new(Rate {
        reported: read_reported(written.reported_by.as_ref(), population.rows, reader.fields)?,
        population,
        per: PerResidents::read(Some(written.residents), reader)?,
    }))
}

impl Design for Rate {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        self.per.value_kinds()
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::ByarOrExact]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "m × n / P",
            symbols: "n is the number of rows in the numerator, P the number of residents of the areas that are \
                included, in the middle of the period or in the nearest year with an estimate, and m is the number \
                of residents in the unit of the rate.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        let mut inputs = self.per.inputs(Input::Tally(Tally::of_events(&self.population)));
        inputs.extend(self.reported.clone().map(Input::Reported));
        inputs
    }

    fn selections(&self) -> Vec<Selection> {
        self.population.selections()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let [events, ..] = *inputs.tally(0)?;
        self.per.estimate(count_to_f64(events), inputs, rule)
    }
}
