//! From a question to observations: what a query is answered from, and how.
//!
//! An [`Engine`] answers for one [`Snapshot`]. It counts records into cubes of integers by area,
//! month and breakdown, keeps them, and adds them up to what is asked for; figures that agencies submitted answer beside
//! them. Floating point begins after the last sum, so the same snapshot gives the same bits for any number of threads,
//! any split into submissions and any order of rows.
//!
//! Missing is never zero: a month that was reported on without a row is 0, a month that was not reported on is
//! [`MissingReason::NotSubmitted`].

mod answer;
mod arrow;
mod arrow_nested;
mod cache;
mod compare;
mod compute;
mod covered;
mod cube;
mod data;
mod dims;
mod explain;
mod explain_request;
mod figures;
mod local;
mod measured;
mod months;
mod needs;
mod observation;
mod once;
pub mod partial;
mod place;
mod plan;
mod program;
mod query;
mod repeats;
mod reports;
mod rows;
pub mod snapshot;
mod stages;
mod state;
mod steps;
mod sums;
mod survey;
mod tallies;
#[cfg(test)]
mod tests;
mod value_text;
mod victims;
mod wire;

use std::num::NonZeroUsize;
use std::sync::Arc;

pub use arrow::{to_arrow, to_arrow_on};
pub use dims::NOT_SUPPLIED;
pub use explain::{ContributingSubmission, Explanation, PopulationStep};
pub use explain_request::ExplainRequest;
pub use local::{Local, LocalContent, LocalError, LocalRows, Received};
pub use observation::{
    Basis, BreakdownValue, ChangeKind, Comparison, ComparisonKind, Completeness, MissingReason, Observation,
};
pub use once::{ComputeOnceError, Computed, compute_once};
pub use query::{AreaSelection, MAX_MEASURES, MAX_OBSERVATIONS, PeriodSelection, Query, QueryError};
pub use value_text::{
    change_kind_named, change_text, fraction_text, interval_text, missing_text, value_kind_named, value_text,
};

pub(crate) use wire::{polarity, value_kind};

use crate::Core;
use crate::cel::CelError;
use crate::kernel::KernelError;
use crate::period::Month;
use crate::stats::StatsError;
use data::Data;
use needs::Needs;
use snapshot::Snapshot;

/// A computation that was refused. None of these is caused by a question: they are limits, or faults of a definition.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ComputeError {
    /// Too many rows or cells.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// A population is too complex.
    #[error(transparent)]
    Cel(#[from] CelError),
    /// Weights overflow.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// A definition reads a dataset that the contract does not have.
    #[error("a measure reads a dataset that the contract does not have")]
    UnknownDataset,
    /// Rows were counted in partitions for another question.
    #[error(
        "the rows were counted elsewhere, and not for this question: ask the question that they were counted for"
    )]
    NotCounted,
}

/// Answers queries from one snapshot.
///
/// Cheap to make: what a query needs is worked out when it is first asked for, and kept. Any number of threads may ask at
/// once.
#[derive(Debug)]
pub struct Engine {
    data: Data,
}

impl Engine {
    /// An engine for a snapshot that counts on `threads` threads.
    #[must_use]
    pub fn new(core: Arc<Core>, snapshot: Arc<Snapshot>, threads: NonZeroUsize) -> Self {
        Self { data: Data::new(core, snapshot, threads) }
    }

    /// The same engine for a snapshot that has only these fields: it refuses measures that need others.
    fn reading(mut self, needs: Option<Needs>) -> Self {
        self.data.needs = needs;
        self
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.data.snapshot
    }

    /// Answers a query: observations in the order of measure, area, period, breakdown and basis, each as the query lists
    /// them and without repeating any.
    ///
    /// Where no basis is asked for, both answer; of two bases, one that has no data for a cell is left out if the other
    /// has.
    ///
    /// # Errors
    ///
    /// [`QueryError`], which says what would be accepted.
    pub fn query(&self, query: &Query) -> Result<Vec<Observation>, QueryError> {
        self.query_while(query, &|| true)
    }

    /// Answers a query as [`Engine::query`] does, for as long as somebody waits for the answer: several threads may ask.
    ///
    /// # Errors
    ///
    /// [`QueryError`]; [`QueryError::Abandoned`] soon after `awaited` is no longer true.
    pub fn query_while(
        &self,
        query: &Query,
        awaited: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<Observation>, QueryError> {
        answer::query(&self.data, query, awaited)
    }

    /// First and last month for which a measure has data; `None` where it has none.
    ///
    /// # Errors
    ///
    /// [`QueryError::UnknownMeasure`].
    pub fn available(&self, measure: &str) -> Result<Option<(Month, Month)>, QueryError> {
        Ok(self.data.available(query::definition(&self.data.core, measure)?))
    }
}
