//! What has been found for one measure, area, period and cell, before it becomes an observation.

use std::sync::Arc;

use super::observation::{Completeness, MissingReason};
use super::state::State;

/// How settled a value is.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Settled {
    /// As it stands.
    #[default]
    Final,
    /// Revised since it was first published.
    Revised,
    /// Provisional.
    Provisional,
}

/// What has been found.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) state: Result<State, MissingReason>,
    pub(super) completeness: Completeness,
    pub(super) synthetic: bool,
    pub(super) sources: Vec<Arc<str>>,
    pub(super) caveats: Vec<Arc<str>>,
    pub(super) settled: Settled,
    /// Subjects at each stage of a funnel.
    pub(super) stages: Vec<Option<u64>>,
}

impl Measured {
    /// Nothing, for a reason.
    pub(super) fn missing(reason: MissingReason) -> Self {
        Self {
            state: Err(reason),
            completeness: Completeness::default(),
            synthetic: false,
            sources: Vec::new(),
            caveats: Vec::new(),
            settled: Settled::Final,
            stages: Vec::new(),
        }
    }

    /// Adds a caveat once.
    pub(super) fn caveat(&mut self, caveat: impl Into<Arc<str>>) {
        let caveat = caveat.into();
        if !self.caveats.contains(&caveat) {
            self.caveats.push(caveat);
        }
    }

    /// Adds what another part of the same value rests on.
    pub(super) fn join(&mut self, other: Self) {
        self.synthetic |= other.synthetic;
        self.settled = self.settled.max(other.settled);
        if other.completeness.received < self.completeness.received {
            self.completeness = other.completeness;
        }
        for source in other.sources {
            if !self.sources.contains(&source) {
                self.sources.push(source);
            }
        }
        for caveat in other.caveats {
            self.caveat(caveat);
        }
    }

    /// Whether there is nothing to show: the measure has no data for the cell.
    pub(super) fn is_absent(&self) -> bool {
        matches!(self.state, Err(MissingReason::NotSubmitted | MissingReason::NotApplicable))
    }
}
