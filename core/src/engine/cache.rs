//! A cache: a value is made once for a snapshot and then shared.

use std::hash::Hash;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Number of values by area and day or period that are kept. With more, a query that asks for all areas and periods would
/// fill the memory.
pub(super) const MOST_PLACES: usize = 1 << 16;

type Slots<K, V> = HashMap<K, Arc<OnceLock<Arc<V>>>, FixedState>;

/// Values by key. If several callers ask for the same value at the same time, the first makes it and the others wait.
/// Callers that ask for other values do not wait.
#[derive(Debug)]
pub(super) struct Cache<K, V> {
    slots: RwLock<Slots<K, V>>,
    /// Number of values that are kept.
    most: usize,
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self::of_at_most(usize::MAX)
    }
}

impl<K, V> Cache<K, V> {
    /// A cache that keeps at most so many values. A further one takes the place of all: they are quickly made again.
    pub(super) fn of_at_most(most: usize) -> Self {
        Self { slots: RwLock::new(HashMap::default()), most }
    }
}

impl<K: Eq + Hash + Clone, V> Cache<K, V> {
    /// The value of `key`. The first call makes it with `make`, which may use other keys but not this one.
    pub(super) fn get(&self, key: &K, make: impl FnOnce() -> V) -> Arc<V> {
        let known = self.slots.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        let slot = match known {
            Some(slot) => slot,
            None => {
                let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
                if slots.len() >= self.most {
                    slots.clear();
                }
                Arc::clone(slots.entry(key.clone()).or_default())
            }
        };
        Arc::clone(slot.get_or_init(|| Arc::new(make())))
    }

    /// Whether the value of `key` has been made.
    pub(super) fn has(&self, key: &K) -> bool {
        self.slots.read().unwrap_or_else(PoisonError::into_inner).get(key).is_some_and(|slot| slot.get().is_some())
    }

    /// Every value made so far, with its key.
    pub(super) fn entries(&self) -> Vec<(K, Arc<V>)> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let made = slots.iter().filter_map(|(key, slot)| Some((key.clone(), Arc::clone(slot.get()?))));
        made.collect()
    }
}
