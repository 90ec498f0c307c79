//! Weighted shares from a survey, and how much a sample of unequal weights or of clusters is worth.
//!
//! Weights arrive as whole numbers of [`WEIGHT_UNIT`]s and are summed as integers, so the sums do not depend on the
//! order, the batches or the threads in which respondents came. Floating point begins at the end.
//!
//! A share is suppressed on the number of respondents, never on the effective sample size; that is the caller's rule.

use super::error::positive;
use super::proportion::Proportion;
use super::{Estimate, Interval, Method, StatsError, ordinary};

/// How many integer units a weight of 1 has: weights are carried with nine decimals.
pub const WEIGHT_UNIT: u64 = 1_000_000_000;

/// Slack for the comparison of sums that were rounded to floating point.
const ROUNDING: f64 = 1e-12;

/// The sums over respondents that a weighted share needs. They add up over batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeightedSums {
    /// Number of respondents with a substantive answer.
    pub n: u64,
    /// Sum of weights, in units of 1e-9.
    pub sum_w: u128,
    /// Sum of squared weights, in units of 1e-18.
    pub sum_w2: u128,
    /// Sum of the weights of those who gave the answer counted, in units of 1e-9.
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
    pub fn add(&mut self, weight: u64, counted: bool) -> Result<(), StatsError> {
        let weight = u128::from(weight);
        let one = Self { n: 1, sum_w: weight, sum_w2: weight * weight, sum_wx: if counted { weight } else { 0 } };
        *self = self.merged(&one)?;
        Ok(())
    }

    /// The sums over two sets of respondents that have no one in common.
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
    pub fn merged(&self, other: &Self) -> Result<Self, StatsError> {
        let sum = |a: u128, b: u128| a.checked_add(b).ok_or(StatsError::OutOfRange);
        Ok(Self {
            n: self.n.checked_add(other.n).ok_or(StatsError::OutOfRange)?,
            sum_w: sum(self.sum_w, other.sum_w)?,
            sum_w2: sum(self.sum_w2, other.sum_w2)?,
            sum_wx: sum(self.sum_wx, other.sum_wx)?,
        })
    }

    /// The weighted share, from 0 to 1.
    ///
    /// # Errors
    ///
    /// [`StatsError::ZeroDenominator`] where no weight was given; [`StatsError::Weights`] if the sums cannot come
    /// from one set of respondents.
    pub fn share(&self) -> Result<f64, StatsError> {
        self.check()?;
        Ok(real(self.sum_wx) / real(self.sum_w))
    }

    /// Kish's effective sample size `(sum w)^2 / sum w^2`: the simple random sample that is as precise, as far as
    /// unequal weights go (Kish 1965).
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
        let total = real(self.sum_w);
        // Rounding of the sums must not make a sample worth more than its respondents.
        Ok((total / real(self.sum_w2) * total).min(count_real(self.n)))
    }

    /// Kish's design effect `n sum w^2 / (sum w)^2`, which is at least 1.
    ///
    /// # Errors
    ///
    /// As for [`WeightedSums::share`].
    pub fn kish_deff(&self) -> Result<f64, StatsError> {
        Ok(count_real(self.n) / self.effective_n()?)
    }

    /// Refuses sums that no set of respondents can have.
    fn check(&self) -> Result<(), StatsError> {
        if self.n == 0 || self.sum_w == 0 {
            return Err(StatsError::ZeroDenominator);
        }
        if self.sum_wx > self.sum_w {
            return Err(StatsError::Weights("the weight of those counted is above the total weight"));
        }
        let square = real(self.sum_w) * real(self.sum_w);
        if square > count_real(self.n) * real(self.sum_w2) * (1.0 + ROUNDING) {
            return Err(StatsError::Weights("the sum of squares is below the square of the sum over n"));
        }
        if real(self.sum_w2) > square * (1.0 + ROUNDING) {
            return Err(StatsError::Weights("the sum of squares is above the square of the sum"));
        }
        Ok(())
    }
}

/// A weighted share, its interval and what that rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedShare {
    /// The share with its interval, from 0 to 1.
    pub estimate: Estimate,
    /// Respondents, unweighted: what suppression looks at.
    pub n: u64,
    /// Effective sample size that the interval used.
    pub n_eff: f64,
    /// The design effect that led to it: `n / n_eff`.
    pub design_effect: f64,
    /// Sampling units less strata where the interval is from the linearised variance; `None` otherwise. With few
    /// of them the effective sample size is itself uncertain and the interval is too narrow.
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
/// `design_effect` is a further divisor for what weights do not show, such as clustering, where the sampling units
/// are not in the data; 1 for none. `x = p n_eff` and `n = n_eff` go into [`wilson`](super::proportion::wilson).
///
/// # Errors
///
/// [`StatsError::ZeroDenominator`] where there is no weight; [`StatsError::Weights`] for sums that contradict each
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

/// The sums over the respondents of one primary sampling unit (PSU).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PsuSums {
    /// The stratum that the unit was drawn from.
    pub stratum: u64,
    /// Sum of weights, in units of 1e-9.
    pub sum_w: u128,
    /// Sum of the weights of those counted, in units of 1e-9.
    pub sum_wx: u128,
}

/// The variance of a weighted share under a stratified, clustered design.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DesignVariance {
    /// Variance of the share.
    pub variance: f64,
    /// That variance over the variance of a simple random sample of as many respondents. Where nothing varies (the
    /// share is 0 or 1, or every unit has the same share) this is Kish's design effect instead. Below 1 where
    /// stratification gains more than clustering loses.
    pub design_effect: f64,
    /// Respondents divided by the design effect.
    pub n_eff: f64,
    /// Primary sampling units.
    pub psus: u64,
    /// Strata.
    pub strata: u64,
    /// Strata with a single unit, which are centred on the mean of all (see [`linearised_variance`]).
    pub lone_strata: u64,
    /// Units less strata.
    pub degrees_of_freedom: u64,
}

/// The Taylor-linearised variance of a weighted share (Woodruff 1971), for units drawn with replacement in strata.
///
/// With `z = (sum_wx - p sum_w) / W` for each unit, `W` the total weight and `m` units in a stratum, the variance is the
/// sum over strata of `m / (m - 1)` times the squared distances of `z` from the stratum's mean. It is compared with
/// the simple random sample's `p (1 - p) / (n - 1)`, so equal weights with each respondent a unit give a design effect
/// of exactly 1. A stratum with a single unit has no variance of its own: its unit is taken from the mean of
/// all units, which is cautious, and is counted in `lone_strata`.
///
/// `psus` may come in any order: they are sorted, so the result has the same bits for each.
///
/// # Errors
///
/// [`StatsError::NoDegreesOfFreedom`] where there are as many strata as units; [`StatsError::Weights`] where the units
/// do not add up to `sums`; otherwise as for [`WeightedSums::share`].
///
/// ```
/// use peelian_core::stats::survey::{linearised_variance, PsuSums, WeightedSums};
///
/// // Four respondents of equal weight, each a unit of its own: a simple random sample.
/// let sums = WeightedSums { n: 4, sum_w: 4, sum_w2: 4, sum_wx: 1 };
/// let psus = [1, 0, 0, 0].map(|sum_wx| PsuSums { stratum: 1, sum_w: 1, sum_wx });
/// let design = linearised_variance(&sums, psus)?;
/// assert!((design.design_effect - 1.0).abs() < 1e-12);
/// assert_eq!(design.degrees_of_freedom, 3);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn linearised_variance(
    sums: &WeightedSums,
    psus: impl IntoIterator<Item = PsuSums>,
) -> Result<DesignVariance, StatsError> {
    let p = sums.share()?;
    let mut units: Vec<PsuSums> = psus.into_iter().collect();
    units.sort_unstable();
    check_units(sums, &units)?;
    let total = real(sums.sum_w);
    let residual = |unit: &PsuSums| (real(unit.sum_wx) - p * real(unit.sum_w)) / total;
    let (mut variance, mut strata, mut lone_strata) = (0.0, 0_u64, 0_u64);
    for stratum in units.chunk_by(|a, b| a.stratum == b.stratum) {
        strata += 1;
        lone_strata += u64::from(stratum.len() == 1);
        variance += stratum_variance(stratum, residual);
    }
    let psus = u64::try_from(units.len()).map_err(|_| StatsError::OutOfRange)?;
    let degrees_of_freedom = psus.saturating_sub(strata);
    if degrees_of_freedom == 0 {
        return Err(StatsError::NoDegreesOfFreedom { psus, strata });
    }
    let n = count_real(sums.n);
    let simple = p * (1.0 - p) / (n - 1.0);
    // Units that are all alike leave a variance of mere rounding, which must not pass for near certainty.
    let varies = simple > 0.0 && variance > simple * ROUNDING;
    let design_effect = if varies { variance / simple } else { sums.kish_deff()? };
    let n_eff = ordinary(n / design_effect)?;
    Ok(DesignVariance { variance, design_effect, n_eff, psus, strata, lone_strata, degrees_of_freedom })
}

/// `m / (m - 1)` times the sum of squares about the stratum's mean; a lone unit is squared as it stands, the mean of
/// all linearised values being zero.
fn stratum_variance(stratum: &[PsuSums], residual: impl Fn(&PsuSums) -> f64) -> f64 {
    let units = count_real(u64::try_from(stratum.len()).unwrap_or(u64::MAX));
    let lone = stratum.len() == 1;
    let mean = if lone { 0.0 } else { stratum.iter().map(&residual).sum::<f64>() / units };
    let squares: f64 = stratum
        .iter()
        .map(|unit| {
            let distance = residual(unit) - mean;
            distance * distance
        })
        .sum();
    if lone { squares } else { squares * units / (units - 1.0) }
}

fn check_units(sums: &WeightedSums, units: &[PsuSums]) -> Result<(), StatsError> {
    let (mut sum_w, mut sum_wx) = (0_u128, 0_u128);
    for unit in units {
        if unit.sum_wx > unit.sum_w {
            return Err(StatsError::Weights("a unit counts more weight than it has"));
        }
        sum_w = sum_w.checked_add(unit.sum_w).ok_or(StatsError::OutOfRange)?;
        sum_wx = sum_wx.checked_add(unit.sum_wx).ok_or(StatsError::OutOfRange)?;
    }
    if sum_w == sums.sum_w && sum_wx == sums.sum_wx {
        Ok(())
    } else {
        Err(StatsError::Weights("the sampling units do not add up to the total"))
    }
}

/// A weighted share with Wilson's interval on the effective sample size of [`linearised_variance`].
///
/// # Errors
///
/// As for [`linearised_variance`]; [`StatsError::Confidence`].
///
/// ```
/// use peelian_core::stats::survey::{weighted_wilson_design, PsuSums, WeightedSums};
///
/// let sums = WeightedSums { n: 40, sum_w: 40, sum_w2: 40, sum_wx: 22 };
/// let psus = [8, 3, 9, 2].map(|sum_wx| PsuSums { stratum: 1, sum_w: 10, sum_wx });
/// let share = weighted_wilson_design(&sums, psus, 0.95)?;
/// assert!(share.design_effect > 1.0);
/// assert_eq!(share.degrees_of_freedom, Some(3));
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn weighted_wilson_design(
    sums: &WeightedSums,
    psus: impl IntoIterator<Item = PsuSums>,
    confidence: f64,
) -> Result<WeightedShare, StatsError> {
    let design = linearised_variance(sums, psus)?;
    share_with(sums, design.n_eff, Some(design.degrees_of_freedom), confidence, Method::WeightedWilsonDesign)
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
        design_effect: count_real(sums.n) / n_eff,
        degrees_of_freedom,
    })
}

/// An exact sum as a floating point number, correctly rounded.
fn real(sum: u128) -> f64 {
    sum as f64
}

fn count_real(n: u64) -> f64 {
    n as f64
}
