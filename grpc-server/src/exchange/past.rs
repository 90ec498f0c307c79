//! Engines for earlier positions of the ledger.
//!
//! All queries for one position share one load. A load stops when nobody waits for it any more. Only a few loads run at
//! the same time, and only a few engines are kept, whose rows take a limited memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use peelian_core::engine::Engine;
use tokio::sync::{Semaphore, watch};
use tracing::Instrument as _;

use crate::error::Error;
use crate::limits::Limits;
use crate::task::{Awaited, Waiter};

/// The engines that are kept, and the loads under way.
pub(super) struct PastEngines {
    shared: Arc<Mutex<Shared>>,
    turns: Arc<Semaphore>,
}

#[derive(Default)]
struct Shared {
    /// The last ones first.
    kept: Vec<Past>,
    most: usize,
    /// Most bytes of the rows of all that are kept.
    most_bytes: usize,
    loads: HashMap<u64, Load>,
}

/// An engine for an earlier position.
pub(super) struct Past {
    pub(super) engine: Arc<Engine>,
    /// Bytes of its rows that the live engine did not have when it was loaded.
    pub(super) bytes: usize,
}

/// A load under way.
struct Load {
    awaited: Awaited,
    loaded: Loaded,
}

type Loaded = watch::Receiver<Option<Result<Arc<Engine>, Refusal>>>;

/// Why a position is refused, for all who wait for it.
#[derive(Clone)]
struct Refusal {
    reason: &'static str,
    message: String,
}

/// The engine of a position, as far as it is there.
enum Found {
    Kept(Arc<Engine>),
    Loading(Waiter, Loaded),
}

impl PastEngines {
    pub(super) fn new(limits: &Limits) -> Self {
        let Limits { past_states, past_bytes, .. } = *limits;
        let shared = Shared { most: past_states, most_bytes: past_bytes, ..Shared::default() };
        Self { shared: Arc::new(Mutex::new(shared)), turns: Arc::new(Semaphore::new(limits.past_loads)) }
    }

    /// The engine for a position. If it is not kept, and no other query loads it, `load` does. The load gets what tells
    /// whether anybody waits for it; it returns `None` when nobody does.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] if its rows take too much memory. Any other error only if the exchange itself fails.
    pub(super) async fn get<F>(&self, position: u64, load: impl FnOnce(Awaited) -> F) -> Result<Arc<Engine>, Error>
    where
        F: Future<Output = Result<Option<Past>, Error>> + Send + 'static,
    {
        let (_waiter, mut loaded) = match self.find(position, load) {
            Found::Kept(engine) => return Ok(engine),
            Found::Loading(waiter, loaded) => (waiter, loaded),
        };
        let loaded = loaded.wait_for(Option::is_some).await;
        match loaded.ok().and_then(|loaded| loaded.clone()) {
            Some(Ok(engine)) => Ok(engine),
            Some(Err(Refusal { reason, message })) => Err(Error::Limit { reason, message }),
            None => Err(Error::Defect(format!("the state at position {position} could not be loaded"))),
        }
    }

    fn find<F>(&self, position: u64, load: impl FnOnce(Awaited) -> F) -> Found
    where
        F: Future<Output = Result<Option<Past>, Error>> + Send + 'static,
    {
        let mut shared = locked(&self.shared);
        if let Some(engine) = shared.kept(position) {
            return Found::Kept(engine);
        }
        if let Some(under_way) = shared.loads.get(&position)
            && let Some(waiter) = under_way.awaited.join()
        {
            return Found::Loading(waiter, under_way.loaded.clone());
        }
        let waiter = Waiter::default();
        let (sender, loaded) = watch::channel(None);
        shared.loads.retain(|_, load| load.awaited.holds());
        shared.loads.insert(position, Load { awaited: waiter.awaited(), loaded: loaded.clone() });
        let load = load(waiter.awaited());
        let (turns, all) = (Arc::clone(&self.turns), Arc::clone(&self.shared));
        let loading = async move {
            let Ok(_turn) = turns.acquire_owned().await else { return };
            match load.await {
                Ok(Some(past)) => {
                    let engine = Arc::clone(&past.engine);
                    locked(&all).keep(past);
                    sender.send_replace(Some(Ok(engine)));
                }
                Err(Error::Limit { reason, message }) => {
                    tracing::warn!(position, message, "an earlier state is refused");
                    sender.send_replace(Some(Err(Refusal { reason, message })));
                }
                Ok(None) => tracing::debug!(position, "an earlier state is no longer needed"),
                Err(error) => tracing::error!(position, %error, "an earlier state could not be loaded"),
            }
        };
        tokio::spawn(loading.in_current_span());
        Found::Loading(waiter, loaded)
    }
}

impl Shared {
    /// The engine of a position, if it is kept. It becomes the one asked for last.
    fn kept(&mut self, position: u64) -> Option<Arc<Engine>> {
        let at = self.kept.iter().position(|past| past.engine.snapshot().position == position)?;
        self.kept.get_mut(..=at)?.rotate_right(1);
        self.kept.first().map(|past| Arc::clone(&past.engine))
    }

    /// Keeps an engine. Those asked for least lately make room for it.
    fn keep(&mut self, past: Past) {
        self.loads.remove(&past.engine.snapshot().position);
        self.kept.insert(0, past);
        let mut bytes = 0_usize;
        let fitting = self.kept.iter().take(self.most).take_while(|past| {
            bytes = bytes.saturating_add(past.bytes);
            bytes <= self.most_bytes
        });
        self.kept.truncate(fitting.count());
    }
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
