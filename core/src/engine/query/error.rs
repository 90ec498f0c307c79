//! The error of a query.

use std::sync::Arc;

use peelian::LIST_AGENCIES;

use super::{MAX_MEASURES, MAX_OBSERVATIONS};
use crate::Core;
use crate::engine::error::ComputeError;
use crate::measure::Definition;
use crate::period::{Month, PeriodError};
use crate::reference::{nearest, shown};

/// The reason why a query is refused. Each message says what would be accepted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// There is no such measure, or no such version of it.
    #[error("no measure is called {measure}{}", nearest_names(nearest))]
    UnknownMeasure {
        /// Text of the query.
        measure: String,
        /// The most similar names.
        nearest: Vec<String>,
    },
    /// There is no such profile.
    #[error("no profile is called {profile}; the profiles are {}", known.join(", "))]
    UnknownProfile {
        /// Text of the query.
        profile: String,
        /// All profiles.
        known: Vec<String>,
    },
    /// There is no such area or level.
    #[error("no area has the code or name {area}{}", nearest_names(nearest))]
    UnknownArea {
        /// Text of the query.
        area: String,
        /// The most similar names.
        nearest: Vec<String>,
    },
    /// A text is not a period.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// No measure has data for any of the periods.
    #[error("nothing is held for {period}; {measure} has data from {first} to {last}")]
    PeriodOutside {
        /// First period of the query.
        period: String,
        /// First measure of the query.
        measure: String,
        /// First month for which the measure has data.
        first: Month,
        /// Last month for which the measure has data.
        last: Month,
    },
    /// The query asks for the latest periods, and the measure has no data.
    #[error("no data are held for {measure} yet")]
    NoData {
        /// The measure.
        measure: String,
    },
    /// The rows were read for a query that needs other fields.
    #[error(
        "the rows were read for one query, and this one needs other fields: load all of them to ask further questions"
    )]
    NotRead,
    /// The measure has no such breakdown.
    #[error("{measure} is not broken down by {breakdown}; it offers {}", listed(offered))]
    UnknownBreakdown {
        /// The measure.
        measure: String,
        /// Text of the query.
        breakdown: String,
        /// The breakdowns that the measure offers.
        offered: Vec<String>,
    },
    /// The reference group is not a group of the breakdown.
    #[error(
        "{group} is not a group of the breakdown: write dimension=code with a dimension of the breakdown{}",
        hint(offered)
    )]
    UnknownGroup {
        /// Text of the query.
        group: String,
        /// Codes of the dimension.
        offered: Vec<String>,
    },
    /// The query asks for a comparison with a reference group and names no reference group.
    #[error("REFERENCE_GROUP needs reference_group, as dimension=code, and its dimension in the breakdown")]
    NoReferenceGroup,
    /// The query asks for a comparison with a baseline and names none.
    #[error("BASELINE needs a baseline: name a period, or a profile that has one")]
    NoBaseline,
    /// The query selects nothing: it has no measure, no area or no period.
    #[error("the query names no {0}")]
    Nothing(&'static str),
    /// The query has more than [`MAX_MEASURES`] measures.
    #[error("{0} measures were asked for; at most {MAX_MEASURES} are answered at once")]
    TooManyMeasures(usize),
    /// The answer could have more than [`MAX_OBSERVATIONS`] observations.
    #[error("the query would return up to {0} observations; at most {MAX_OBSERVATIONS} are answered at once")]
    TooManyObservations(usize),
    /// The register does not have the agency whose figures are asked for.
    #[error("{0} is not in the register of agencies, so it has no figures: {LIST_AGENCIES} lists those that are")]
    UnknownSource(String),
    /// The query asks for the figures of an agency, and for values from records.
    #[error("a source has figures only: leave out either the source or the basis COMPUTED_FROM_RECORDS")]
    SourceOfRecords,
    /// The confidence level is not between 0 and 1.
    #[error("confidence {0} is not strictly between 0 and 1")]
    Confidence(f64),
    /// This version does not know an enum value.
    #[error("{0} is not a value of {1}")]
    UnknownValue(i32, &'static str),
    /// The caller no longer waits for the answer.
    #[error("the query was abandoned")]
    Abandoned,
    /// The computation is refused.
    #[error(transparent)]
    Compute(#[from] ComputeError),
}

fn nearest_names(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; the nearest names are {}", nearest.join(", ")) }
}

fn listed(offered: &[String]) -> String {
    if offered.is_empty() { "no breakdown".to_owned() } else { offered.join(", ") }
}

fn hint(offered: &[String]) -> String {
    if offered.is_empty() { String::new() } else { format!("; its codes are {}", offered.join(", ")) }
}

/// Finds the definition with an identifier.
pub(crate) fn definition<'c>(core: &'c Core, id: &str) -> Result<&'c Arc<Definition>, QueryError> {
    core.catalogue.get(id).ok_or_else(|| {
        let wanted = id.split('@').next().unwrap_or(id);
        let nearest = nearest(wanted, core.catalogue.ids()).into_iter().map(str::to_owned).collect();
        QueryError::UnknownMeasure { measure: shown(id), nearest }
    })
}
