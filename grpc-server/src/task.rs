//! Runs work apart from the call that needs it: on another thread, or to its end.

use tracing::Instrument as _;

use crate::error::Error;

/// Does heavy work on a thread for blocking work.
///
/// # Errors
///
/// If the work panics, which is a defect.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(|error| panicked(&error))
}

/// Does work to its end, even if the call that waits for it is dropped. A write must be finished: a dropped write
/// would leave the ledger in memory behind its store.
///
/// # Errors
///
/// Those of the work. If the work panics, which is a defect.
pub(crate) async fn to_completion<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    tokio::spawn(work.in_current_span()).await.map_err(|error| panicked(&error))?
}

fn panicked(error: &tokio::task::JoinError) -> Error {
    Error::Defect(format!("a task: {error}"))
}
