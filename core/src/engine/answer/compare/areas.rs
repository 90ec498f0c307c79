//! Several areas whose values are tested in one answer: Holm's adjustment.

use super::breaks::first_break;
use super::other::Other;
use super::{Among, test};
use crate::engine::answer::Data;
use crate::engine::cache::Cache;
use crate::engine::error::ComputeError;
use crate::engine::query::{Basis, CellRequest, ComparisonKind, Query};
use crate::estimate::Comparable;
use crate::period::Period;
use crate::reference::{AreaId, Level};
use crate::stats::multiple::{gap_p_value, holm};
use crate::stats::ratio::rate_p_value;

/// The tests that are judged together: of one period, cell of the breakdown, basis and kind, in the areas of one level.
type Family = (Period, usize, Basis, ComparisonKind, Level);

/// The areas of a family with a test, each with its adjusted p-value.
type Tested = Vec<(AreaId, f64)>;

/// The families of the answer of one measure. Each is made once, and not for each of its areas.
#[derive(Debug, Default)]
pub(in crate::engine::answer) struct Families(Cache<Family, Result<Tested, ComputeError>>);

/// The p-value of an area's test, adjusted for all areas of its level in the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Adjusted {
    pub(super) p_value: f64,
    /// Number of areas with a test.
    pub(super) areas: usize,
}

/// Adjusts the p-value of a cell. `None` unless at least two areas of its level have a test of this kind.
pub(super) fn adjusted(
    data: &Data,
    query: &Query,
    cell: CellRequest<'_>,
    (basis, kind): (Basis, ComparisonKind),
    among: Among<'_>,
) -> Result<Option<Adjusted>, ComputeError> {
    let is_tested = matches!(
        kind,
        ComparisonKind::PreviousWindow
            | ComparisonKind::SamePeriodLastYear
            | ComparisonKind::Baseline
            | ComparisonKind::London
            | ComparisonKind::Nation
    );
    if !is_tested || among.areas.len() < 2 {
        return Ok(None);
    }
    let level = data.core().reference.areas.get(cell.area).level();
    let family = (cell.period, cell.cell, basis, kind, level);
    let tested = among.families.0.get(&family, || tested(data, query, cell, (basis, kind), among.areas));
    let tested = tested.as_ref().as_ref().map_err(Clone::clone)?;
    let own = tested.iter().find(|(area, _)| *area == cell.area).filter(|_| tested.len() > 1);
    Ok(own.map(|(_, p_value)| Adjusted { p_value: *p_value, areas: tested.len() }))
}

fn tested(
    data: &Data,
    query: &Query,
    cell: CellRequest<'_>,
    (basis, kind): (Basis, ComparisonKind),
    areas: &[AreaId],
) -> Result<Tested, ComputeError> {
    let reference = &data.core().reference.areas;
    let level = reference.get(cell.area).level();
    let comparable = |cell: CellRequest<'_>| {
        let answered = data.answered(cell, basis, query.confidence, &query.visibility)?;
        Ok::<_, ComputeError>(answered.estimated.ok().map(|estimated| estimated.comparable))
    };
    let (mut tested, mut p_values) = (Vec::new(), Vec::new());
    for area in areas.iter().copied().filter(|area| reference.get(*area).level() == level) {
        let own = CellRequest { area, ..cell };
        let Ok(other) = Other::new(data, query, own, kind) else { continue };
        if !query.allow_break && first_break(data, own, other.cell.period).is_some() {
            continue;
        }
        let (Some(this), Some(that)) = (comparable(own)?, comparable(other.cell)?) else { continue };
        if let Some(p_value) = p_value(this, that, query.confidence) {
            tested.push(area);
            p_values.push(p_value);
        }
    }
    Ok(tested.into_iter().zip(holm(&p_values).unwrap_or_default()).collect())
}

/// The p-value of a test; `None` if it cannot be made.
fn p_value(this: Comparable, that: Comparable, confidence: f64) -> Option<f64> {
    // A value against 0 has no ratio, and a verdict all the same.
    test(this, that, confidence)?.ok()?.0.interval?;
    match (this, that) {
        (Comparable::Share(a), Comparable::Share(b)) => Some(gap_p_value(a, b)),
        (Comparable::Rate(a), Comparable::Rate(b)) => rate_p_value(a, b).ok(),
        _ => None,
    }
}
