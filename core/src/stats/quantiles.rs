//! The quantile of each area among all areas.

use super::StatsError;

/// The end of the values at which quantile 1 lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum First {
    /// The lowest values are in quantile 1.
    Lowest,
    /// The highest values are in quantile 1.
    #[default]
    Highest,
}

/// The quantile, from 1 to `k`, of each value. A missing value (NaN) has none, and counts for none. If there are fewer values than
/// quantiles, no value has one.
///
/// A value of rank `r` among `N` is in quantile `k + 1 - ceil((N + 1 - r) k / N)`; equal values share the lowest of their ranks:
/// Office for Health Improvement and Disparities, technical guide on assigning deprivation categories. The formula is computed in
/// whole numbers, so no boundary depends on rounding.
///
/// # Errors
///
/// [`StatsError::NoQuantiles`] for `k` of zero; [`StatsError::NotFinite`] for a value that is infinite;
/// [`StatsError::OutOfRange`] where the values are too many to multiply.
///
/// ```
/// use peelian_core::stats::quantiles::{quantiles, First};
///
/// let found = quantiles(&[40.0, 10.0, f64::NAN, 30.0, 20.0], 2, First::Highest)?;
/// assert_eq!(found, [Some(1), Some(2), None, Some(1), Some(2)]);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn quantiles(values: &[f64], k: u32, first: First) -> Result<Vec<Option<u32>>, StatsError> {
    if k == 0 {
        return Err(StatsError::NoQuantiles);
    }
    if values.iter().any(|value| value.is_infinite()) {
        return Err(StatsError::NotFinite { what: "value" });
    }
    // Adding zero removes the sign of minus zero.
    let present = values.iter().enumerate().filter(|(_, value)| !value.is_nan());
    let mut ranked: Vec<(f64, usize)> = present.map(|(at, value)| (value + 0.0, at)).collect();
    ranked.sort_by(|(a, _), (b, _)| if first == First::Lowest { a.total_cmp(b) } else { b.total_cmp(a) });
    let (n, k) = (ranked.len() as u64, u64::from(k));
    let mut found = vec![None; values.len()];
    if n < k {
        return Ok(found);
    }
    // N + 1 - r for the lowest rank of the equal values.
    let mut rest = n;
    for equal in ranked.chunk_by(|(a, _), (b, _)| a.total_cmp(b).is_eq()) {
        let from_the_end = rest.checked_mul(k).ok_or(StatsError::OutOfRange)?.div_ceil(n);
        for (_, at) in equal {
            found[*at] = u32::try_from(k + 1 - from_the_end).ok();
        }
        rest -= equal.len() as u64;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deciles_of_ten_values_are_their_ranks() {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let up: Vec<_> = (1..=10).map(Some).collect();
        assert_eq!(quantiles(&values, 10, First::Lowest).unwrap(), up);
        assert_eq!(quantiles(&values, 10, First::Highest).unwrap(), up.into_iter().rev().collect::<Vec<_>>());
        assert_eq!(quantiles(&values[1..], 10, First::Lowest).unwrap(), [None; 9]);
    }

    /// 33 values and 10 deciles: the sizes are 3 or 4. `33 / 3.3` in floating point is not reliably 10.
    #[test]
    fn no_value_falls_out_of_the_first_or_the_last_quantile() {
        for n in 10..400_u32 {
            let values: Vec<f64> = (0..n).map(f64::from).collect();
            let found = quantiles(&values, 10, First::Lowest).unwrap();
            assert_eq!((found[0], found[values.len() - 1]), (Some(1), Some(10)), "{n}");
            for decile in 1..=10 {
                let size = found.iter().filter(|found| **found == Some(decile)).count();
                assert!(size == (n / 10) as usize || size == n.div_ceil(10) as usize, "{n} {decile} {size}");
            }
        }
    }

    #[test]
    fn equal_values_are_in_one_quantile() {
        let found = quantiles(&[1.0, 2.0, 2.0, 2.0, 0.0, -0.0], 3, First::Lowest).unwrap();
        assert_eq!(found, [2, 2, 2, 2, 1, 1].map(Some));
        assert_eq!(quantiles(&[1.0], 0, First::Lowest), Err(StatsError::NoQuantiles));
        assert_eq!(quantiles(&[f64::INFINITY], 1, First::Lowest), Err(StatsError::NotFinite { what: "value" }));
    }
}
