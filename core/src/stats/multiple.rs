//! Several comparisons at once: the p-value of a gap and Holm's adjustment.
//!
//! If each of `k` groups is compared with the rest ([`WeightedSums::without`](super::survey::WeightedSums::without)) or with a
//! named reference, one gap in twenty appears clear by chance. Adjust the p-values of all gaps together, and call a gap clear
//! only if its adjusted p-value is below `1 - confidence`.

use std::f64::consts::FRAC_1_SQRT_2;

use super::StatsError;
use super::boundary::boundary;
use super::error::finite;
use super::proportion::{Proportion, score_lower, score_upper};

/// Beyond this deviate the p-value is below the smallest floating point number.
const LARGEST_DEVIATE: f64 = 38.0;

/// The two-sided p-value of the gap `first - second`: 1 less the highest confidence at which the interval of
/// [`newcombe_10`](super::difference::newcombe_10) leaves out "no difference".
///
/// It agrees with the interval by construction: it is below 0.05 exactly if the 95% interval leaves out 0. Equal
/// proportions have a p-value of 1.
///
/// ```
/// use peelian_core::stats::{multiple::gap_p_value, proportion::Proportion};
///
/// let p = gap_p_value(Proportion::new(750.0, 1000.0)?, Proportion::new(660.0, 1000.0)?);
/// assert!(p < 0.0001);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
#[must_use]
pub fn gap_p_value(first: Proportion, second: Proportion) -> f64 {
    let (high, low) = if first.value() < second.value() { (second, first) } else { (first, second) };
    let deviate = boundary(LARGEST_DEVIATE, 0.0, |deviate| lower_limit(high, low, deviate) > 0.0);
    libm::erfc(deviate * FRAC_1_SQRT_2)
}

/// The lower limit of `high - low` at the normal deviate `z`.
pub(super) fn lower_limit(high: Proportion, low: Proportion, z: f64) -> f64 {
    let down = high.value() - score_lower(high.numerator(), high.denominator(), z);
    let up = score_upper(low.numerator(), low.denominator(), z) - low.value();
    high.value() - low.value() - (down * down + up * up).sqrt()
}

/// Holm's step-down adjustment of p-values (Holm 1979, Scandinavian Journal of Statistics 6:65-70), in the order
/// given.
///
/// The smallest of `k` is multiplied by `k`, the next by `k - 1` and so on, none below the one before it nor above 1.
/// A comparison of each with 0.05 limits the probability of any false alarm among them to 5%, for any dependence between them.
///
/// # Errors
///
/// A [`StatsError`] for a p-value that is not a number from 0 to 1.
///
/// ```
/// use peelian_core::stats::multiple::holm;
///
/// let adjusted = holm(&[0.04, 0.01, 0.03])?;
/// for (found, expected) in adjusted.into_iter().zip([0.06, 0.03, 0.06]) {
///     assert!((found - expected).abs() < 1e-15);
/// }
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    let mut ranked = Vec::with_capacity(p_values.len());
    for (index, p) in p_values.iter().enumerate() {
        let p = finite("p-value", *p)?;
        if p < 0.0 {
            return Err(StatsError::Negative { what: "p-value", value: p });
        }
        if p > 1.0 {
            return Err(StatsError::TooLarge { what: "p-value", value: p });
        }
        ranked.push((p, index));
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut highest: f64 = 0.0;
    for (rank, (p, index)) in ranked.iter().enumerate() {
        let remaining = p_values.len() - rank;
        highest = highest.max(p * remaining as f64).min(1.0);
        adjusted[*index] = highest;
    }
    Ok(adjusted)
}
