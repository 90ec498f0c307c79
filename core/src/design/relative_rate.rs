//! The rate of an event in one group, divided by the rate in a reference group.

use std::sync::Arc;

use serde::Deserialize;

use super::group::{GroupTable, read_field, read_pair};
use super::population::PopulationTable;
use super::{Design, Formula, Group, Input, Inputs, Population, Reader, Residents, Selection, Tally};
use crate::cel::FieldPath;
use crate::estimate::{
    Component, ComponentKind, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind, count_to_f64,
};
use crate::measure_file::{DefinitionError, Table, Text};
use crate::stats::ratio::{EventRate, log_wald};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "relative_rate";

/// A relative rate: 1, or 100 for an index, if both groups have the same rate. Interval: normal on the log scale (Rothman,
/// Greenland and Lash 2008); none if a group has no event.
///
/// The rate of a group is its events for each of its subjects who could have had one, or for each of its residents.
#[derive(Debug)]
struct RelativeRate {
    population: Population,
    by: FieldPath,
    group: Group,
    reference: Group,
    /// Whether events are divided by residents instead of subjects.
    by_residents: bool,
    unit: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelativeRateTable {
    population: PopulationTable,
    /// Field that divides the groups.
    by: Text,
    group: GroupTable,
    reference: GroupTable,
    /// Whether the rates are for each resident. The groups are then broad ethnic groups.
    #[serde(default)]
    by_residents: bool,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: RelativeRateTable = fields.checker().read(table)?;
    let population = written.population.read_share(fields)?;
    let dataset = population.rows.dataset;
    let by = read_field(dataset, &written.by, fields)?;
    let (reference, group) = read_pair((written.reference, written.group), by, dataset, fields)?;
    let unit = if reader.value_kind == ValueKind::Index { 100.0 } else { 1.0 };
    Ok(Arc::new(RelativeRate { population, by, group, reference, by_residents: written.by_residents, unit }))
}

impl RelativeRate {
    /// The events and the subjects, or the residents, of the two groups.
    fn rates(&self, inputs: &Inputs) -> Result<[EventRate; 2], Unavailable> {
        let [events, subjects, reference_events, reference_subjects, ..] = *inputs.tally(0)?;
        let exposures = if self.by_residents {
            [f64::from(inputs.residents(1)?), f64::from(inputs.residents(2)?)]
        } else {
            [count_to_f64(subjects), count_to_f64(reference_subjects)]
        };
        let rate = |events: u64, exposure: f64| {
            EventRate::new(count_to_f64(events), exposure).map_err(|_| MissingReason::ZeroDenominator)
        };
        Ok([rate(events, exposures[0])?, rate(reference_events, exposures[1])?])
    }

    fn component(&self, group: &Group, events: u64, subjects: u64) -> Component {
        let share = (!self.by_residents && subjects > 0).then(|| count_to_f64(events) / count_to_f64(subjects));
        Component {
            kind: ComponentKind::Group,
            code: group.code(self.by),
            label: group.label.clone(),
            unit: String::new(),
            count: Some(events),
            value: share,
            interval: None,
            unweighted_base: Some(subjects),
            effective_n: None,
            unit_change: false,
        }
    }
}

impl Design for RelativeRate {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Ratio, ValueKind::Index]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::RateRatio]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "c × (n₁ / N₁) / (n₀ / N₀)",
            symbols: "n₁ and n₀ are the numbers of events in the group and in the reference group. N₁ and N₀ are \
                the numbers of their subjects, or of their residents in the areas that are included. c is 100 for an index, otherwise 1. The \
                value is c if both groups have the same rate.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        let population = &self.population;
        let of = |group: &Group| [population.counted().and(&group.members), population.base().and(&group.members)];
        let tally = Tally::of(population.rows, [of(&self.group), of(&self.reference)].concat());
        let residents =
            |group: &Group| Input::Residents(Residents { ages: None, ethnic_groups: group.codes.clone() });
        let mut inputs = vec![Input::Tally(tally)];
        if self.by_residents {
            inputs.extend([residents(&self.group), residents(&self.reference)]);
        }
        inputs
    }

    fn selections(&self) -> Vec<Selection> {
        let mut selections = self.population.selections();
        selections.push(Selection::named("group", &self.group.members));
        selections.push(Selection::named("reference", &self.reference.members));
        selections
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let [group, reference] = self.rates(inputs)?;
        let value = group.value() / reference.value();
        if !value.is_finite() {
            return Err(MissingReason::ZeroDenominator.into());
        }
        let interval = log_wald(group, reference, rule.confidence).ok().and_then(|ratio| ratio.interval);
        let scaled = interval.filter(|_| rule.interval).map(|found| crate::stats::Interval {
            lower: found.lower * self.unit,
            upper: found.upper * self.unit,
            ..found
        });
        Ok(Estimated { value: value * self.unit, interval: scaled, ..Estimated::default() })
    }

    fn components(&self, inputs: &Inputs, _: Rule) -> Vec<Component> {
        let Ok([events, subjects, reference_events, reference_subjects, ..]) = inputs.tally(0).copied() else {
            return Vec::new();
        };
        let exposure = |at: usize, subjects: u64| match self.by_residents {
            true => inputs.residents(at).map_or(0, u64::from),
            false => subjects,
        };
        vec![
            self.component(&self.group, events, exposure(1, subjects)),
            self.component(&self.reference, reference_events, exposure(2, reference_subjects)),
        ]
    }
}
