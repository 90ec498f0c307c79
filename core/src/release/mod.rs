//! Releases: the observations of a plan at one position of the ledger, protected together.
//!
//! A release is frozen. It has every observation of its plan, as it may be published: an observation that is withheld has no
//! value and the reason [`MissingReason::Suppressed`](crate::engine::MissingReason::Suppressed). Reviewers see why it is
//! withheld. Later releases need the [`Record`] of each earlier one, so that no two releases together give a count away.

mod audit;
mod cells;
mod error;
mod make;
mod nesting;
mod partial;
mod plan;
mod protect;
mod publish;
mod record;
mod revision;
mod system;
#[cfg(test)]
mod tests;

pub use error::ReleaseError;
pub use make::{make, make_with};
pub use partial::{PartlyListed, partly_listed};
pub use plan::{Breakdowns, Plan};
pub use record::Record;
pub use revision::{EarlierFigure, RevisionSize};

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use crate::disclosure::{Enclosure, Reason};
use crate::engine::Observation;

/// A map of which nothing depends on the order.
type Map<K, V> = HashMap<K, V, FixedState>;
/// A set of which nothing depends on the order.
type Set<T> = HashSet<T, FixedState>;

/// A release before it is approved.
#[derive(Clone, Debug)]
pub struct Release {
    /// The observations as they may be published, in the order of measures, breakdowns, areas and periods.
    pub observations: Vec<Observation>,
    /// Why observations have no value, for reviewers. Not for publication.
    pub withheld: Vec<Withheld>,
    /// What protection cost.
    pub summary: Summary,
    /// What later releases must know of this one. It has the counts behind what is withheld: it never leaves the exchange.
    pub record: Record,
}

/// An observation that is withheld.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Withheld {
    /// Its position among the observations.
    pub observation: usize,
    /// Why it is withheld.
    pub reason: Reason,
    /// For a count that the rules name or that protects another, values between which an outsider cannot decide.
    pub interval: Option<Enclosure>,
}

/// What protection cost.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Observations of the release.
    pub observations: usize,
    /// Observations that are withheld.
    pub withheld: usize,
    /// Counts behind the observations. Observations that count the same share them.
    pub cells: usize,
    /// Counts that a rule withholds.
    pub primary: usize,
    /// Counts that are withheld so that no other can be worked out.
    pub secondary: usize,
    /// Counts that are withheld so that no other can be enclosed too narrowly.
    pub further: usize,
    /// The sum of the counts that are withheld.
    pub suppressed_sum: i64,
    /// The sum of all counts.
    pub sum: i64,
    /// Systems of counts that hang together.
    pub systems: usize,
    /// Unknown counts in the largest group that hangs together.
    pub largest_component: usize,
    /// Counts that cannot be protected, in words. A release with any must not be published.
    pub unprotected: Vec<String>,
}

impl Summary {
    /// Whether every count that is withheld has its protection.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.unprotected.is_empty()
    }
}
