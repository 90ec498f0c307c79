//! What a verification of a store finds.

use super::entry::StoredEntry;
use super::seal::Part;

/// What a verification found.
#[derive(Debug, Default)]
pub(crate) struct Verification {
    /// Number of submissions that were compared with their checksums.
    pub(crate) submissions: u64,
    /// Entries of which a part is damaged.
    pub(crate) damaged: Vec<Damage>,
    /// Faults in the structure of the database, as SQLite describes them.
    pub(crate) structure: Vec<String>,
}

/// The damage to one entry.
#[derive(Debug)]
pub(crate) struct Damage {
    /// The entry, as it is stored now.
    pub(crate) entry: StoredEntry,
    /// The parts that are not as they were stored.
    pub(crate) parts: Vec<Part>,
}
