//! Loads the ledger from its store.

use std::sync::Arc;

use peelian_core::reference::Reference;

use crate::error::Error;
use crate::ledger::{Entry, Submitted};
use crate::store::{Envelope, Store, StoreError, StoredEntry, payload};
use crate::task::blocking;

/// Entries between two lines of the log that tell the progress.
const PROGRESS_EVERY: usize = 100;

/// Reads every entry of the ledger with its rows. A submission whose rows are damaged comes without them.
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
            StoredEntry::Submission(envelope) => Entry::Submission(Arc::new(load(store, envelope, reference).await?)),
        });
        if entries.len() % PROGRESS_EVERY == 0 {
            tracing::info!(entries = entries.len(), of = all, "loading the ledger");
        }
    }
    Ok(entries)
}

async fn load(store: &Arc<dyn Store>, envelope: Envelope, reference: &Reference) -> Result<Submitted, Error> {
    let (parts, left_out) = match stored_rows(store, envelope.position).await {
        Ok(rows) => rows,
        Err(StoreError::Damaged(damage)) => {
            let batch = Arc::new(payload::no_rows(&envelope.dataset)?);
            let submitted = Submitted::damaged(envelope, batch);
            warn_of_damage(&submitted, &damage);
            return Ok(submitted);
        }
        Err(error) => return Err(error.into()),
    };
    let reference = reference.clone();
    let decoded = blocking(move || {
        let batch = payload::decode(&parts, &reference)?;
        let left_out = payload::decode_left_out(&left_out, &reference)?;
        Ok::<_, Error>((Arc::new(batch), left_out.map(Arc::new)))
    });
    let (batch, left_out) = decoded.await??;
    Ok(Submitted::new(envelope, batch).with_left_out(left_out))
}

/// The encoded rows of a submission, and those that it left out.
async fn stored_rows(store: &Arc<dyn Store>, position: u64) -> Result<(Vec<Vec<u8>>, Vec<Vec<u8>>), StoreError> {
    Ok((store.payload(position).await?, store.left_out(position).await?))
}

fn warn_of_damage(submitted: &Submitted, damage: &str) {
    let Envelope { agency, dataset, first, last, .. } = &submitted.envelope;
    tracing::error!(
        submission = &*submitted.name,
        agency,
        dataset,
        %first,
        %last,
        damage,
        "a stored submission is damaged: the exchange runs without its rows, and gives no value that needs them. Stop \
         the exchange and restore the data directory from a backup; or submit the data again with a later extract \
         instant, after the submission is withdrawn if it is a merge or a deletion"
    );
}
