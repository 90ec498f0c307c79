//! Loads the ledger from its store.

use std::sync::Arc;

use peelian_core::reference::Reference;

use crate::error::Error;
use crate::ledger::{Entry, Submitted};
use crate::store::{Store, StoredEntry, payload};
use crate::task::blocking;

/// Entries between two lines of the log that tell the progress.
const PROGRESS_EVERY: usize = 100;

/// Reads every entry of the ledger with its rows.
///
/// # Errors
///
/// If the store cannot be read, or if stored rows cannot be decoded.
pub(super) async fn load_entries(store: &Arc<dyn Store>, reference: &Reference) -> Result<Vec<Entry>, Error> {
    let stored = store.entries().await?;
    let all = stored.len();
    let mut entries = Vec::with_capacity(all);
    for entry in stored {
        entries.push(match entry {
            StoredEntry::Withdrawal(withdrawal) => Entry::Withdrawal(withdrawal),
            StoredEntry::Submission(envelope) => {
                let parts = store.payload(envelope.position).await?;
                let left_out = store.left_out(envelope.position).await?;
                let reference = reference.clone();
                let decoded = blocking(move || {
                    let batch = payload::decode(&parts, &reference)?;
                    let left_out = payload::decode_left_out(&left_out, &reference)?;
                    Ok::<_, Error>((Arc::new(batch), left_out.map(Arc::new)))
                });
                let (batch, left_out) = decoded.await??;
                Entry::Submission(Arc::new(Submitted::new(envelope, batch).with_left_out(left_out)))
            }
        });
        if entries.len() % PROGRESS_EVERY == 0 {
            tracing::info!(entries = entries.len(), of = all, "loading the ledger");
        }
    }
    Ok(entries)
}
