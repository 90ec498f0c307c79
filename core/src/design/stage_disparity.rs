//! The success of a group from one stage to a later one, divided by that of a reference group: applicants who join.

use std::sync::Arc;

use serde::Deserialize;

use super::group::{GroupTable, read_field, read_pair};
use super::population::SubjectsTable;
use super::total::{amount, sum};
use super::{Design, Formula, Group, Histogram, Input, Inputs, Quantity, Reader, Selection, Subjects, Tally};
use crate::cel::{FieldPath, Predicate};
use crate::estimate::{
    Component, ComponentKind, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind, check_base,
    whole_number,
};
use crate::measure_file::{DefinitionError, Table, Text};
use crate::stats::ratio::{EventRate, log_wald};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "stage_disparity";

/// A ratio of two success rates: 1 if both groups pass equally often. Interval: normal on the log scale (Rothman, Greenland and
/// Lash 2008); none if nobody of a group passed.
///
/// The rows are numbers of persons at each stage, so the persons of the two stages are not followed: who passed within a period
/// may have entered before it.
#[derive(Debug)]
struct StageDisparity {
    subjects: Subjects,
    amount: FieldPath,
    from: Predicate,
    to: Predicate,
    by: FieldPath,
    group: Group,
    reference: Group,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StageDisparityTable {
    /// Field with the number of persons of a row.
    amount: Text,
    population: SubjectsTable,
    /// Rows of the earlier stage.
    from: Text,
    /// Rows of the later stage.
    to: Text,
    /// Field that divides the groups.
    by: Text,
    group: GroupTable,
    reference: GroupTable,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: StageDisparityTable = fields.checker().read(table)?;
    let subjects = written.population.read(fields)?;
    let dataset = subjects.rows.dataset;
    let by = read_field(dataset, &written.by, fields)?;
    let (reference, group) = read_pair((written.reference, written.group), by, dataset, fields)?;
    Ok(Arc::new(StageDisparity {
        amount: amount(dataset, &written.amount, fields)?,
        from: fields.predicate(dataset, Some(&written.from))?,
        to: fields.predicate(dataset, Some(&written.to))?,
        subjects,
        by,
        group,
        reference,
    }))
}

/// The numbers of a group at both stages.
#[derive(Clone, Copy)]
struct Passed {
    entered: f64,
    passed: f64,
}

impl StageDisparity {
    /// The numbers of the group and of the reference group.
    fn passed(inputs: &Inputs) -> Result<[Passed; 2], MissingReason> {
        let of =
            |at: usize| Ok(Passed { entered: sum(inputs.histogram(at)?)?, passed: sum(inputs.histogram(at + 1)?)? });
        Ok([of(0)?, of(2)?])
    }

    fn component(&self, group: &Group, Passed { entered, passed }: Passed) -> Component {
        Component {
            kind: ComponentKind::Group,
            code: group.code(self.by),
            label: group.label.clone(),
            unit: String::new(),
            count: Some(whole_number(passed)),
            value: (entered > 0.0).then(|| passed / entered),
            interval: None,
            unweighted_base: Some(whole_number(entered)),
            effective_n: None,
            unit_change: false,
        }
    }
}

impl Design for StageDisparity {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Ratio]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::RateRatio]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "(n₁ / N₁) / (n₀ / N₀)",
            symbols: "N₁ and N₀ are the numbers of persons of the group and of the reference group at the earlier stage, \
                and n₁ and n₀ those at the later stage, within the same period. 1 means that both pass equally often.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        let of = |group: &Group, stage: &Predicate| {
            let rows = self.subjects.population.and(stage).and(&group.members);
            let subjects = Tally::of(self.subjects.rows, vec![rows]);
            Input::Histogram(Histogram { of: Quantity::Number(self.amount), subjects })
        };
        let of_both = |group: &Group| [of(group, &self.from), of(group, &self.to)];
        [of_both(&self.group), of_both(&self.reference)].concat()
    }

    fn selections(&self) -> Vec<Selection> {
        vec![
            Selection::named("initial_population", &self.subjects.population)
                .leaving(self.subjects.rows, self.subjects.population.clone()),
            Selection::named("from", &self.from),
            Selection::named("to", &self.to),
            Selection::named("group", &self.group.members),
            Selection::named("reference", &self.reference.members),
        ]
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let [group, reference] = Self::passed(inputs)?;
        check_base(Some(whole_number(group.entered.min(reference.entered))), rule)?;
        let rate = |Passed { entered, passed }: Passed| {
            EventRate::new(passed, entered).map_err(|_| MissingReason::ZeroDenominator)
        };
        let (group, reference) = (rate(group)?, rate(reference)?);
        let value = group.value() / reference.value();
        if !value.is_finite() {
            return Err(MissingReason::ZeroDenominator.into());
        }
        let interval = log_wald(group, reference, rule.confidence).ok().and_then(|ratio| ratio.interval);
        Ok(Estimated { value, interval: interval.filter(|_| rule.interval), ..Estimated::default() })
    }

    fn components(&self, inputs: &Inputs, _: Rule) -> Vec<Component> {
        let Ok([group, reference]) = Self::passed(inputs) else { return Vec::new() };
        vec![self.component(&self.group, group), self.component(&self.reference, reference)]
    }
}
