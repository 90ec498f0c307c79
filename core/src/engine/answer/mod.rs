//! Answers a query, cell by cell.

mod answered;
mod by_place;
mod chosen;
mod companions;
mod compare;
mod computed;
mod confidential;
mod data;
mod expected;
mod lost;
mod observation;
mod observe;
mod page;
mod plan;
mod released;
mod shown;
mod table;
mod table_lists;

pub use compare::NOT_COMPARED;
pub use observation::{Alternative, ChangeKind, Comparison, Observation};
pub use page::{Page, Place};
pub use table::{to_arrow, to_arrow_on};

pub(crate) use confidential::has_small_base;
pub(crate) use data::Data;
pub(crate) use observe::observe;
pub(crate) use plan::{PlannedMeasure, areas_named, axes, measures_of, wards_of};
pub(crate) use released::{
    Behind, Dimension, From as BehindFrom, Positions, Released, ReleasedTally, released, released_cells,
};

use std::ops::Range;

use super::error::ComputeError;
use super::query::{Basis, CellRequest, Query, QueryError};
use crate::estimate::Comparable;
use crate::parallel;
use crate::reference::AreaId;
use answered::Answered;
use companions::{PlannedCompanion, beside};
use compare::{Among, Families, compare};
use plan::{areas, plan, shown};

/// Number of cells that a thread answers at a time. If there are fewer in all, one thread answers them.
const CELLS: usize = 128;
/// Number of cells that are answered before the answers are handed over: a few megabytes of observations.
const CELLS_IN_PART: usize = 4_096;

/// Answers a query.
pub(crate) fn query(
    data: &Data,
    query: &Query,
    awaited: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Observation>, QueryError> {
    let selected = Selected::new(data, query)?;
    selected.answer(data, query, 0..selected.len(), awaited)
}

/// Answers a query in parts. `take` gets the observations of each part, in the order of the answer.
pub(crate) fn query_each(
    data: &Data,
    query: &Query,
    awaited: &(dyn Fn() -> bool + Sync),
    mut take: impl FnMut(Vec<Observation>),
) -> Result<(), QueryError> {
    let selected = Selected::new(data, query)?;
    for start in (0..selected.len()).step_by(CELLS_IN_PART) {
        let end = selected.len().min(start + CELLS_IN_PART);
        take(selected.answer(data, query, start..end, awaited)?);
    }
    Ok(())
}

/// Answers a page of a query: at most `size` observations from the one at `from`.
pub(crate) fn query_page(
    data: &Data,
    query: &Query,
    from: Place,
    size: usize,
    awaited: &(dyn Fn() -> bool + Sync),
) -> Result<Page, QueryError> {
    let selected = Selected::new(data, query)?;
    let mut page = Page { observations: Vec::with_capacity(size), next: None };
    for (cell, asked) in selected.cells(from.cell..selected.len(), query.source.as_deref()) {
        if !awaited() {
            return Err(QueryError::Abandoned);
        }
        let skipped = if cell == from.cell { from.observation } else { 0 };
        for (observation, found) in observations_of(data, query, asked)?.into_iter().enumerate().skip(skipped) {
            let place = Place { cell, observation };
            if page.observations.len() == size {
                page.next = Some(place);
                return Ok(page);
            }
            page.observations.push((place, found));
        }
    }
    Ok(page)
}

/// The cells of an answer, in its order. They are not in memory.
struct Selected<'d>(Vec<SelectedMeasure<'d>>);

/// A cell that is asked for, the companions of its measure, and the size of the answer.
#[derive(Clone, Copy)]
struct Asked<'s> {
    cell: CellRequest<'s>,
    companions: &'s [PlannedCompanion<'s>],
    among: Among<'s>,
}

/// The cells of one measure: each of its areas with each period and each cell of the breakdown.
struct SelectedMeasure<'d> {
    measure: PlannedMeasure<'d>,
    areas: Vec<AreaId>,
    /// The cells of the breakdown that are part of the answer.
    cells: Vec<usize>,
    families: Families,
}

impl<'d> Selected<'d> {
    /// Selects the cells of a query, and counts the records that they need.
    fn new(data: &'d Data, query: &Query) -> Result<Self, QueryError> {
        query.check()?;
        let measures = plan(data, query)?;
        if query.answers(Basis::ComputedFromRecords) {
            data.counts.count_together(measures_of(&measures), &wards_of(query, data.core()));
        }
        let select = |measure: PlannedMeasure<'d>| {
            let areas = areas(data, query, &measure.periods);
            let cells = shown(data, &measure, &areas)?;
            Ok(SelectedMeasure { measure, areas, cells, families: Families::default() })
        };
        measures.into_iter().map(select).collect::<Result<_, ComputeError>>().map(Self).map_err(QueryError::from)
    }

    fn len(&self) -> usize {
        self.0.iter().map(SelectedMeasure::len).sum()
    }

    /// The observations of the cells in a range.
    fn answer(
        &self,
        data: &Data,
        query: &Query,
        range: Range<usize>,
        awaited: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<Observation>, QueryError> {
        let cells = |part: Range<usize>| {
            self.cells(range.start + part.start..range.start + part.end, query.source.as_deref())
        };
        gather(data, range.len(), awaited, cells, |(_, asked)| observations_of(data, query, asked))
    }

    /// The cells in a range, each with its number.
    fn cells<'s>(&'s self, range: Range<usize>, source: Option<&'s str>) -> impl Iterator<Item = (usize, Asked<'s>)> {
        let mut first = 0;
        let cells = self.len();
        self.0.iter().flat_map(move |selected| {
            let within = |cell: usize| cell.saturating_sub(first).min(selected.len());
            let own = within(range.start)..within(range.end);
            let before = first;
            first += selected.len();
            let among = Among { areas: &selected.areas, families: &selected.families, cells };
            let companions = selected.measure.companions.as_slice();
            own.map(move |number| (before + number, Asked { cell: selected.cell(number, source), companions, among }))
        })
    }
}

/// What each of some cells gives, in their order. The threads share the cells, as long as the answer is awaited.
fn gather<I: Iterator, T: Send>(
    data: &Data,
    count: usize,
    awaited: &(dyn Fn() -> bool + Sync),
    cells: impl Fn(Range<usize>) -> I + Sync,
    of: impl Fn(I::Item) -> Result<Vec<T>, ComputeError> + Sync,
) -> Result<Vec<T>, QueryError> {
    let parts = parallel::map(count, CELLS, data.counts.rows.rows.threads(), |part| {
        let mut found = Vec::with_capacity(part.len());
        for cell in cells(part) {
            if !awaited() {
                return Err(QueryError::Abandoned);
            }
            found.extend(of(cell)?);
        }
        Ok(found)
    });
    let mut all = Vec::with_capacity(count);
    for found in parts {
        all.append(&mut found?);
    }
    Ok(all)
}

impl SelectedMeasure<'_> {
    fn len(&self) -> usize {
        self.areas.len() * self.measure.periods.len() * self.cells.len()
    }

    /// The cell with this number: the area varies slowest, then the period.
    fn cell<'s>(&'s self, number: usize, source: Option<&'s str>) -> CellRequest<'s> {
        let (place, cell) = (number / self.cells.len(), self.cells[number % self.cells.len()]);
        let periods = &self.measure.periods;
        let (area, period) = (self.areas[place / periods.len()], periods[place % periods.len()]);
        CellRequest { definition: self.measure.definition, area, period, axes: &self.measure.axes, cell, source }
    }
}

/// The observations of one cell: one for each basis that has data.
fn observations_of(data: &Data, query: &Query, asked: Asked<'_>) -> Result<Vec<Observation>, ComputeError> {
    let Asked { cell, companions, among } = asked;
    let found = on_each_basis(data, cell, query, |basis| query.answers(basis))?;
    let observed = found.into_iter().map(|(basis, answered)| {
        let (mut observation, comparable) = whole(data, cell, basis, answered);
        let comparable = observation.result.is_ok().then_some(comparable);
        for kind in &query.comparisons {
            observation.comparisons.push(compare(data, query, cell, (basis, comparable), *kind, among)?);
        }
        observation.companions = beside(data, query, companions, cell)?;
        Ok(observation)
    });
    observed.collect()
}

/// An observation with all its parts, but without comparisons and companions.
fn whole(data: &Data, cell: CellRequest<'_>, basis: Basis, answered: Answered) -> (Observation, Comparable) {
    let (mut observation, comparable) = observe(data, cell, basis, answered);
    observation.components.extend(data.expected_if_random(cell, &observation));
    (observation, comparable)
}

/// The estimates of one cell on each basis that is asked for. A basis without data is left out if the other has data.
pub(super) fn on_each_basis(
    data: &Data,
    cell: CellRequest<'_>,
    query: &Query,
    is_asked: impl Fn(Basis) -> bool,
) -> Result<Vec<(Basis, Answered)>, ComputeError> {
    let mut found: Vec<(Basis, Answered)> = Vec::with_capacity(2);
    for basis in [Basis::SubmittedFigure, Basis::ComputedFromRecords] {
        if is_asked(basis) {
            found.push((basis, data.answered(cell, basis, query.confidence, &query.visibility)?));
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
    Ok(found)
}
