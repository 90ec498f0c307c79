//! Records of the audit log, and the chain that binds them.
//!
//! A record is one line of JSON. Its hash covers its own content and the hash of the record before, so a record cannot be
//! changed, dropped, added or moved without breaking the chain.

use peelian::hex::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The hash before the first record.
pub(super) const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One record.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record<T = String, E = Event> {
    /// Number, counted from 1 without gaps.
    pub(crate) n: u64,
    /// When it was recorded, in UTC.
    pub(crate) at: T,
    /// What happened.
    pub(crate) event: E,
    /// Hash of the record before.
    pub(crate) previous: T,
    /// SHA-256 of this record with an empty text here, in hexadecimal digits. It is the last field: see [`Record::after`].
    pub(crate) hash: T,
}

/// What follows the hash in a line.
const AFTER_HASH: &str = "\"}";

/// What happened.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Event {
    /// The server began to record.
    Start(Start),
    /// A call ended.
    Call(Call),
    /// A connection was refused before any call: its certificate does not hold, or it is not encrypted as it must be.
    ConnectionRefused {
        /// Why, in the words of TLS.
        error: String,
    },
    /// The ledger has entries whose calls were not recorded, because the server ended between the two.
    Unrecorded {
        /// First position of the ledger.
        from: u64,
        /// Last position of the ledger.
        to: u64,
    },
    /// All records before are signed.
    Seal {
        /// Ed25519 signature of the hash of the record before, in hexadecimal digits.
        signature: String,
    },
}

/// The server began to record.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Start {
    /// Version of the server.
    pub(crate) version: String,
    /// Position of the ledger.
    pub(crate) position: u64,
    /// Public key of the seals, in hexadecimal digits.
    pub(crate) key: String,
    /// What is wrong with the records before; empty if nothing is.
    pub(crate) fault: String,
}

/// A call.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// Identifier of the call, which the log has too.
    pub(crate) call: String,
    /// Agency of the caller; empty if nobody identified it.
    pub(crate) agency: String,
    /// Roles of the caller.
    pub(crate) roles: String,
    /// How the caller was identified: `token ID`, `certificate FINGERPRINT`, `loopback`; empty if it was not.
    pub(crate) credential: String,
    /// Method of the contract.
    pub(crate) method: String,
    /// What it was about: datasets, submissions, measures, areas and periods.
    pub(crate) about: Vec<String>,
    /// `allowed`, `denied`, or empty if nothing was decided.
    pub(crate) decision: String,
    /// The policies that allowed it.
    pub(crate) policies: Vec<String>,
    /// Status of the answer: `OK`, `PERMISSION_DENIED`.
    pub(crate) outcome: String,
    /// Reason of the status; empty if it has none.
    pub(crate) reason: String,
    /// Position of the ledger that the answer is from, or that the call wrote.
    pub(crate) position: Option<u64>,
    /// Number of values that the caller saw and that were not suppressed.
    pub(crate) cells: Option<u64>,
}

impl<T: Serialize, E: Serialize> Record<T, E> {
    /// The record as a line without its end.
    pub(super) fn line(&self) -> String {
        // Texts, numbers and lists of them have no case that cannot be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Record {
    /// The line of a record after another, without its end, and the hash of the record. The record is written once: its hash
    /// is put into the line of which it is the hash.
    pub(super) fn after(n: u64, at: &str, event: &Event, previous: &str) -> (String, String) {
        let mut line = Record { n, at, event, previous, hash: "" }.line();
        let hash = hash_of(&line);
        line.insert_str(line.len().saturating_sub(AFTER_HASH.len()), &hash);
        (line, hash)
    }

    /// The hash that the record must have.
    pub(super) fn own_hash(&self) -> String {
        let Self { n, at, event, previous, hash: _ } = self;
        hash_of(&Record { n: *n, at: at.as_str(), event, previous: previous.as_str(), hash: "" }.line())
    }
}

fn hash_of(line: &str) -> String {
    hex(&Sha256::digest(line.as_bytes()))
}
