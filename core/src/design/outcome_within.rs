//! The share of subjects with an event within some months of their own day: rapes that are charged within a year.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::population::{SubjectsTable, row_basis};
use super::{Design, FollowUp, Formula, Histogram, Input, Inputs, Quantity, Reader, Selection, Subjects, Tally};
use crate::estimate::{self, Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "outcome_within";

/// Subjects that are followed for some months, each from its own day. An event on that day counts. There is no value before
/// the months after the period are reported on. Interval: Wilson 1927.
#[derive(Debug)]
struct OutcomeWithin {
    subjects: Subjects,
    follow_up: FollowUp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutcomeWithinTable {
    population: SubjectsTable,
    outcome: OutcomeTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutcomeTable {
    dataset: Text,
    date: Text,
    area: Text,
    from: Text,
    counted: Text,
    months: Spanned<i32>,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    const LONGEST: i32 = 120;
    let fields = reader.fields;
    let written: OutcomeWithinTable = fields.checker().read(table)?;
    let subjects = written.population.read(fields)?;
    let OutcomeTable { dataset, date, area, from, counted, months } = &written.outcome;
    let dataset = fields.dataset(dataset)?;
    let begins = fields.date(dataset, from)?;
    if !begins.referenced || begins.dataset != subjects.rows.dataset.id {
        let reason = format!("{begins} is not a date of the {} to which the row refers", subjects.rows.dataset.id);
        return fields.checker().at(from, reason);
    }
    if !(1..=LONGEST).contains(months.get_ref()) {
        return fields.checker().fault(months.span().start, format!("a follow-up has 1 to {LONGEST} months"));
    }
    let events = row_basis(dataset, date, area, None, fields)?;
    let follow_up = FollowUp {
        counted: fields.predicate(dataset, Some(counted))?,
        from: begins,
        same_day: true,
        months: *months.get_ref(),
        proved: events.date,
        proved_months: *months.get_ref(),
        events,
    };
    Ok(Arc::new(OutcomeWithin { subjects, follow_up }))
}

impl Design for OutcomeWithin {
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
            value: "r / N",
            symbols: "N is the number of subjects of the period, and r the number of them with at least one event from \
                their own day to the same day some months later, or the last day of that month.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Histogram(Histogram {
            of: Quantity::Events(self.follow_up.clone()),
            subjects: Tally::of_subjects(&self.subjects),
        })]
    }

    fn selections(&self) -> Vec<Selection> {
        vec![Selection::of_subjects("subjects", &self.subjects), Selection::named("outcome", &self.follow_up.counted)]
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let subjects = inputs.histogram(0)?;
        let all: u64 = subjects.values().sum();
        let without = subjects.get(&0).copied().unwrap_or(0);
        estimate::share(count_to_f64(all - without), count_to_f64(all), rule)
    }
}
