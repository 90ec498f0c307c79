//! The engine as callers see it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::answer::{self, Data, Observation, Page, Place, Released};
use super::counts::CountCache;
use super::explain::{self, ExplainRequest, Explanation};
use super::query::{Needs, Query, QueryError, definition};
use super::rows::snapshot::Snapshot;
use crate::Core;
use crate::period::{Month, Period};
use crate::reference::AreaId;

/// Answers queries from one snapshot.
///
/// An engine is cheap to make: it counts what a query needs when it is first needed, and keeps it. Any number of
/// threads may query at the same time.
#[derive(Debug)]
pub struct Engine {
    pub(super) data: Data,
}

impl Engine {
    /// An engine for a snapshot. It counts on `threads` threads.
    #[must_use]
    pub fn new(core: Arc<Core>, snapshot: Arc<Snapshot>, threads: NonZeroUsize) -> Self {
        Self { data: Data::new(core, snapshot, threads) }
    }

    /// An engine for a later snapshot of the same ledger. The submitted figures that both snapshots have are not read again,
    /// so this takes as long as reading those that have changed. Segments of one submission with the same batch must be the
    /// same rows. Nothing else is taken over: counts are kept if both engines keep them in one cache.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    /// use std::sync::Arc;
    ///
    /// use peelian_core::Core;
    /// use peelian_core::engine::{Engine, snapshot::Snapshot};
    ///
    /// let core = Arc::new(Core::from_seeds()?);
    /// let engine = Engine::new(core, Arc::new(Snapshot::default()), NonZeroUsize::MIN);
    /// let later = engine.for_later(Arc::new(Snapshot { position: 1, ..Snapshot::default() }));
    /// assert_eq!((engine.snapshot().position, later.snapshot().position), (0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn for_later(&self, snapshot: Arc<Snapshot>) -> Self {
        Self { data: self.data.of_later(snapshot) }
    }

    /// The same engine, which keeps its counts in a cache that other engines use too. An engine without a cache keeps all
    /// its counts.
    #[must_use]
    pub fn keeping_in(mut self, cache: &Arc<CountCache>) -> Self {
        self.data.counts.keep_in(cache);
        self
    }

    /// The same engine for a snapshot that has only these fields. It refuses measures that need other fields.
    pub(super) fn reading(mut self, needs: Option<Needs>) -> Self {
        self.data.needs = needs;
        self
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        self.data.snapshot()
    }

    /// Answers a query. Observations are in the order of measure, area, period, breakdown and basis, and each of these
    /// is in the order of the query. No observation is repeated.
    ///
    /// If the query names no basis, both are answered. A basis without data for a cell is left out if the other has
    /// data.
    ///
    /// # Errors
    ///
    /// [`QueryError`] if the query is refused. Its message says what would be accepted.
    pub fn query(&self, query: &Query) -> Result<Vec<Observation>, QueryError> {
        self.query_while(query, &|| true)
    }

    /// Answers a query as [`Engine::query`] does, as long as `awaited` returns true. Several threads may call it.
    ///
    /// # Errors
    ///
    /// [`QueryError`]; [`QueryError::Abandoned`] soon after `awaited` no longer returns true.
    pub fn query_while(
        &self,
        query: &Query,
        awaited: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<Observation>, QueryError> {
        answer::query(&self.data, query, awaited)
    }

    /// Answers a query in parts, so that the whole answer need not be in memory. `take` gets the observations of each part,
    /// in the order of the answer.
    ///
    /// # Errors
    ///
    /// The errors of [`Engine::query_while`]. `take` may have got parts before.
    pub fn query_each(
        &self,
        query: &Query,
        awaited: &(dyn Fn() -> bool + Sync),
        take: impl FnMut(Vec<Observation>),
    ) -> Result<(), QueryError> {
        answer::query_each(&self.data, query, awaited, take)
    }

    /// Answers a page of a query: at most `size` observations from the one at `from`. The pages of one engine follow each
    /// other without gaps. Only the page is computed.
    ///
    /// # Errors
    ///
    /// The errors of [`Engine::query_while`].
    pub fn query_page(
        &self,
        query: &Query,
        from: Place,
        size: usize,
        awaited: &(dyn Fn() -> bool + Sync),
    ) -> Result<Page, QueryError> {
        answer::query_page(&self.data, query, from, size, awaited)
    }

    /// First and last month for which a measure has data; `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`QueryError::UnknownMeasure`] if there is no such measure.
    pub fn available(&self, measure: &str) -> Result<Option<(Month, Month)>, QueryError> {
        Ok(self.data.available(definition(self.data.core(), measure)?))
    }

    /// The names of the breakdowns that a measure offers.
    ///
    /// # Errors
    ///
    /// [`QueryError::UnknownMeasure`] if there is no such measure.
    pub fn breakdowns(&self, measure: &str) -> Result<Vec<String>, QueryError> {
        let definition = definition(self.data.core(), measure)?;
        Ok(definition.breakdowns.iter().map(|breakdown| breakdown.name.clone()).collect())
    }

    /// Answers a query of one measure and at most one breakdown, with the counts behind each observation.
    pub(crate) fn released(
        &self,
        query: &Query,
        awaited: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<Released<'_>>, QueryError> {
        answer::released(&self.data, query, awaited)
    }

    /// The number of cells that [`Engine::released`] answers for a query. It counts the records that they need, and makes no
    /// observation.
    pub(crate) fn released_cells(&self, query: &Query) -> Result<usize, QueryError> {
        answer::released_cells(&self.data, query)
    }

    /// The number of threads on which it counts.
    pub(crate) fn threads(&self) -> NonZeroUsize {
        self.data.counts.rows.rows.threads()
    }

    /// The definitions and the reference data.
    pub(crate) fn core(&self) -> &Arc<Core> {
        self.data.core()
    }

    /// Explains one observation: the definition, the number of records that each step of the selection removed, the
    /// submissions that contributed, and the difference between a submitted figure and the computed value.
    ///
    /// `breakdown` has the code of each dimension, by the name of the dimension. It is empty for the total.
    ///
    /// # Errors
    ///
    /// [`QueryError`] if the measure, the breakdown or a code does not exist.
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
    /// // Nobody has submitted anything, so no step counts records.
    /// assert!(told.submissions.is_empty() && told.steps.is_empty());
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

    /// Explains the requested value: see [`Engine::explain`].
    ///
    /// # Errors
    ///
    /// The errors of [`Engine::explain`].
    pub fn explain_request(&self, request: &ExplainRequest) -> Result<Explanation, QueryError> {
        self.explain(&request.measure, request.area, request.period, &request.breakdown)
    }
}
