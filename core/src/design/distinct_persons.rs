//! The number of different persons who were victims within 12 months.

use std::sync::Arc;

use serde::Deserialize;

use super::per_residents::{PerResidents, ResidentsTable};
use super::population::row_basis;
use super::{Design, Formula, Input, Inputs, LinkedVictims, Reader, Selection, Tally};
use crate::cel::Predicate;
use crate::estimate::{Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::kernel::{RepeatRule, RepeatVariant};
use crate::measure_file::{DefinitionError, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "distinct_persons";

/// Different persons, each counted once however many crimes there were. Interval: Byar 1977, exact Poisson limits for small
/// counts. Persons are followed by their pseudonyms, so victims without one are left out.
#[derive(Debug)]
struct DistinctPersons {
    victims: LinkedVictims,
    qualifying: Predicate,
    per: PerResidents,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DistinctPersonsTable {
    dataset: Text,
    date: Text,
    area: Text,
    person: Text,
    crime: Text,
    incident: Text,
    key_id: Text,
    qualifying: Text,
    linkable: Text,
    residents: Option<ResidentsTable>,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: DistinctPersonsTable = fields.checker().read(table)?;
    let dataset = fields.dataset(&written.dataset)?;
    let qualifying = fields.predicate(dataset, Some(&written.qualifying))?;
    let linkable = fields.predicate(dataset, Some(&written.linkable))?;
    let rows = row_basis(dataset, &written.date, &written.area, None, fields)?;
    let linked = qualifying.and(&linkable);
    let victims = LinkedVictims {
        rows,
        person: fields.key(dataset, &written.person)?,
        alone: false,
        crime: fields.key(dataset, &written.crime)?,
        incident: fields.key(dataset, &written.incident)?,
        key_id: Some(fields.key(dataset, &written.key_id)?),
        index: linked.clone(),
        prior: linked.clone(),
        same: None,
        // Its number of all persons is what is wanted: persons with at least one crime in the 12 months.
        rule: RepeatRule { variant: RepeatVariant::PersonsTwoPlusInWindow, require_distinct_incident: false },
        linkage: Tally::of(rows, vec![qualifying.clone(), linked]),
        linkable,
    };
    let per = PerResidents::read(written.residents, reader)?;
    Ok(Arc::new(DistinctPersons { victims, qualifying, per }))
}

impl Design for DistinctPersons {
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
        match self.per.is_rate() {
            true => Formula {
                value: "m × v / P",
                symbols: "v is the number of different persons with a crime in the 12 months. P is the number of \
                    residents of the areas that are included, in the middle of the period or in the nearest year with \
                    an estimate, and m is the number of residents in the unit of the rate.",
            },
            false => {
                Formula { value: "v", symbols: "v is the number of different persons with a crime in the 12 months." }
            }
        }
    }

    fn inputs(&self) -> Vec<Input> {
        self.per.inputs(Input::Linked(self.victims.clone()))
    }

    fn selections(&self) -> Vec<Selection> {
        let LinkedVictims { rows, linkable, index, .. } = &self.victims;
        vec![
            Selection::named("initial_population", &self.qualifying).leaving(*rows, self.qualifying.clone()),
            Selection::named("denominator", linkable).leaving(*rows, index.clone()),
        ]
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let (_, persons) = inputs.linked(0)?;
        self.per.estimate(count_to_f64(persons), inputs, rule)
    }
}
