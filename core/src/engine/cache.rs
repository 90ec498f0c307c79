//! Values that are worked out once for a snapshot and shared from then on.

use std::hash::Hash;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

type Slots<K, V> = HashMap<K, Arc<OnceLock<Arc<V>>>, FixedState>;

/// Values by key. Callers that ask for the same value at once wait for the first to make it; callers that ask for
/// others do not.
#[derive(Debug)]
pub(super) struct Cache<K, V>(RwLock<Slots<K, V>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(RwLock::new(HashMap::default()))
    }
}

impl<K: Eq + Hash + Clone, V> Cache<K, V> {
    /// The value of `key`, made by `make` if this is the first time. `make` may use other keys, not this one.
    pub(super) fn get(&self, key: &K, make: impl FnOnce() -> V) -> Arc<V> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        let slot = match known {
            Some(slot) => slot,
            None => {
                let mut slots = self.0.write().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(slots.entry(key.clone()).or_default())
            }
        };
        Arc::clone(slot.get_or_init(|| Arc::new(make())))
    }

    /// Whether the value of `key` is made.
    pub(super) fn has(&self, key: &K) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).is_some_and(|slot| slot.get().is_some())
    }

    /// Every value made so far, with its key.
    pub(super) fn entries(&self) -> Vec<(K, Arc<V>)> {
        let slots = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let made = slots.iter().filter_map(|(key, slot)| Some((key.clone(), Arc::clone(slot.get()?))));
        made.collect()
    }
}
