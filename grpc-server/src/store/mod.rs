//! Stores the ledger durably.
//!
//! A store keeps entries and gives them back. What entries mean is decided in [`crate::ledger`].

mod entry;
mod error;
mod identity;
mod in_force;
mod interface;
mod lock;
pub(crate) mod payload;
mod seal;
mod sqlite;
mod sqlite_read;
mod sqlite_releases;
mod sqlite_rows;
mod sqlite_write;
#[cfg(test)]
mod tests;
mod verify;

pub(crate) use entry::{
    Envelope, LeftOutRows, Listing, NewSubmission, StoredEntry, StoredReleaseEvent, StoredRows, StoredSubmission,
    Withdrawal,
};
pub(crate) use error::StoreError;
pub(crate) use in_force::{InForce, KeptInForce, RowsInForce};
pub(crate) use interface::Store;
pub(crate) use seal::Part;
pub(crate) use sqlite::SqliteStore;
pub(crate) use verify::Damage;
