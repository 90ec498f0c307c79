//! Releases: their life, their frozen content, and how they differ. The rules here know no callers and no clock.

mod diff;
mod event;
mod folder;
mod life;
mod refused;
mod select;
#[cfg(test)]
mod tests;

pub(crate) use diff::{Cell, Difference, cell, counts, diff};
pub(crate) use event::{Drafted, Event, Numbers, Principal, StatedPlan, What};
pub(crate) use folder::{Content, FolderError, Folders, MANIFEST, RELEASES, Tidied, exported_hash, exported_names};
pub(crate) use life::{Book, Life, State, Step};
pub(crate) use refused::Refused;
pub(crate) use select::{Frozen, SelectError, check};
