//! Counting in partitions: the integer states of one question, from rows that lie on several machines.
//!
//! A [`Plan`] is a question and the datasets that it is asked of. On each machine [`Plan::count`] makes a [`Partial`]
//! of the rows there; states merge in any order, and [`Partial::finish`] gives an [`Engine`](super::Engine) that
//! answers the question, and no other, through the code that answers it for rows on one machine. What is merged are
//! whole numbers, so the bits are the same for every partitioning.
//!
//! Two things do not follow from rows that lie apart. Rows are checked with those that they refer to and those of the
//! same key: [`Plan::scatter`] says which rows belong into one partition. And whether a person's crime is a repeat
//! depends on all of that person's: the rows of victims travel in the state, [`Partial::by_person`] splits them into
//! buckets, and [`Partial::count_persons`] counts a bucket once it is complete.
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
//! let source = Source { dataset: "istv_attendance", covers: None, synthetic: true };
//! let plan = Plan::new(&core, &query, &[source])?;
//! let header = peelian_core::intake::csv_header(plan.datasets()[0]);
//! let rows = || LocalRows {
//!     dataset: "istv_attendance",
//!     covers: None,
//!     content: LocalContent::Csv(header.as_bytes()),
//!     synthetic: true,
//! };
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
use super::{LocalError, QueryError};

/// Why states are not made, merged or finished.
#[derive(Debug, thiserror::Error)]
pub enum PartialError {
    /// Measures whose values do not follow from those of partitions.
    #[error("{}: {why}; compute where all rows are in one place", measures.join(", "))]
    DoesNotAddUp {
        /// The measures.
        measures: Vec<String>,
        /// Why.
        why: &'static str,
    },
    /// A dataset that the plan does not name, or names twice.
    #[error("{0} is not one of the datasets that are counted in partitions, or is named twice")]
    Dataset(String),
    /// Rows of one key in several partitions, of which no partition could tell which counts.
    #[error("{rows} rows of {dataset} have the key of another row: send the row that counts, and only that one")]
    RepeatedKeys {
        /// The dataset.
        dataset: &'static str,
        /// Rows whose key occurred before.
        rows: u64,
    },
    /// Too large a share of rows with errors.
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
    /// States of different questions, or made by different versions.
    #[error(
        "the states were made for different questions, or by different versions of peelian: install one everywhere"
    )]
    OtherPlan,
    /// Victims of different buckets, which must not be taken together before each bucket is counted.
    #[error("victims of different buckets are put together: count each bucket of persons first")]
    OtherBucket,
    /// Victims who are still to be counted.
    #[error("victims are still to be counted: count each bucket of persons, then merge")]
    PersonsNotCounted,
    /// Victims who were lost, or came twice, on the way to their buckets.
    #[error("{counted} rows of victims were counted where {sent} were sent")]
    PersonsLost {
        /// Rows that were split into buckets.
        sent: u64,
        /// Rows that were counted.
        counted: u64,
    },
    /// Bytes that are no state.
    #[error("the bytes are not a state of peelian: {0}")]
    NotAState(String),
    /// Counts beyond 64 bits.
    #[error("the counts of the partitions overflow")]
    Overflow,
    /// Rows are refused.
    #[error(transparent)]
    Rows(#[from] LocalError),
    /// The question is refused.
    #[error(transparent)]
    Query(#[from] QueryError),
}

impl From<Overflow> for PartialError {
    fn from(_: Overflow) -> Self {
        Self::Overflow
    }
}

impl From<super::ComputeError> for PartialError {
    fn from(error: super::ComputeError) -> Self {
        Self::Query(error.into())
    }
}
