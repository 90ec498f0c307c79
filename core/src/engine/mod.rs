//! The engine: it answers queries with observations.
//!
//! An [`Engine`] answers for one [`Snapshot`](snapshot::Snapshot). It counts records into cubes of integers by area, month and breakdown.
//! It keeps the cubes and adds them up for each query. Figures that agencies submitted are answered in addition.
//! Floating-point arithmetic begins after the last sum. So the same snapshot gives the same bits for any number of
//! threads, any split into submissions and any order of rows.
//!
//! Missing is never zero. A month that was reported on and has no rows is 0. A month that was not reported on is
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
pub(crate) mod tests;

pub use crate::estimate::{Component, ComponentKind, MissingReason};
pub use answer::{
    Alternative, ChangeKind, Comparison, NOT_COMPARED, Observation, Page, Place, to_arrow, to_arrow_on,
};
pub(crate) use answer::{Behind, BehindFrom, Dimension, Positions, Released, ReleasedTally, has_small_base};
pub use api::Engine;
pub use compute_once::{ComputeOnceError, Computed, compute_once};
pub use counts::CountCache;
pub(crate) use counts::Cube;
pub use coverage::Completeness;
pub use error::ComputeError;
pub use explain::{ContributingSubmission, ExplainRequest, Explanation, PopulationStep};
pub use local::{Local, LocalContent, LocalError, LocalRows, Received, TextPieces};
pub use query::{
    AreaSelection, Basis, BreakdownValue, ComparisonKind, MAX_MEASURES, MAX_OBSERVATIONS, PeriodSelection, Query,
    QueryError, Visibility,
};
pub(crate) use query::{DEFAULT_CONFIDENCE, definition};
pub use rows::snapshot;
