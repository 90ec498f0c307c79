//! The exchange: the ledger, its store and its clock together.
//!
//! Readers take the live snapshot without waiting. Writers take turns: a submission is checked against what is held,
//! planned, stored, and only then folded in and acknowledged.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use peelian_core::Core;
use peelian_core::engine::Engine;
use peelian_core::engine::snapshot::Snapshot;
use peelian_core::reference::Reference;
use tokio::sync::{Notify, OwnedMutexGuard};

use crate::clock::Clock;
use crate::error::Error;
use crate::ledger::{Entry, Fold, Plan, Submitted};
use crate::store::{NewSubmission, Store, StoreError, StoredEntry, Withdrawal, payload};

/// Engines of the past that are kept for the next query, with what they have counted.
const ENGINES_KEPT: usize = 4;

/// The exchange.
pub(crate) struct Exchange {
    /// Reference data and measures.
    pub(crate) core: Arc<Core>,
    /// Where the ledger is kept.
    pub(crate) store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    live: ArcSwap<Live>,
    writer: Arc<tokio::sync::Mutex<Writer>>,
    past: Mutex<Vec<Arc<Engine>>>,
    written: Notify,
}

/// What readers see.
#[derive(Debug)]
pub(crate) struct Live {
    /// Answers from the rows that count.
    pub(crate) engine: Arc<Engine>,
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
    pub(crate) async fn open(store: Arc<dyn Store>, core: Arc<Core>, clock: Arc<dyn Clock>) -> Result<Self, Error> {
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
        let engine = engine(&core, fold.snapshot());
        tracing::info!(
            entries = entries.len(),
            position = engine.snapshot().position,
            milliseconds = begun.elapsed().as_millis(),
            "ledger loaded"
        );
        let entries = Arc::new(entries);
        let live = Live { engine, entries: Arc::clone(&entries) };
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

    /// Answers as of an instant, in microseconds since 1970-01-01T00:00:00Z: from everything accepted at or before it.
    ///
    /// # Errors
    ///
    /// None but a failure of the exchange.
    pub(crate) async fn engine_at(&self, instant_micros: i64) -> Result<Arc<Engine>, Error> {
        let live = self.live();
        let known = live.entries.partition_point(|entry| entry.accepted_micros() <= instant_micros);
        self.engine_of(&live, known).await
    }

    /// Answers at a position of the ledger.
    ///
    /// # Errors
    ///
    /// None but a failure of the exchange.
    pub(crate) async fn engine_at_position(&self, position: u64) -> Result<Arc<Engine>, Error> {
        let live = self.live();
        let known = live.entries.partition_point(|entry| entry.position() <= position);
        self.engine_of(&live, known).await
    }

    /// Answers from the first `known` entries.
    async fn engine_of(&self, live: &Live, known: usize) -> Result<Arc<Engine>, Error> {
        if known == live.entries.len() {
            return Ok(Arc::clone(&live.engine));
        }
        let position = known.checked_sub(1).and_then(|last| live.entries.get(last)).map_or(0, Entry::position);
        let kept = |past: &Vec<Arc<Engine>>| past.iter().find(|past| past.snapshot().position == position).cloned();
        if let Some(engine) = kept(&self.past.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(engine);
        }
        let entries = Arc::clone(&live.entries);
        let snapshot = blocking(move || Fold::of(entries.get(..known).unwrap_or_default()).snapshot()).await?;
        let engine = engine(&self.core, snapshot);
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.truncate(ENGINES_KEPT - 1);
        past.insert(0, Arc::clone(&engine));
        Ok(engine)
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
        let engine = engine(&self.core, turn.fold.snapshot());
        let live = Live { engine, entries: Arc::clone(&turn.entries) };
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

/// An engine on one thread: queries run beside one another, each on a thread of its own.
fn engine(core: &Arc<Core>, snapshot: Snapshot) -> Arc<Engine> {
    Arc::new(Engine::new(Arc::clone(core), Arc::new(snapshot), NonZeroUsize::MIN))
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
