//! Repeat victims of the kinds of crime that each borough chose as its priorities.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::choices::{ChoicesTable, check_kinds, component};
use super::population::row_basis;
use super::{ChosenVictims, Design, Formula, Input, Inputs, LinkedVictims, Reader, RowBasis, Selection, Tally};
use crate::cel::Predicate;
use crate::estimate::{self, Component, Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::kernel::{RepeatRule, RepeatVariant};
use crate::measure_file::{DefinitionError, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "local_priority_repeats";

/// Repeat victims of a basket of crimes that differs from borough to borough and changes over time. Interval: Wilson 1927.
#[derive(Debug)]
struct LocalPriorityRepeats {
    chosen: ChosenVictims,
    /// Victims of any crime, linkable or not.
    qualifying: Predicate,
    /// Victims whose person is known.
    linkable: Predicate,
    rows: RowBasis,
    /// Victims of each kind.
    of_kind: Vec<Predicate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LocalPriorityRepeatsTable {
    dataset: Text,
    date: Text,
    area: Text,
    person: Text,
    crime: Text,
    incident: Text,
    key_id: Text,
    qualifying: Text,
    linkable: Text,
    require_distinct_incident: bool,
    prior: Prior,
    choices: ChoicesTable,
    /// For each code that a borough can choose, the victims of crimes of this kind.
    kinds: BTreeMap<String, Text>,
}

/// The crimes that make a victim of a kind a repeat victim.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Prior {
    /// Crimes of the same kind.
    SameKind,
    /// Any crimes.
    Any,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: LocalPriorityRepeatsTable = fields.checker().read(table)?;
    let dataset = fields.dataset(&written.dataset)?;
    let rows = row_basis(dataset, &written.date, &written.area, None, fields)?;
    let all = fields.predicate(dataset, Some(&written.qualifying))?;
    let linkable = fields.predicate(dataset, Some(&written.linkable))?;
    check_kinds(reader, &written.dataset, &written.kinds)?;
    let of_kind = |text: &Text| fields.predicate(dataset, Some(text));
    let predicates = written.kinds.values().map(of_kind).collect::<Result<Vec<_>, DefinitionError>>()?;
    // Of all victims, those of none of the kinds, and the others.
    let none = predicates.iter().fold(Predicate::always(), |none, kind| none.and(&kind.not()));
    let of_any = all.and(&none.not());
    let linkage = Tally::of(rows, vec![of_any.clone(), of_any.and(&linkable)]);
    let [person, crime, incident, key_id] =
        [&written.person, &written.crime, &written.incident, &written.key_id].map(|text| fields.key(dataset, text));
    let (person, crime, incident, key_id) = (person?, crime?, incident?, key_id?);
    let linked = all.and(&linkable);
    let variant = RepeatVariant::PersonsPriorWindow;
    let rule = RepeatRule { variant, require_distinct_incident: written.require_distinct_incident };
    let victims = predicates.iter().map(|kind| LinkedVictims {
        rows,
        person,
        alone: false,
        crime,
        incident,
        key_id: Some(key_id),
        linkable: linkable.clone(),
        index: linked.and(kind),
        prior: match written.prior {
            Prior::SameKind => linked.and(kind),
            Prior::Any => linked.clone(),
        },
        same: None,
        rule,
        linkage: linkage.clone(),
    });
    let chosen = ChosenVictims {
        victims: victims.collect(),
        choices: written.choices.read(reader)?,
        kinds: written.kinds.into_keys().collect(),
    };
    Ok(Arc::new(LocalPriorityRepeats { chosen, qualifying: all, linkable, rows, of_kind: predicates }))
}

impl Design for LocalPriorityRepeats {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Proportion]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::Wilson]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "Σ R / Σ N",
            symbols: "N is the number of persons with a crime of one kind in a month. R is the number of them with another \
                crime that counts, in the 12 calendar months before the month. The sums run over months and boroughs, and \
                in each over the kinds that the borough had chosen on the first day of the month.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::ChosenVictims(self.chosen.clone())]
    }

    fn selections(&self) -> Vec<Selection> {
        let linked = self.qualifying.and(&self.linkable);
        let kinds = self.chosen.kinds.iter().zip(&self.of_kind);
        let kinds = kinds.map(|(kind, victims)| Selection::named(kind, victims));
        let whole = [
            Selection::named("initial_population", &self.qualifying).leaving(self.rows, self.qualifying.clone()),
            Selection::named("denominator", &self.linkable).leaving(self.rows, linked),
        ];
        whole.into_iter().chain(kinds).collect()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let counts = inputs.chosen_victims(0)?.iter().flatten();
        let (repeats, all) = counts.fold((0, 0), |(repeats, all), (r, n)| (repeats + r, all + n));
        estimate::share(count_to_f64(repeats), count_to_f64(all), rule)
    }

    fn components(&self, inputs: &Inputs, rule: Rule) -> Vec<Component> {
        let Ok(counts) = inputs.chosen_victims(0) else { return Vec::new() };
        let chosen = self.chosen.kinds.iter().zip(counts).filter_map(|(kind, count)| Some((kind, (*count)?)));
        let of_kind = |(kind, (repeats, all)): (&String, (u64, u64))| {
            let share = estimate::share(count_to_f64(repeats), count_to_f64(all), rule).ok();
            Component {
                count: Some(repeats),
                value: share.as_ref().map(|share| share.value),
                interval: share.and_then(|share| share.interval),
                unweighted_base: Some(all),
                ..component(&self.chosen.choices, kind)
            }
        };
        chosen.map(of_kind).collect()
    }
}
