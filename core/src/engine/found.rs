//! The result for one cell, before it becomes an observation.

use std::sync::Arc;

use super::coverage::{Completeness, Reports};
use crate::estimate::MissingReason;

/// How settled a value is. The default is final and never revised.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct RevisionStatus {
    /// Whether the value is provisional.
    pub(crate) provisional: bool,
    /// Whether the value was revised after it was first published.
    pub(crate) revised: bool,
}

/// A result with the reports on which it is based.
#[derive(Clone, Debug)]
pub(crate) struct Found<T> {
    pub(crate) result: Result<T, MissingReason>,
    pub(crate) completeness: Completeness,
    pub(crate) synthetic: bool,
    pub(crate) sources: Vec<Arc<str>>,
    pub(crate) caveats: Vec<Arc<str>>,
    pub(crate) revision: RevisionStatus,
}

impl<T> Found<T> {
    /// A missing result with its reason.
    pub(crate) fn missing(reason: MissingReason) -> Self {
        Self::of(Err(reason))
    }

    /// A result that is not based on reports.
    pub(crate) fn of(result: Result<T, MissingReason>) -> Self {
        Self {
            result,
            completeness: Completeness::default(),
            synthetic: false,
            sources: Vec::new(),
            caveats: Vec::new(),
            revision: RevisionStatus::default(),
        }
    }

    /// A result that is based on reports.
    pub(crate) fn reported(result: Result<T, MissingReason>, reports: &Reports) -> Self {
        Self {
            completeness: reports.completeness,
            synthetic: reports.synthetic,
            sources: reports.sources.clone(),
            caveats: reports.caveat.clone().into_iter().collect(),
            revision: RevisionStatus { provisional: reports.provisional, revised: false },
            ..Self::of(result)
        }
    }

    /// Another result that is based on the same reports.
    pub(crate) fn with<U>(self, result: Result<U, MissingReason>) -> Found<U> {
        let Self { result: _, completeness, synthetic, sources, caveats, revision } = self;
        Found { result, completeness, synthetic, sources, caveats, revision }
    }

    /// Adds a caveat, unless it is there already.
    pub(crate) fn caveat(&mut self, caveat: impl Into<Arc<str>>) {
        let caveat = caveat.into();
        if !self.caveats.contains(&caveat) {
            self.caveats.push(caveat);
        }
    }

    /// Adds the reports on which another part of the same value is based.
    pub(crate) fn join<U>(&mut self, other: Found<U>) {
        self.synthetic |= other.synthetic;
        self.revision.provisional |= other.revision.provisional;
        self.revision.revised |= other.revision.revised;
        if other.completeness.is_less_than(self.completeness) {
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
}
