//! What the reader of an answer may see.

use std::fmt;
use std::sync::Arc;

use crate::measure::Definition;
use crate::reference::AreaId;

/// Decides whether the figures of a measure for an area may be seen.
type Decide = dyn Fn(&Definition, AreaId) -> bool + Send + Sync;

/// What the reader of an answer may see. By default that is everything: who may see what is decided outside the engine.
///
/// A cell that may not be seen is answered as [`MissingReason::NotAuthorised`](crate::engine::MissingReason::NotAuthorised), whatever is
/// held of it. It is neither a companion nor compared with.
#[derive(Clone, Default)]
pub struct Visibility(Option<Arc<Decide>>);

impl Visibility {
    /// Only the figures for which `decide` answers true may be seen.
    ///
    /// ```
    /// use peelian_core::engine::{Query, Visibility};
    ///
    /// let query = Query { visibility: Visibility::of(|measure, _| &*measure.id != "hate-crime-reports"), ..Query::default() };
    /// # assert_eq!(query, query.clone());
    /// ```
    pub fn of(decide: impl Fn(&Definition, AreaId) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(decide)))
    }

    /// Whether the figures of a measure for an area may be seen.
    #[must_use]
    pub fn shows(&self, definition: &Definition, area: AreaId) -> bool {
        self.0.as_ref().is_none_or(|decide| decide(definition, area))
    }
}

impl fmt::Debug for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Visibility(restricted)" } else { "Visibility(everything)" })
    }
}

/// Two are equal if they are the same decision, or if neither restricts anything.
impl PartialEq for Visibility {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (own, other) => own.is_none() && other.is_none(),
        }
    }
}
