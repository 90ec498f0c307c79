//! The audit log: who did what, whether it was allowed and by which policy, and what came of it.
//!
//! It holds identifiers, codes and numbers, and no value of a record. Writes are on the disk before they are acknowledged,
//! and reads within a second. It is a chain of hashes with signatures, so that `peelian-server audit verify` finds every
//! change, gap and cut.

mod file;
mod log;
mod notes;
mod record;
mod seal;
#[cfg(test)]
mod tests;
mod verify;

use std::io;
use std::path::Path;

pub(crate) use log::{AuditLog, NotRecorded, Place};
pub(crate) use notes::Notes;
pub(crate) use record::{Call, Event, Record};
pub(crate) use verify::{Known, verify};

/// Folder of the audit log, in the data directory.
pub(crate) const FOLDER: &str = "audit";

/// The records of an audit log, in their order. Lines that are no records are left out.
///
/// # Errors
///
/// If it cannot be read.
pub(crate) fn records(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<Record>>> {
    Ok(file::lines(folder)?.filter_map(|(_, line)| match line {
        Ok(text) => serde_json::from_str(&text).ok().map(Ok),
        Err(error) => Some(Err(error)),
    }))
}
