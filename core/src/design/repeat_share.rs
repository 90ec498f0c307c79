//! Repeat victimisation: the share of victims, or of crimes, that follow an earlier crime.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::population::row_basis;
use super::{Design, Formula, Input, Inputs, LinkedVictims, Reader, Selection, Tally};
use crate::cel::Predicate;
use crate::contract::Kind;
use crate::estimate::{self, Estimated, IntervalRule, Rule, Unavailable, ValueKind, count_to_f64};
use crate::kernel::{RepeatRule, RepeatVariant, RollingWindow};
use crate::measure_file::{DefinitionError, Fields, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "repeat_share";

/// Repeat victimisation. Intervals: Wilson 1927 for the share, Byar 1977 for the number.
#[derive(Debug)]
struct RepeatShare {
    victims: LinkedVictims,
    /// Victims in the initial population, linkable or not.
    qualifying: Predicate,
    result: RepeatResult,
}

/// Kind of the result.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
enum RepeatResult {
    /// Repeats as a share of all.
    Share,
    /// The number of repeats.
    Number,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RepeatTable {
    dataset: Text,
    date: Text,
    area: Text,
    person: Text,
    crime: Text,
    incident: Text,
    key_id: Text,
    qualifying: Text,
    linkable: Text,
    index: Option<Text>,
    prior: Option<Text>,
    same: Option<Text>,
    rule: RuleName,
    window: Option<Spanned<WindowTable>>,
    require_distinct_incident: bool,
    result: RepeatResult,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RuleName {
    PersonsPriorWindow,
    PersonsRolling,
    OffencesPrior,
    PersonsTwoPlusInWindow,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowTable {
    months: Option<u16>,
    days: Option<u16>,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: RepeatTable = fields.checker().read(table)?;
    let dataset = fields.dataset(&written.dataset)?;
    let qualifying = fields.predicate(dataset, Some(&written.qualifying))?;
    let linkable = fields.predicate(dataset, Some(&written.linkable))?;
    let index = fields.predicate(dataset, written.index.as_ref())?;
    let within = |text| Ok(qualifying.and(&linkable).and(&fields.predicate(dataset, text)?));
    let codes = |kind: &Kind| matches!(kind, Kind::Code(_) | Kind::OpenCode(_) | Kind::Set(_));
    let same = written.same.as_ref().map(|text| fields.field_of(dataset, text, "code or set", codes)).transpose()?;
    let rows = row_basis(dataset, &written.date, &written.area, None, fields)?;
    let about = qualifying.and(&index);
    let victims = LinkedVictims {
        rows,
        person: fields.key(dataset, &written.person)?,
        alone: false,
        crime: fields.key(dataset, &written.crime)?,
        incident: fields.key(dataset, &written.incident)?,
        key_id: Some(fields.key(dataset, &written.key_id)?),
        index: within(written.index.as_ref())?,
        prior: within(written.prior.as_ref())?,
        same,
        rule: rule(&written, fields)?,
        linkage: Tally::of(rows, vec![about.clone(), about.and(&linkable)]),
        linkable,
    };
    Ok(Arc::new(RepeatShare { victims, qualifying: about, result: written.result }))
}

fn rule(written: &RepeatTable, fields: &Fields<'_>) -> Result<RepeatRule, DefinitionError> {
    let checker = fields.checker();
    let window = match &written.window {
        None => None,
        Some(window) => match (window.get_ref().months, window.get_ref().days) {
            (Some(months), None) if months > 0 => Some(RollingWindow::CalendarMonths(months)),
            (None, Some(days)) if days > 0 => Some(RollingWindow::Days(days)),
            _ => return checker.fault(window.span().start, "a window has either months or days"),
        },
    };
    let variant = match (written.rule, window) {
        (RuleName::PersonsRolling, Some(window)) => RepeatVariant::PersonsRolling(window),
        (RuleName::PersonsPriorWindow, None) => RepeatVariant::PersonsPriorWindow,
        (RuleName::OffencesPrior, None) => RepeatVariant::OffencesPrior,
        (RuleName::PersonsTwoPlusInWindow, None) => RepeatVariant::PersonsTwoPlusInWindow,
        _ => {
            return checker.at(&written.dataset, "persons_rolling has a window; the other rules look back 12 months");
        }
    };
    Ok(RepeatRule { variant, require_distinct_incident: written.require_distinct_incident })
}

impl Design for RepeatShare {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        match self.result {
            RepeatResult::Share => &[ValueKind::Proportion],
            RepeatResult::Number => &[ValueKind::Count],
        }
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        match self.result {
            RepeatResult::Share => &[IntervalRule::Wilson],
            RepeatResult::Number => &[IntervalRule::ByarOrExact],
        }
    }

    fn formula(&self) -> Formula {
        let symbols = match self.victims.rule.variant {
            RepeatVariant::PersonsPriorWindow => {
                "N is the number of persons with an index crime in the month. R is the number of them with another \
                 crime in the 12 calendar months before the month. For a longer period, R and N of its months are \
                 added up."
            }
            RepeatVariant::PersonsRolling(_) => {
                "N is the number of persons with an index crime in the month. R is the number of them with another \
                 crime in the window before any of these crimes, which may be in the same month. For a longer \
                 period, R and N of its months are added up."
            }
            RepeatVariant::OffencesPrior => {
                "N is the number of index crimes in the month. R is the number of them with a victim who had \
                 another crime, on an earlier day, in the 12 calendar months before the crime. For a longer \
                 period, R and N of its months are added up."
            }
            RepeatVariant::PersonsTwoPlusInWindow => {
                "N is the number of persons with an index crime in the 12 months. R is the number of them with \
                 another crime in the same 12 months."
            }
        };
        match self.result {
            RepeatResult::Share => Formula { value: "R / N", symbols },
            RepeatResult::Number => Formula { value: "R", symbols },
        }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Linked(self.victims.clone())]
    }

    fn selections(&self) -> Vec<Selection> {
        let LinkedVictims { rows, linkable, index, prior, .. } = &self.victims;
        let linked = self.qualifying.and(linkable);
        vec![
            Selection::named("initial_population", &self.qualifying).leaving(*rows, self.qualifying.clone()),
            Selection::named("denominator", linkable).leaving(*rows, linked.clone()),
            Selection::named("index", index).leaving(*rows, linked.and(index)),
            Selection::named("prior", prior),
        ]
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let (repeats, all) = inputs.linked(0)?;
        match self.result {
            RepeatResult::Share => estimate::share(count_to_f64(repeats), count_to_f64(all), rule),
            RepeatResult::Number => Ok(estimate::count(count_to_f64(repeats), rule)),
        }
    }
}
