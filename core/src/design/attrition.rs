//! Attrition: the number of subjects at each stage of a process, and the share lost on the way.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::population::SubjectsTable;
use super::{Design, Formula, Input, Inputs, Reader, Selection, Subjects, Tally};
use crate::estimate::{
    self, Component, ComponentKind, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind,
    count_to_f64,
};
use crate::measure_file::{DefinitionError, Fields, Table, Text};
use crate::stats::proportion::wilson;

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "funnel";

/// An attrition funnel. The value is the share of the first stage's subjects that do not reach the last stage.
#[derive(Debug)]
struct Attrition {
    basis: Basis,
    /// Months after the end of the period until the figures of a cohort are final.
    follow_up_months: Option<u8>,
    /// Subjects of the first stage that have an outcome. All others are open. Only a cohort has them.
    resolved: Option<Subjects>,
    /// Stages, from the first to the last.
    stages: Vec<Stage>,
}

/// Subjects that the stages count.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Basis {
    /// Each stage counts by its own date in the same period. The stages count different cases, so a stage can exceed
    /// the stage before.
    Throughput,
    /// The cases of the first stage, followed up to the date of the extract.
    Cohort,
}

#[derive(Debug)]
struct Stage {
    id: String,
    title: String,
    unit: String,
    /// Whether the stage before counts another unit. Then the share that reaches this stage has no interval.
    unit_change: bool,
    subjects: Subjects,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttritionTable {
    basis: Spanned<Basis>,
    /// A file may state it for all its variants. Only the cohort uses it.
    follow_up_months: Option<u8>,
    resolved: Option<SubjectsTable>,
    steps: Spanned<Vec<StageTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StageTable {
    id: Text,
    title: String,
    unit: String,
    subjects: SubjectsTable,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let checker = fields.checker();
    let written: AttritionTable = checker.read(table)?;
    let stages = stages(written.steps.get_ref(), fields)?;
    let [first, later @ ..] = stages.as_slice() else {
        return checker.fault(written.steps.span().start, "a funnel needs at least one stage");
    };
    let basis = *written.basis.get_ref();
    let is_cohort = basis == Basis::Cohort;
    if is_cohort {
        // A later stage is placed in the period of the first stage's row. So it must use the same date field, either
        // its own or that of the referenced row.
        let date = first.subjects.rows.date;
        let is_same = |stage: &Stage| {
            let own = stage.subjects.rows.date;
            own.dataset == date.dataset && own.field == date.field
        };
        if let Some(stray) = later.iter().find(|stage| !is_same(stage)) {
            let reason = format!("the stage {} of a cohort is not placed by {date} of the first stage", stray.id);
            return checker.fault(written.steps.span().start, reason);
        }
    }
    let resolved = written.resolved.as_ref().map(|resolved| resolved.read(fields)).transpose()?;
    if is_cohort && (written.follow_up_months.is_none() || resolved.is_none()) || !is_cohort && resolved.is_some() {
        let reason = "a cohort needs resolved and follow_up_months, and no other basis has resolved";
        return checker.fault(written.basis.span().start, reason);
    }
    let follow_up_months = written.follow_up_months.filter(|_| is_cohort);
    Ok(Arc::new(Attrition { basis, follow_up_months, resolved, stages }))
}

fn stages(written: &[StageTable], fields: &Fields<'_>) -> Result<Vec<Stage>, DefinitionError> {
    let mut stages: Vec<Stage> = Vec::with_capacity(written.len());
    for stage in written {
        if stages.iter().any(|known| known.id == *stage.id.get_ref()) {
            return fields.checker().at(&stage.id, format!("there are two stages {}", stage.id.get_ref()));
        }
        stages.push(Stage {
            id: stage.id.get_ref().clone(),
            title: stage.title.clone(),
            unit: stage.unit.clone(),
            unit_change: stages.last().is_some_and(|before| before.unit != stage.unit),
            subjects: stage.subjects.read(fields)?,
        });
    }
    Ok(stages)
}

impl Design for Attrition {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        match self.basis {
            Basis::Cohort => &[ValueKind::Proportion],
            Basis::Throughput => &[ValueKind::Ratio],
        }
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        match self.basis {
            Basis::Cohort => &[IntervalRule::Wilson],
            Basis::Throughput => &[IntervalRule::None],
        }
    }

    fn formula(&self) -> Formula {
        let symbols = match self.basis {
            Basis::Cohort => {
                "k₁ is the number of subjects of the first stage, and k the number of those of its cases that \
                 reached the last stage by the day of the extract."
            }
            Basis::Throughput => {
                "k₁ is the number of subjects of the first stage, and k the number of those of the last, each \
                 counted by its own date. They are different cases."
            }
        };
        Formula { value: "1 − k / k₁", symbols }
    }

    fn inputs(&self) -> Vec<Input> {
        let subjects = self.stages.iter().map(|stage| &stage.subjects).chain(&self.resolved);
        let tally = |subjects| Tally::of_subjects(subjects).by_fields_of_same_name().optional();
        subjects.map(|subjects| Input::Tally(tally(subjects))).collect()
    }

    fn selections(&self) -> Vec<Selection> {
        self.stages.iter().map(|stage| Selection::of_subjects(&stage.id, &stage.subjects)).collect()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let counts = self.counts(inputs);
        let (Some(Some(first)), Some(Some(last))) = (counts.first(), counts.last()) else {
            return Err(MissingReason::NotSubmitted.into());
        };
        match first.checked_sub(*last).filter(|_| self.has_one_unit()) {
            Some(lost) => estimate::share(count_to_f64(lost), count_to_f64(*first), rule),
            // The value is no proportion: the units differ (defendants and crimes), or the last stage has more subjects
            // than the first because each stage counts by its own date.
            None if *first > 0 => Ok(estimate::stated(1.0 - count_to_f64(*last) / count_to_f64(*first))),
            None => Err(MissingReason::ZeroDenominator.into()),
        }
    }

    fn components(&self, inputs: &Inputs, rule: Rule) -> Vec<Component> {
        components(&self.stages, &self.counts(inputs), rule.confidence)
    }

    fn caveats(&self, inputs: &Inputs) -> Vec<String> {
        let provisional = self.follow_up_months.map(|months| {
            format!(
                "Provisional until {months} months after the end of the period: cases that are still open have not \
                 reached the later stages."
            )
        });
        let resolved = inputs.tally(self.stages.len()).ok().filter(|_| self.resolved.is_some());
        let open = resolved.zip(inputs.tally(0).ok()).filter(|(_, first)| first[0] > 0).map(|(resolved, first)| {
            let (resolved, first) = (resolved[0].min(first[0]), first[0]);
            format!(
                "Cases of the first stage without an outcome yet: {} of {first} ({:.1}% are resolved so far). An open case \
                 counts as lost until it reaches the later stages.",
                first.abs_diff(resolved),
                100.0 * count_to_f64(resolved) / count_to_f64(first)
            )
        });
        provisional.into_iter().chain(open).collect()
    }

    fn figure_parts(&self) -> Vec<String> {
        self.stages.iter().map(|stage| format!("stage={}", stage.id)).collect()
    }
}

impl Attrition {
    /// Number of subjects at each stage; `None` if it is not known.
    fn counts(&self, inputs: &Inputs) -> Vec<Option<u64>> {
        (0..self.stages.len()).map(|stage| inputs.tally(stage).ok().map(|counts| counts[0])).collect()
    }

    /// Whether the first and the last stage count the same unit. Then the last stage's subjects are a part of the first
    /// stage's.
    fn has_one_unit(&self) -> bool {
        let unit = |stage: Option<&Stage>| stage.map(|stage| stage.unit.clone());
        unit(self.stages.first()) == unit(self.stages.last())
    }
}

/// The stages as components: first the share of the stage before that each stage loses, then the share of the first
/// stage that each stage retains.
fn components(stages: &[Stage], counts: &[Option<u64>], confidence: f64) -> Vec<Component> {
    let first = counts.first().copied().flatten();
    let share = |count: Option<u64>, of: Option<u64>| match (count, of) {
        (Some(count), Some(of)) if of > 0 => Some(count_to_f64(count) / count_to_f64(of)),
        _ => None,
    };
    let component = |kind, stage: &Stage, count| Component {
        kind,
        code: stage.id.clone(),
        label: stage.title.clone(),
        unit: stage.unit.clone(),
        count,
        value: None,
        interval: None,
        unweighted_base: None,
        effective_n: None,
        unit_change: stage.unit_change,
    };
    let before = std::iter::once(None).chain(counts.iter().copied());
    let attrition = stages.iter().zip(counts).zip(before).map(|((stage, count), before)| {
        let lost = count.zip(before).and_then(|(count, before)| Some((before.checked_sub(count)?, before)));
        let lost = lost.filter(|_| !stage.unit_change);
        Component {
            value: share(*count, before).map(|share| 1.0 - share),
            interval: lost.and_then(|(lost, of)| wilson(count_to_f64(lost), count_to_f64(of), confidence).ok()),
            ..component(ComponentKind::Stage, stage, *count)
        }
    });
    let retention = stages.iter().zip(counts).map(|(stage, count)| Component {
        value: share(*count, first),
        ..component(ComponentKind::Retention, stage, *count)
    });
    attrition.chain(retention).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cel::Predicate;
    use crate::contract::Contract;
    use crate::design::{InputState, RowBasis};

    const RULE: Rule = Rule { confidence: 0.95, interval: true, minimum_base: 0 };

    fn funnel(ids: &[&str]) -> Attrition {
        let dataset = Contract::get().dataset("crime").unwrap();
        let field = |name: &str| crate::cel::FieldPath {
            dataset: &dataset.id,
            referenced: false,
            field: &dataset.field(name).unwrap().name,
        };
        let rows = RowBasis { dataset, date: field("recorded_at"), area: field("offence_borough"), ward: None };
        let stage = |id: &&str| Stage {
            id: (*id).to_owned(),
            title: (*id).to_owned(),
            unit: "crime".to_owned(),
            unit_change: *id == "e",
            subjects: Subjects { rows, population: Predicate::always() },
        };
        let stages = ids.iter().map(stage).collect();
        Attrition { basis: Basis::Cohort, follow_up_months: None, resolved: None, stages }
    }

    fn inputs(counts: &[Option<u64>]) -> Inputs {
        let state = |count: u64| InputState::Tally([count, 0, 0, 0, 0, 0, 0, 0]);
        counts.iter().map(|count| count.map(state).ok_or(MissingReason::NotSubmitted)).collect()
    }

    /// Counts and attrition shares of the fixture "Attrition N = 1000, 640, 300, 210, 150, 98".
    #[test]
    fn fixture_attrition() {
        let funnel = funnel(&["a", "b", "c", "d", "e", "f"]);
        let inputs = inputs(&[1000, 640, 300, 210, 150, 98].map(Some));
        let found = funnel.components(&inputs, RULE);
        let (lost, retained) = found.split_at(6);
        let stepwise: Vec<f64> = lost.iter().filter_map(|stage| stage.value).collect();
        for (found, expected) in stepwise.iter().zip([0.36, 0.53125, 0.30, 0.285_714, 0.346_667]) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        assert_eq!(stepwise.len(), 5);
        assert!(lost[4].interval.is_none() && lost[4].unit_change && lost[3].interval.is_some());
        assert!((funnel.estimate(&inputs, RULE).unwrap().value - 0.902).abs() < 1e-12);
        assert_eq!((retained[0].value, retained[5].kind), (Some(1.0), ComponentKind::Retention));
        assert!((retained[5].value.unwrap() - 0.098).abs() < 1e-12);
    }

    #[test]
    fn a_stage_that_is_not_known_leaves_the_rest() {
        let found = funnel(&["a", "b", "c"]).components(&inputs(&[Some(10), None, Some(4)]), RULE);
        assert_eq!((found[1].value, found[2].value), (None, None));
        assert!(found[5].value.is_some());
        let last = funnel(&["a", "b"]).estimate(&inputs(&[Some(10), None]), RULE);
        assert_eq!(last.unwrap_err().reason, MissingReason::NotSubmitted);
    }
}
