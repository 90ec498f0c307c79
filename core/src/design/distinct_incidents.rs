//! The number of different incidents within 12 months: crimes that were confirmed from one report are one incident.

use std::sync::Arc;

use serde::Deserialize;

use super::population::PopulationTable;
use super::{Design, Formula, Input, Inputs, LinkedVictims, Population, Reader, Selection, Tally};
use crate::cel::Predicate;
use crate::estimate::{self, Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::kernel::{RepeatRule, RepeatVariant};
use crate::measure_file::{DefinitionError, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "distinct_incidents";

/// Different incidents, each counted once however many crimes it has: a crime is recorded for each victim. A crime whose incident
/// is not known is an incident of its own. Interval: Byar 1977, exact Poisson limits for small counts.
#[derive(Debug)]
struct DistinctIncidents {
    population: Population,
    incidents: LinkedVictims,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DistinctIncidentsTable {
    population: PopulationTable,
    /// Reference of the crime.
    crime: Text,
    /// Reference of the incident.
    incident: Text,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: DistinctIncidentsTable = fields.checker().read(table)?;
    let population = written.population.read(fields)?;
    let (dataset, crimes) = (population.rows.dataset, population.counted());
    let (crime, incident) = (fields.key(dataset, &written.crime)?, fields.key(dataset, &written.incident)?);
    let incidents = LinkedVictims {
        rows: population.rows,
        person: incident,
        alone: true,
        crime,
        incident,
        key_id: None,
        index: crimes.clone(),
        prior: crimes.clone(),
        same: None,
        // Its number of all is what is wanted: incidents with at least one crime in the 12 months.
        rule: RepeatRule { variant: RepeatVariant::PersonsTwoPlusInWindow, require_distinct_incident: false },
        linkage: Tally::of(population.rows, vec![crimes.clone(), crimes]),
        linkable: Predicate::always(),
    };
    Ok(Arc::new(DistinctIncidents { population, incidents }))
}

impl Design for DistinctIncidents {
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
        Formula { value: "i", symbols: "i is the number of different incidents with a crime in the 12 months." }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Linked(self.incidents.clone())]
    }

    fn selections(&self) -> Vec<Selection> {
        self.population.selections()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let (_, incidents) = inputs.linked(0)?;
        Ok(estimate::count(count_to_f64(incidents), rule))
    }
}
