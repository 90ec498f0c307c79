//! The writer's side of the exchange: one writer at a time has it.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::OwnedMutexGuard;

use crate::ledger::{Entry, LedgerState, Submitted};

/// The state that only the writer whose turn it is may read and change.
#[derive(Debug)]
pub(crate) struct Writer {
    /// The rows in force.
    pub(crate) state: LedgerState,
    /// Every entry of the ledger.
    pub(crate) entries: Arc<Vec<Entry>>,
    /// Position of each submission by its agency and request identifier.
    requests: HashMap<(String, String), u64>,
    /// True while a write may be stored but is not yet applied to the state. It stays true if the write fails in a way that
    /// leaves open whether it was stored.
    pub(super) unsure: bool,
}

/// The turn of one writer.
pub(crate) type Turn = OwnedMutexGuard<Writer>;

impl Writer {
    /// The writer for a ledger with these entries, whose rows in force are `state`.
    pub(super) fn new(state: LedgerState, entries: Arc<Vec<Entry>>) -> Self {
        let requests = entries.iter().filter_map(Entry::submitted).map(|submitted| {
            let envelope = &submitted.envelope;
            ((envelope.agency.clone(), envelope.request_id.clone()), envelope.position)
        });
        Self { requests: requests.collect(), state, entries, unsure: false }
    }

    /// The submission that an agency made with this request identifier.
    pub(crate) fn request(&self, agency: &str, request_id: &str) -> Option<&Arc<Submitted>> {
        let position = self.requests.get(&(agency.to_owned(), request_id.to_owned()))?;
        let index = self.entries.binary_search_by_key(position, Entry::position).ok()?;
        self.entries.get(index)?.submitted()
    }

    /// Position of the next entry.
    pub(crate) fn next_position(&self) -> u64 {
        self.entries.last().map_or(0, Entry::position).saturating_add(1)
    }

    /// Adds an entry.
    pub(super) fn push(&mut self, entry: Entry) {
        if let Entry::Submission(submitted) = &entry {
            let envelope = &submitted.envelope;
            self.requests.insert((envelope.agency.clone(), envelope.request_id.clone()), envelope.position);
        }
        Arc::make_mut(&mut self.entries).push(entry);
    }
}
