//! Why a question is refused.

use std::sync::Arc;

use super::{MAX_MEASURES, MAX_OBSERVATIONS};
use crate::Core;
use crate::engine::ComputeError;
use crate::measure::Definition;
use crate::period::{Month, PeriodError};
use crate::reference::distance;

/// Why a query is refused. Each message says what would be accepted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// There is no such measure, or not in this version.
    #[error("no measure is called {measure}; the nearest names are {}", nearest.join(", "))]
    UnknownMeasure {
        /// What was asked for.
        measure: String,
        /// Names most like it.
        nearest: Vec<String>,
    },
    /// There is no such area or level.
    #[error("no area has the code or name {area}; the nearest names are {}", nearest.join(", "))]
    UnknownArea {
        /// What was asked for.
        area: String,
        /// Names most like it.
        nearest: Vec<String>,
    },
    /// It is not a period.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// Nothing is held of any of the measures for any of the periods.
    #[error("nothing is held for {period}; of {measure} there are data from {first} to {last}")]
    PeriodOutside {
        /// First period asked for.
        period: String,
        /// First measure asked for.
        measure: String,
        /// First month available.
        first: Month,
        /// Last month available.
        last: Month,
    },
    /// The latest periods were asked for, and nothing is held at all.
    #[error("no data are held for {measure} yet")]
    NoData {
        /// The measure.
        measure: String,
    },
    /// The rows were read for other measures.
    #[error(
        "the rows were read for one query, and this one needs other fields: load all of them to ask further questions"
    )]
    NotRead,
    /// The measure has no such breakdown.
    #[error("{measure} is not broken down by {breakdown}; it offers {}", listed(offered))]
    UnknownBreakdown {
        /// The measure.
        measure: String,
        /// What was asked for.
        breakdown: String,
        /// What is offered.
        offered: Vec<String>,
    },
    /// The reference group is not part of the breakdown.
    #[error(
        "{group} is not a group of the breakdown: write dimension=code with a dimension of the breakdown{}",
        hint(offered)
    )]
    UnknownGroup {
        /// What was asked for.
        group: String,
        /// Codes of the dimension.
        offered: Vec<String>,
    },
    /// A comparison with a reference group was asked for without one.
    #[error("REFERENCE_GROUP needs reference_group, as dimension=code, and its dimension in the breakdown")]
    NoReferenceGroup,
    /// A selection is empty.
    #[error("the query names no {0}")]
    Nothing(&'static str),
    /// Too many measures.
    #[error("{0} measures were asked for; at most {MAX_MEASURES} are answered at once")]
    TooManyMeasures(usize),
    /// Too many observations.
    #[error("the query would return up to {0} observations; at most {MAX_OBSERVATIONS} are answered at once")]
    TooManyObservations(usize),
    /// The confidence level is not between 0 and 1.
    #[error("confidence {0} is not strictly between 0 and 1")]
    Confidence(f64),
    /// An enum value that this version does not know.
    #[error("{0} is not a value of {1}")]
    UnknownValue(i32, &'static str),
    /// Nobody waits for the answer any more.
    #[error("the query was abandoned")]
    Abandoned,
    /// The computation was refused.
    #[error(transparent)]
    Compute(#[from] ComputeError),
}

fn listed(offered: &[String]) -> String {
    if offered.is_empty() { "no breakdown".to_owned() } else { offered.join(", ") }
}

fn hint(offered: &[String]) -> String {
    if offered.is_empty() { String::new() } else { format!("; its codes are {}", offered.join(", ")) }
}

/// The definition with an identifier.
pub(crate) fn definition<'c>(core: &'c Core, id: &str) -> Result<&'c Arc<Definition>, QueryError> {
    core.catalogue.get(id).ok_or_else(|| {
        let wanted = id.split('@').next().unwrap_or(id);
        let mut names: Vec<(usize, &str)> =
            core.catalogue.ids().map(|known| (distance(wanted, known), known)).collect();
        names.sort_unstable();
        names.truncate(3);
        let nearest = names.into_iter().map(|(_, name)| name.to_owned()).collect();
        QueryError::UnknownMeasure { measure: id.to_owned(), nearest }
    })
}
