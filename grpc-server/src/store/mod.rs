//! Where the ledger is kept.
//!
//! A store keeps entries and gives them back; what they mean is the ledger's business. Every store passes the tests
//! in `tests.rs`.

mod lock;
pub(crate) mod payload;
mod sqlite;
#[cfg(test)]
mod tests;

pub(crate) use sqlite::SqliteStore;

use jiff::civil::Date;
use tonic::async_trait;

/// What a submission does to what is held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    /// The declared period is what the submission says, nothing else.
    ReplacePeriod,
    /// Rows are added, or replace those with the same key.
    Merge,
    /// Rows with these keys are removed.
    Delete,
}

/// What the ledger needs to know of a submission besides its rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Envelope {
    /// Position in the ledger.
    pub(crate) position: u64,
    /// When it was accepted, in microseconds since 1970-01-01T00:00:00Z. Later positions have later instants.
    pub(crate) accepted_micros: i64,
    /// Identifier.
    pub(crate) ulid: String,
    /// Agency.
    pub(crate) agency: String,
    /// Dataset.
    pub(crate) dataset: String,
    /// Collection within the dataset.
    pub(crate) collection: String,
    /// What it does.
    pub(crate) mode: Mode,
    /// First day of the declared period.
    pub(crate) first: Date,
    /// Last day of the declared period.
    pub(crate) last: Date,
    /// When the data were extracted, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) extract_micros: i64,
    /// Request identifier.
    pub(crate) request_id: String,
    /// Hash of the content as received.
    pub(crate) content_sha256: [u8; 32],
    /// Whether the rows are synthetic.
    pub(crate) synthetic: bool,
    /// Number of rows stored.
    pub(crate) rows: u64,
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
    /// Encoded blocks of findings.
    pub(crate) findings: Vec<Vec<u8>>,
}

/// A withdrawal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Withdrawal {
    /// Position in the ledger.
    pub(crate) position: u64,
    /// When it was accepted, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) accepted_micros: i64,
    /// Position of the submission withdrawn.
    pub(crate) submission: u64,
    /// Why.
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

/// What is shown of a submission.
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
    /// Its withdrawal, if it was withdrawn.
    pub(crate) withdrawal: Option<Withdrawal>,
}

/// Which submissions to list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listing<'a> {
    /// Agency; `None` means all.
    pub(crate) agency: Option<&'a str>,
    /// Dataset; `None` means all.
    pub(crate) dataset: Option<&'a str>,
    /// Only positions below this.
    pub(crate) below: u64,
    /// Most to list.
    pub(crate) limit: u32,
}

/// Why the store cannot do what it is asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// Another server uses the data directory.
    #[error("the data directory {0} is in use by another server: stop that one, or choose another directory")]
    InUse(String),
    /// The data directory cannot be used.
    #[error("the data directory {path}: {source}")]
    Directory {
        /// The directory.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The tables are not those of this version.
    #[error("the tables of the data directory: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// There is no room on the disk.
    #[error("no room to store: {0}")]
    Full(sqlx::Error),
    /// What is stored is not what was written.
    #[error("what is stored is damaged: {0}")]
    Damaged(String),
    /// The database refuses.
    #[error("the database: {0}")]
    Database(sqlx::Error),
}

/// A store of the ledger.
#[async_trait]
pub(crate) trait Store: Send + Sync {
    /// Stores a submission, all of it or nothing. Once this returns, it survives a loss of power.
    async fn append_submission(&self, submission: NewSubmission) -> Result<(), StoreError>;

    /// Stores a withdrawal, as durably.
    async fn append_withdrawal(&self, withdrawal: Withdrawal) -> Result<(), StoreError>;

    /// All entries, in the order of their positions.
    async fn entries(&self) -> Result<Vec<StoredEntry>, StoreError>;

    /// Encoded rows of a submission, in parts.
    async fn payload(&self, position: u64) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The submission with this identifier.
    async fn submission(&self, agency: &str, ulid: &str) -> Result<Option<StoredSubmission>, StoreError>;

    /// Submissions, the latest first.
    async fn list(&self, listing: Listing<'_>) -> Result<Vec<StoredSubmission>, StoreError>;

    /// Encoded blocks of findings of a submission.
    async fn findings(&self, position: u64) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Moves what was stored since the last time to where it is kept for good. It may run beside other calls.
    async fn tidy(&self) -> Result<(), StoreError>;

    /// Closes the store.
    async fn close(&self);
}

impl Mode {
    /// How the mode is stored.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::ReplacePeriod => "replace_period",
            Self::Merge => "merge",
            Self::Delete => "delete",
        }
    }

    fn from_id(id: &str) -> Option<Self> {
        [Self::ReplacePeriod, Self::Merge, Self::Delete].into_iter().find(|mode| mode.id() == id)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // SQLITE_FULL.
        let full = matches!(&error, sqlx::Error::Database(inner) if inner.code().as_deref() == Some("13"));
        if full { Self::Full(error) } else { Self::Database(error) }
    }
}
