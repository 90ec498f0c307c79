//! What the core holds, as the messages of the contract: the same words through every door.
//!
//! Observations and explanations convert themselves (`From`); see [`crate::engine`].

mod dataset;
mod finding;
mod measure;
mod place;

pub use dataset::dataset;
pub use finding::{finding, severity};
pub use measure::measure;
pub use place::{area, code_list};
