//! From a question to observations: what a query is answered from, and how.
//!
//! An [`Engine`] answers for one [`Snapshot`](snapshot::Snapshot). It counts records into cubes of integers by area,
//! month and breakdown, keeps them, and adds them up to what is asked for; figures that agencies submitted answer beside
//! them. Floating point begins after the last sum, so the same snapshot gives the same bits for any number of threads,
//! any split into submissions and any order of rows.
//!
//! Missing is never zero: a month that was reported on without a row is 0, a month that was not reported on is
//! [`MissingReason::NotSubmitted`].

mod answer;
mod api;
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

pub use crate::estimate::{Component, ComponentKind, MissingReason};
pub use answer::{ChangeKind, Comparison, Observation, to_arrow, to_arrow_on};
pub use api::Engine;
pub use compute_once::{ComputeOnceError, Computed, compute_once};
pub use coverage::Completeness;
pub use error::ComputeError;
pub use explain::{ContributingSubmission, ExplainRequest, Explanation, PopulationStep};
pub use local::{Local, LocalContent, LocalError, LocalRows, Received};
pub use query::{
    AreaSelection, Basis, BreakdownValue, ComparisonKind, MAX_MEASURES, MAX_OBSERVATIONS, NOT_SUPPLIED,
    PeriodSelection, Query, QueryError,
};
pub(crate) use query::{DEFAULT_CONFIDENCE, definition};
pub use rows::snapshot;
