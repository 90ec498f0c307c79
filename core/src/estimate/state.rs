//! The content of a figure that an agency computed.

use super::{Estimated, MissingReason, Rule, Unavailable, estimators};

/// The content of a figure before estimation. Counts add up over areas and months.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    /// A number of units.
    Count(f64),
    /// A rate: events for each `multiplier` residents.
    Rate {
        /// Events.
        events: f64,
        /// Residents.
        residents: f64,
        /// Number of residents in the unit of the rate: 1,000 or 100,000.
        multiplier: f64,
    },
    /// A share: the part of the denominator that is in the numerator.
    Share {
        /// Number of subjects with the outcome.
        numerator: f64,
        /// Number of subjects that could have the outcome.
        denominator: f64,
    },
    /// One count divided by a count of different subjects.
    Ratio {
        /// The count above the line.
        numerator: f64,
        /// The count below the line.
        denominator: f64,
    },
    /// A share that an agency computed, with the number of respondents if it is known.
    StatedShare {
        /// The share, from 0 to 1.
        value: f64,
        /// Number of respondents; `None` if it is not known.
        base: Option<u64>,
    },
    /// Another value that an agency computed.
    Stated(f64),
}

impl State {
    /// Estimates the value and its interval.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the denominator is zero or the base is too small.
    pub fn estimate(self, rule: Rule) -> Result<Estimated, Unavailable> {
        match self {
            Self::Count(n) => Ok(estimators::count(n, rule)),
            Self::Rate { events, residents, multiplier } => estimators::rate(events, residents, multiplier, rule),
            Self::Share { numerator, denominator } => estimators::share(numerator, denominator, rule),
            Self::Ratio { numerator, denominator } => estimators::ratio(numerator, denominator, rule),
            Self::StatedShare { value, base } => estimators::stated_share(value, base, rule),
            Self::Stated(value) => Ok(estimators::stated(value)),
        }
    }

    /// The number of units.
    ///
    /// # Errors
    ///
    /// [`MissingReason::NotApplicable`] if the state is not a count.
    pub fn count(self) -> Result<f64, MissingReason> {
        match self {
            Self::Count(count) => Ok(count),
            _ => Err(MissingReason::NotApplicable),
        }
    }
}
