//! Crimes weighted by the severity of their class, for each resident.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::population::SubjectsTable;
use super::{Design, Formula, Histogram, Input, Inputs, Quantity, Reader, Residents, Selection, Subjects, Tally};
use crate::cel::FieldPath;
use crate::contract::Kind;
use crate::estimate::{
    Comparable, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind, count_to_f64,
};
use crate::measure_file::{DefinitionError, Table, Text};
use crate::reference::CodeList;
use crate::stats::bootstrap::{description, percentile};
use crate::stats::median::Frequencies;

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "severity";

/// Number of classes without a weight that a caveat names.
const NAMED: usize = 5;

/// A sum of weights over residents. The table of weights is in the measure's file, with its version: other weights are another
/// version of the measure. A crime of a class without a weight leaves the value unknown, because what it would add is not known.
/// Interval: percentile bootstrap over crimes.
#[derive(Debug)]
struct Severity {
    subjects: Subjects,
    class: FieldPath,
    /// The weight of each class, by the number with which rows hold it.
    weights: BTreeMap<i32, f64>,
    /// The codes of the classes, by the same number.
    codes: BTreeMap<i32, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeverityTable {
    /// Field with the class of a crime.
    class: Text,
    population: SubjectsTable,
    weights: WeightsTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WeightsTable {
    /// The publisher's table, and its version: for people.
    #[serde(rename = "table")]
    _table: Text,
    classes: BTreeMap<String, Spanned<f64>>,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let checker = fields.checker();
    let written: SeverityTable = checker.read(table)?;
    let subjects = written.population.read(fields)?;
    let dataset = subjects.rows.dataset;
    let class =
        fields.field_of(dataset, &written.class, "code of a list", |kind| matches!(kind, Kind::OpenCode(_)))?;
    let list = class.declared().and_then(|field| match &field.kind {
        Kind::OpenCode(list) => checker.reference.codes.list(list),
        _ => None,
    });
    let Some(list) = list else { return checker.at(&written.class, "the list of its codes is not held") };
    let mut weights = BTreeMap::new();
    for (code, weight) in written.weights.classes {
        let at = weight.span().start;
        let Some(number) = list.index(&code) else {
            return checker.fault(at, format!("{} has no code {code}", list.name()));
        };
        if !(weight.get_ref().is_finite() && *weight.get_ref() > 0.0) {
            return checker.fault(at, "a weight is above 0");
        }
        weights.insert(i32::from(number), weight.into_inner());
    }
    if weights.is_empty() {
        return checker.at(&written.class, "a table of weights has at least one class");
    }
    Ok(Arc::new(Severity { subjects, class, weights, codes: codes(list) }))
}

fn codes(list: &CodeList) -> BTreeMap<i32, String> {
    let number = |code: &str| list.index(code).map(i32::from);
    list.iter().filter_map(|entry| Some((number(entry.code())?, entry.code().to_owned()))).collect()
}

impl Severity {
    /// The sum of the weights; `None` if a class has none.
    fn weighted(&self, classes: &[(i32, u64)]) -> Option<f64> {
        classes
            .iter()
            .try_fold(0.0, |sum, (class, count)| Some(sum + self.weights.get(class)? * count_to_f64(*count)))
    }

    /// The classes that have crimes and no weight, and the number of these crimes.
    fn without<'s>(&'s self, classes: &'s Frequencies) -> impl Iterator<Item = (&'s str, u64)> {
        let unknown = classes.iter().filter(|(class, count)| **count > 0 && !self.weights.contains_key(class));
        unknown.map(|(class, count)| (self.codes.get(class).map_or("", String::as_str), *count))
    }
}

impl Design for Severity {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Score]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::Bootstrap]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "Σ w n / P",
            symbols: "n is the number of crimes of a class and w the weight of the class. The sum runs over the classes. P is the \
                number of residents of the areas that are included, in the middle of the period or in the nearest year with an \
                estimate.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        let classes = Histogram { of: Quantity::Number(self.class), subjects: Tally::of_subjects(&self.subjects) };
        vec![Input::Histogram(classes), Input::Residents(Residents::default())]
    }

    fn selections(&self) -> Vec<Selection> {
        vec![Selection::of_subjects("initial_population", &self.subjects)]
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let (classes, residents) = (inputs.histogram(0)?, f64::from(inputs.residents(1)?));
        if residents <= 0.0 {
            return Err(MissingReason::ZeroDenominator.into());
        }
        let known: Vec<(i32, u64)> = classes.iter().map(|(class, count)| (*class, *count)).collect();
        let weighted = self.weighted(&known).ok_or(MissingReason::NoWeight)?;
        let score = |classes: &[(i32, u64)]| self.weighted(classes).map(|sum| sum / residents);
        let interval = rule.interval.then(|| percentile(classes, rule.confidence, score)).and_then(Result::ok);
        Ok(Estimated {
            value: weighted / residents,
            interval,
            numerator: Some(weighted),
            denominator: Some(residents),
            comparable: Comparable::Not,
            ..Estimated::default()
        })
    }

    fn caveats(&self, inputs: &Inputs) -> Vec<String> {
        let Ok(classes) = inputs.histogram(0) else { return Vec::new() };
        let (crimes, lacking) =
            self.without(classes).fold((0_u64, Vec::new()), |(crimes, mut lacking), (class, count)| {
                lacking.push(class);
                (crimes.saturating_add(count), lacking)
            });
        if lacking.is_empty() {
            return vec![description("crimes")];
        }
        let named = lacking.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = lacking.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        vec![format!(
            "No value is given: {crimes} crimes are of classes without a verified weight ({named}{more}), and what they add is not \
             known."
        )]
    }
}
