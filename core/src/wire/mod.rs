//! What the core holds, as the messages of the contract: the same words through every door.
//!
//! Observations and explanations convert themselves (`From`), and queries are read by
//! [`Query::from_wire`](crate::engine::Query::from_wire).

mod dataset;
mod explain_request;
mod finding;
mod measure;
mod observation;
mod partial;
mod place;
mod query;
mod value_text;

pub use dataset::dataset;
pub use finding::{finding, severity};
pub use measure::measure;
pub use place::{area, code_list};
pub use value_text::{
    change_kind_named, change_text, fraction_text, interval_text, missing_text, value_kind_named, value_label,
    value_text,
};
