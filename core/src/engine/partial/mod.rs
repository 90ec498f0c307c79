//! Counting in partitions: the whole-number states of one query, from rows on several machines.
//!
//! A [`Plan`] is a query and the datasets from which it is answered. On each machine, [`Plan::count`] makes a
//! [`Partial`] from the rows there. States can be merged in any order. [`Partial::finish`] makes an
//! [`Engine`](super::Engine) that answers this query and no other. It uses the same code as for rows on one machine.
//! The merged numbers are whole, so the answer has the same bits for every partitioning.
//!
//! Two things need rows of several partitions together. First, a row is checked together with the rows to which it
//! refers and with the rows of the same key: [`Plan::scatter`] decides which rows belong in one partition. Second,
//! whether a crime is a repeat depends on all crimes against the same person. So the rows of victims travel in the
//! state, [`Partial::by_person`] splits them into buckets, and [`Partial::count_persons`] counts each complete bucket.
//!
//! ```
//! use std::num::NonZeroUsize;
//! use std::sync::Arc;
//!
//! use peelian_core::Core;
//! use peelian_core::engine::partial::{Plan, Source};
//! use peelian_core::engine::{LocalContent, LocalRows, Query};
//!
//! let core = Arc::new(Core::from_seeds()?);
//! let query = peelian::v1::Query {
//!     measures: vec!["istv-assault-attendances".into()],
//!     areas: vec!["E23000001".into()],
//!     periods: vec!["2017-02".into()],
//!     ..Default::default()
//! };
//! let query = Query::from_wire(&query, &core)?;
//! let source = Source { dataset: "istv_attendance", covers: None, areas: None, synthetic: true };
//! let plan = Plan::new(&core, &query, &[source])?;
//! let header = peelian_core::intake::csv_header(plan.datasets()[0]);
//! let rows = || LocalRows::new("istv_attendance", LocalContent::Csv(header.as_bytes()));
//! let mut state = plan.count(vec![rows()], NonZeroUsize::MIN)?;
//! state.merge(plan.count(vec![rows()], NonZeroUsize::MIN)?)?;
//! let (engine, received, _) = state.finish(&plan, None, NonZeroUsize::MIN)?;
//! assert_eq!(received[0].received, 0);
//! assert_eq!(engine.query(&query)?.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arrow;
mod chunks;
mod count;
mod finish;
mod plan;
mod scatter;
mod state;

pub use finish::Tally;
pub use plan::{Plan, Source};
pub use scatter::{Scattered, Slice};
pub use state::Partial;

pub(super) use chunks::count_in_chunks;

use super::counts::Overflow;
use super::error::ComputeError;
use super::local::LocalError;
use super::query::QueryError;

/// The reason why a state is not made, merged or finished.
#[derive(Debug, thiserror::Error)]
pub enum PartialError {
    /// Measures whose values cannot be computed from partitions.
    #[error("{}: {why}; compute where all rows are in one place", measures.join(", "))]
    DoesNotAddUp {
        /// The measures.
        measures: Vec<String>,
        /// The reason.
        why: &'static str,
    },
    /// The plan does not name the dataset, or names it twice.
    #[error("{0} is not one of the datasets that are counted in partitions, or is named twice")]
    Dataset(String),
    /// Several partitions have rows with the same key, so no partition can decide which row counts.
    #[error("{rows} rows of {dataset} have the key of another row: send the row that counts, and only that one")]
    RepeatedKeys {
        /// The dataset.
        dataset: &'static str,
        /// Number of rows whose key occurred before.
        rows: u64,
    },
    /// The share of rows with errors is too large.
    #[error(
        "{dataset}: {rejected} of {received} rows have errors, more than {limit_percent}%: correct the rows that \
         the findings name"
    )]
    TooManyErrors {
        /// Dataset of the rows.
        dataset: &'static str,
        /// Rows received.
        received: u64,
        /// Rows with errors.
        rejected: u64,
        /// Largest share allowed, in percent.
        limit_percent: f64,
        /// How often each code was raised.
        tally: Box<Tally>,
    },
    /// The states are of different queries, or different versions made them.
    #[error(
        "the states were made for different queries, or by different versions of peelian: install one version everywhere"
    )]
    OtherPlan,
    /// Victims of different buckets were merged before each bucket was counted.
    #[error("victims of different buckets were merged: count each bucket of persons first")]
    OtherBucket,
    /// Victims are not counted yet.
    #[error("victims are still to be counted: count each bucket of persons, then merge")]
    PersonsNotCounted,
    /// Rows of victims were lost or duplicated on the way to their buckets.
    #[error("{counted} rows of victims were counted where {sent} were sent")]
    PersonsLost {
        /// Rows that were split into buckets.
        sent: u64,
        /// Rows that were counted.
        counted: u64,
    },
    /// The bytes are not a state.
    #[error("the bytes are not a state of peelian: {0}")]
    NotAState(String),
    /// The counts exceed 64 bits.
    #[error("the counts of the partitions overflow")]
    Overflow,
    /// The rows are refused.
    #[error(transparent)]
    Rows(#[from] LocalError),
    /// The query is refused.
    #[error(transparent)]
    Query(#[from] QueryError),
}

impl From<Overflow> for PartialError {
    fn from(_: Overflow) -> Self {
        Self::Overflow
    }
}

impl From<ComputeError> for PartialError {
    fn from(error: ComputeError) -> Self {
        Self::Query(error.into())
    }
}
