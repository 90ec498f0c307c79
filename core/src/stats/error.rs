//! Why there is no estimate.

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
    /// An input that must be above zero is below it. (A denominator of exactly zero is [`Self::ZeroDenominator`].)
    #[error("{what} is not positive: {value}")]
    NotPositive {
        /// The input's name.
        what: &'static str,
        /// What was given.
        value: f64,
    },
    /// A count is above what is held exactly ([`COUNT_LIMIT`]) or, for exact methods, computed
    /// ([`EXACT_COUNT_LIMIT`]).
    #[error("{what} is too large: {value}")]
    TooLarge {
        /// The input's name.
        what: &'static str,
        /// What was given.
        value: f64,
    },
    /// A proportion's numerator is above its denominator.
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
    /// Byar's lower limit does not exist for so small a count at this confidence.
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
    /// A stratum-and-cluster design leaves nothing to estimate a variance from.
    #[error("{psus} sampling units in {strata} strata leave no degrees of freedom")]
    NoDegreesOfFreedom {
        /// Number of primary sampling units.
        psus: u64,
        /// Number of strata.
        strata: u64,
    },
    /// A word for a change was asked for from an interval that is not a test of difference.
    #[error("{method} is not a test of difference", method = .0.id())]
    NotATest(Method),
    /// Two estimates that are to be compared have different confidence levels.
    #[error("confidence levels differ: {0} and {1}")]
    ConfidenceDiffers(f64, f64),
    /// An estimate without an interval was given where one is needed.
    #[error("the estimate has no interval")]
    NoInterval,
    /// The result is beyond what a floating point number holds.
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
        // Minus zero is a count of zero, and must not come back with its sign.
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

/// A denominator or exposure: finite and above zero, with a name of its own for exactly zero.
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
