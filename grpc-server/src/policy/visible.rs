//! Which figures a caller may see: decisions that are kept, because an answer has many cells.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use cedar_policy::{Decision, PolicySet};
use peelian_core::reference::AreaId;
use quick_cache::sync::Cache;

use super::action::{Action, Resource};
use super::roles::Roles;
use super::rules::{Subject, decide};
use super::world::{Type, World, uid};

/// Number of callers and measures for which decisions are kept: each takes a byte for every area, so some ten megabytes.
const KEPT: usize = 8_192;

const UNDECIDED: u8 = 0;
const ALLOWED: u8 = 1;
const REFUSED: u8 = 2;

/// Who does what to which measure.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Key {
    agency: Box<str>,
    roles: Roles,
    action: Action,
    measure: Arc<str>,
}

/// The decisions of one set of policies, by area.
pub(super) struct Decisions(Cache<Key, Arc<[AtomicU8]>>);

impl Decisions {
    pub(super) fn new() -> Self {
        Self(Cache::new(KEPT))
    }

    /// Whether a caller may see the figures of a measure for an area.
    pub(super) fn shows(
        &self,
        (world, policies): (&World, &PolicySet),
        subject: Subject<'_>,
        action: Action,
        (measure, area): (&Arc<str>, AreaId),
    ) -> bool {
        let key = Key { agency: subject.agency.into(), roles: subject.roles, action, measure: Arc::clone(measure) };
        let undecided = || (0..world.core.reference.areas.len()).map(|_| AtomicU8::new(UNDECIDED)).collect();
        let Ok(areas) = self.0.get_or_insert_with(&key, || Ok::<_, std::convert::Infallible>(undecided()));
        let Some(known) = areas.get(area.index()) else { return false };
        match known.load(Ordering::Relaxed) {
            UNDECIDED => {
                let resource = Resource::Figures { measure, area: world.core.reference.areas.get(area).code() };
                let principal = (uid(Type::Agency, subject.agency), subject.roles);
                let shown = decide(world, policies, principal, action, resource).decision() == Decision::Allow;
                known.store(if shown { ALLOWED } else { REFUSED }, Ordering::Relaxed);
                shown
            }
            decided => decided == ALLOWED,
        }
    }
}
