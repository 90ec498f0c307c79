//! The mean of values, with limits by Student's t distribution.

use super::error::finite;
use super::median::Frequencies;
use super::special::student_two_sided;
use super::{Estimate, Interval, Method, StatsError, centre, ordinary, z};

/// The arithmetic mean of some values, with the interval `mean -/+ t s / sqrt(n)`. `s` is the standard deviation with `n - 1` in
/// its denominator, and `t` the two-sided quantile of Student's distribution on `n - 1` degrees of freedom: Student (1908),
/// Biometrika 6:1-25. A single value has no interval.
///
/// The interval is exact for values of a normal distribution. For skew values, such as numbers of days, it holds for large `n`
/// only: the [median](super::median) describes them better.
///
/// The same values in another order give the same bits.
///
/// # Errors
///
/// [`StatsError::ZeroDenominator`] without values, [`StatsError::NotFinite`] for a value that is infinite or not a number,
/// [`StatsError::Confidence`], [`StatsError::OutOfRange`] if the sum overflows.
///
/// ```
/// use peelian_core::stats::{mean::mean, Method};
///
/// let found = mean(&[2.0, 4.0, 9.0], 0.95)?;
/// let interval = found.interval.ok_or("three values have an interval")?;
/// assert!((found.value - 5.0).abs() < 1e-15);
/// // s = sqrt(13), t = 4.302653 on 2 degrees of freedom.
/// assert!((interval.upper - 13.956_686).abs() < 1e-6);
/// assert_eq!(interval.method, Method::StudentT);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mean(values: &[f64], confidence: f64) -> Result<Estimate, StatsError> {
    z(confidence)?;
    let mut sorted = values.iter().map(|value| finite("value", *value)).collect::<Result<Vec<f64>, _>>()?;
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let value = centre(&sorted)?;
    if sorted.len() == 1 {
        return Ok(Estimate { value, interval: None });
    }
    let squares: f64 = sorted.iter().map(|found| (found - value) * (found - value)).sum();
    around(value, squares / (n - 1.0), n, confidence)
}

/// A mean of `n` values with their variance, and its limits.
fn around(value: f64, variance: f64, n: f64, confidence: f64) -> Result<Estimate, StatsError> {
    let width = student_two_sided(confidence, n - 1.0) * (variance / n).sqrt();
    let interval = Interval::new(ordinary(value - width)?, ordinary(value + width)?, confidence, Method::StudentT)?;
    Ok(Estimate::with_interval(value, interval))
}

/// The [`mean`] of whole numbers, which are given by how often each occurs. The sums are whole numbers, so they are exact.
///
/// # Errors
///
/// As for [`mean`].
///
/// ```
/// use std::collections::BTreeMap;
///
/// use peelian_core::stats::mean::mean_of;
///
/// let days = BTreeMap::from([(2, 1), (4, 1), (9, 1)]);
/// assert!((mean_of(&days, 0.95)?.value - 5.0).abs() < 1e-15);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn mean_of(values: &Frequencies, confidence: f64) -> Result<Estimate, StatsError> {
    z(confidence)?;
    let sums = values.iter().try_fold((0_i128, 0_i128, 0_i128), |(n, sum, squares), (value, count)| {
        let (value, count) = (i128::from(*value), i128::from(*count));
        let square = value.checked_mul(value)?.checked_mul(count)?;
        Some((n.checked_add(count)?, sum.checked_add(value.checked_mul(count)?)?, squares.checked_add(square)?))
    });
    let (n, sum, squares) = sums.ok_or(StatsError::OutOfRange)?;
    if n == 0 {
        return Err(StatsError::ZeroDenominator);
    }
    let value = sum as f64 / n as f64;
    if n == 1 {
        return Ok(Estimate { value, interval: None });
    }
    let spread = n.checked_mul(squares).zip(sum.checked_mul(sum)).ok_or(StatsError::OutOfRange)?;
    let n = n as f64;
    let variance = (spread.0 - spread.1) as f64 / n / (n - 1.0);
    around(value, variance, n, confidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_give_what_the_values_give() {
        let values = [3, 3, 3, 8, 8, 20, 41];
        let mut days = Frequencies::new();
        values.iter().for_each(|value| *days.entry(*value).or_default() += 1);
        let (each, counted) = (mean(&values.map(f64::from), 0.95).unwrap(), mean_of(&days, 0.95).unwrap());
        let (a, b) = (each.interval.unwrap(), counted.interval.unwrap());
        assert!((each.value - counted.value).abs() < 1e-12);
        assert!((a.lower - b.lower).abs() < 1e-12 && (a.upper - b.upper).abs() < 1e-12);
        assert_eq!(mean_of(&Frequencies::new(), 0.95), Err(StatsError::ZeroDenominator));
        assert_eq!(mean_of(&Frequencies::from([(7, 1)]), 0.95), Ok(Estimate { value: 7.0, interval: None }));
    }

    #[test]
    fn the_order_of_the_values_does_not_matter() {
        let values = [0.1, 1e9, 0.3, -7.7, 0.2, 1e-9];
        let mut turned = values;
        turned.reverse();
        assert_eq!(mean(&values, 0.95), mean(&turned, 0.95));
    }

    #[test]
    fn few_values_and_odd_ones() {
        assert_eq!(mean(&[3.5], 0.95), Ok(Estimate { value: 3.5, interval: None }));
        assert_eq!(mean(&[], 0.95), Err(StatsError::ZeroDenominator));
        assert_eq!(mean(&[1.0, f64::NAN], 0.95), Err(StatsError::NotFinite { what: "value" }));
        assert_eq!(mean(&[f64::MAX, -f64::MAX], 0.95), Err(StatsError::OutOfRange));
        let same = mean(&[0.1; 10], 0.95).unwrap().interval.unwrap();
        assert_eq!((same.lower.to_bits(), same.upper.to_bits()), (0.1_f64.to_bits(), 0.1_f64.to_bits()));
    }
}
