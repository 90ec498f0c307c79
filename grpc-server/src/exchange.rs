//! The exchange: the ledger, its store and its clock together.
//!
//! Readers take the live snapshot without waiting. Writers take turns: a submission is checked against what is held,
//! planned, stored, and only then folded in and acknowledged.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use peelian_core::Core;
use peelian_core::engine::snapshot::Snapshot;
use peelian_core::reference::Reference;
use tokio::sync::{Notify, OwnedMutexGuard};

use crate::clock::Clock;
use crate::error::Error;
use crate::ledger::{Entry, Fold, Plan, Submitted};
use crate::store::{NewSubmission, Store, StoreError, StoredEntry, Withdrawal, payload};

/// Snapshots of the past that are kept for the next query.
const SNAPSHOTS_KEPT: usize = 4;

/// The exchange.
pub(crate) struct Exchange {
    /// Reference data and measures.
    pub(crate) core: Core,
    /// Where the ledger is kept.
    pub(crate) store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    live: ArcSwap<Live>,
    writer: Arc<tokio::sync::Mutex<Writer>>,
    past: Mutex<Vec<Arc<Snapshot>>>,
    written: Notify,
}

/// What readers see.
#[derive(Debug)]
pub(crate) struct Live {
    /// The rows that count.
    pub(crate) snapshot: Arc<Snapshot>,
    /// Every entry of the ledger.
    pub(crate) entries: Arc<Vec<Entry>>,
}

/// What the writer at work has.
#[derive(Debug)]
pub(crate) struct Writer {
    /// The rows that count.
    pub(crate) fold: Fold,
    /// Every entry of the ledger.
    pub(crate) entries: Arc<Vec<Entry>>,
    /// Position of the submission of each agency and request.
    requests: HashMap<(String, String), u64>,
    /// Set while a write is stored and not yet folded in, and for good where that failed.
    unsure: bool,
}

/// The turn of one writer.
pub(crate) type Turn = OwnedMutexGuard<Writer>;

impl Exchange {
    /// Opens the exchange: reads and folds the whole ledger.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or rows in it.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        core: Core,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let begun = Instant::now();
        let entries = load(&store, &core.reference).await?;
        let fold = blocking({
            let entries = entries.clone();
            move || Fold::of(&entries)
        })
        .await?;
        let requests = entries.iter().filter_map(Entry::submitted).map(|submitted| {
            let envelope = &submitted.envelope;
            ((envelope.agency.clone(), envelope.request_id.clone()), envelope.position)
        });
        let requests = requests.collect();
        let snapshot = Arc::new(fold.snapshot());
        tracing::info!(
            entries = entries.len(),
            position = snapshot.position,
            milliseconds = begun.elapsed().as_millis(),
            "ledger loaded"
        );
        let entries = Arc::new(entries);
        let live = Live { snapshot, entries: Arc::clone(&entries) };
        let writer = Writer { fold, entries, requests, unsure: false };
        Ok(Self {
            core,
            store,
            clock,
            live: ArcSwap::from_pointee(live),
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            past: Mutex::new(Vec::new()),
            written: Notify::new(),
        })
    }

    /// What readers see now.
    pub(crate) fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// The rows that counted at an instant, in microseconds since 1970-01-01T00:00:00Z: everything accepted at or
    /// before it.
    ///
    /// # Errors
    ///
    /// None but a failure of the exchange.
    #[expect(dead_code, reason = "asked by the observation service, which follows")]
    pub(crate) async fn snapshot_at(&self, instant_micros: i64) -> Result<Arc<Snapshot>, Error> {
        let live = self.live();
        let known = live.entries.partition_point(|entry| entry.accepted_micros() <= instant_micros);
        if known == live.entries.len() {
            return Ok(Arc::clone(&live.snapshot));
        }
        let position = known.checked_sub(1).and_then(|last| live.entries.get(last)).map_or(0, Entry::position);
        let kept = |past: &Vec<Arc<Snapshot>>| past.iter().find(|past| past.position == position).cloned();
        if let Some(snapshot) = kept(&self.past.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(snapshot);
        }
        let entries = Arc::clone(&live.entries);
        let snapshot =
            blocking(move || Arc::new(Fold::of(entries.get(..known).unwrap_or_default()).snapshot())).await?;
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.truncate(SNAPSHOTS_KEPT - 1);
        past.insert(0, Arc::clone(&snapshot));
        Ok(snapshot)
    }

    /// Waits for the turn to write.
    ///
    /// # Errors
    ///
    /// If a write failed before in a way that leaves open whether it was stored.
    pub(crate) async fn turn(&self) -> Result<Turn, Error> {
        let turn = Arc::clone(&self.writer).lock_owned().await;
        if turn.unsure {
            return Err(Error::Unavailable(
                "the exchange could not finish an earlier write and takes nothing in until its operator starts it again",
            ));
        }
        Ok(turn)
    }

    /// The instant of the next entry: now, and later than that of every entry before.
    pub(crate) fn next_instant(&self, turn: &Turn) -> i64 {
        let last = turn.entries.last().map_or(i64::MIN, Entry::accepted_micros);
        self.clock.now_micros().max(last.saturating_add(1))
    }

    /// Now.
    pub(crate) fn now_micros(&self) -> i64 {
        self.clock.now_micros()
    }

    /// Stores a planned submission, then lets it count.
    ///
    /// # Errors
    ///
    /// If it cannot be stored; then it does not count.
    pub(crate) async fn commit(
        &self,
        mut turn: Turn,
        submitted: Arc<Submitted>,
        plan: Plan,
        stored: NewSubmission,
    ) -> Result<(), Error> {
        let envelope = stored.envelope.clone();
        let written = self.store.append_submission(stored).await;
        turn.wrote(written)?;
        let turn = blocking(move || {
            turn.fold.apply(&submitted, plan);
            turn.requests.insert((envelope.agency, envelope.request_id), envelope.position);
            turn.push(Entry::Submission(submitted));
            turn
        })
        .await?;
        self.publish(turn);
        Ok(())
    }

    /// Stores a withdrawal, then folds the ledger without the submission.
    ///
    /// # Errors
    ///
    /// If it cannot be stored; then it changes nothing.
    pub(crate) async fn withdraw(&self, mut turn: Turn, withdrawal: Withdrawal) -> Result<(), Error> {
        let written = self.store.append_withdrawal(withdrawal.clone()).await;
        turn.wrote(written)?;
        let turn = blocking(move || {
            turn.push(Entry::Withdrawal(withdrawal));
            turn.fold = Fold::of(&turn.entries);
            turn
        })
        .await?;
        self.publish(turn);
        Ok(())
    }

    /// Shows readers what was folded in, and ends the turn.
    fn publish(&self, mut turn: Turn) {
        let live = Live { snapshot: Arc::new(turn.fold.snapshot()), entries: Arc::clone(&turn.entries) };
        self.live.store(Arc::new(live));
        turn.unsure = false;
        self.written.notify_one();
    }

    /// Tidies the store after each write, beside the calls; never returns.
    pub(crate) async fn keep_tidy(&self) {
        loop {
            self.written.notified().await;
            if let Err(error) = self.store.tidy().await {
                tracing::warn!(%error, "the store could not be tidied; the next write tries again");
            }
        }
    }

    /// Waits for the writer at work, then closes the store.
    pub(crate) async fn close(&self) {
        let _turn = self.writer.lock().await;
        self.store.close().await;
    }
}

impl Writer {
    /// The submission of an agency's request.
    pub(crate) fn request(&self, agency: &str, request_id: &str) -> Option<&Arc<Submitted>> {
        let position = self.requests.get(&(agency.to_owned(), request_id.to_owned()))?;
        let index = self.entries.binary_search_by_key(position, Entry::position).ok()?;
        self.entries.get(index)?.submitted()
    }

    /// Position of the next entry.
    pub(crate) fn next_position(&self) -> u64 {
        self.entries.last().map_or(0, Entry::position).saturating_add(1)
    }

    fn push(&mut self, entry: Entry) {
        Arc::make_mut(&mut self.entries).push(entry);
    }

    /// Where a write failed for anything but a full disk, it may have been stored all the same: only loading the ledger
    /// again tells. The same holds until what was stored is folded in.
    fn wrote(&mut self, written: Result<(), StoreError>) -> Result<(), Error> {
        self.unsure = !matches!(&written, Err(StoreError::Full(_)));
        Ok(written?)
    }
}

/// Reads every entry with its rows.
async fn load(store: &Arc<dyn Store>, reference: &Reference) -> Result<Vec<Entry>, Error> {
    let stored = store.entries().await?;
    let all = stored.len();
    let mut entries = Vec::with_capacity(all);
    for entry in stored {
        entries.push(match entry {
            StoredEntry::Withdrawal(withdrawal) => Entry::Withdrawal(withdrawal),
            StoredEntry::Submission(envelope) => {
                let parts = store.payload(envelope.position).await?;
                let reference = reference.clone();
                let batch = blocking(move || payload::decode(&parts, &reference)).await??;
                Entry::Submission(Arc::new(Submitted::new(envelope, Arc::new(batch))))
            }
        });
        if entries.len() % 100 == 0 {
            tracing::info!(entries = entries.len(), of = all, "loading the ledger");
        }
    }
    Ok(entries)
}

/// Does heavy work on a thread for it.
///
/// # Errors
///
/// If the work panics, which is a defect.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
        .await
        .map_err(|error| Error::Broken(format!("a task: {error}")))
}
