//! Comparisons: the change, and the verdict of a test of difference.

mod areas;
mod breaks;
mod funnel;
mod groups;
mod other;
mod series;

use super::{ChangeKind, Comparison, Data};
use crate::engine::error::ComputeError;
use crate::engine::query::{Basis, CellRequest, ComparisonKind, Query};
use crate::estimate::{Comparable, MissingReason};
use crate::reference::AreaId;
use crate::stats::difference::{
    ChangeWord, POINTS, change_word, gap_change, in_points, newcombe_10, smallest_clear_difference,
};
use crate::stats::funnel::CONTROL;
use crate::stats::ratio::{rate_ratio, smallest_clear_ratio};
use crate::stats::{Estimate, StatsError};
pub(super) use areas::Families;
use breaks::first_break;
use other::Other;
use series::Series;

/// The verdict of a comparison that was not made.
pub const NOT_COMPARED: &str = "not compared";

/// The answer in which a value is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Among<'s> {
    /// The areas of the measure.
    pub(super) areas: &'s [AreaId],
    /// The tests of these areas that are judged together.
    pub(super) families: &'s Families,
    /// Number of cells of all measures.
    pub(super) cells: usize,
}

/// Compares a value with another value of the same basis, or with the series before it. `comparable` is `None` if there is no
/// value.
pub(super) fn compare(
    data: &Data,
    query: &Query,
    cell: CellRequest<'_>,
    (basis, comparable): (Basis, Option<Comparable>),
    kind: ComparisonKind,
    among: Among<'_>,
) -> Result<Comparison, ComputeError> {
    let mut comparison = Comparison {
        kind,
        against: String::new(),
        against_value: None,
        change: None,
        interval: None,
        verdict: NOT_COMPARED,
        note: String::new(),
        smallest_clear_change: None,
        adjusted_p_value: None,
        comparisons_in_answer: among.cells,
    };
    match kind {
        ComparisonKind::Trend => Series { data, query, cell, basis }.trend(&mut comparison)?,
        ComparisonKind::ProcessControl => Series { data, query, cell, basis }.process_control(&mut comparison)?,
        _ => with_other(data, query, cell, (basis, comparable), among, &mut comparison)?,
    }
    Ok(comparison)
}

/// Compares a value with one other value.
fn with_other(
    data: &Data,
    query: &Query,
    cell: CellRequest<'_>,
    (basis, comparable): (Basis, Option<Comparable>),
    among: Among<'_>,
    comparison: &mut Comparison,
) -> Result<(), ComputeError> {
    let other = match Other::new(data, query, cell, comparison.kind) {
        Ok(other) => other,
        Err(note) => {
            comparison.note = note.to_owned();
            return Ok(());
        }
    };
    comparison.against = other.against;
    let broken = first_break(data, cell, other.cell.period);
    if let Some(text) = broken.as_ref().filter(|_| !query.allow_break) {
        comparison.note =
            format!("The series breaks in between: {text}. With allow_break it is compared all the same.");
        return Ok(());
    }
    let estimated = match data.answered(other.cell, basis, query.confidence, &query.visibility)?.estimated {
        Ok(estimated) => estimated,
        Err(unavailable) => {
            comparison.note = format!("The value compared with is missing: {}.", words(unavailable.reason));
            return Ok(());
        }
    };
    comparison.note = other.note.to_owned();
    comparison.against_value = Some(estimated.value);
    let Some(comparable) = comparable else {
        comparison.note = "There is no value to compare.".to_owned();
        return Ok(());
    };
    if comparison.kind == ComparisonKind::Funnel {
        funnel::place(cell, comparable, &estimated, comparison);
        return Ok(());
    }
    let adjusted = areas::adjusted(data, query, cell, (basis, comparison.kind), among)?;
    let confidence = if adjusted.is_some() { query.confidence } else { confidence(query, comparison, among) };
    tested(comparable, estimated.comparable, confidence, comparison);
    let adjusted_note = adjusted.map(|adjusted| judge(adjusted, query, comparison));
    if let (ComparisonKind::ReferenceGroup, Comparable::Share(reference)) = (comparison.kind, estimated.comparable) {
        adjust(groups::adjusted(data, query, cell, basis, reference)?, query, comparison);
    }
    if let Some(text) = broken {
        comparison.note = format!("Across a break in the series: {text}.");
    }
    if let Some(note) = adjusted_note {
        comparison.note = format!("{} {note}", comparison.note).trim_ascii_start().to_owned();
    }
    Ok(())
}

/// Replaces the verdict of one area's test by the verdict among the tests of all areas. Returns what is to be told.
fn judge(areas::Adjusted { p_value, areas }: areas::Adjusted, query: &Query, comparison: &mut Comparison) -> String {
    comparison.adjusted_p_value = Some(p_value);
    if is_clear(comparison) && p_value >= 1.0 - query.confidence {
        comparison.verdict = ChangeWord::NoClearChange.as_str();
        return format!("Alone the change would be clear; among the {areas} areas compared it is not (Holm).");
    }
    format!("The verdict is adjusted for the {areas} areas compared (Holm).")
}

fn is_clear(comparison: &Comparison) -> bool {
    [ChangeWord::Higher, ChangeWord::Lower].iter().any(|word| word.as_str() == comparison.verdict)
}

/// The confidence of a test without a p-value. It is at least that of control limits if several areas are compared with a larger
/// one: of 32 areas, 95% limits would call one or two different by chance alone. Source: Spiegelhalter 2005, Statistics in Medicine
/// 24:1185-1202.
fn confidence(query: &Query, comparison: &mut Comparison, among: Among<'_>) -> f64 {
    let larger = matches!(comparison.kind, ComparisonKind::London | ComparisonKind::Nation);
    if !larger || among.areas.len() < 2 || query.confidence >= CONTROL {
        return query.confidence;
    }
    let note = std::mem::take(&mut comparison.note);
    comparison.note = format!("{note} The test is at 99.8%, because {} areas are compared.", among.areas.len());
    CONTROL
}

fn words(reason: MissingReason) -> String {
    reason.id().replace('_', " ")
}

/// Tests a value against another one: this value minus the other, or divided by the other.
fn tested(this: Comparable, other: Comparable, confidence: f64, comparison: &mut Comparison) {
    let Some(result) = test(this, other, confidence) else {
        comparison.note = "There is no test for a value of this kind.".to_owned();
        return;
    };
    match result {
        Ok((change, kind)) => {
            // A ratio to zero is no number.
            if change.value.is_finite() {
                comparison.change = Some((change.value, kind));
                comparison.interval = change.interval;
                comparison.smallest_clear_change = smallest_clear(this, other, &change, confidence);
            } else {
                comparison.note = "The value compared with is 0, so there is no ratio.".to_owned();
            }
            if let Some(word) = change.interval.and_then(|interval| change_word(&interval).ok()) {
                comparison.verdict = word.as_str();
            }
        }
        Err(error) => comparison.note = format!("No test: {error}."),
    }
}

fn test(this: Comparable, other: Comparable, confidence: f64) -> Option<Result<(Estimate, ChangeKind), StatsError>> {
    match (this, other) {
        (Comparable::Rate(a), Comparable::Rate(b)) => {
            Some(rate_ratio(a, b, confidence).map(|ratio| (ratio, ChangeKind::Ratio)))
        }
        (Comparable::Share(a), Comparable::Share(b)) => {
            Some(newcombe_10(a, b, confidence).map(|change| (in_points(change), ChangeKind::PercentagePoints)))
        }
        (Comparable::Difference(a), Comparable::Difference(b)) => {
            Some(gap_change(&a, &b).map(|change| (in_points(change), ChangeKind::PercentagePoints)))
        }
        _ => None,
    }
}

/// The smallest rise that the test would call clear, from the value compared with.
fn smallest_clear(this: Comparable, other: Comparable, change: &Estimate, confidence: f64) -> Option<f64> {
    match (this, other) {
        (Comparable::Rate(a), Comparable::Rate(b)) => smallest_clear_ratio(a.exposure(), b, confidence),
        (Comparable::Share(a), Comparable::Share(b)) => {
            smallest_clear_difference(a.denominator(), b, confidence).map(|share| share * POINTS)
        }
        _ => change.interval.map(|interval| change.value - interval.lower),
    }
}

/// Replaces the verdict of one gap by the verdict among all gaps of the breakdown.
fn adjust(adjusted: Option<groups::Adjusted>, query: &Query, comparison: &mut Comparison) {
    let Some(groups::Adjusted { p_value, groups }) = adjusted else { return };
    comparison.adjusted_p_value = Some(p_value);
    if is_clear(comparison) && p_value >= 1.0 - query.confidence {
        comparison.verdict = ChangeWord::NoClearChange.as_str();
        comparison.note =
            format!("The gap is not clear, because {groups} groups are compared with the reference group.");
    }
}
