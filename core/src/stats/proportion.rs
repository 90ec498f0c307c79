//! Limits of a single proportion: Wilson's score interval.

use super::error::{count, denominator};
use super::{Estimate, Interval, Method, StatsError, z};

/// A numerator that is a part of its denominator.
///
/// Neither needs to be whole: a weighted share is a proportion of its effective sample size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proportion {
    numerator: f64,
    denominator: f64,
}

impl Proportion {
    /// `numerator` of `denominator`.
    ///
    /// # Errors
    ///
    /// A [`StatsError`] if either is negative, not finite or above [`COUNT_LIMIT`](super::COUNT_LIMIT), if the
    /// denominator is zero, or if the numerator is above it.
    ///
    /// ```
    /// use peelian_core::stats::{proportion::Proportion, StatsError};
    ///
    /// assert!((Proportion::new(12.0, 100.0)?.value() - 0.12).abs() < 1e-15);
    /// assert_eq!(Proportion::new(0.0, 0.0), Err(StatsError::ZeroDenominator));
    /// # Ok::<(), StatsError>(())
    /// ```
    pub fn new(numerator: f64, denominator_count: f64) -> Result<Self, StatsError> {
        let x = count("numerator", numerator)?;
        let n = denominator("denominator", count("denominator", denominator_count)?)?;
        if x > n {
            return Err(StatsError::NumeratorAboveDenominator { numerator: x, denominator: n });
        }
        Ok(Self { numerator: x, denominator: n })
    }

    /// A share `p` (0 to 1) with the precision of a simple random sample of `n_eff`.
    ///
    /// # Errors
    ///
    /// As for [`Proportion::new`] with the numerator `p * n_eff`.
    ///
    /// ```
    /// use peelian_core::stats::proportion::Proportion;
    ///
    /// let weighted = Proportion::effective(0.5, 320.5)?;
    /// assert!((weighted.numerator() - 160.25).abs() < 1e-12);
    /// # Ok::<(), peelian_core::stats::StatsError>(())
    /// ```
    pub fn effective(p: f64, n_eff: f64) -> Result<Self, StatsError> {
        if p > 1.0 {
            return Err(StatsError::NumeratorAboveDenominator { numerator: p, denominator: 1.0 });
        }
        Self::new(count("share", p)? * n_eff, n_eff)
    }

    /// The numerator.
    #[must_use]
    pub fn numerator(&self) -> f64 {
        self.numerator
    }

    /// The denominator, which is above zero.
    #[must_use]
    pub fn denominator(&self) -> f64 {
        self.denominator
    }

    /// The numerator divided by the denominator, from 0 to 1.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.numerator / self.denominator
    }

    /// Wilson's limits; see [`wilson`].
    ///
    /// # Errors
    ///
    /// [`StatsError::Confidence`].
    pub fn wilson(&self, confidence: f64) -> Result<Interval, StatsError> {
        let deviate = z(confidence)?;
        let lower = score_lower(self.numerator, self.denominator, deviate);
        let upper = score_upper(self.numerator, self.denominator, deviate);
        Interval::new(lower, upper, confidence, Method::Wilson)
    }

    /// Wilson's limits with continuity correction; see [`wilson_cc`].
    ///
    /// # Errors
    ///
    /// [`StatsError::Confidence`].
    pub fn wilson_cc(&self, confidence: f64) -> Result<Interval, StatsError> {
        let score = self.wilson(confidence)?;
        let deviate = z(confidence)?;
        let (x, n) = (self.numerator, self.denominator);
        let z2 = deviate * deviate;
        let p = x / n;
        let width = |radicand: f64| deviate * radicand.max(0.0).sqrt();
        let lower = 2.0 * x + z2 - 1.0 - width(z2 - 2.0 - 1.0 / n + 4.0 * p * (n * (1.0 - p) + 1.0));
        let upper = 2.0 * x + z2 + 1.0 + width(z2 + 2.0 - 1.0 / n + 4.0 * p * (n * (1.0 - p) - 1.0));
        let scale = 2.0 * (n + z2);
        // The correction only ever widens; the score limits also bring the exact 0 at x = 0 and 1 at x = n.
        let lower = (lower / scale).clamp(0.0, score.lower);
        let upper = (upper / scale).clamp(score.upper, 1.0);
        Interval::new(lower, upper, confidence, Method::WilsonContinuityCorrected)
    }
}

/// Wilson's score interval for `x` of `n`.
///
/// `(2x + z^2 -/+ z sqrt(z^2 + 4x(1 - x/n))) / (2(n + z^2))`, Wilson (1927). `x` and `n` are counts of subjects, or
/// an effective sample size and its part; limits are proportions from 0 to 1. At `x = 0` the lower limit is exactly
/// 0 and at `x = n` the upper limit is exactly 1.
///
/// # Errors
///
/// A [`StatsError`] for an input that is not a proportion ([`Proportion::new`]) or a confidence outside 0 to 1.
///
/// ```
/// use peelian_core::stats::proportion::wilson;
///
/// let interval = wilson(12.0, 100.0, 0.95)?;
/// assert!((interval.lower - 0.06999406).abs() < 1e-8);
/// assert!((interval.upper - 0.19812099).abs() < 1e-8);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn wilson(x: f64, n: f64, confidence: f64) -> Result<Interval, StatsError> {
    Proportion::new(x, n)?.wilson(confidence)
}

/// Wilson's score interval with continuity correction: method 4 of Newcombe (1998), Stat Med 17:857-872.
///
/// Never narrower than [`wilson`]; same units, same errors.
///
/// # Errors
///
/// As for [`wilson`].
///
/// ```
/// use peelian_core::stats::proportion::wilson_cc;
///
/// // Newcombe's Table I: 15 of 148.
/// let interval = wilson_cc(15.0, 148.0, 0.95)?;
/// assert!((interval.lower - 0.0598).abs() < 5e-5);
/// assert!((interval.upper - 0.1644).abs() < 5e-5);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn wilson_cc(x: f64, n: f64, confidence: f64) -> Result<Interval, StatsError> {
    Proportion::new(x, n)?.wilson_cc(confidence)
}

/// The proportion `x / n` with Wilson's interval.
///
/// # Errors
///
/// As for [`wilson`].
///
/// ```
/// use peelian_core::stats::proportion::proportion;
///
/// assert!((proportion(272.0, 400.0, 0.95)?.value - 0.68).abs() < 1e-15);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn proportion(x: f64, n: f64, confidence: f64) -> Result<Estimate, StatsError> {
    let part = Proportion::new(x, n)?;
    Ok(Estimate::with_interval(part.value(), part.wilson(confidence)?))
}

/// Wilson's lower limit with the root moved to the denominator: the textbook form subtracts two nearly equal numbers
/// when `x` is small.
pub(super) fn score_lower(x: f64, n: f64, z: f64) -> f64 {
    let p = x / n;
    let z2 = z * z;
    let root = z * (z2 + 4.0 * x * (1.0 - p)).sqrt();
    let lower = 2.0 * x * p / (2.0 * x + z2 + root);
    // At z = 0 and x = 0 this is 0/0; the limit is the proportion itself.
    if lower.is_finite() { lower.min(p) } else { p }
}

/// Wilson's upper limit.
pub(super) fn score_upper(x: f64, n: f64, z: f64) -> f64 {
    let p = x / n;
    let z2 = z * z;
    let root = z * (z2 + 4.0 * x * (1.0 - p)).sqrt();
    let upper = (2.0 * x + z2 + root) / (2.0 * (n + z2));
    // Rounding at x = n must not leave the upper limit just below or above 1.
    if x >= n { 1.0 } else { upper.clamp(p, 1.0) }
}
