//! What the core holds, as the messages of the contract: the same words through every door.
//!
//! Observations and explanations convert themselves (`From`), and queries are read by
//! [`Query::from_wire`](crate::engine::Query::from_wire).

mod dataset;
mod finding;
mod measure;
mod observation;
mod partial;
mod place;
mod query;

pub use dataset::dataset;
pub use finding::{finding, severity};
pub use measure::measure;
pub use place::{area, code_list};
