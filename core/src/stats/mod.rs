//! Interval estimates and tests of difference: the statistics that are published with a count.
//!
//! | module | contents |
//! | --- | --- |
//! | [`proportion`] | Wilson score limits, with and without continuity correction |
//! | [`count`] | Byar's and exact Poisson limits; crude rates and standardised ratios |
//! | [`standardised`] | directly and indirectly standardised rates and ratios |
//! | [`mean`] | the mean with Student's limits |
//! | [`median`] | the median with limits by order statistics |
//! | [`difference`] | Newcombe's hybrid score limits, the change in a gap, the words for a change |
//! | [`multiple`] | the p-value of a gap, and Holm's adjustment when many groups are compared |
//! | [`ratio`] | rate ratios (log-Wald, score, exact conditional) and risk ratios (MOVER) |
//! | [`survey`] | weighted shares, effective sample size, linearised variance |
//! | [`funnel`] | funnel plot limits and significance, over-dispersion |
//! | [`benchmark`] | better, similar or worse than a benchmark |
//! | [`trend`] | whether a series rises or falls |
//! | [`spc`] | XmR charts of a series: limits, special causes, assurance |
//! | [`quantiles`] | the quantile of each area among all areas |
//! | [`shrinkage`] | shares of many areas, drawn towards their mean |
//! | [`composite`] | an index of areas from several variables, by a named recipe |
//!
//! # Order of operations
//!
//! The value of a measure is
//! `numerator / (denominator - denominator exclusions - denominator exceptions)`.
//!
//! - An excluded subject is never in the numerator.
//! - A subject in the numerator is not an exception: only subjects outside the numerator can be exceptions.
//! - A stratifier is combined with its population by AND: it selects among the subjects of the population.
//!
//! The functions here take the numerator and the denominator after these steps. Disclosure control follows the estimate and
//! applies to it: a rate, interval, gap or test from a suppressed count is suppressed too.
//!
//! # Conventions
//!
//! - A proportion is between 0 and 1; the caller makes percentages. A rate is for each `multiplier` of exposure.
//! - Confidence is a probability such as `0.95`, two-sided. The normal deviate is computed from it
//!   ([`z`]), never rounded to 1.96.
//! - Counts are `f64`, because weighted numerators are not whole numbers. A count up to 2^53 is exact.
//! - No function panics or returns NaN: a result that is not defined is a [`StatsError`]. Only the upper limit and the value of
//!   a ratio over a zero count can be infinite, and the documentation of these functions says so.
//! - "Higher" and "lower" come from a test of difference ([`difference::change_word`]), never from the overlap of two
//!   intervals.
//!
//! # The same bits everywhere
//!
//! All arithmetic is IEEE 754 basic operations, `sqrt` and the `libm` crate's `exp`, `log`, `log1p`, `erf`, `erfc`
//! and `lgamma` in a fixed order. The platform's own mathematical library, which may differ in the last bit, is not
//! used.
//!
//! ```
//! use peelian_core::stats::{count::{rate, CountRule}, Method};
//!
//! // 350 offences among 90,000 residents, for each 100,000.
//! let estimate = rate(350.0, 90_000.0, 100_000.0, 0.95, CountRule::default())?;
//! let interval = estimate.interval.expect("a crude rate has an interval");
//! assert_eq!(interval.method, Method::Byar);
//! assert!((estimate.value - 388.889).abs() < 1e-3);
//! assert!((interval.lower - 349.209).abs() < 1e-3);
//! assert!((interval.upper - 431.843).abs() < 1e-3);
//! # Ok::<(), peelian_core::stats::StatsError>(())
//! ```

use std::cell::Cell;

pub mod benchmark;
pub mod bootstrap;
mod boundary;
pub mod composite;
pub mod count;
pub mod difference;
mod error;
pub mod funnel;
pub mod mean;
pub mod median;
mod method;
pub mod multiple;
pub mod proportion;
pub mod quantiles;
pub mod ratio;
pub mod shrinkage;
pub mod spc;
mod special;
pub mod standardised;
pub mod survey;
pub mod trend;

pub use error::StatsError;
pub use method::Method;

use error::{finite, positive};

/// The largest count that is accepted: every whole number up to it has its own `f64`.
pub const COUNT_LIMIT: f64 = 9_007_199_254_740_992.0;

/// The largest count for which exact limits are computed. Their cost grows with the square root of the count. Even for much
/// smaller counts, Byar's limits agree with them to more digits than are ever printed.
pub const EXACT_COUNT_LIMIT: f64 = 1e9;

/// An interval estimate and its method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower limit, in the unit of the value.
    pub lower: f64,
    /// Upper limit, in the unit of the value. Infinite only for a ratio over a zero count.
    pub upper: f64,
    /// Two-sided confidence level, for example `0.95`.
    pub confidence: f64,
    /// The method of the limits.
    pub method: Method,
}

impl Interval {
    /// Makes an interval; an error if the two numbers are not an interval.
    ///
    /// # Errors
    ///
    /// [`StatsError::OutOfRange`] if a limit is not a number, the lower limit is infinite or above the upper one;
    /// [`StatsError::Confidence`] if `confidence` is not between 0 and 1.
    ///
    /// ```
    /// use peelian_core::stats::{Interval, Method, StatsError};
    ///
    /// assert!(Interval::new(0.1, 0.3, 0.95, Method::Wilson).is_ok());
    /// assert_eq!(Interval::new(0.3, 0.1, 0.95, Method::Wilson), Err(StatsError::OutOfRange));
    /// ```
    pub fn new(lower: f64, upper: f64, confidence: f64, method: Method) -> Result<Self, StatsError> {
        check_confidence(confidence)?;
        // A comparison with NaN is false, so NaN is refused here too.
        if lower.is_finite() && lower <= upper {
            Ok(Self { lower, upper, confidence, method })
        } else {
            Err(StatsError::OutOfRange)
        }
    }

    /// Whether `value` lies within the limits, both included.
    ///
    /// ```
    /// use peelian_core::stats::proportion::wilson;
    ///
    /// assert!(wilson(12.0, 100.0, 0.95)?.contains(0.12));
    /// # Ok::<(), peelian_core::stats::StatsError>(())
    /// ```
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// The same interval in another unit: both limits times `factor`, which must be positive.
    ///
    /// # Errors
    ///
    /// [`StatsError::NotPositive`] or [`StatsError::NotFinite`] for such a `factor`; [`StatsError::OutOfRange`] if
    /// the result overflows.
    ///
    /// ```
    /// use peelian_core::stats::proportion::wilson;
    ///
    /// let percent = wilson(12.0, 100.0, 0.95)?.scaled(100.0)?;
    /// assert!((percent.upper - 19.812099).abs() < 1e-5);
    /// # Ok::<(), peelian_core::stats::StatsError>(())
    /// ```
    pub fn scaled(&self, factor: f64) -> Result<Self, StatsError> {
        let factor = positive("factor", factor)?;
        let lower = self.lower * factor;
        let upper = self.upper * factor;
        if self.upper.is_finite() && !upper.is_finite() {
            return Err(StatsError::OutOfRange);
        }
        Self::new(lower, upper, self.confidence, self.method)
    }
}

/// A value and, if the method gives one, its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// The interval around it; `None` if there is no method for the interval of the value.
    pub interval: Option<Interval>,
}

impl Estimate {
    /// A value with its interval.
    ///
    /// ```
    /// use peelian_core::stats::{proportion::wilson, Estimate};
    ///
    /// let estimate = Estimate::with_interval(0.12, wilson(12.0, 100.0, 0.95)?);
    /// assert!(estimate.interval.is_some());
    /// # Ok::<(), peelian_core::stats::StatsError>(())
    /// ```
    #[must_use]
    pub fn with_interval(value: f64, interval: Interval) -> Self {
        Self { value, interval: Some(interval) }
    }
}

/// The standard normal deviate of a two-sided confidence level: `1 - (1 - confidence) / 2` of the distribution lies
/// below it.
///
/// Good to 1e-14 relative (tested to 1e-13 against values of 30 digits).
///
/// # Errors
///
/// [`StatsError::Confidence`] if `confidence` is not strictly between 0 and 1.
///
/// ```
/// use peelian_core::stats::z;
///
/// assert!((z(0.95)? - 1.959_963_984_540_054).abs() < 1e-14);
/// assert!((z(0.998)? - 3.090_232_306_167_813).abs() < 1e-14);
/// assert!(z(1.0).is_err());
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn z(confidence: f64) -> Result<f64, StatsError> {
    thread_local! {
        /// The last level of this thread, and its deviate: thousands of values have the same level.
        static LAST: Cell<(f64, f64)> = const { Cell::new((f64::NAN, f64::NAN)) };
    }
    check_confidence(confidence)?;
    let (level, deviate) = LAST.get();
    if level.to_bits() == confidence.to_bits() {
        return Ok(deviate);
    }
    let deviate = special::normal_two_sided(confidence);
    LAST.set((confidence, deviate));
    Ok(deviate)
}

fn check_confidence(confidence: f64) -> Result<(), StatsError> {
    if confidence > 0.0 && confidence < 1.0 { Ok(()) } else { Err(StatsError::Confidence(confidence)) }
}

/// A result that has to be an ordinary number.
fn ordinary(value: f64) -> Result<f64, StatsError> {
    finite("result", value).map_err(|_| StatsError::OutOfRange)
}

/// The arithmetic mean, which is exact if all values are equal: then no rounding makes a value differ from it.
fn centre(values: &[f64]) -> Result<f64, StatsError> {
    let first = *values.first().ok_or(StatsError::ZeroDenominator)?;
    let distances: f64 = values.iter().map(|value| value - first).sum();
    ordinary(first + distances / values.len() as f64)
}

#[cfg(test)]
mod tests;
