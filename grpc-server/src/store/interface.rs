//! The interface of a store.

use tonic::async_trait;

use super::entry::{
    Listing, NewSubmission, StoredEntry, StoredReleaseEvent, StoredRows, StoredSubmission, Withdrawal,
};
use super::error::StoreError;
use super::in_force::KeptInForce;

/// A store of the ledger. It seals what it stores, and [`StoreError::Damaged`] says that something is not as it was
/// stored. Every store passes the tests in `tests.rs`.
#[async_trait]
pub(crate) trait Store: Send + Sync {
    /// Stores all of a submission, or nothing. Once this returns, the submission survives a loss of power. If it fails
    /// for another reason than [`StoreError::Full`], it is not known whether the submission is stored.
    async fn append_submission(&self, submission: NewSubmission) -> Result<(), StoreError>;

    /// Stores a withdrawal, as [`Store::append_submission`] stores a submission.
    async fn append_withdrawal(&self, withdrawal: Withdrawal) -> Result<(), StoreError>;

    /// Stores an event of a release, as [`Store::append_submission`] stores a submission.
    async fn append_release_event(&self, event: &StoredReleaseEvent) -> Result<(), StoreError>;

    /// All events of releases, in order.
    async fn release_events(&self) -> Result<Vec<StoredReleaseEvent>, StoreError>;

    /// Finds out whether the store can write again after a write has failed. When this returns, [`Store::entries`] and
    /// [`Store::release_events`] tell for good whether that write was stored: if it was not, it will not be there after a restart either.
    async fn settle(&self) -> Result<(), StoreError>;

    /// All entries, in the order of their positions.
    async fn entries(&self) -> Result<Vec<StoredEntry>, StoreError>;

    /// The encoded rows of submissions, in the order of the positions. Each can be damaged for itself.
    async fn rows(&self, positions: &[u64]) -> Result<Vec<Result<StoredRows, StoreError>>, StoreError>;

    /// What was kept last with [`Store::keep_in_force`]; `None` if nothing was.
    async fn in_force(&self) -> Result<Option<KeptInForce>, StoreError>;

    /// Keeps which rows are in force, in place of what was kept before. It follows from the entries, so nothing is lost if
    /// this fails.
    async fn keep_in_force(&self, in_force: KeptInForce) -> Result<(), StoreError>;

    /// The submission of an agency with this identifier.
    async fn submission(&self, agency: &str, ulid: &str) -> Result<Option<StoredSubmission>, StoreError>;

    /// Submissions, the latest first.
    async fn list(&self, listing: Listing<'_>) -> Result<Vec<StoredSubmission>, StoreError>;

    /// Encoded blocks of findings of a submission.
    async fn findings(&self, position: u64) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The clock when an operator last looked at it, in microseconds since 1970-01-01T00:00:00Z; `None` if nobody did.
    async fn clock_accepted(&self) -> Result<Option<i64>, StoreError>;

    /// Moves the entries stored since the last call to their final place. Other calls may run at the same time.
    async fn tidy(&self) -> Result<(), StoreError>;

    /// Closes the store.
    async fn close(&self);
}
