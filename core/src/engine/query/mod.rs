//! Queries: the selection of observations, a cell of the selection, and the fields that a query needs.

mod axes;
mod cell;
mod error;
mod needs;
mod selection;
mod visibility;

pub use axes::BreakdownValue;
pub use error::QueryError;
pub use selection::{AreaSelection, Basis, ComparisonKind, MAX_MEASURES, MAX_OBSERVATIONS, PeriodSelection, Query};
pub use visibility::Visibility;

pub(crate) use error::definition;
pub(crate) use selection::DEFAULT_CONFIDENCE;

pub(crate) use axes::{Axis, BreakdownAxes, Members};
pub(crate) use cell::CellRequest;
pub(crate) use needs::Needs;
