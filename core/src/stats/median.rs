//! The median of whole numbers, exactly, with limits by order statistics.

use std::collections::BTreeMap;

use super::error::finite;
use super::{Estimate, Interval, Method, StatsError, z};

/// Values below which a median has no interval: with five, not even the smallest and the largest enclose the median with
/// a confidence of 95%.
pub const LEAST_FOR_INTERVAL: u64 = 6;

/// How often each value occurs. Counts of different values add up, so a median is exact however the values were split.
pub type Frequencies = BTreeMap<i32, u64>;

/// The median of some values, and its limits: the values of two ranks that enclose the median with the confidence asked
/// for, whatever the distribution. With an even number of values the median lies in the middle of the two central ones.
///
/// The lower rank is the largest `l` for which fewer than `l` values lie below the median with a probability of at most
/// half of what the confidence leaves; the upper rank is as far from the other end. There is no interval for fewer than
/// [`LEAST_FOR_INTERVAL`] values.
///
/// Source: Conover WJ (1999), Practical Nonparametric Statistics, 3rd edition, section 3.2.
///
/// # Errors
///
/// [`StatsError::ZeroDenominator`] without values, [`StatsError::Confidence`] for a confidence that is not between 0 and
/// 1, [`StatsError::OutOfRange`] where the values are too many to count.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use peelian_core::stats::median::median;
///
/// // 1, 2, …, 10: ranks 2 and 9.
/// let days: BTreeMap<i32, u64> = (1..=10).map(|day| (day, 1)).collect();
/// let estimate = median(&days, 0.95)?;
/// let interval = estimate.interval.ok_or("ten values have an interval")?;
/// assert_eq!((estimate.value, interval.lower, interval.upper), (5.5, 2.0, 9.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn median(values: &Frequencies, confidence: f64) -> Result<Estimate, StatsError> {
    let n = values.values().try_fold(0_u64, |n, count| n.checked_add(*count)).ok_or(StatsError::OutOfRange)?;
    by_rank(n, |rank| at_rank(values, rank), confidence)
}

/// The [`median`] of values that need not be whole numbers.
///
/// # Errors
///
/// As for [`median`]; [`StatsError::NotFinite`] for a value that is infinite or not a number.
///
/// ```
/// use peelian_core::stats::median::median_of;
///
/// assert!((median_of(&[2.5, 0.5, 9.0], 0.95)?.value - 2.5).abs() < 1e-15);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn median_of(values: &[f64], confidence: f64) -> Result<Estimate, StatsError> {
    let mut sorted = values.iter().map(|value| finite("value", *value)).collect::<Result<Vec<f64>, _>>()?;
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |rank: u64| usize::try_from(rank - 1).ok().and_then(|at| sorted.get(at)).copied().unwrap_or(f64::NAN);
    by_rank(sorted.len() as u64, at, confidence)
}

/// The median of `n` values, of which `at` gives the one of a rank from 1.
fn by_rank(n: u64, at: impl Fn(u64) -> f64, confidence: f64) -> Result<Estimate, StatsError> {
    z(confidence)?;
    if n == 0 {
        return Err(StatsError::ZeroDenominator);
    }
    // Halves first: the sum of two large values could overflow.
    let value = at(n.div_ceil(2)) / 2.0 + at(n / 2 + 1) / 2.0;
    let limits = lower_rank(n, confidence).map(|rank| (at(rank), at(n + 1 - rank)));
    let interval = limits.map(|(lower, upper)| Interval::new(lower, upper, confidence, Method::OrderStatistics));
    Ok(match interval.transpose()? {
        Some(interval) => Estimate::with_interval(value, interval),
        None => Estimate { value, interval: None },
    })
}

/// The value of a rank, counted from 1.
fn at_rank(values: &Frequencies, rank: u64) -> f64 {
    let mut below = 0;
    let found = values.iter().find(|(_, count)| {
        below += **count;
        below >= rank
    });
    found.map_or(f64::NAN, |(value, _)| f64::from(*value))
}

/// The largest rank `l` with P(X < l) at most half of `1 - confidence`, where X is binomial with `n` trials and a
/// probability of one half. `None` where there is none.
fn lower_rank(n: u64, confidence: f64) -> Option<u64> {
    if n < LEAST_FOR_INTERVAL {
        return None;
    }
    let tail = (1.0 - confidence) / 2.0;
    // P(X < l) grows with l: halve the range in which the rank lies.
    let (mut enough, mut too_many) = (0, n / 2 + 1);
    while enough + 1 < too_many {
        let middle = enough + (too_many - enough) / 2;
        if below(n, middle) <= tail {
            enough = middle;
        } else {
            too_many = middle;
        }
    }
    (enough > 0).then_some(enough)
}

/// P(X < rank) for a binomial X with `n` trials and a probability of one half, and a rank of at least 1 and at most
/// `n / 2 + 1`.
fn below(n: u64, rank: u64) -> f64 {
    let (trials, highest) = (n as f64, (rank - 1) as f64);
    let log = libm::lgamma(trials + 1.0)
        - libm::lgamma(highest + 1.0)
        - libm::lgamma(trials - highest + 1.0)
        - trials * std::f64::consts::LN_2;
    let mut term = libm::exp(log);
    let mut sum = term;
    // Each term is smaller than the one before: those that change nothing are left out.
    let mut successes = highest;
    while successes > 0.0 && term > sum * f64::EPSILON {
        term *= successes / (trials - successes + 1.0);
        sum += term;
        successes -= 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ranks computed in the test vectors of the definitions: n = 10, 20 and 50.
    #[test]
    fn ranks_are_those_of_the_vectors() {
        let ranks = |n: u64| lower_rank(n, 0.95).map(|lower| (lower, n + 1 - lower));
        assert_eq!(ranks(10), Some((2, 9)));
        assert_eq!(ranks(20), Some((6, 15)));
        assert_eq!(ranks(50), Some((18, 33)));
        assert_eq!((ranks(5), ranks(6)), (None, Some((1, 6))));
    }

    /// The distribution is exact: all terms as whole numbers, for 60 trials.
    #[test]
    fn the_tail_is_that_of_the_binomial_distribution() {
        let mut term = 1_u64;
        let mut sum = 0_u64;
        for k in 0..30_u64 {
            sum += term;
            let exact = sum as f64 / 2_f64.powi(60);
            assert!((below(60, k + 1) / exact - 1.0).abs() < 1e-11, "{k}");
            term = u64::try_from(u128::from(term) * u128::from(60 - k) / u128::from(k + 1)).unwrap();
        }
    }

    #[test]
    fn ranks_of_many_values_are_those_of_the_normal_distribution() {
        for n in [100_000_u64, 10_000_000] {
            let lower = lower_rank(n, 0.95).unwrap() as f64;
            let normal = n as f64 / 2.0 - 1.959_963_984_540_054 * (n as f64).sqrt() / 2.0;
            assert!((lower - normal).abs() < 2.0, "{n}: {lower} {normal}");
        }
    }

    #[test]
    fn values_that_are_not_whole_have_the_ranks_of_whole_ones() {
        let whole = Frequencies::from([(3, 4), (1, 2), (9, 5)]);
        let halves = [1.5, 0.5, 4.5, 1.5, 4.5, 4.5, 0.5, 1.5, 4.5, 1.5, 4.5];
        let (whole, halves) = (median(&whole, 0.95).unwrap(), median_of(&halves, 0.95).unwrap());
        assert_eq!((halves.value * 2.0).to_bits(), whole.value.to_bits());
        assert_eq!(halves.interval.unwrap().scaled(2.0), Ok(whole.interval.unwrap()));
        assert_eq!(median_of(&[1.0, f64::INFINITY], 0.95), Err(StatsError::NotFinite { what: "value" }));
    }

    #[test]
    fn ties_and_even_numbers_are_exact() {
        let values = Frequencies::from([(0, 3), (28, 1), (40, 2)]);
        assert_eq!(median(&values, 0.95).unwrap().value.to_bits(), 14.0_f64.to_bits());
        assert_eq!(median(&Frequencies::from([(7, 1)]), 0.95).unwrap().value.to_bits(), 7.0_f64.to_bits());
        assert!(matches!(median(&Frequencies::new(), 0.95), Err(StatsError::ZeroDenominator)));
        assert!(median(&values, 1.0).is_err());
        assert!(median(&Frequencies::from([(1, u64::MAX), (2, 1)]), 0.95).is_err());
    }
}
