//! A page of an answer.

use super::Observation;

/// The place of an observation in an answer. It depends on the snapshot and the query only.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Place {
    /// Number of the cell: a measure, area, period and breakdown.
    pub cell: usize,
    /// Number of the observation among those of the cell: a cell has one for each basis that has data.
    pub observation: usize,
}

/// A page of an answer.
#[derive(Clone, Debug)]
pub struct Page {
    /// The observations, each with its place.
    pub observations: Vec<(Place, Observation)>,
    /// Place of the next observation; `None` after the last one.
    pub next: Option<Place>,
}
