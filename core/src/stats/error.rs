//! The reasons why there is no estimate.

use super::{COUNT_LIMIT, EXACT_COUNT_LIMIT, Method};

/// Why an estimate, an interval or a test cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatsError {
    /// The confidence level is not strictly between 0 and 1.
    #[error("confidence {0} is not strictly between 0 and 1")]
    Confidence(f64),
    /// An input is infinite or not a number.
    #[error("{what} is not a finite number")]
    NotFinite {
        /// The input's name.
        what: &'static str,
    },
    /// A count is below zero.
    #[error("{what} is negative: {value}")]
    Negative {
        /// The input's name.
        what: &'static str,
        /// What was given.
        value: f64,
    },
    /// An input that must be above zero is not. (A denominator of exactly zero is [`Self::ZeroDenominator`].)
    #[error("{what} is not positive: {value}")]
    NotPositive {
        /// The input's name.
        what: &'static str,
        /// What was given.
        value: f64,
    },
    /// A count is above the largest count ([`COUNT_LIMIT`]), or above the largest count of the exact methods
    /// ([`EXACT_COUNT_LIMIT`]).
    #[error("{what} is too large: {value}")]
    TooLarge {
        /// The input's name.
        what: &'static str,
        /// What was given.
        value: f64,
    },
    /// The numerator of a proportion is above its denominator.
    #[error("numerator {numerator} is above denominator {denominator}")]
    NumeratorAboveDenominator {
        /// The numerator given.
        numerator: f64,
        /// The denominator given.
        denominator: f64,
    },
    /// The denominator, exposure or sum of weights is zero.
    #[error("the denominator is zero")]
    ZeroDenominator,
    /// The method needs a count above zero.
    #[error("{method} needs counts above zero", method = .0.id())]
    ZeroCount(Method),
    /// Neither group has an event, so their ratio is unknown.
    #[error("both counts are zero, so the ratio is not defined")]
    BothCountsZero,
    /// The count is too small for Byar's lower limit at this confidence.
    #[error("Byar's lower limit is not defined for a count of {count} at confidence {confidence}")]
    ByarUndefined {
        /// The count given.
        count: f64,
        /// The confidence given.
        confidence: f64,
    },
    /// The sums of weights contradict each other or their totals.
    #[error("the sums of weights contradict each other: {0}")]
    Weights(&'static str),
    /// A stratified and clustered design has no degrees of freedom for a variance.
    #[error("{psus} sampling units in {strata} strata leave no degrees of freedom")]
    NoDegreesOfFreedom {
        /// Number of primary sampling units.
        psus: u64,
        /// Number of strata.
        strata: u64,
    },
    /// A word for a change was requested from an interval that is not a test of difference.
    #[error("{method} is not a test of difference", method = .0.id())]
    NotATest(Method),
    /// Two estimates that are to be compared have different confidence levels.
    #[error("confidence levels differ: {0} and {1}")]
    ConfidenceDiffers(f64, f64),
    /// An estimate without an interval, but an interval is required.
    #[error("the estimate has no interval")]
    NoInterval,
    /// A standardised rate of too few events: it would depend on the strata in which they happen to lie.
    #[error("a standardised rate needs at least {least} events, and there are {events}: add up periods or areas")]
    TooFewEvents {
        /// The number of events given.
        events: f64,
        /// The least number of events.
        least: f64,
    },
    /// The sum of the squared numbers of events of persons is below the number of events.
    #[error(
        "the sum of squares {squares} is below the {events} events: a person with n events adds n to the events and n * n to the squares"
    )]
    SquaresBelowEvents {
        /// The number of events given.
        events: f64,
        /// The sum of squares given.
        squares: f64,
    },
    /// A series has too few points.
    #[error("the series has {found} points, and at least {least} are needed")]
    TooFewPoints {
        /// The number of points given.
        found: usize,
        /// The least number of points.
        least: usize,
    },
    /// The periods of a trend do not follow each other.
    #[error("period {0} does not follow the one before it: a trend needs consecutive periods, in their order")]
    NotConsecutive(i64),
    /// A share of 0 or 1 has no log odds.
    #[error("the share of period {0} is 0 or 1, so a trend cannot be calculated")]
    NoLogOdds(i64),
    /// A value of a trend has no variance.
    #[error("the limits of period {0} are equal, so a trend cannot be calculated")]
    NoVariance(i64),
    /// A variable of an index has not one number for each area.
    #[error("a variable of the index has {found} numbers for {areas} areas")]
    AreasDiffer {
        /// The number of areas of the first variable.
        areas: usize,
        /// The number of numbers given.
        found: usize,
    },
    /// The number of quantiles is zero.
    #[error("the number of quantiles must be at least 1")]
    NoQuantiles,
    /// A baseline is fixed after too few points, or rebased within the series without enough points.
    #[error("a baseline of {found} points is too short: at least {least} are needed")]
    BaselineTooShort {
        /// The number of points given.
        found: usize,
        /// The least number of points.
        least: usize,
    },
    /// The series is rebased at a point that is not in it, or not after the rebase before.
    #[error("the series cannot be rebased at point {0}: give points of the series in their order")]
    RebaseOutside(usize),
    /// A rebase without a reason.
    #[error("the rebase at point {0} has no reason: state what changed in the process")]
    RebaseWithoutReason(usize),
    /// The result is too large to be represented.
    #[error("the result is out of range")]
    OutOfRange,
}

impl StatsError {
    /// The name of the reason, if the inputs are valid and only have no estimate. `None` for an input that is not valid.
    ///
    /// Among many cases, such a one has a missing estimate, and the others have theirs.
    ///
    /// ```
    /// use peelian_core::stats::StatsError;
    ///
    /// assert_eq!(StatsError::ZeroDenominator.undefined(), Some("zero_denominator"));
    /// assert_eq!(StatsError::Confidence(95.0).undefined(), None);
    /// ```
    #[must_use]
    pub const fn undefined(&self) -> Option<&'static str> {
        match self {
            Self::ZeroDenominator => Some("zero_denominator"),
            Self::ZeroCount(_) => Some("zero_count"),
            Self::BothCountsZero => Some("both_counts_zero"),
            Self::ByarUndefined { .. } => Some("byar_undefined"),
            Self::TooFewEvents { .. } => Some("too_few_events"),
            Self::TooFewPoints { .. } => Some("too_few_points"),
            Self::NotConsecutive(_) => Some("not_consecutive"),
            Self::NoLogOdds(_) => Some("no_log_odds"),
            Self::NoVariance(_) => Some("no_variance"),
            _ => None,
        }
    }
}

/// Refuses infinities and NaN.
pub(super) fn finite(what: &'static str, value: f64) -> Result<f64, StatsError> {
    if value.is_finite() { Ok(value) } else { Err(StatsError::NotFinite { what }) }
}

/// A finite number at or above zero, small enough to be exact.
pub(super) fn count(what: &'static str, value: f64) -> Result<f64, StatsError> {
    let value = finite(what, value)?;
    if value < 0.0 {
        Err(StatsError::Negative { what, value })
    } else if value > COUNT_LIMIT {
        Err(StatsError::TooLarge { what, value })
    } else {
        // Minus zero is a count of zero, and must not be returned with its sign.
        Ok(value.abs())
    }
}

/// A count that the exact methods take.
pub(super) fn exact_count(what: &'static str, value: f64) -> Result<f64, StatsError> {
    let value = count(what, value)?;
    if value > EXACT_COUNT_LIMIT { Err(StatsError::TooLarge { what, value }) } else { Ok(value) }
}

/// A finite number above zero.
pub(super) fn positive(what: &'static str, value: f64) -> Result<f64, StatsError> {
    let value = finite(what, value)?;
    if value > 0.0 { Ok(value) } else { Err(StatsError::NotPositive { what, value }) }
}

/// A denominator or exposure: finite and above zero. Exactly zero has an error of its own.
pub(super) fn denominator(what: &'static str, value: f64) -> Result<f64, StatsError> {
    let value = finite(what, value)?;
    if value > 0.0 {
        Ok(value)
    } else if value < 0.0 {
        Err(StatsError::Negative { what, value })
    } else {
        Err(StatsError::ZeroDenominator)
    }
}
