//! Shares of many areas, drawn towards their mean: the spread of what is left is not that of chance.

use super::StatsError;
use super::error::denominator;
use super::proportion::Proportion;

/// The shares of areas, each drawn towards the mean of all by the part of its distance that chance explains.
///
/// Empirical Bayes estimates with a prior of the mean and the variance of the areas themselves: Marshall RJ (1991), Mapping disease
/// and mortality rates using empirical Bayes estimators, Appl Stat 40:283-294, with the binomial variance of a share in place of
/// the Poisson variance of a rate. With the mean `m` of all respondents, the mean number of respondents `N` and the variance
/// `s²` of the shares around `m`, weighted by respondents, the variance between areas is `A = s² - m (1 - m) / N`. The share `p`
/// of an area with `n` respondents becomes `m + (p - m) A / (A + m (1 - m) / n)`. If areas differ by no more than chance, all
/// have the mean.
///
/// The largest less the smallest of many unadjusted shares grows with their number and with the chance in each.
///
/// # Errors
///
/// [`StatsError::ZeroDenominator`] for no areas.
///
/// ```
/// use peelian_core::stats::proportion::Proportion;
/// use peelian_core::stats::shrinkage::towards_the_mean;
///
/// // 60% and 40% of 100: m = 0.5, s² = 0.01, A = 0.01 - 0.25/100 = 0.0075, and 0.0075 / (0.0075 + 0.0025) = 3/4 of each distance.
/// let areas = [Proportion::new(60.0, 100.0)?, Proportion::new(40.0, 100.0)?];
/// let found = towards_the_mean(&areas)?;
/// assert!((found[0] - 0.575).abs() < 1e-12 && (found[1] - 0.425).abs() < 1e-12);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn towards_the_mean(areas: &[Proportion]) -> Result<Vec<f64>, StatsError> {
    let sum = |of: fn(&Proportion) -> f64| areas.iter().map(of).sum::<f64>();
    let all = denominator("respondents", sum(Proportion::denominator))?;
    let mean = sum(Proportion::numerator) / all;
    let of_chance = mean * (1.0 - mean);
    let distance = |area: &Proportion| area.value() - mean;
    let squares = areas.iter().map(|area| area.denominator() * distance(area) * distance(area));
    let each = all / areas.len() as f64;
    let between = (squares.sum::<f64>() / all - of_chance / each).max(0.0);
    let kept = |area: &Proportion| {
        let variance = between + of_chance / area.denominator();
        if variance > 0.0 { between / variance } else { 0.0 }
    };
    Ok(areas.iter().map(|area| mean + distance(area) * kept(area)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(areas: &[(f64, f64)]) -> Vec<Proportion> {
        areas.iter().map(|(x, n)| Proportion::new(*x, *n).unwrap()).collect()
    }

    #[test]
    fn areas_that_differ_by_chance_have_the_mean() {
        // 52% and 48% of 100: s² = 0.0004 is less than 0.25/100.
        assert_eq!(towards_the_mean(&shares(&[(52.0, 100.0), (48.0, 100.0)])).unwrap(), [0.5, 0.5]);
        assert_eq!(towards_the_mean(&shares(&[(0.0, 10.0), (0.0, 20.0)])).unwrap(), [0.0, 0.0]);
    }

    #[test]
    fn an_area_with_few_respondents_is_drawn_further() {
        // m = (90 + 10 + 6) / 210, and the third area has a tenth of the respondents of the others.
        let found = towards_the_mean(&shares(&[(90.0, 100.0), (10.0, 100.0), (6.0, 10.0)])).unwrap();
        let (mean, n) = (106.0 / 210.0, 70.0);
        let squares = 100.0 * (0.9 - mean) * (0.9 - mean)
            + 100.0 * (0.1 - mean) * (0.1 - mean)
            + 10.0 * (0.6 - mean) * (0.6 - mean);
        let between = squares / 210.0 - mean * (1.0 - mean) / n;
        for (share, (own, n)) in found.iter().zip([(0.9, 100.0), (0.1, 100.0), (0.6, 10.0)]) {
            let kept = between / (between + mean * (1.0 - mean) / n);
            assert!((share - (mean + kept * (own - mean))).abs() < 1e-12, "{share}");
        }
        let drawn = |at: usize, own: f64| (found[at] - own) / (mean - own);
        assert!(drawn(2, 0.6) > 4.0 * drawn(0, 0.9));
    }

    #[test]
    fn no_area_has_no_mean() {
        assert_eq!(towards_the_mean(&[]), Err(StatsError::ZeroDenominator));
    }
}
