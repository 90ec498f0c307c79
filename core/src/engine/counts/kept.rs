//! Counts that are kept for later queries.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use foldhash::fast::FixedState;
use quick_cache::sync::{Cache as Bounded, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};

use super::{CountKey, Cube, HistogramCounts, LinkedCounts, WeightedCounts};
use crate::engine::cache::Cache;
use crate::engine::error::ComputeError;

/// Bytes of an entry beside its counts: the key and the links of the cache.
const BYTES_OF_ENTRY: usize = 256;
/// Bytes of the entries of average size. It only decides how large the tables of the cache are at first.
const BYTES_EXPECTED: usize = 1 << 16;

/// Counts of one kind, or the error of counting, by key.
pub(super) type OfKind<C> = Cache<CountKey, Result<C, ComputeError>>;

/// Counts of one kind.
pub(crate) trait Counted: fmt::Debug + Send + Sync + Sized + 'static {
    /// Bytes that the counts take.
    fn bytes(&self) -> usize;

    /// The counts of this kind among those of an engine.
    fn among(all: &AllCounts) -> &OfKind<Self>;
}

/// The counts of one engine, which are kept as long as the engine is.
#[derive(Debug, Default)]
pub(crate) struct AllCounts {
    pub(super) cubes: OfKind<Cube>,
    pub(super) linked: OfKind<LinkedCounts>,
    pub(super) weighted: OfKind<WeightedCounts>,
    pub(super) histograms: OfKind<HistogramCounts>,
}

/// Counts of any kind, or the error of counting, in a cache of several engines.
#[derive(Clone)]
struct Kept {
    counts: Arc<dyn Any + Send + Sync>,
    bytes: u64,
}

impl Kept {
    fn new<C: Counted>(counts: Result<C, ComputeError>) -> Self {
        let bytes = counts.as_ref().map_or(0, Counted::bytes).saturating_add(BYTES_OF_ENTRY);
        Self { counts: Arc::new(counts), bytes: u64::try_from(bytes).unwrap_or(u64::MAX) }
    }

    fn counts<C: Counted>(self) -> Option<Arc<Result<C, ComputeError>>> {
        self.counts.downcast().ok()
    }
}

/// The number of an engine, the kind of its counts, and their key.
type Key = (u64, TypeId, CountKey);

#[derive(Clone, Copy)]
struct ByBytes;

impl Weighter<Key, Kept> for ByBytes {
    fn weight(&self, _: &Key, kept: &Kept) -> u64 {
        kept.bytes
    }
}

/// Counts of any number of engines, kept in a limited number of bytes. Those that were not asked for lately make room
/// for others. It also limits the memory in which counts are made.
///
/// Whether counts are kept never changes an answer: they are made again when they are needed.
pub struct CountCache {
    kept: Bounded<Key, Kept, ByBytes, FixedState>,
    /// Bytes in which counts are being made.
    making: Mutex<usize>,
    made: Condvar,
    /// Most of these bytes.
    most: usize,
    engines: AtomicU64,
}

impl fmt::Debug for CountCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kept, limit) = (self.kept.weight(), self.kept.capacity());
        f.debug_struct("CountCache").field("kept", &kept).field("limit", &limit).finish_non_exhaustive()
    }
}

impl CountCache {
    /// A cache that takes at most so many bytes: three quarters for the counts that it keeps, and one quarter for those
    /// that are being made. Counts that need more than that quarter are refused.
    ///
    /// ```
    /// use peelian_core::engine::CountCache;
    ///
    /// let cache = CountCache::new(256 << 20);
    /// assert_eq!(cache.bytes(), 0);
    /// ```
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let most = bytes / 4;
        let keeps = bytes - most;
        // With several shards, each would have its own part of the bytes, and large counts would not be kept.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity(keeps / BYTES_EXPECTED)
            .weight_capacity(u64::try_from(keeps).unwrap_or(u64::MAX))
            .build();
        let kept = match options {
            Ok(options) => {
                Bounded::with_options(options, ByBytes, FixedState::default(), DefaultLifecycle::default())
            }
            // Every option that has no default is stated.
            Err(_) => Bounded::with(1, 0, ByBytes, FixedState::default(), DefaultLifecycle::default()),
        };
        Self { kept, making: Mutex::new(0), made: Condvar::new(), most, engines: AtomicU64::new(0) }
    }

    /// Bytes of the counts that are kept now.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.kept.weight()
    }

    /// Waits until so many bytes are free for making counts.
    fn room(&self, bytes: usize) -> Result<Room<'_>, ComputeError> {
        if bytes > self.most {
            return Err(ComputeError::TooManyCounts { bytes, most: self.most });
        }
        let making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |making: &mut usize| *making > self.most - bytes;
        let mut making = self.made.wait_while(making, full).unwrap_or_else(PoisonError::into_inner);
        *making += bytes;
        Ok(Room { cache: self, bytes })
    }
}

/// Memory in which counts are made. It is free again when this is dropped.
pub(super) struct Room<'a> {
    cache: &'a CountCache,
    bytes: usize,
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        *self.cache.making.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.cache.made.notify_all();
    }
}

/// The counts of one engine.
pub(super) enum KeptCounts {
    /// All counts are kept.
    All(Box<AllCounts>),
    /// Counts are kept while the cache has room for them.
    Shared(SharedCounts),
}

/// The counts of one engine in a cache that it shares with others.
pub(super) struct SharedCounts {
    cache: Arc<CountCache>,
    engine: u64,
}

impl SharedCounts {
    fn key<C: Counted>(&self, key: &CountKey) -> Key {
        (self.engine, TypeId::of::<C>(), key.clone())
    }
}

impl Drop for SharedCounts {
    fn drop(&mut self) {
        self.cache.kept.retain(|(engine, _, _), _| *engine != self.engine);
    }
}

impl fmt::Debug for KeptCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(_) => f.write_str("All"),
            Self::Shared(shared) => f.debug_tuple("Shared").field(&shared.cache).finish(),
        }
    }
}

impl Default for KeptCounts {
    fn default() -> Self {
        Self::All(Box::default())
    }
}

impl KeptCounts {
    /// The counts of another engine in a cache.
    pub(super) fn shared(cache: &Arc<CountCache>) -> Self {
        let engine = cache.engines.fetch_add(1, Ordering::Relaxed);
        Self::Shared(SharedCounts { cache: Arc::clone(cache), engine })
    }

    /// The counts of a key. They are made if they are not kept. If several callers ask for them at the same time, the first
    /// makes them and the others wait.
    pub(super) fn get<C: Counted>(
        &self,
        key: &CountKey,
        make: impl FnOnce() -> Result<C, ComputeError>,
    ) -> Arc<Result<C, ComputeError>> {
        match self {
            Self::All(all) => C::among(all).get(key, make),
            Self::Shared(shared) => {
                let made = || Ok::<_, ComputeError>(Kept::new(make()));
                let kept = shared.cache.kept.get_or_insert_with(&shared.key::<C>(key), made);
                // The key has the kind of the counts.
                let counts = kept.ok().and_then(Kept::counts);
                counts.unwrap_or_else(|| Arc::new(Err(ComputeError::NotCounted)))
            }
        }
    }

    /// Whether the counts of a key are kept.
    pub(super) fn has<C: Counted>(&self, key: &CountKey) -> bool {
        match self {
            Self::All(all) => C::among(all).has(key),
            Self::Shared(shared) => shared.cache.kept.contains_key(&shared.key::<C>(key)),
        }
    }

    /// Memory in which counts are made: waits until so many bytes are free. `None` if there is no limit.
    ///
    /// # Errors
    ///
    /// [`ComputeError::TooManyCounts`] if it can never be free.
    pub(super) fn room(&self, bytes: usize) -> Result<Option<Room<'_>>, ComputeError> {
        match self {
            Self::All(_) => Ok(None),
            Self::Shared(SharedCounts { cache, .. }) => cache.room(bytes).map(Some),
        }
    }

    /// All counts that were made.
    ///
    /// # Errors
    ///
    /// [`ComputeError::NotCounted`] if some may not be kept.
    pub(super) fn all(&self) -> Result<&AllCounts, ComputeError> {
        match self {
            Self::All(all) => Ok(all),
            Self::Shared(_) => Err(ComputeError::NotCounted),
        }
    }
}
