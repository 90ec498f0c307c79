//! Which figures a caller may see: decisions that are kept, because an answer has many cells.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use peelian_core::reference::AreaId;
use quick_cache::sync::Cache;

use super::Allowed;
use super::action::Action;
use super::denial::Denial;
use super::roles::Roles;
use super::rules::Subject;
use super::world::World;

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

impl Key {
    fn new(subject: Subject<'_>, action: Action, measure: &Arc<str>) -> Self {
        Self { agency: subject.agency.into(), roles: subject.roles, action, measure: Arc::clone(measure) }
    }
}

/// Whether one caller may see the figures of one measure, by area.
#[derive(Clone, Debug)]
pub(crate) struct Shown(Arc<[AtomicU8]>);

/// The decisions of one set of policies.
pub(super) struct Decisions {
    /// Whether figures may be seen, by area.
    shown: Cache<Key, Arc<[AtomicU8]>>,
    /// The policies that allow figures to be seen.
    allowed: Cache<(Key, AreaId), Arc<Allowed>>,
}

impl Decisions {
    pub(super) fn new() -> Self {
        Self { shown: Cache::new(KEPT), allowed: Cache::new(KEPT) }
    }

    /// The policies that allow a caller to see the figures of a measure for an area, as `decide` finds them.
    pub(super) fn allowed(
        &self,
        subject: Subject<'_>,
        action: Action,
        (measure, area): (&Arc<str>, AreaId),
        decide: impl FnOnce() -> Result<Allowed, Denial>,
    ) -> Result<Arc<Allowed>, Denial> {
        let key = (Key::new(subject, action, measure), area);
        self.allowed.get_or_insert_with(&key, || decide().map(Arc::new))
    }

    /// What a caller may see of a measure, as far as it is decided.
    pub(super) fn shown(&self, world: &World, subject: Subject<'_>, action: Action, measure: &Arc<str>) -> Shown {
        let key = Key::new(subject, action, measure);
        let undecided = || (0..world.core.reference.areas.len()).map(|_| AtomicU8::new(UNDECIDED)).collect();
        let Ok(areas) = self.shown.get_or_insert_with(&key, || Ok::<_, std::convert::Infallible>(undecided()));
        Shown(areas)
    }
}

impl Shown {
    /// Whether the caller may see the figures for an area. `decide` is asked once.
    pub(super) fn shows(&self, area: AreaId, decide: impl FnOnce() -> bool) -> bool {
        let Some(known) = self.0.get(area.index()) else { return false };
        match known.load(Ordering::Relaxed) {
            UNDECIDED => {
                let shown = decide();
                known.store(if shown { ALLOWED } else { REFUSED }, Ordering::Relaxed);
                shown
            }
            decided => decided == ALLOWED,
        }
    }
}
