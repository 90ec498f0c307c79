//! Conversion of core types to the messages of the contract, so that every interface uses the same terms.
//!
//! Observations and explanations are converted by `From`. [`Query::from_wire`](crate::engine::Query::from_wire) reads
//! queries.

mod agency;
mod dataset;
mod explain_request;
mod finding;
mod kinds;
mod measure;
mod observation;
mod partial;
mod place;
mod query;
mod released;
mod value_text;

pub use agency::agency;
pub use dataset::dataset;
pub use finding::{finding, scope_text, severity_text};
pub use kinds::{change_kind, value_kind, verdict_text};
pub use measure::{measure, profile};
pub use place::{area, code_list};
pub use value_text::{
    change_kind_named, change_text, fraction_text, interval_text, missing_text, value_kind_named, value_label,
    value_text,
};
