//! The exchange: the ledger with its store and its clock.
//!
//! Readers take the live snapshot without waiting. Writers take turns: a submission is checked against the rows held,
//! planned and stored. Only then is it applied to the ledger and acknowledged.

mod kept;
mod load;
mod loader;
mod past;
mod writer;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use peelian_core::Core;
use peelian_core::engine::snapshot::Snapshot;
use peelian_core::engine::{CountCache, Engine};
use tokio::sync::{Notify, watch};

use crate::clock::{Clock, ClockJump, Instants};
use crate::error::Error;
use crate::ledger::{Entry, Plan, Submitted, family, needed};
use crate::limits::Limits;
use crate::memory::allocator;
use crate::store::{NewSubmission, Store, StoreError, Withdrawal};
use crate::task::{Awaited, blocking};
use load::load;
use loader::Loader;
use past::{Past, PastEngines};
pub(crate) use writer::Turn;
use writer::Writer;

/// Time between two looks at the clock while nothing is stored.
const CLOCK_CHECKED_EVERY: Duration = Duration::from_secs(5);

/// Time after a write in which further ones come before freed memory is given back to the system.
const GIVE_BACK_AFTER: Duration = Duration::from_secs(4);

/// The exchange.
pub(crate) struct Exchange {
    /// Reference data and measures.
    pub(crate) core: Arc<Core>,
    /// The store of the ledger.
    pub(crate) store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    instants: Instants,
    live: ArcSwap<Live>,
    writer: Arc<tokio::sync::Mutex<Writer>>,
    past: PastEngines,
    /// Most bytes that the rows in force may take.
    pub(crate) held_bytes: usize,
    /// Most bytes that the rows of an earlier state may take which are not in force now.
    past_bytes: usize,
    /// The counts of all engines.
    counts: Arc<CountCache>,
    written: Notify,
    storing: watch::Sender<bool>,
}

/// The state that readers see.
#[derive(Debug)]
pub(crate) struct Live {
    /// Answers from the rows in force.
    pub(crate) engine: Arc<Engine>,
    /// Every entry of the ledger.
    pub(crate) entries: Arc<Vec<Entry>>,
}

impl Exchange {
    /// Opens the exchange: loads what is in force of the ledger.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or if stored rows cannot be decoded.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        core: Arc<Core>,
        clock: Arc<dyn Clock>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let begun = Instant::now();
        let loaded = load(&store, &core.reference).await?;
        warn_of_unregistered(&core, &loaded.entries);
        let counts = Arc::new(CountCache::new(limits.count_bytes));
        let (writer, engine) = blocking({
            let (core, counts) = (Arc::clone(&core), Arc::clone(&counts));
            move || {
                let engine = engine(&core, loaded.state.snapshot(), &counts);
                (Writer::new(loaded), engine)
            }
        })
        .await?;
        let (entries, held) = (Arc::clone(&writer.entries), writer.state.bytes());
        tracing::info!(
            entries = entries.len(),
            position = engine.snapshot().position,
            rows_in_force_mib = held >> 20,
            milliseconds = begun.elapsed().as_millis(),
            "ledger loaded"
        );
        let live = Live { engine, entries };
        let instants = Instants::new(Arc::clone(&clock), store.clock_accepted().await?);
        let exchange = Self {
            core,
            store,
            clock,
            instants,
            live: ArcSwap::from_pointee(live),
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            past: PastEngines::new(limits),
            held_bytes: limits.held_bytes,
            past_bytes: limits.past_bytes,
            counts,
            written: Notify::new(),
            storing: watch::Sender::new(true),
        };
        exchange.warn_of_memory(held);
        // A wrong clock refuses submissions. Queries need no clock, so the server starts all the same.
        exchange.check_clock().ok();
        Ok(exchange)
    }

    /// The state that readers see now.
    pub(crate) fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// The engine for an instant, in microseconds since 1970-01-01T00:00:00Z. It answers from the entries that were
    /// accepted at or before the instant.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] if the rows that are not in force any more take too much memory. Any other error only if the exchange
    /// itself fails.
    pub(crate) async fn engine_at(&self, instant_micros: i64) -> Result<Arc<Engine>, Error> {
        let live = self.live();
        let known = live.entries.partition_point(|entry| entry.accepted_micros() <= instant_micros);
        self.engine_of(&live, known).await
    }

    /// The engine for a position of the ledger.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] if the rows that are not in force any more take too much memory. Any other error only if the exchange
    /// itself fails.
    pub(crate) async fn engine_at_position(&self, position: u64) -> Result<Arc<Engine>, Error> {
        let live = self.live();
        let known = live.entries.partition_point(|entry| entry.position() <= position);
        self.engine_of(&live, known).await
    }

    /// The engine for the first `known` entries.
    async fn engine_of(&self, live: &Live, known: usize) -> Result<Arc<Engine>, Error> {
        if known == live.entries.len() {
            return Ok(Arc::clone(&live.engine));
        }
        let position = known.checked_sub(1).and_then(|last| live.entries.get(last)).map_or(0, Entry::position);
        let (engine_now, entries) = (Arc::clone(&live.engine), Arc::clone(&live.entries));
        let (store, core, counts) = (Arc::clone(&self.store), Arc::clone(&self.core), Arc::clone(&self.counts));
        let most = self.past_bytes;
        let load = |awaited: Awaited| async move {
            let (loader, entries, chosen) = blocking({
                let core = Arc::clone(&core);
                move || {
                    let loader = Loader::new(&store, &core.reference).sharing(engine_now.snapshot(), &entries);
                    let loader = loader.within(most);
                    let entries = entries.get(..known).unwrap_or_default().to_vec();
                    let chosen = needed(&entries);
                    (loader, entries, chosen)
                }
            })
            .await?;
            let Some(folded) = loader.state(&entries, &chosen, &|| awaited.holds()).await? else { return Ok(None) };
            let bytes = loader.bytes_read(&folded.state);
            let engine = blocking(move || engine(&core, folded.state.snapshot(), &counts)).await?;
            Ok(Some(Past { engine, bytes }))
        };
        self.past.get(position, load).await
    }

    /// Waits for the turn to write.
    ///
    /// # Errors
    ///
    /// If an earlier write failed in a way that leaves open whether it was stored, and the store still fails.
    pub(crate) async fn turn(&self) -> Result<Turn, Error> {
        let turn = Arc::clone(&self.writer).lock_owned().await;
        if turn.unsure { self.settle(turn).await } else { Ok(turn) }
    }

    /// The instant of the next entry: now, but later than the instants of all entries before.
    ///
    /// # Errors
    ///
    /// [`Error::Clock`] if the clock has jumped.
    pub(crate) fn next_instant(&self, turn: &Turn) -> Result<i64, Error> {
        let next = self.instants.next(turn.entries.last().map(Entry::accepted_micros));
        next.map_err(|jump| self.note_jump(jump))
    }

    /// Notes that nothing can be stored while the clock is wrong.
    fn note_jump(&self, jump: ClockJump) -> Error {
        if self.storing.send_if_modified(|storing| std::mem::replace(storing, false)) {
            tracing::error!(%jump, "submissions are refused until the clock is right");
        }
        Error::Clock(jump)
    }

    /// Looks at the clock.
    fn check_clock(&self) -> Result<(), Error> {
        self.sure_now_micros().map(drop)
    }

    /// Now.
    pub(crate) fn now_micros(&self) -> i64 {
        self.clock.now_micros()
    }

    /// Now, unless the clock has jumped: an embargo must not end by a wrong clock.
    ///
    /// # Errors
    ///
    /// [`Error::Clock`] if the clock has jumped.
    pub(crate) fn sure_now_micros(&self) -> Result<i64, Error> {
        let last = self.live().entries.last().map(Entry::accepted_micros);
        self.instants.now(last).map_err(|jump| self.note_jump(jump))
    }

    /// Stores a planned submission, then applies it to the ledger.
    ///
    /// # Errors
    ///
    /// [`Error::NotStored`] or [`Error::Unsure`].
    pub(crate) async fn commit(
        &self,
        mut turn: Turn,
        submitted: Submitted,
        plan: Plan,
        stored: NewSubmission,
    ) -> Result<(), Error> {
        turn.unsure = true;
        let written = self.store.append_submission(stored).await;
        self.note_outcome(&mut turn, written)?;
        let turn = blocking(move || {
            turn.state.apply(&submitted, plan);
            turn.push(&submitted.head);
            turn
        })
        .await?;
        self.publish(turn).await.map(drop)
    }

    /// Folds the datasets of a submission without it, then stores its withdrawal. What comes into force again is read from
    /// the store, which can fail, so this happens first.
    ///
    /// # Errors
    ///
    /// [`Error::NotStored`] or [`Error::Unsure`]; any other error if the rows cannot be read. Then nothing has changed.
    pub(crate) async fn withdraw(&self, mut turn: Turn, withdrawal: Withdrawal) -> Result<(), Error> {
        let mut entries = turn.entries.to_vec();
        let of = entries.binary_search_by_key(&withdrawal.submission, Entry::position).ok();
        let of = of.and_then(|index| entries.get(index)?.head().cloned());
        let of = of.ok_or_else(|| Error::Defect("a submission that is stored is not known".to_owned()))?;
        entries.push(Entry::Withdrawal(withdrawal.clone()));
        let datasets = family(of.dataset);
        let mut chosen = needed(&entries);
        for (chosen, entry) in chosen.iter_mut().zip(&entries) {
            *chosen = *chosen && entry.head().is_some_and(|head| datasets.contains(head.dataset.id.as_str()));
        }
        let loader = Loader::new(&self.store, &self.core.reference).sharing(self.live().engine.snapshot(), &entries);
        let folded = loader.state(&entries, &chosen, &|| true).await?;
        let folded = folded.ok_or_else(|| Error::Defect("a withdrawal was not folded".to_owned()))?;
        turn.unsure = true;
        let written = self.store.append_withdrawal(withdrawal).await;
        self.note_outcome(&mut turn, written)?;
        let turn = blocking(move || {
            if folded.whole {
                folded.tell(&mut entries);
                turn.state = folded.state;
            } else {
                turn.state.adopt(folded.state, &datasets);
            }
            turn.replace(entries);
            turn
        })
        .await?;
        let turn = self.publish(turn).await?;
        // What a withdrawal brings back into force was in force before. To refuse it would keep rows that are wrong.
        self.warn_of_memory(turn.state.bytes());
        Ok(())
    }

    /// Says so if the rows in force take more memory than they may.
    fn warn_of_memory(&self, held: usize) {
        if held > self.held_bytes {
            tracing::error!(
                rows_in_force_mib = held >> 20,
                max_held_mib = self.held_bytes >> 20,
                "the rows in force take more memory than they may: queries are answered, and submissions that add rows are \
                 refused; raise memory or max_held_bytes, or withdraw what is no longer needed"
            );
        }
    }

    /// Notes the outcome of a write. A write that fails for another reason than a full disk may have been stored all the
    /// same: only reading the store again can tell.
    fn note_outcome(&self, turn: &mut Writer, written: Result<(), StoreError>) -> Result<(), Error> {
        let Err(error) = written else { return Ok(()) };
        tracing::error!(%error, "a write failed; writes are tried again until one succeeds");
        self.storing.send_replace(false);
        turn.unsure = !matches!(error, StoreError::Full(_));
        Err(if turn.unsure { Error::Unsure(error) } else { Error::NotStored(error) })
    }

    /// Notes that the store has written. Only a change wakes the receivers.
    fn note_success(&self) {
        self.storing.send_if_modified(|storing| !std::mem::replace(storing, true));
    }

    /// Finds out whether a write that failed was stored, and takes the ledger as it is stored.
    ///
    /// # Errors
    ///
    /// [`Error::Unsettled`] if the store still fails.
    async fn settle(&self, mut turn: Turn) -> Result<Turn, Error> {
        let before = turn.entries.len();
        self.store.settle().await.map_err(Error::Unsettled)?;
        let loaded = load(&self.store, &self.core.reference).await?;
        if loaded.entries.len() < before {
            // Entries that were acknowledged are not there: this is another ledger.
            return Err(Error::Unsettled(StoreError::Moved("the ledger in the database".to_owned())));
        }
        let turn = blocking(move || {
            *turn = Writer::new(loaded);
            turn
        })
        .await?;
        let stored = turn.entries.len().saturating_sub(before);
        tracing::info!(stored, "the store works again, and it is settled whether the write that failed was stored");
        self.publish(turn).await
    }

    /// Publishes the new state to readers. An engine reads the figures that have changed, which may be too long for a thread
    /// that serves calls.
    async fn publish(&self, turn: Turn) -> Result<Turn, Error> {
        let (before, counts) = (self.live(), Arc::clone(&self.counts));
        let (mut turn, engine) = blocking(move || {
            let engine = before.engine.for_later(Arc::new(turn.state.snapshot())).keeping_in(&counts);
            (turn, Arc::new(engine))
        })
        .await?;
        let live = Live { engine, entries: Arc::clone(&turn.entries) };
        let before = self.live.swap(Arc::new(live));
        // The last one that has rows frees them, which takes its time.
        blocking(move || drop(before)).await?;
        turn.unsure = false;
        self.note_success();
        self.written.notify_one();
        Ok(turn)
    }

    /// Whether the exchange can store: false from a write that failed until the next one that succeeds, and while the clock
    /// is wrong. The receiver has not seen the present state.
    pub(crate) fn storing(&self) -> watch::Receiver<bool> {
        let mut storing = self.storing.subscribe();
        storing.mark_changed();
        storing
    }

    /// Tries whether a store that failed works again.
    ///
    /// # Errors
    ///
    /// If it does not.
    pub(crate) async fn heal(&self) -> Result<(), Error> {
        let turn = Arc::clone(&self.writer).lock_owned().await;
        if turn.unsure {
            self.settle(turn).await?;
        } else {
            self.store.settle().await.map_err(Error::Unsettled)?;
        }
        self.check_clock()?;
        self.note_success();
        Ok(())
    }

    /// Tidies the store and the memory after writes, while calls go on, and looks at the clock. Never returns.
    pub(crate) async fn keep_tidy(&self) {
        let mut untidy_since = None;
        loop {
            if tokio::time::timeout(CLOCK_CHECKED_EVERY, self.written.notified()).await.is_ok() {
                untidy_since = untidy_since.or_else(|| Some(Instant::now()));
                self.keep_in_force(kept::When::MuchChanged).await;
                if let Err(error) = self.store.tidy().await {
                    tracing::warn!(%error, "the store could not be tidied; this is tried again after the next write");
                }
            } else {
                // The next look is soon, and what it finds is noted.
                self.check_clock().ok();
            }
            if untidy_since.is_some_and(|since| since.elapsed() >= GIVE_BACK_AFTER) {
                untidy_since = None;
                // If it is not given back now, it is after the next write.
                blocking(allocator::give_back).await.ok();
            }
        }
    }

    /// Waits for the writer whose turn it is, then closes the store.
    pub(crate) async fn close(&self) {
        self.keep_in_force(kept::When::AnyChanged).await;
        let _turn = self.writer.lock().await;
        self.store.close().await;
    }
}

/// Warns of agencies that submitted before and are not in the register now. Their rows cover no area.
fn warn_of_unregistered(core: &Core, entries: &[Entry]) {
    let agencies = entries.iter().filter_map(Entry::head).map(|head| &*head.agency);
    for agency in agencies.collect::<BTreeSet<&str>>() {
        if core.reference.register.agency(agency).is_none() {
            tracing::warn!(
                agency,
                "the ledger has submissions of an agency that is not in the register: register it, or withdraw them"
            );
        }
    }
}

/// An engine that counts on one thread: queries run beside each other, each on its own thread.
fn engine(core: &Arc<Core>, snapshot: Snapshot, counts: &Arc<CountCache>) -> Arc<Engine> {
    Arc::new(Engine::new(Arc::clone(core), Arc::new(snapshot), NonZeroUsize::MIN).keeping_in(counts))
}
