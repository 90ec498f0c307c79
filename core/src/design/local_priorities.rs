//! Crimes of the kinds that each borough chose as its priorities.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::choices::{ChoicesTable, check_kinds, component};
use super::per_residents::{PerResidents, ResidentsTable};
use super::population::row_basis;
use super::{ChosenCounts, Design, Formula, Input, Inputs, Reader, Selection, Tally};
use crate::cel::Predicate;
use crate::estimate::{Component, Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "local_priorities";

/// A basket of crimes that differs from borough to borough and changes over time, as a number or as a rate. Interval: Byar
/// 1977, exact Poisson limits for small counts, divided by the residents for a rate.
#[derive(Debug)]
struct LocalPriorities {
    chosen: ChosenCounts,
    qualifying: Predicate,
    per: PerResidents,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LocalPrioritiesTable {
    dataset: Text,
    date: Text,
    area: Text,
    qualifying: Text,
    choices: ChoicesTable,
    /// For each code that a borough can choose, the crimes of this kind.
    kinds: BTreeMap<String, Text>,
    residents: Option<ResidentsTable>,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: LocalPrioritiesTable = fields.checker().read(table)?;
    let dataset = fields.dataset(&written.dataset)?;
    let rows = row_basis(dataset, &written.date, &written.area, None, fields)?;
    let qualifying = fields.predicate(dataset, Some(&written.qualifying))?;
    check_kinds(reader, &written.dataset, &written.kinds)?;
    let of_kind = |text: &Text| Ok(qualifying.and(&fields.predicate(dataset, Some(text))?));
    let predicates = written.kinds.values().map(of_kind).collect::<Result<Vec<_>, DefinitionError>>()?;
    let choices = written.choices.read(reader)?;
    let kinds = written.kinds.into_keys().collect();
    let chosen = ChosenCounts { counts: Tally::of(rows, predicates), kinds, choices };
    let per = PerResidents::read(written.residents, reader)?;
    Ok(Arc::new(LocalPriorities { chosen, qualifying, per }))
}

impl Design for LocalPriorities {
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
            false => Formula {
                value: "Σ n",
                symbols: "n is the number of crimes of one kind. The sum runs over months and boroughs, and in each over \
                    the kinds that the borough had chosen on the first day of the month.",
            },
            true => Formula {
                value: "m × Σ n / P",
                symbols: "n is the number of crimes of one kind. The sum runs over months and boroughs, and in each over \
                    the kinds that the borough had chosen on the first day of the month. P is the number of residents of \
                    the areas that are included, in the middle of the period or in the nearest year with an estimate, and m \
                    is the number of residents in the unit of the rate.",
            },
        }
    }

    fn inputs(&self) -> Vec<Input> {
        self.per.inputs(Input::Chosen(self.chosen.clone()))
    }

    fn selections(&self) -> Vec<Selection> {
        let ChosenCounts { counts, kinds, .. } = &self.chosen;
        let whole =
            Selection::named("initial_population", &self.qualifying).leaving(counts.rows, self.qualifying.clone());
        let kinds = kinds.iter().zip(&counts.predicates).map(|(kind, crimes)| Selection::named(kind, crimes));
        std::iter::once(whole).chain(kinds).collect()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let counts = inputs.chosen(0)?;
        self.per.estimate(counts.iter().flatten().copied().map(count_to_f64).sum(), inputs, rule)
    }

    fn components(&self, inputs: &Inputs, _: Rule) -> Vec<Component> {
        let Ok(counts) = inputs.chosen(0) else { return Vec::new() };
        let chosen = self.chosen.kinds.iter().zip(counts).filter_map(|(kind, count)| Some((kind, (*count)?)));
        let of_kind =
            |(kind, count): (&String, u64)| Component { count: Some(count), ..component(&self.chosen.choices, kind) };
        chosen.map(of_kind).collect()
    }
}
