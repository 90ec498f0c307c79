//! Answers a query, cell by cell.

mod answered;
mod compare;
mod computed;
mod data;
mod lost;
mod observation;
mod observe;
mod plan;
mod table;
mod table_lists;

pub use observation::{Alternative, ChangeKind, Comparison, Observation};
pub use table::{to_arrow, to_arrow_on};

pub(crate) use data::Data;
pub(crate) use observe::observe;
pub(crate) use plan::{PlannedMeasure, areas_named, axes, measures_of, wards_of};

use super::error::ComputeError;
use super::query::{Basis, CellRequest, Query, QueryError};
use crate::parallel;
use answered::Answered;
use compare::compare;
use plan::{areas, plan, shown};

/// Number of cells that a thread answers at a time. If there are fewer in all, one thread answers them.
const CELLS: usize = 128;

/// Answers a query.
pub(crate) fn query(
    data: &Data,
    query: &Query,
    awaited: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Observation>, QueryError> {
    query.check()?;
    let parts = plan(data, query)?;
    if query.answers(Basis::ComputedFromRecords) {
        data.counts.count_together(measures_of(&parts), &wards_of(query, data.core()));
    }
    let mut all = Vec::new();
    for part in &parts {
        let areas = areas(data, query, &part.periods);
        let cells = shown(data, part, &areas)?;
        for area in areas {
            for period in &part.periods {
                let (definition, period, axes, source) =
                    (part.definition, *period, &part.axes, query.source.as_deref());
                let request = |cell: &usize| CellRequest { definition, area, period, axes, cell: *cell, source };
                all.extend(cells.iter().map(request));
            }
        }
    }
    let answered = parallel::map(all.len(), CELLS, data.counts.rows.rows.threads(), |range| {
        let mut found = Vec::with_capacity(range.len());
        for cell in &all[range] {
            if !awaited() {
                return Err(QueryError::Abandoned);
            }
            found.extend(observations_of(data, query, *cell)?);
        }
        Ok(found)
    });
    let mut observations = Vec::with_capacity(all.len());
    for found in answered {
        observations.append(&mut found?);
    }
    Ok(observations)
}

/// The observations of one cell: one for each basis that has data.
fn observations_of(data: &Data, query: &Query, cell: CellRequest<'_>) -> Result<Vec<Observation>, ComputeError> {
    let mut found: Vec<(Basis, Answered)> = Vec::with_capacity(2);
    for basis in [Basis::SubmittedFigure, Basis::ComputedFromRecords] {
        if query.answers(basis) {
            found.push((basis, data.answered(cell, basis, query.confidence)?));
        }
    }
    if let [(_, submitted), (_, computed)] = found.as_slice() {
        match (submitted.is_absent(), computed.is_absent()) {
            (true, false) => drop(found.remove(0)),
            (false, true) => drop(found.remove(1)),
            // Neither basis has data for this cell. The answer has the basis for which the measure has any data.
            (true, true) => {
                let has_figures = data.figures.span(&cell.definition.id).is_some();
                let keep_submitted = has_figures || cell.definition.inputs.is_empty();
                drop(found.remove(usize::from(keep_submitted)));
            }
            (false, false) => {}
        }
    }
    let observed = found.into_iter().map(|(basis, answered)| {
        let (mut observation, comparable) = observe(data, cell, basis, answered);
        for kind in &query.comparisons {
            observation.comparisons.push(compare(data, query, cell, (basis, comparable), *kind)?);
        }
        Ok(observation)
    });
    observed.collect()
}
