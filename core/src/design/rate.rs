//! Events for each 1,000, 10,000 or 100,000 residents.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::population::PopulationTable;
use super::{Design, Input, Inputs, Population, Reader, Residents, Selection, Tally};
use crate::estimate::{self, Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{Checker, DefinitionError, Table};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "rate";

/// A crude rate. Interval: Byar 1977, exact Poisson limits for small counts, divided by the residents.
#[derive(Debug)]
struct Rate {
    population: Population,
    residents: Residents,
    multiplier: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateTable {
    population: PopulationTable,
    residents: ResidentsTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResidentsTable {
    ages: Option<Spanned<(u8, u8)>>,
}

impl ResidentsTable {
    pub(super) fn read(self, checker: &Checker<'_>) -> Result<Residents, DefinitionError> {
        let ages = match self.ages {
            Some(ages) if ages.get_ref().0 > ages.get_ref().1 => {
                return checker.fault(ages.span().start, "the youngest age comes first");
            }
            ages => ages.map(Spanned::into_inner),
        };
        Ok(Residents { ages, ethnic_groups: Vec::new() })
    }
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let checker = reader.fields.checker();
    let written: RateTable = checker.read(table)?;
    Ok(Arc::new(Rate {
        population: written.population.read(reader.fields)?,
        residents: written.residents.read(checker)?,
        // The check of the definition refuses a kind of value that has no multiplier.
        multiplier: reader.value_kind.multiplier().unwrap_or(1.0),
    }))
}

impl Design for Rate {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::RatePer1k, ValueKind::RatePer10k, ValueKind::RatePer100k]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::ByarOrExact]
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Tally(Tally::of_events(&self.population)), Input::Residents(self.residents.clone())]
    }

    fn selections(&self) -> Vec<Selection> {
        self.population.selections()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let [events, ..] = *inputs.tally(0)?;
        let residents = f64::from(inputs.residents(1)?);
        estimate::rate(count_to_f64(events), residents, self.multiplier, rule)
    }
}
