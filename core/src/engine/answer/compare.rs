//! Comparisons: the change, and the verdict of a test of difference.

use super::{ChangeKind, Comparison, Data};
use crate::engine::error::ComputeError;
use crate::engine::query::{Basis, CellRequest, ComparisonKind, Query};
use crate::estimate::{Comparable, MissingReason, ValueKind};
use crate::period::PeriodKind;
use crate::reference::{Coverage as London, Level};
use crate::stats::difference::{change_word, gap_change, newcombe_10};
use crate::stats::ratio::rate_ratio;
use crate::stats::{Estimate, StatsError};

const NOT_COMPARED: &str = "not compared";

/// The cell that is compared with, its name, and a note.
struct Other<'a> {
    cell: CellRequest<'a>,
    against: String,
    note: &'static str,
}

/// Compares a value with another value of the same basis.
pub(super) fn compare(
    data: &Data,
    query: &Query,
    cell: CellRequest<'_>,
    (basis, comparable): (Basis, Comparable),
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
    let other = match other(data, query, cell, kind) {
        Ok(other) => other,
        Err(note) => return Ok(refused(String::new(), note.to_owned())),
    };
    let broken = breaks(data, cell, &other);
    if let Some(text) = broken.first().filter(|_| !query.allow_break) {
        return Ok(refused(other.against, format!("The series breaks in between: {text}")));
    }
    let estimated = match data.answered(other.cell, basis, query.confidence)?.estimated {
        Ok(estimated) => estimated,
        Err(unavailable) => return Ok(refused(other.against, missing(unavailable.reason))),
    };
    let mut comparison = refused(other.against, other.note.to_owned());
    comparison.against_value = Some(estimated.value);
    match test(comparable, estimated.comparable, query.confidence) {
        Some(Ok((change, change_kind))) => {
            // A ratio to zero is no number.
            if change.value.is_finite() {
                comparison.change = Some((change.value, change_kind));
                comparison.interval = change.interval;
            } else {
                comparison.note = "The value compared with is 0, so there is no ratio.".to_owned();
            }
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

/// The change: this value minus the other, or divided by the other.
fn test(this: Comparable, other: Comparable, confidence: f64) -> Option<Result<(Estimate, ChangeKind), StatsError>> {
    match (this, other) {
        (Comparable::Rate(a), Comparable::Rate(b)) => {
            Some(rate_ratio(a, b, confidence).map(|ratio| (ratio, ChangeKind::Ratio)))
        }
        (Comparable::Share(a), Comparable::Share(b)) => {
            Some(newcombe_10(a, b, confidence).map(|difference| (difference, ChangeKind::Difference)))
        }
        (Comparable::Difference(a), Comparable::Difference(b)) => {
            Some(gap_change(&a, &b).map(|difference| (difference, ChangeKind::Difference)))
        }
        _ => None,
    }
}

fn other<'a>(
    data: &Data,
    query: &Query,
    cell: CellRequest<'a>,
    kind: ComparisonKind,
) -> Result<Other<'a>, &'static str> {
    match kind {
        ComparisonKind::PreviousWindow => match cell.period.kind() {
            PeriodKind::Month | PeriodKind::Quarter => Err(
                "A month or quarter is not compared with the one before, because seasons differ: ask for the same period \
                 last year.",
            ),
            _ => Ok(at_period(cell, cell.period.previous_window())),
        },
        ComparisonKind::SamePeriodLastYear => Ok(at_period(cell, cell.period.same_period_last_year())),
        ComparisonKind::London => london(data, cell),
        ComparisonKind::ReferenceGroup => reference_group(query, cell),
    }
}

fn at_period(cell: CellRequest<'_>, period: crate::period::Period) -> Other<'_> {
    Other { cell: CellRequest { period, ..cell }, against: period.to_string(), note: "" }
}

fn london<'a>(data: &Data, cell: CellRequest<'a>) -> Result<Other<'a>, &'static str> {
    let areas = &data.core().reference.areas;
    if areas.get(cell.area).level() == Level::London {
        return Err("This is London.");
    }
    if cell.definition.value_kind == ValueKind::Count {
        return Err("The number of an area is not compared with London's: ask for a rate or a share.");
    }
    let day = cell.period.end_date();
    let holds = |coverage| areas.london(coverage).filter(|london| areas.is_within(cell.area, *london, day));
    let london = holds(London::Mps32).or_else(|| holds(London::Gl33)).ok_or("The area does not lie in London.")?;
    Ok(Other {
        cell: CellRequest { area: london, ..cell },
        against: areas.get(london).code().to_owned(),
        note: "London includes the area, so the test is cautious.",
    })
}

fn reference_group<'a>(query: &Query, cell: CellRequest<'a>) -> Result<Other<'a>, &'static str> {
    let (dimension, code) = query.reference_group.as_ref().ok_or("No reference group was named.")?;
    let own = cell.axes.codes(cell.cell);
    let codes: Vec<&str> = cell
        .axes
        .iter()
        .zip(&own)
        .map(|(axis, own)| if axis.name == *dimension { code.as_str() } else { own.code.as_str() })
        .collect();
    let reference = cell.axes.cell(&codes).ok_or("The reference group is not part of the breakdown.")?;
    if reference == cell.cell {
        return Err("This is the reference group.");
    }
    let counts = cell.definition.value_kind == ValueKind::Count;
    let several = cell.axes.iter().any(|axis| axis.name == *dimension && axis.multi_valued);
    let note = match (counts, several) {
        (_, true) => "One subject can belong to both groups, so the test is only indicative.",
        (true, _) => "Numbers, not rates: the groups differ in size.",
        _ => "",
    };
    Ok(Other { cell: CellRequest { cell: reference, ..cell }, against: format!("{dimension}={code}"), note })
}

/// The breaks between two values across which no comparison is allowed.
fn breaks(data: &Data, cell: CellRequest<'_>, other: &Other<'_>) -> Vec<String> {
    let first = cell.period.start_date().min(other.cell.period.start_date());
    let last = cell.period.end_date().max(other.cell.period.end_date());
    if cell.period == other.cell.period {
        return Vec::new();
    }
    let between = data.core().reference.breaks.between(&cell.definition.id, first, last);
    between.filter(|found| !found.comparable_across).map(|found| format!("{}: {}", found.date, found.text)).collect()
}
