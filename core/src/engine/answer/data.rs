//! Data that all answers from one snapshot share.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::chosen::Choice;
use crate::Core;
use crate::cel::FieldPath;
use crate::contract::Dataset;
use crate::design::Input;
use crate::engine::cache::{Cache, MOST_PLACES};
use crate::engine::counts::{CountKey, CountStates, CountStore, axes_of};
use crate::engine::coverage::{Coverage, Reporters};
use crate::engine::error::ComputeError;
use crate::engine::query::{CellRequest, Needs, Query, QueryError};
use crate::engine::rows::RowStore;
use crate::engine::rows::snapshot::Snapshot;
use crate::engine::submitted::{Figures, breakdown_text};
use crate::measure::{Definition, Listed};
use crate::period::{Month, Period};
use crate::reference::Level;

/// Counts, coverage and figures of one snapshot, with all results that are cached so far.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) counts: CountStore,
    pub(crate) coverage: Coverage,
    pub(crate) figures: Figures,
    /// The fields that were read; `None` if all were.
    pub(crate) needs: Option<Needs>,
    pub(super) breaks: Cache<(Arc<str>, Level, Period), Vec<Arc<str>>>,
    /// The kinds that areas chose, by the measure that counts them.
    pub(super) choices: Cache<Arc<str>, Result<Vec<Choice>, ComputeError>>,
}

impl Data {
    pub(crate) fn new(core: Arc<Core>, snapshot: Arc<Snapshot>, threads: NonZeroUsize) -> Self {
        let figures = Figures::new(&core, &snapshot);
        Self::with_figures(core, snapshot, threads, figures)
    }

    /// The data of another snapshot. Figures that both have are not read again.
    pub(crate) fn of_later(&self, snapshot: Arc<Snapshot>) -> Self {
        let figures = self.figures.after(self.core(), self.snapshot(), &snapshot);
        Self::with_figures(Arc::clone(self.core()), snapshot, self.counts.rows.rows.threads(), figures)
    }

    fn with_figures(core: Arc<Core>, snapshot: Arc<Snapshot>, threads: NonZeroUsize, figures: Figures) -> Self {
        Self {
            figures,
            counts: CountStore::new(RowStore::new(core, snapshot, threads)),
            coverage: Coverage::default(),
            needs: None,
            breaks: Cache::of_at_most(MOST_PLACES),
            choices: Cache::default(),
        }
    }

    /// The same data for a snapshot whose rows were counted elsewhere.
    pub(crate) fn counted_elsewhere(mut self, states: CountStates) -> Self {
        self.counts.elsewhere = Some(states);
        self
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.counts.rows.core
    }

    pub(crate) fn snapshot(&self) -> &Arc<Snapshot> {
        &self.counts.rows.snapshot
    }

    /// Refuses a query that needs fields which were not read.
    pub(crate) fn check_read(&self, query: &Query) -> Result<(), QueryError> {
        match &self.needs {
            Some(needs) if !needs.meet(self.core(), query)? => Err(QueryError::NotRead),
            _ => Ok(()),
        }
    }

    /// First and last month for which a measure has figures or records.
    pub(crate) fn available(&self, definition: &Definition) -> Option<(Month, Month)> {
        self.spans(definition, self.figures.span(&definition.id), Reporters::span)
    }

    /// The same without synthetic figures and records.
    pub(super) fn available_real(&self, definition: &Definition) -> Option<(Month, Month)> {
        self.spans(definition, self.figures.real_span(&definition.id), Reporters::real_span)
    }

    fn spans(
        &self,
        definition: &Definition,
        of_figures: Option<(Month, Month)>,
        of_reports: impl Fn(&Reporters) -> Option<(Month, Month)>,
    ) -> Option<(Month, Month)> {
        let mut spans: Vec<(Month, Month)> = of_figures.into_iter().collect();
        for (dataset, area) in self.rows_read(definition) {
            spans.extend(of_reports(&self.coverage.reporters(&self.counts, dataset, area)));
        }
        spans.extend(self.lost_spans(definition));
        let first = spans.iter().map(|(first, _)| *first).min()?;
        let last = spans.iter().map(|(_, last)| *last).max()?;
        Some((first, last))
    }

    /// The datasets whose rows a measure counts, each with the field of its area.
    pub(crate) fn rows_read(&self, definition: &Definition) -> Vec<(&'static Dataset, FieldPath)> {
        let of_input = |input: &Input| match input {
            Input::Measure(other) => {
                let other = self.core().catalogue.get(&other.of);
                other.map_or_else(Vec::new, |other| self.rows_read(other))
            }
            _ => input.rows_read().map(|rows| (rows.dataset, rows.area)).collect(),
        };
        definition.inputs.iter().flat_map(of_input).collect()
    }

    /// Whether a cell is part of an answer. All codes of a closed list are that subjects can have; other codes are if a row has
    /// them.
    pub(super) fn cell_is_shown(&self, cell: CellRequest<'_>) -> Result<bool, ComputeError> {
        let listed = cell.axes.listed(cell.cell);
        if listed == Listed::Always {
            return Ok(true);
        }
        if self.figures.uses(&cell.definition.id, &breakdown_text(cell.axes, cell.cell)) {
            return Ok(true);
        }
        if listed == Listed::Never { Ok(false) } else { self.has_records(cell) }
    }

    /// Whether any row belongs to a cell, in any area and any period. Rows of the first input are searched, because the
    /// axes are fields of these rows.
    pub(crate) fn has_records(&self, cell: CellRequest<'_>) -> Result<bool, ComputeError> {
        let tally = cell.definition.inputs.first().and_then(Input::tally).filter(|tally| tally.has_own_dimensions());
        let Some((tally, axes)) = tally.and_then(|tally| Some((tally, axes_of(tally, cell.axes)?))) else {
            return Ok(false);
        };
        let key = CountKey::of_tally(cell.definition, 0, 0, &axes);
        let cube = self.counts.tally(&key, tally, tally.rows.area, &axes);
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        Ok(cube.uses(cell.cell))
    }
}
