//! Whether a series rises or falls: the recent trend of public health statistics in England.
//!
//! A trend is called if two tests agree. The chi-squared statistic must exceed its 99.8% quantile on 1 degree of freedom. And the
//! slope must keep its sign if any single point is left out, so that no one period makes the trend.
//!
//! Only the latest [`POINTS`] points count, and they must be consecutive periods that do not overlap. Rolling windows overlap: take
//! every fourth quarter of a rolling year, for example.

use super::error::{finite, positive};
use super::proportion::Proportion;
use super::{StatsError, ordinary, z};

/// The number of periods of a trend.
pub const POINTS: usize = 5;

/// The confidence with which a trend is called.
pub const CONFIDENCE: f64 = 0.998;

/// Standard errors between the 95% limits of a value. The published method takes this rounded number, and its published results
/// depend on it.
const STANDARD_ERRORS: f64 = 3.92;

/// The direction of a trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The series rises.
    Increasing,
    /// The series falls.
    Decreasing,
    /// Neither can be said.
    NoSignificantChange,
}

impl Direction {
    /// Stable name, in lower case.
    ///
    /// ```
    /// use peelian_core::stats::trend::Direction;
    ///
    /// assert_eq!(Direction::NoSignificantChange.id(), "no_significant_change");
    /// ```
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Increasing => "increasing",
            Self::Decreasing => "decreasing",
            Self::NoSignificantChange => "no_significant_change",
        }
    }
}

/// The result of a test for a trend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// The direction that the two tests allow.
    pub direction: Direction,
    /// The slope for each period: in the unit of the value, or in log odds for shares.
    pub slope: f64,
    /// The chi-squared statistic, on 1 degree of freedom.
    pub chi_squared: f64,
}

/// A value of a series, with its 95% limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The number of the period, for example its year. Consecutive periods have consecutive numbers.
    pub period: i64,
    /// The value.
    pub value: f64,
    /// Its lower 95% limit.
    pub lower: f64,
    /// Its upper 95% limit.
    pub upper: f64,
}

/// The trend of shares: the chi-squared test for a linear trend in proportions (Armitage 1955, Biometrics 11:375-386).
///
/// With `t = 1..k`, `N = sum n` and `C = sum x`, the statistic is
/// `N (N sum(x t) - C sum(n t))^2 / (C (N - C) (N sum(n t^2) - sum(n t)^2))`. The slopes are of unweighted lines through the log
/// odds.
///
/// # Errors
///
/// [`StatsError::TooFewPoints`]; [`StatsError::NotConsecutive`]; [`StatsError::NoLogOdds`] for a share of 0 or 1 among the
/// latest points.
///
/// ```
/// use peelian_core::stats::{proportion::Proportion, trend::{of_shares, Direction}};
///
/// let series = [(994.0, 40_299.0), (1_023.0, 41_527.0), (1_199.0, 42_811.0), (1_332.0, 44_064.0), (1_367.0, 44_701.0)];
/// let mut points = Vec::new();
/// for (year, (x, n)) in (2014..).zip(series) {
///     points.push((year, Proportion::new(x, n)?));
/// }
/// let trend = of_shares(&points)?;
/// assert_eq!(trend.direction, Direction::Increasing);
/// assert!((trend.chi_squared - 47.90).abs() < 0.005);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn of_shares(points: &[(i64, Proportion)]) -> Result<Trend, StatsError> {
    let latest = latest(points, |(period, _)| *period)?;
    let mut line = Vec::with_capacity(POINTS);
    for (t, (period, share)) in times().zip(latest) {
        let (x, rest) = (share.numerator(), share.denominator() - share.numerator());
        if x <= 0.0 || rest <= 0.0 {
            return Err(StatsError::NoLogOdds(*period));
        }
        line.push(Weighted { t, y: libm::log(x / rest), weight: 1.0 });
    }
    let shares = || times().zip(latest).map(|(t, (_, share))| (t, share.numerator(), share.denominator()));
    let total = shares().map(|(_, _, n)| n).sum::<f64>();
    let counted = shares().map(|(_, x, _)| x).sum::<f64>();
    // Distances from the mean time keep digits that the difference of the sums would lose.
    let mean = shares().map(|(t, _, n)| n * t).sum::<f64>() / total;
    let covariance = shares().map(|(t, x, _)| x * (t - mean)).sum::<f64>();
    let spread = shares().map(|(t, _, n)| n * (t - mean) * (t - mean)).sum::<f64>();
    let chi_squared = covariance / counted * covariance / spread / (total - counted) * total * total;
    called(&line, ordinary(chi_squared)?)
}

/// The trend of values with 95% limits: the slope of the weighted least squares line, with the weight `1 / SE^2` and the standard
/// error `SE = (upper - lower) / 3.92`. The statistic is the squared slope divided by its variance.
///
/// # Errors
///
/// [`StatsError::TooFewPoints`]; [`StatsError::NotConsecutive`]; [`StatsError::NoVariance`] for limits that are equal;
/// [`StatsError::NotFinite`], or [`StatsError::OutOfRange`] for limits that are no interval around the value.
///
/// ```
/// use peelian_core::stats::trend::{of_values, Direction, Point};
///
/// let series = [(24.67, 23.16, 26.25), (24.6, 23.15, 26.19), (28.0, 26.44, 29.64), (30.2, 28.63, 31.9), (30.6, 28.98, 32.25)];
/// let points: Vec<Point> =
///     (2014..).zip(series).map(|(period, (value, lower, upper))| Point { period, value, lower, upper }).collect();
/// let trend = of_values(&points)?;
/// assert_eq!(trend.direction, Direction::Increasing);
/// assert!((trend.chi_squared - 46.77).abs() < 0.005);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn of_values(points: &[Point]) -> Result<Trend, StatsError> {
    let latest = latest(points, |point| point.period)?;
    let mut line = Vec::with_capacity(POINTS);
    for (t, point) in times().zip(latest) {
        let (value, lower, upper) =
            (finite("value", point.value)?, finite("lower", point.lower)?, finite("upper", point.upper)?);
        if lower > value || value > upper {
            return Err(StatsError::OutOfRange);
        }
        let error = (upper - lower) / STANDARD_ERRORS;
        let weight = positive("weight", 1.0 / (error * error)).map_err(|_| StatsError::NoVariance(point.period))?;
        line.push(Weighted { t, y: value, weight });
    }
    let (slope, spread) = fit(line.iter());
    called(&line, ordinary(slope * slope * spread)?)
}

/// The numbers 1, 2, ... of the periods.
fn times() -> impl Iterator<Item = f64> {
    (1..).map(f64::from)
}

/// The latest points, if they are consecutive.
fn latest<P>(points: &[P], period: impl Fn(&P) -> i64) -> Result<&[P], StatsError> {
    let too_few = StatsError::TooFewPoints { found: points.len(), least: POINTS };
    let latest = points.len().checked_sub(POINTS).and_then(|first| points.get(first..)).ok_or(too_few)?;
    for (before, after) in latest.iter().zip(latest.iter().skip(1)) {
        if period(before).checked_add(1) != Some(period(after)) {
            return Err(StatsError::NotConsecutive(period(after)));
        }
    }
    Ok(latest)
}

/// A point of a line.
#[derive(Clone, Copy)]
struct Weighted {
    t: f64,
    y: f64,
    weight: f64,
}

/// The slope of the weighted least squares line, and the weighted sum of squared distances of the times, which is 1 over the
/// variance of the slope.
fn fit<'p>(points: impl Iterator<Item = &'p Weighted> + Clone) -> (f64, f64) {
    let total = |of: fn(&Weighted) -> f64| points.clone().map(of).sum::<f64>();
    let weight = total(|point| point.weight);
    let t = total(|point| point.weight * point.t) / weight;
    let y = total(|point| point.weight * point.y) / weight;
    let spread: f64 = points.clone().map(|point| point.weight * (point.t - t) * (point.t - t)).sum();
    let covariance: f64 = points.map(|point| point.weight * (point.t - t) * (point.y - y)).sum();
    (covariance / spread, spread)
}

/// The trend that both tests allow.
fn called(line: &[Weighted], chi_squared: f64) -> Result<Trend, StatsError> {
    let (slope, _) = fit(line.iter());
    let deviate = z(CONFIDENCE)?;
    let agrees = |left_out: usize| {
        let rest = line.iter().enumerate().filter(move |(at, _)| *at != left_out).map(|(_, point)| point);
        fit(rest).0 * slope > 0.0
    };
    let clear = chi_squared > deviate * deviate && (0..line.len()).all(agrees);
    let direction = match (clear, slope > 0.0) {
        (false, _) => Direction::NoSignificantChange,
        (true, true) => Direction::Increasing,
        (true, false) => Direction::Decreasing,
    };
    Ok(Trend { direction, slope: ordinary(slope)?, chi_squared })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(numbers: &[(f64, f64)]) -> Vec<(i64, Proportion)> {
        (2010..).zip(numbers).map(|(year, (x, n))| (year, Proportion::new(*x, *n).unwrap())).collect()
    }

    /// Series 2 of the published example: the limits overlap widely, and nothing is called.
    #[test]
    fn no_trend_is_called_in_the_published_example() {
        let found = of_shares(&shares(&[
            (209.0, 1017.0),
            (213.0, 1087.0),
            (213.0, 1119.0),
            (239.0, 1117.0),
            (210.0, 1139.0),
        ]));
        assert_eq!(found.unwrap().direction, Direction::NoSignificantChange);
    }

    /// Only the last point differs: the statistic is large, and without that point there is no slope.
    #[test]
    fn one_period_makes_no_trend() {
        let found = of_shares(&shares(&[(1e3, 1e4), (1e3, 1e4), (1e3, 1e4), (1e3, 1e4), (2e3, 1e4)])).unwrap();
        assert!(found.chi_squared > 100.0 && found.slope > 0.0);
        assert_eq!(found.direction, Direction::NoSignificantChange);
    }

    #[test]
    fn earlier_points_do_not_count_and_a_fall_is_a_fall() {
        let falling =
            [(9_000.0, 1e4), (5_000.0, 1e4), (4_000.0, 1e4), (3_000.0, 1e4), (2_000.0, 1e4), (1_000.0, 1e4)];
        let found = of_shares(&shares(&falling)).unwrap();
        assert_eq!(found, of_shares(&shares(&falling)[1..]).unwrap());
        assert_eq!(found.direction, Direction::Decreasing);
    }

    #[test]
    fn what_cannot_be_calculated_says_why() {
        let five = [(5.0, 10.0); 5];
        let mut points = shares(&five);
        assert_eq!(of_shares(&points[1..]), Err(StatsError::TooFewPoints { found: 4, least: 5 }));
        points[4].0 += 1;
        assert_eq!(of_shares(&points), Err(StatsError::NotConsecutive(2015)));
        for x in [0.0, 10.0] {
            let mut edge = five;
            edge[2].0 = x;
            assert_eq!(of_shares(&shares(&edge)), Err(StatsError::NoLogOdds(2012)));
        }
        let flat = |period| Point { period, value: 1.0, lower: 1.0, upper: 1.0 };
        assert_eq!(of_values(&[1, 2, 3, 4, 5].map(flat)), Err(StatsError::NoVariance(1)));
        let turned = |period| Point { period, value: 1.0, lower: 2.0, upper: 3.0 };
        assert_eq!(of_values(&[1, 2, 3, 4, 5].map(turned)), Err(StatsError::OutOfRange));
    }
}
