//! Entries of the ledger as a store keeps them.

use jiff::civil::Date;
use peelian_core::column::Batch;
use peelian_core::intake::{LeftOut, Mode};

/// What the ledger needs to know of a submission apart from its rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Envelope {
    /// Position in the ledger.
    pub(crate) position: u64,
    /// When the submission was accepted, in microseconds since 1970-01-01T00:00:00Z. Later positions have later
    /// instants.
    pub(crate) accepted_micros: i64,
    /// Identifier.
    pub(crate) ulid: String,
    /// Agency.
    pub(crate) agency: String,
    /// Dataset.
    pub(crate) dataset: String,
    /// Collection within the dataset.
    pub(crate) collection: String,
    /// What the submission does to the rows held.
    pub(crate) mode: Mode,
    /// First day of the declared period.
    pub(crate) first: Date,
    /// Last day of the declared period.
    pub(crate) last: Date,
    /// When the data were extracted, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) extract_micros: i64,
    /// Request identifier.
    pub(crate) request_id: String,
    /// SHA-256 of the content as received.
    pub(crate) content_sha256: [u8; 32],
    /// Whether the rows are synthetic.
    pub(crate) synthetic: bool,
    /// Number of rows stored.
    pub(crate) rows: u64,
    /// Whether rows were left out.
    pub(crate) left_out: bool,
}

/// A submission to be stored.
#[derive(Debug)]
pub(crate) struct NewSubmission {
    /// Envelope.
    pub(crate) envelope: Envelope,
    /// Encoded `SubmissionHeader`.
    pub(crate) header: Vec<u8>,
    /// Encoded `SubmissionReceipt`.
    pub(crate) receipt: Vec<u8>,
    /// Encoded rows, in parts.
    pub(crate) payload: Vec<Vec<u8>>,
    /// Encoded rows that were left out, in parts; empty if there are none.
    pub(crate) left_out: Vec<Vec<u8>>,
    /// Encoded blocks of findings.
    pub(crate) findings: Vec<Vec<u8>>,
}

/// The rows that a submission left out.
#[derive(Clone, Debug)]
pub(crate) struct LeftOutRows {
    /// Their identifying values. Values that are not known are missing.
    pub(crate) batch: Batch,
    /// For each row, the fields that are known: bit `i` is the stored field `i`.
    pub(crate) known: Vec<u64>,
}

impl LeftOutRows {
    /// The rows that the intake left out.
    pub(crate) fn of(left_out: &LeftOut) -> Self {
        Self { batch: left_out.batch.clone(), known: left_out.known.clone() }
    }
}

/// A withdrawal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Withdrawal {
    /// Position in the ledger.
    pub(crate) position: u64,
    /// When the withdrawal was accepted, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) accepted_micros: i64,
    /// Position of the submission that is withdrawn.
    pub(crate) submission: u64,
    /// Reason that the caller stated.
    pub(crate) reason: String,
}

/// One entry of the ledger, without rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StoredEntry {
    /// A submission.
    Submission(Envelope),
    /// A withdrawal.
    Withdrawal(Withdrawal),
}

/// A submission as callers can read it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredSubmission {
    /// Position in the ledger.
    pub(crate) position: u64,
    /// Identifier.
    pub(crate) ulid: String,
    /// Agency.
    pub(crate) agency: String,
    /// Encoded `SubmissionHeader`.
    pub(crate) header: Vec<u8>,
    /// Encoded `SubmissionReceipt`.
    pub(crate) receipt: Vec<u8>,
    /// Its withdrawal; `None` if it was not withdrawn.
    pub(crate) withdrawal: Option<Withdrawal>,
}

/// The encoded rows of a submission.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct StoredRows {
    /// Encoded rows, in parts.
    pub(crate) payload: Vec<Vec<u8>>,
    /// Encoded rows that were left out, in parts; empty if there are none.
    pub(crate) left_out: Vec<Vec<u8>>,
}

/// Something that happened to a release.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct StoredReleaseEvent {
    /// Number among the events of all releases, counted from 1.
    pub(crate) number: u64,
    /// When it happened, in microseconds since 1970-01-01T00:00:00Z. Later events have later instants.
    pub(crate) at_micros: i64,
    /// Identifier of the release.
    pub(crate) release: String,
    /// What happened, encoded.
    pub(crate) event: Vec<u8>,
}

/// Which submissions to list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listing<'a> {
    /// Agency; `None` means all.
    pub(crate) agency: Option<&'a str>,
    /// Dataset; `None` means all.
    pub(crate) dataset: Option<&'a str>,
    /// Only submissions at lower positions than this.
    pub(crate) below: u64,
    /// Largest number of submissions to list.
    pub(crate) limit: u32,
}
