//! Makes a release.

use super::{Breakdowns, Plan, Record, Release, ReleaseError, Summary};
use crate::engine::{Engine, MissingReason, Query};

/// Makes a release of what an engine's snapshot holds. `earlier` are the records of all releases that were published before.
/// Work stops soon after `awaited` no longer returns true.
///
/// # Errors
/// If the plan is refused, or an earlier record is damaged.
pub fn make(
    engine: &Engine,
    plan: &Plan,
    _earlier: &[Record],
    awaited: &(dyn Fn() -> bool + Sync),
) -> Result<Release, ReleaseError> {
    if plan.measures.is_empty() {
        return Err(ReleaseError::Nothing);
    }
    let mut observations = Vec::new();
    for measure in &plan.measures {
        let offered = engine.breakdowns(measure)?;
        let chosen: Vec<String> = match &plan.breakdowns {
            Breakdowns::None => Vec::new(),
            Breakdowns::Each => offered,
            Breakdowns::Named(names) => offered.into_iter().filter(|name| names.contains(name)).collect(),
        };
        for breakdown in std::iter::once(None).chain(chosen.into_iter().map(Some)) {
            let query = Query {
                measures: vec![measure.clone()],
                areas: plan.areas.clone(),
                periods: plan.periods.clone(),
                breakdown: breakdown.into_iter().collect(),
                ..Query::default()
            };
            let found = engine.query_while(&query, awaited)?;
            observations.extend(found.into_iter().filter(|one| one.result != Err(MissingReason::NotApplicable)));
        }
    }
    let summary = Summary { observations: observations.len(), ..Summary::default() };
    Ok(Release { observations, withheld: Vec::new(), summary, record: Record::default() })
}
