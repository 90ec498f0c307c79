//! The share of the denominator that is in the numerator.

use std::sync::Arc;

use serde::Deserialize;

use super::population::PopulationTable;
use super::{Design, Formula, Input, Inputs, Population, Reader, Reported, Selection, Tally};
use crate::estimate::{self, Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Table};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "proportion";

/// A share of rows. Interval: Wilson 1927, or none if the rows are a whole register.
#[derive(Debug)]
struct Proportion {
    population: Population,
    reported: Option<Reported>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProportionTable {
    population: PopulationTable,
    /// Whether an area without a row in a quarter was silent: no prosecutor completes no prosecution in a quarter.
    #[serde(default)]
    every_area_reports: bool,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let written: ProportionTable = reader.fields.checker().read(table)?;
    let population = written.population.read_share(reader.fields)?;
    let rows = || Ok(Reported::by_area(population.rows, reader.fields.predicate(population.rows.dataset, None)?));
    let reported = written.every_area_reports.then(rows).transpose()?;
    Ok(Arc::new(Proportion { population, reported }))
}

impl Design for Proportion {
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
            value: "n / N",
            symbols: "N is the number of rows in the denominator, without its exclusions, and without exceptions \
                that are not in the numerator. n is the number of rows of the denominator that are in the \
                numerator, without the numerator's exclusions. The populations and their order are those of a \
                proportion measure of HL7 FHIR R4.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        let counts = Input::Tally(Tally::of_share(&self.population));
        std::iter::once(counts).chain(self.reported.clone().map(Input::Reported)).collect()
    }

    fn selections(&self) -> Vec<Selection> {
        self.population.selections()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let [numerator, eligible, excepted, excepted_and_counted, ..] = *inputs.tally(0)?;
        let denominator = eligible - (excepted - excepted_and_counted);
        estimate::check_base(Some(denominator), rule)?;
        estimate::share(count_to_f64(numerator), count_to_f64(denominator), rule)
    }
}
