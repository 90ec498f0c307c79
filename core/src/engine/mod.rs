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
mod cache;
mod compute_once;
mod counts;
mod coverage;
mod error;
mod explain;
mod found;
mod local;
pub mod partial;
mod query;
mod rows;
mod submitted;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

pub use answer::{ChangeKind, Comparison, Observation, to_arrow, to_arrow_on};
pub use compute_once::{ComputeOnceError, Computed, compute_once};
pub use coverage::Completeness;
pub use error::ComputeError;
pub use explain::{ContributingSubmission, ExplainRequest, Explanation, PopulationStep};
pub use local::{Local, LocalContent, LocalError, LocalRows, Received};
pub use query::{
    AreaSelection, Basis, BreakdownValue, ComparisonKind, MAX_MEASURES, MAX_OBSERVATIONS, NOT_SUPPLIED,
    PeriodSelection, Query, QueryError,
};
pub use rows::snapshot;

pub use crate::estimate::{Component, ComponentKind, MissingReason};

pub(crate) use query::{DEFAULT_CONFIDENCE, definition};

use crate::Core;
use crate::period::{Month, Period};
use crate::reference::AreaId;
use answer::Data;
use query::Needs;
use snapshot::Snapshot;

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
        self.data.snapshot()
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
        Ok(self.data.available(definition(self.data.core(), measure)?))
    }

    /// Explains one observation: the definition, how many records each step of the selection removed, the submissions
    /// behind it, and how far a submitted figure lies from the value computed.
    ///
    /// `breakdown` has the code of each dimension by its name; empty means the total.
    ///
    /// # Errors
    ///
    /// [`QueryError`] for a measure, breakdown or code that does not exist.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use std::num::NonZeroUsize;
    /// use std::sync::Arc;
    ///
    /// use peelian_core::Core;
    /// use peelian_core::engine::{Engine, snapshot::Snapshot};
    ///
    /// let core = Arc::new(Core::from_seeds()?);
    /// let southwark = core.reference.areas.by_code("E09000028").ok_or("no such area")?;
    /// let engine = Engine::new(core, Arc::new(Snapshot::default()), NonZeroUsize::MIN);
    /// let told = engine.explain("knife-crime-offences", southwark, "2017-02".parse()?, &BTreeMap::new())?;
    /// assert_eq!(told.steps[0].population, "initial_population");
    /// assert!(told.submissions.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(
        &self,
        measure: &str,
        area: AreaId,
        period: Period,
        breakdown: &BTreeMap<String, String>,
    ) -> Result<Explanation, QueryError> {
        explain::explain(&self.data, measure, area, period, breakdown)
    }

    /// Explains the value that is asked for; see [`Engine::explain`].
    ///
    /// # Errors
    ///
    /// As [`Engine::explain`].
    pub fn explain_request(&self, request: &ExplainRequest) -> Result<Explanation, QueryError> {
        self.explain(&request.measure, request.area, request.period, &request.breakdown)
    }
}
