//! The interface of a store.

use tonic::async_trait;

use super::entry::{Listing, NewSubmission, StoredEntry, StoredSubmission, Withdrawal};
use super::error::StoreError;

/// A store of the ledger. Every store passes the tests in `tests.rs`.
#[async_trait]
pub(crate) trait Store: Send + Sync {
    /// Stores all of a submission, or nothing. Once this returns, the submission survives a loss of power.
    async fn append_submission(&self, submission: NewSubmission) -> Result<(), StoreError>;

    /// Stores a withdrawal. Once this returns, the withdrawal survives a loss of power.
    async fn append_withdrawal(&self, withdrawal: Withdrawal) -> Result<(), StoreError>;

    /// All entries, in the order of their positions.
    async fn entries(&self) -> Result<Vec<StoredEntry>, StoreError>;

    /// Encoded rows of a submission, in parts.
    async fn payload(&self, position: u64) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Encoded rows that a submission left out, in parts; empty if there are none.
    async fn left_out(&self, position: u64) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The submission of an agency with this identifier.
    async fn submission(&self, agency: &str, ulid: &str) -> Result<Option<StoredSubmission>, StoreError>;

    /// Submissions, the latest first.
    async fn list(&self, listing: Listing<'_>) -> Result<Vec<StoredSubmission>, StoreError>;

    /// Encoded blocks of findings of a submission.
    async fn findings(&self, position: u64) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Moves the entries stored since the last call to their final place. Other calls may run at the same time.
    async fn tidy(&self) -> Result<(), StoreError>;

    /// Closes the store.
    async fn close(&self);
}
