//! Engines for earlier positions of the ledger.
//!
//! All queries for one position share one load. A load stops when nobody waits for it any more. Only a few loads run at
//! the same time, and only a few engines are kept.

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
    kept: Vec<Arc<Engine>>,
    most: usize,
    loads: HashMap<u64, Load>,
}

/// A load under way.
struct Load {
    awaited: Awaited,
    loaded: Loaded,
}

type Loaded = watch::Receiver<Option<Arc<Engine>>>;

/// The engine of a position, as far as it is there.
enum Found {
    Kept(Arc<Engine>),
    Loading(Waiter, Loaded),
}

impl PastEngines {
    pub(super) fn new(limits: &Limits) -> Self {
        let shared = Shared { most: limits.past_states, ..Shared::default() };
        Self { shared: Arc::new(Mutex::new(shared)), turns: Arc::new(Semaphore::new(limits.past_loads)) }
    }

    /// The engine for a position. If it is not kept, and no other query loads it, `load` does. The load gets what tells
    /// whether anybody waits for it; it returns `None` when nobody does.
    ///
    /// # Errors
    ///
    /// Only if the exchange itself fails.
    pub(super) async fn get<F>(&self, position: u64, load: impl FnOnce(Awaited) -> F) -> Result<Arc<Engine>, Error>
    where
        F: Future<Output = Result<Option<Arc<Engine>>, Error>> + Send + 'static,
    {
        let (_waiter, mut loaded) = match self.find(position, load) {
            Found::Kept(engine) => return Ok(engine),
            Found::Loading(waiter, loaded) => (waiter, loaded),
        };
        let loaded = loaded.wait_for(Option::is_some).await;
        let engine = loaded.ok().and_then(|engine| engine.clone());
        engine.ok_or_else(|| Error::Defect(format!("the state at position {position} could not be loaded")))
    }

    fn find<F>(&self, position: u64, load: impl FnOnce(Awaited) -> F) -> Found
    where
        F: Future<Output = Result<Option<Arc<Engine>>, Error>> + Send + 'static,
    {
        let mut shared = locked(&self.shared);
        if let Some(engine) = shared.kept.iter().find(|engine| engine.snapshot().position == position) {
            return Found::Kept(Arc::clone(engine));
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
                Ok(Some(engine)) => {
                    locked(&all).keep(Arc::clone(&engine));
                    sender.send_replace(Some(engine));
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
    fn keep(&mut self, engine: Arc<Engine>) {
        self.loads.remove(&engine.snapshot().position);
        self.kept.truncate(self.most.saturating_sub(1));
        self.kept.insert(0, engine);
    }
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
