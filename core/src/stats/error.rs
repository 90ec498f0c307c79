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
    /// The result is too large to be represented.
    #[error("the result is out of range")]
    OutOfRange,
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
