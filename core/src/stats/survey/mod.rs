//! Weighted shares from a survey, and the effective size of a sample with unequal weights or clusters.
//!
//! Weights are whole numbers of [`WEIGHT_UNIT`]s and are summed as integers, so the sums do not depend on the order of the
//! respondents, on batches or on threads. Floating point numbers are used only at the end.
//!
//! A share is suppressed by the number of respondents, never by the effective sample size. The caller decides this.

mod design;

pub use design::{DesignVariance, PsuSums, linearised_variance, weighted_wilson_design};

use super::error::positive;
use super::proportion::Proportion;
use super::{Estimate, Interval, Method, StatsError};

/// Number of integer units in a weight of 1: weights have nine decimals.
pub const WEIGHT_UNIT: u64 = 1_000_000_000;

/// Tolerance for the comparison of sums that were rounded to floating point.
const ROUNDING: f64 = 1e-12;

/// Units of [`WEIGHT_UNIT`] of a weight: above 0, and at most a thousand million. `None` for any other number.
///
/// ```
/// use peelian_core::stats::survey::weight_units;
///
/// assert_eq!(weight_units(1.25), Some(1_250_000_000));
/// assert_eq!(weight_units(0.0), None);
/// ```
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the range is checked first, and the unit is a power of ten that a double holds exactly"
)]
#[must_use]
pub fn weight_units(weight: f64) -> Option<u64> {
    let units = (weight * WEIGHT_UNIT as f64).round();
    (units >= 1.0 && weight <= 1e9).then_some(units as u64)
}

/// The sums over respondents that a weighted share needs. They add up over batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeightedSums {
    /// Number of respondents with a substantive answer.
    pub n: u64,
    /// Sum of weights, in units of 1e-9.
    pub sum_w: u128,
    /// Sum of squared weights, in units of 1e-18.
    pub sum_w2: u128,
    /// Sum of the weights of the respondents who gave the answer counted, in units of 1e-9.
    pub sum_wx: u128,
}

impl WeightedSums {
    /// Adds one respondent. `weight` is in units of 1e-9.
    ///
    /// # Errors
    ///
    /// [`StatsError::OutOfRange`] if a sum overflows.
    ///
    /// ```
    /// use peelian_core::stats::survey::{WeightedSums, WEIGHT_UNIT};
    ///
    /// let mut sums = WeightedSums::default();
    /// sums.add(WEIGHT_UNIT, true)?;
    /// sums.add(3 * WEIGHT_UNIT, false)?;
    /// assert!((sums.share()? - 0.25).abs() < 1e-15);
    /// # Ok::<(), peelian_core::stats::StatsError>(())
    /// ```
    #[inline]
    pub fn add(&mut self, weight: u64, counted: bool) -> Result<(), StatsError> {
        let weight = u128::from(weight);
        let one = Self { n: 1, sum_w: weight, sum_w2: weight * weight, sum_wx: if counted { weight } else { 0 } };
        *self = self.merged(&one)?;
        Ok(())
    }

    /// Adds the weight of one respondent as a floating point number. A weight of zero counts nothing: not even the respondent.
    ///
    /// # Errors
    ///
    /// [`StatsError::NotPositive`] for a weight that is no number of units ([`weight_units`]) and not zero;
    /// [`StatsError::OutOfRange`] if a sum overflows.
    ///
    /// ```
    /// use peelian_core::stats::survey::WeightedSums;
    ///
    /// let mut sums = WeightedSums::default();
    /// for weight in [1.0, 0.0, 1.0] {
    ///     sums.add_weight(weight, true)?;
    /// }
    /// assert!((sums.effective_n()? - 2.0).abs() < 1e-12);
    /// # Ok::<(), peelian_core::stats::StatsError>(())
    /// ```
    pub fn add_weight(&mut self, weight: f64, counted: bool) -> Result<(), StatsError> {
        if weight == 0.0 {
            return Ok(());
        }
        let units = weight_units(weight).ok_or(StatsError::NotPositive { what: "weight", value: weight })?;
        self.add(units, counted)
    }

    /// The sums over two sets of respondents without a common member.
    ///
    /// # Errors
    ///
    /// [`StatsError::OutOfRange`] if a sum overflows.
    ///
    /// ```
    /// use peelian_core::stats::survey::WeightedSums;
    ///
    /// let half = WeightedSums { n: 2, sum_w: 2, sum_w2: 2, sum_wx: 1 };
    /// assert_eq!(half.merged(&half)?, WeightedSums { n: 4, sum_w: 4, sum_w2: 4, sum_wx: 2 });
    /// # Ok::<(), peelian_core::stats::StatsError>(())
    /// ```
    #[inline]
    pub fn merged(&self, other: &Self) -> Result<Self, StatsError> {
        let sum = |a: u128, b: u128| a.checked_add(b).ok_or(StatsError::OutOfRange);
        Ok(Self {
            n: self.n.checked_add(other.n).ok_or(StatsError::OutOfRange)?,
            sum_w: sum(self.sum_w, other.sum_w)?,
            sum_w2: sum(self.sum_w2, other.sum_w2)?,
            sum_wx: sum(self.sum_wx, other.sum_wx)?,
        })
    }

    /// The sums over these respondents without `part`, which must be some of them. A group is compared with these sums when it is
    /// compared with all others.
    ///
    /// # Errors
    ///
    /// [`StatsError::Weights`] if a sum of `part` is above the sum of the whole.
    ///
    /// ```
    /// use peelian_core::stats::survey::WeightedSums;
    ///
    /// let all = WeightedSums { n: 4, sum_w: 4, sum_w2: 4, sum_wx: 2 };
    /// let group = WeightedSums { n: 1, sum_w: 1, sum_w2: 1, sum_wx: 1 };
    /// assert_eq!(all.without(&group)?, WeightedSums { n: 3, sum_w: 3, sum_w2: 3, sum_wx: 1 });
    /// # Ok::<(), peelian_core::stats::StatsError>(())
    /// ```
    pub fn without(&self, part: &Self) -> Result<Self, StatsError> {
        let above = StatsError::Weights("the part is above the whole");
        let rest = |whole: u128, part: u128| whole.checked_sub(part).ok_or(above);
        Ok(Self {
            n: self.n.checked_sub(part.n).ok_or(above)?,
            sum_w: rest(self.sum_w, part.sum_w)?,
            sum_w2: rest(self.sum_w2, part.sum_w2)?,
            sum_wx: rest(self.sum_wx, part.sum_wx)?,
        })
    }

    /// The weighted share, from 0 to 1.
    ///
    /// # Errors
    ///
    /// [`StatsError::ZeroDenominator`] if the sum of weights is zero; [`StatsError::Weights`] if the sums cannot come
    /// from one set of respondents.
    pub fn share(&self) -> Result<f64, StatsError> {
        self.check()?;
        Ok(sum_to_f64(self.sum_wx) / sum_to_f64(self.sum_w))
    }

    /// Kish's effective sample size `(sum w)^2 / sum w^2`: the size of the simple random sample with the same precision, if only
    /// unequal weights are considered (Kish 1965, Survey Sampling, section 11.7).
    ///
    /// # Errors
    ///
    /// As for [`WeightedSums::share`].
    ///
    /// ```
    /// use peelian_core::stats::survey::{WeightedSums, WEIGHT_UNIT};
    ///
    /// let mut sums = WeightedSums::default();
    /// for weight in [1, 1, 1000] {
    ///     sums.add(weight * WEIGHT_UNIT, true)?;
    /// }
    /// assert!((sums.effective_n()? - 1.0040019920).abs() < 1e-9);
    /// assert!((sums.kish_deff()? - 2.9880418803).abs() < 1e-9);
    /// # Ok::<(), peelian_core::stats::StatsError>(())
    /// ```
    pub fn effective_n(&self) -> Result<f64, StatsError> {
        self.check()?;
        let total = sum_to_f64(self.sum_w);
        // Rounding must not make the effective size larger than the number of respondents.
        Ok((total / sum_to_f64(self.sum_w2) * total).min(count_to_f64(self.n)))
    }

    /// Kish's design effect `n sum w^2 / (sum w)^2`, which is at least 1.
    ///
    /// # Errors
    ///
    /// As for [`WeightedSums::share`].
    pub fn kish_deff(&self) -> Result<f64, StatsError> {
        Ok(count_to_f64(self.n) / self.effective_n()?)
    }

    /// Refuses sums that no set of respondents can have.
    fn check(&self) -> Result<(), StatsError> {
        if self.n == 0 || self.sum_w == 0 {
            return Err(StatsError::ZeroDenominator);
        }
        if self.sum_wx > self.sum_w {
            return Err(StatsError::Weights("the weight of those counted is above the total weight"));
        }
        let square = sum_to_f64(self.sum_w) * sum_to_f64(self.sum_w);
        if square > count_to_f64(self.n) * sum_to_f64(self.sum_w2) * (1.0 + ROUNDING) {
            return Err(StatsError::Weights("the sum of squares is below the square of the sum over n"));
        }
        if sum_to_f64(self.sum_w2) > square * (1.0 + ROUNDING) {
            return Err(StatsError::Weights("the sum of squares is above the square of the sum"));
        }
        Ok(())
    }
}

/// A weighted share, its interval, and the quantities behind the interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedShare {
    /// The share with its interval, from 0 to 1.
    pub estimate: Estimate,
    /// Number of respondents, unweighted. Suppression uses this number.
    pub n: u64,
    /// Effective sample size of the interval.
    pub n_eff: f64,
    /// The design effect: `n / n_eff`.
    pub design_effect: f64,
    /// Sampling units less strata, if the interval is from the linearised variance; otherwise `None`. If there are few, the
    /// effective sample size is itself uncertain, and the interval is too narrow.
    pub degrees_of_freedom: Option<u64>,
}

impl WeightedShare {
    /// The share as a proportion of its effective sample size, for a [difference](super::difference) of two groups.
    ///
    /// # Errors
    ///
    /// As for [`Proportion::effective`].
    pub fn proportion(&self) -> Result<Proportion, StatsError> {
        Proportion::effective(self.estimate.value, self.n_eff)
    }
}

/// A weighted share with Wilson's interval on Kish's effective sample size.
///
/// `design_effect` is a further divisor for effects that weights do not show, such as clustering if the data have no sampling
/// units; 1 for none. `x = p n_eff` and `n = n_eff` go into [`wilson`](super::proportion::wilson).
///
/// # Errors
///
/// [`StatsError::ZeroDenominator`] if the sum of weights is zero; [`StatsError::Weights`] for sums that contradict each
/// other; [`StatsError::NotPositive`] for a design effect that is not above zero; [`StatsError::Confidence`].
///
/// ```
/// use peelian_core::stats::survey::{weighted_wilson, WeightedSums};
///
/// let mut sums = WeightedSums::default();
/// let weights = [500_000_000, 1_000_000_000, 1_000_000_000, 1_500_000_000];
/// for (weight, satisfied) in weights.into_iter().zip([true, false, true, true]) {
///     sums.add(weight, satisfied)?;
/// }
/// let share = weighted_wilson(&sums, 1.0, 0.95)?;
/// assert!((share.estimate.value - 0.75).abs() < 1e-12);
/// assert!(share.n_eff < 4.0);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn weighted_wilson(
    sums: &WeightedSums,
    design_effect: f64,
    confidence: f64,
) -> Result<WeightedShare, StatsError> {
    let n_eff = sums.effective_n()? / positive("design effect", design_effect)?;
    share_with(sums, n_eff, None, confidence, Method::WeightedWilson)
}

fn share_with(
    sums: &WeightedSums,
    n_eff: f64,
    degrees_of_freedom: Option<u64>,
    confidence: f64,
    method: Method,
) -> Result<WeightedShare, StatsError> {
    let p = sums.share()?;
    let limits = Proportion::effective(p, n_eff)?.wilson(confidence)?;
    // Rounding of p * n_eff / n_eff must not leave the share outside its own limits.
    let interval = Interval::new(limits.lower.min(p), limits.upper.max(p), confidence, method)?;
    Ok(WeightedShare {
        estimate: Estimate::with_interval(p, interval),
        n: sums.n,
        n_eff,
        design_effect: count_to_f64(sums.n) / n_eff,
        degrees_of_freedom,
    })
}

/// An exact sum as a floating point number, correctly rounded.
fn sum_to_f64(sum: u128) -> f64 {
    sum as f64
}

fn count_to_f64(n: u64) -> f64 {
    n as f64
}
