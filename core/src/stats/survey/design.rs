//! Stratified and clustered samples: the variance of a share by Taylor linearisation.

use super::super::{Method, StatsError, ordinary};
use super::{ROUNDING, WeightedShare, WeightedSums, count_to_f64, share_with, sum_to_f64};

/// The sums over the respondents of one primary sampling unit (PSU).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PsuSums {
    /// The stratum that the unit was drawn from.
    pub stratum: u64,
    /// Sum of weights, in units of 1e-9.
    pub sum_w: u128,
    /// Sum of the weights of the respondents counted, in units of 1e-9.
    pub sum_wx: u128,
}

/// The variance of a weighted share under a stratified, clustered design.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DesignVariance {
    /// Variance of the share.
    pub variance: f64,
    /// The variance divided by the variance of a simple random sample of as many respondents. If nothing varies (the share is 0
    /// or 1, or every unit has the same share), Kish's design effect. Below 1 if stratification gains more precision than
    /// clustering loses.
    pub design_effect: f64,
    /// Respondents divided by the design effect.
    pub n_eff: f64,
    /// Primary sampling units.
    pub psus: u64,
    /// Strata.
    pub strata: u64,
    /// Strata with a single unit. They are centred on the mean of all units (see [`linearised_variance`]).
    pub lone_strata: u64,
    /// Units less strata.
    pub degrees_of_freedom: u64,
}

/// The Taylor-linearised variance of a weighted share (Woodruff 1971), for units drawn with replacement in strata.
///
/// With `z = (sum_wx - p sum_w) / W` for each unit, `W` the total weight and `m` units in a stratum, the variance is
/// the sum over strata of `m / (m - 1)` times the squared distances of `z` from the stratum's mean. It is compared
/// with the simple random sample's `p (1 - p) / (n - 1)`, so equal weights with each respondent a unit give a design
/// effect of exactly 1. A stratum with a single unit has no variance of its own: the distance of its unit is taken from the
/// mean of all units, which is conservative. Such strata are counted in `lone_strata`.
///
/// `psus` may be in any order: they are sorted, so the result has the same bits for every order.
///
/// # Errors
///
/// [`StatsError::NoDegreesOfFreedom`] if there are as many strata as units; [`StatsError::Weights`] if the units do not add up
/// to `sums`; otherwise as for [`WeightedSums::share`].
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
    let total = sum_to_f64(sums.sum_w);
    let residual = |unit: &PsuSums| (sum_to_f64(unit.sum_wx) - p * sum_to_f64(unit.sum_w)) / total;
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
    let n = count_to_f64(sums.n);
    let simple = p * (1.0 - p) / (n - 1.0);
    // If all units are alike, the variance is only rounding error, and must not be reported as high precision.
    let varies = simple > 0.0 && variance > simple * ROUNDING;
    let design_effect = if varies { variance / simple } else { sums.kish_deff()? };
    let n_eff = ordinary(n / design_effect)?;
    Ok(DesignVariance { variance, design_effect, n_eff, psus, strata, lone_strata, degrees_of_freedom })
}

/// `m / (m - 1)` times the sum of squares about the mean of the stratum. A single unit is squared without centring, because the
/// mean of all linearised values is zero.
fn stratum_variance(stratum: &[PsuSums], residual: impl Fn(&PsuSums) -> f64) -> f64 {
    let units = count_to_f64(u64::try_from(stratum.len()).unwrap_or(u64::MAX));
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
