//! The services of the contract, each in its own file or folder.

mod access;
mod answer_room;
mod answer_stream;
mod authority;
mod catalogue;
mod coverage;
mod instant;
mod observation;
mod pagination;
mod release;
mod released;
mod request;
mod submission;

pub(crate) use access::Access;
pub(crate) use answer_room::PageRoom;
pub(crate) use authority::Authority;
pub(crate) use catalogue::Catalogue;
pub(crate) use coverage::Coverage;
pub(crate) use observation::Observations;
pub(crate) use release::Releases;
pub(crate) use submission::{CONFLICTS, Submissions};
