//! Comparisons: what changed, and whether a test of difference says so.

use super::ComputeError;
use super::answer::rule;
use super::compute::Asked;
use super::data::Data;
use super::observation::{Basis, ChangeKind, Comparison, ComparisonKind, MissingReason};
use super::query::Query;
use super::state::Tested;
use crate::measure::ValueKind;
use crate::period::PeriodKind;
use crate::reference::{Coverage as London, Level};
use crate::stats::difference::{change_word, gap_change, newcombe_10};
use crate::stats::ratio::rate_ratio;
use crate::stats::{Estimate, StatsError};

const NOT_COMPARED: &str = "not compared";

/// The cell compared with, how it is called, and what to know.
struct Other<'a> {
    asked: Asked<'a>,
    against: String,
    note: &'static str,
}

/// Compares a value with another of the same basis.
pub(super) fn compare(
    data: &Data,
    query: &Query,
    asked: Asked<'_>,
    (basis, tested): (Basis, Tested),
    kind: ComparisonKind,
) -> Result<Comparison, ComputeError> {
    let refused = |against: String, note: String| Comparison {
        kind,
        against,
        against_value: None,
        change: None,
        interval: None,
        verdict: NOT_COMPARED,
        note,
    };
    let other = match other(data, query, asked, kind) {
        Ok(other) => other,
        Err(note) => return Ok(refused(String::new(), note.to_owned())),
    };
    let broken = breaks(data, asked, &other);
    if let Some(text) = broken.first().filter(|_| !query.allow_break) {
        return Ok(refused(other.against, format!("The series breaks in between: {text}")));
    }
    let measured = match basis {
        Basis::SubmittedFigure => data.submitted(other.asked),
        Basis::ComputedFromRecords => data.computed(other.asked)?,
    };
    let level = data.core.reference.areas.get(other.asked.area).level();
    let estimated = match measured.state {
        Ok(state) => state.estimate(rule(asked.definition, level, query.confidence)).map_err(|(reason, _)| reason),
        Err(reason) => Err(reason),
    };
    let estimated = match estimated {
        Ok(estimated) => estimated,
        Err(reason) => return Ok(refused(other.against, missing(reason))),
    };
    let mut comparison = refused(other.against, other.note.to_owned());
    comparison.against_value = Some(estimated.value);
    match test(tested, estimated.tested, query.confidence) {
        Some(Ok((change, change_kind))) => {
            comparison.change = Some((change.value, change_kind));
            comparison.interval = change.interval;
            if let Some(word) = change.interval.and_then(|interval| change_word(&interval).ok()) {
                comparison.verdict = word.as_str();
            }
            if let Some(text) = broken.first() {
                comparison.note = format!("Across a break in the series: {text}");
            }
        }
        Some(Err(error)) => comparison.note = format!("No test: {error}."),
        None => {
            comparison.note = "There is no test for a value of this kind, or one of the two is missing.".to_owned()
        }
    }
    Ok(comparison)
}

fn missing(reason: MissingReason) -> String {
    format!("The value compared with is missing: {}.", reason.id().replace('_', " "))
}

/// This value less the other, or over the other.
fn test(this: Tested, other: Tested, confidence: f64) -> Option<Result<(Estimate, ChangeKind), StatsError>> {
    match (this, other) {
        (Tested::Rate(a), Tested::Rate(b)) => {
            Some(rate_ratio(a, b, confidence).map(|ratio| (ratio, ChangeKind::Ratio)))
        }
        (Tested::Share(a), Tested::Share(b)) => {
            Some(newcombe_10(a, b, confidence).map(|difference| (difference, ChangeKind::Difference)))
        }
        (Tested::Gap(a), Tested::Gap(b)) => {
            Some(gap_change(&a, &b).map(|difference| (difference, ChangeKind::Difference)))
        }
        _ => None,
    }
}

fn other<'a>(data: &Data, query: &Query, asked: Asked<'a>, kind: ComparisonKind) -> Result<Other<'a>, &'static str> {
    match kind {
        ComparisonKind::PreviousWindow => match asked.period.kind() {
            PeriodKind::Month | PeriodKind::Quarter => Err(
                "A month or quarter is not compared with the one before, because seasons differ: ask for the same period \
                 last year.",
            ),
            _ => Ok(at_period(asked, asked.period.previous_window())),
        },
        ComparisonKind::SamePeriodLastYear => Ok(at_period(asked, asked.period.same_period_last_year())),
        ComparisonKind::London => london(data, asked),
        ComparisonKind::ReferenceGroup => reference_group(query, asked),
    }
}

fn at_period(asked: Asked<'_>, period: crate::period::Period) -> Other<'_> {
    Other { asked: Asked { period, ..asked }, against: period.to_string(), note: "" }
}

fn london<'a>(data: &Data, asked: Asked<'a>) -> Result<Other<'a>, &'static str> {
    let areas = &data.core.reference.areas;
    if areas.get(asked.area).level() == Level::London {
        return Err("This is London.");
    }
    if asked.definition.value_kind == ValueKind::Count {
        return Err("The number of an area is not compared with London's: ask for a rate or a share.");
    }
    let day = asked.period.end_date();
    let holds = |coverage| areas.london(coverage).filter(|london| areas.is_within(asked.area, *london, day));
    let london = holds(London::Mps32).or_else(|| holds(London::Gl33)).ok_or("The area does not lie in London.")?;
    Ok(Other {
        asked: Asked { area: london, ..asked },
        against: areas.get(london).code().to_owned(),
        note: "London includes the area, so the test is cautious.",
    })
}

fn reference_group<'a>(query: &Query, asked: Asked<'a>) -> Result<Other<'a>, &'static str> {
    let (dimension, code) = query.reference_group.as_ref().ok_or("No reference group was named.")?;
    let own = asked.dims.codes(asked.cell);
    let codes: Vec<&str> = asked
        .dims
        .0
        .iter()
        .zip(&own)
        .map(|(dim, own)| if dim.name == *dimension { code.as_str() } else { own.code.as_str() })
        .collect();
    let cell = asked.dims.cell(&codes).ok_or("The reference group is not part of the breakdown.")?;
    if cell == asked.cell {
        return Err("This is the reference group.");
    }
    let counts = asked.definition.value_kind == ValueKind::Count;
    let several = asked.dims.0.iter().any(|dim| dim.name == *dimension && dim.multi_valued);
    let note = match (counts, several) {
        (_, true) => "One subject can belong to both groups, so the test is only indicative.",
        (true, _) => "Numbers, not rates: the groups differ in size.",
        _ => "",
    };
    Ok(Other { asked: Asked { cell, ..asked }, against: format!("{dimension}={code}"), note })
}

/// Breaks between two values that may not be compared across.
fn breaks(data: &Data, asked: Asked<'_>, other: &Other<'_>) -> Vec<String> {
    let first = asked.period.start_date().min(other.asked.period.start_date());
    let last = asked.period.end_date().max(other.asked.period.end_date());
    if asked.period == other.asked.period {
        return Vec::new();
    }
    let between = data.core.reference.breaks.between(&asked.definition.id, first, last);
    between.filter(|found| !found.comparable_across).map(|found| format!("{}: {}", found.date, found.text)).collect()
}
