//! The writer's side of the exchange: one writer at a time has it.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::OwnedMutexGuard;

use super::load::Loaded;
use crate::ledger::guard::Standing;
use crate::ledger::{Entry, Head, LedgerState};

/// The state that only the writer whose turn it is may read and change.
#[derive(Debug)]
pub(crate) struct Writer {
    /// The rows in force.
    pub(crate) state: LedgerState,
    /// Every entry of the ledger.
    pub(crate) entries: Arc<Vec<Entry>>,
    /// The submissions that were not withdrawn.
    pub(crate) standing: Standing,
    /// Position of each submission by its agency and request identifier.
    requests: HashMap<(String, String), u64>,
    /// True while a write may be stored but is not yet applied to the state. It stays true if the write fails in a way that
    /// leaves open whether it was stored.
    pub(super) unsure: bool,
    /// Position up to which the store has kept which rows are in force.
    pub(super) kept: u64,
}

/// The turn of one writer.
pub(crate) type Turn = OwnedMutexGuard<Writer>;

impl Writer {
    /// The writer for a ledger that was loaded.
    pub(super) fn new(loaded: Loaded) -> Self {
        let Loaded { entries, state, kept } = loaded;
        let requests = entries.iter().filter_map(Entry::head).map(|head| {
            let envelope = &head.envelope;
            ((envelope.agency.clone(), envelope.request_id.clone()), envelope.position)
        });
        let (requests, standing) = (requests.collect(), Standing::of(&entries));
        Self { state, entries: Arc::new(entries), standing, requests, unsure: false, kept }
    }

    /// The submission that an agency made with this request identifier.
    pub(crate) fn request(&self, agency: &str, request_id: &str) -> Option<&Arc<Head>> {
        let position = self.requests.get(&(agency.to_owned(), request_id.to_owned()))?;
        let index = self.entries.binary_search_by_key(position, Entry::position).ok()?;
        self.entries.get(index)?.head()
    }

    /// Position of the next entry.
    pub(crate) fn next_position(&self) -> u64 {
        self.entries.last().map_or(0, Entry::position).saturating_add(1)
    }

    /// Adds a submission.
    pub(super) fn push(&mut self, head: &Arc<Head>) {
        let envelope = &head.envelope;
        self.requests.insert((envelope.agency.clone(), envelope.request_id.clone()), envelope.position);
        self.standing.push(head);
        Arc::make_mut(&mut self.entries).push(Entry::Submission(Arc::clone(head)));
    }

    /// Takes other entries, of which fewer stand.
    pub(super) fn replace(&mut self, entries: Vec<Entry>) {
        self.standing = Standing::of(&entries);
        self.entries = Arc::new(entries);
    }
}
