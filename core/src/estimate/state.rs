//! What an agency's own figure states.

use super::{Estimated, MissingReason, Rule, Unavailable, estimators};

/// What a figure states, before it is estimated. Counts add up over areas and months.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    /// A number of units.
    Count(f64),
    /// Events among residents, for each `multiplier` of them.
    Rate {
        /// Events.
        events: f64,
        /// Residents.
        residents: f64,
        /// 1,000 or 100,000.
        multiplier: f64,
    },
    /// A share: subjects of the denominator that are in the numerator.
    Share {
        /// Subjects with the outcome.
        numerator: f64,
        /// Subjects that could have it.
        denominator: f64,
    },
    /// One count over another count of different subjects.
    Ratio {
        /// Counted above the line.
        numerator: f64,
        /// Counted below the line.
        denominator: f64,
    },
    /// A share that an agency computed, with its respondents where they are known.
    StatedShare {
        /// The share, from 0 to 1.
        value: f64,
        /// Respondents.
        base: Option<u64>,
    },
    /// Another value that an agency computed.
    Stated(f64),
}

impl State {
    /// The value with its interval.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] where the denominator is zero or the base is too small.
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
    /// [`MissingReason::NotApplicable`] for a state that is no count.
    pub fn count(self) -> Result<f64, MissingReason> {
        match self {
            Self::Count(count) => Ok(count),
            _ => Err(MissingReason::NotApplicable),
        }
    }
}
