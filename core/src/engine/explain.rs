//! How one observation came about.

use std::sync::Arc;

use super::observation::Observation;
use crate::measure::Definition;

/// How one observation came about.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The definition in force.
    pub definition: Arc<Definition>,
    /// The observation on each basis.
    pub observations: Vec<Observation>,
    /// Steps by which records were selected.
    pub steps: Vec<PopulationStep>,
    /// Submissions that contributed, in the order of the ledger.
    pub submissions: Vec<ContributingSubmission>,
    /// Submitted figure less computed value, where both exist.
    pub difference: Option<f64>,
}

/// One step of the selection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PopulationStep {
    /// Population: `initial_population`, `denominator`, `denominator_exclusion`, `numerator`; for a stage of a funnel its
    /// identifier.
    pub population: String,
    /// Expression.
    pub expression: String,
    /// Records left after the step.
    pub remaining: u64,
    /// Records that the step removed.
    pub removed: u64,
}

/// A submission that an observation is based on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContributingSubmission {
    /// Resource name.
    pub submission: Arc<str>,
    /// SHA-256 of its content.
    pub content_sha256: [u8; 32],
    /// Dataset.
    pub dataset: &'static str,
    /// Rows of it in force in the area and period.
    pub rows: u64,
    /// Whether it is synthetic.
    pub synthetic: bool,
}
