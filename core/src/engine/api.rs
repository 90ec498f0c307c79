//! The engine as callers see it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::answer::{self, Data, Observation};
use super::explain::{self, ExplainRequest, Explanation};
use super::query::{Needs, Query, QueryError, definition};
use super::rows::snapshot::Snapshot;
use crate::Core;
use crate::period::{Month, Period};
use crate::reference::AreaId;

/// Answers queries from one snapshot.
///
/// Cheap to make: what a query needs is worked out when it is first asked for, and kept. Any number of threads may ask at
/// once.
#[derive(Debug)]
pub struct Engine {
    pub(super) data: Data,
}

impl Engine {
    /// An engine for a snapshot that counts on `threads` threads.
    #[must_use]
    pub fn new(core: Arc<Core>, snapshot: Arc<Snapshot>, threads: NonZeroUsize) -> Self {
        Self { data: Data::new(core, snapshot, threads) }
    }

    /// The same engine for a snapshot that has only these fields: it refuses measures that need others.
    pub(super) fn reading(mut self, needs: Option<Needs>) -> Self {
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
