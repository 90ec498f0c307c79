//! The services: one file each.

mod access;
mod catalogue;
mod convert;
mod observation;
mod page;
mod release;
mod submission;

pub(crate) use access::Access;
pub(crate) use catalogue::Catalogue;
pub(crate) use observation::Observations;
pub(crate) use release::Release;
pub(crate) use submission::Submissions;
