//! How the cells of two releases differ.

use std::collections::HashMap;

use peelian::v1::observation::Result as Outcome;
use peelian::v1::{DifferenceKind, MissingReason, Observation};

/// A cell that differs: its kind, and the places of its observations in the earlier and in the later release.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Difference {
    /// Kind.
    pub(crate) kind: DifferenceKind,
    /// Place in the earlier release.
    pub(crate) before: Option<usize>,
    /// Place in the later release.
    pub(crate) after: Option<usize>,
}

/// The cells that differ, in the order of the later release. Withdrawn cells come last, in the order of the earlier one.
pub(crate) fn diff(before: &[Observation], after: &[Observation]) -> Vec<Difference> {
    let mut earlier: HashMap<Cell<'_>, usize> =
        before.iter().enumerate().map(|(at, observation)| (cell(observation), at)).collect();
    let mut found = Vec::new();
    for (at, observation) in after.iter().enumerate() {
        let (kind, old) = match earlier.remove(&cell(observation)) {
            None => (Some(DifferenceKind::New), None),
            Some(old) => (before.get(old).and_then(|old| revision(old, observation)), Some(old)),
        };
        found.extend(kind.map(|kind| Difference { kind, before: old, after: Some(at) }));
    }
    let mut gone: Vec<usize> = earlier.into_values().collect();
    gone.sort_unstable();
    let withdrawn = |before| Difference { kind: DifferenceKind::Withdrawn, before: Some(before), after: None };
    found.extend(gone.into_iter().map(withdrawn));
    found
}

/// Number of the differences of each kind that occurs, in the order of the contract.
pub(crate) fn counts(differences: &[Difference]) -> Vec<(DifferenceKind, u64)> {
    let kinds = [
        DifferenceKind::New,
        DifferenceKind::Revised,
        DifferenceKind::NewlySuppressed,
        DifferenceKind::NoLongerSuppressed,
        DifferenceKind::Withdrawn,
    ];
    let count = |kind: DifferenceKind| differences.iter().filter(|found| found.kind == kind).count();
    let counted = kinds.into_iter().map(|kind| (kind, u64::try_from(count(kind)).unwrap_or(u64::MAX)));
    counted.filter(|(_, count)| *count > 0).collect()
}

/// What makes a cell: a revised definition makes no other cell, but a revised value.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Cell<'o> {
    measure: &'o str,
    area: &'o str,
    period: &'o str,
    breakdown: Vec<(&'o str, &'o str)>,
    basis: i32,
}

/// The cell of an observation.
pub(crate) fn cell(observation: &Observation) -> Cell<'_> {
    let mut breakdown: Vec<(&str, &str)> =
        observation.breakdown.iter().map(|(field, code)| (field.as_str(), code.as_str())).collect();
    breakdown.sort_unstable();
    let Observation { measure, area, period, basis, .. } = observation;
    Cell { measure, area, period, breakdown, basis: *basis }
}

/// How a cell differs that both releases have; `None` if it does not.
fn revision(before: &Observation, after: &Observation) -> Option<DifferenceKind> {
    match (is_suppressed(before), is_suppressed(after)) {
        (false, true) => Some(DifferenceKind::NewlySuppressed),
        (true, false) => Some(DifferenceKind::NoLongerSuppressed),
        (true, true) => None,
        (false, false) => (told(before) != told(after)).then_some(DifferenceKind::Revised),
    }
}

fn is_suppressed(observation: &Observation) -> bool {
    observation.result == Some(Outcome::Missing(MissingReason::Suppressed.into()))
}

/// What a reader is told of a cell, bit by bit: caveats and sources apart.
fn told(observation: &Observation) -> impl PartialEq {
    let result = match observation.result {
        Some(Outcome::Value(value)) => (Some(value.to_bits()), 0),
        Some(Outcome::Missing(reason)) => (None, reason),
        None => (None, -1),
    };
    let interval = observation.interval.as_ref().map(|found| (found.lower.to_bits(), found.upper.to_bits()));
    let parts = (observation.numerator.map(f64::to_bits), observation.denominator.map(f64::to_bits));
    (result, interval, parts, observation.unweighted_base, observation.measure_version)
}
