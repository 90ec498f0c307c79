//! Funnel plots: control limits around a baseline, and the areas outside the limits (Spiegelhalter 2005).
//!
//! Two published definitions of the limits of a proportion disagree for small areas. The one here is
//! `P0 -/+ z sqrt(P0 (1 - P0) / n)`: an area is outside these limits exactly if its own Wilson interval excludes the baseline.
//! The other definition is the Wilson interval of the baseline itself. Limits are clamped to the possible values (0 to
//! `multiplier` for a proportion); the test is not.

use super::count::{CountRule, count_interval, exact_poisson};
use super::error::{count, denominator, positive};
use super::proportion::Proportion;
use super::{Interval, Method, StatsError, ordinary, z};

/// The inner pair of limits: about two standard deviations.
pub const WARNING: f64 = 0.95;

/// The outer pair of limits: about three standard deviations.
pub const CONTROL: f64 = 0.998;

/// The position of an area. The bands of [`label`](Significance::label) are the probabilities of each single tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Significance {
    /// Below the 99.8% limits.
    LowControl,
    /// Below the 95% limits but not the 99.8% ones.
    LowWarning,
    /// Within the 95% limits.
    NotSignificant,
    /// Above the 95% limits but not the 99.8% ones.
    HighWarning,
    /// Above the 99.8% limits.
    HighControl,
}

impl Significance {
    /// The name used in public health tables in England.
    ///
    /// ```
    /// use peelian_core::stats::funnel::Significance;
    ///
    /// assert_eq!(Significance::LowControl.label(), "Low (0.001)");
    /// assert_eq!(Significance::HighWarning.label(), "High (0.025)");
    /// ```
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Significance::LowControl => "Low (0.001)",
            Significance::LowWarning => "Low (0.025)",
            Significance::NotSignificant => "Not significant",
            Significance::HighWarning => "High (0.025)",
            Significance::HighControl => "High (0.001)",
        }
    }
}

/// Limits of a proportion for an area of `n` subjects: `baseline -/+ z sqrt(baseline (1 - baseline) / n)`, times
/// `multiplier` (1, or 100 for percentages) and clamped to `0..=multiplier`.
///
/// `baseline` is a proportion from 0 to 1, for every multiplier.
///
/// # Errors
///
/// [`StatsError::ZeroDenominator`] for an empty area; [`StatsError::NumeratorAboveDenominator`] for a baseline above
/// 1; a [`StatsError`] for inputs that are negative or not finite, a multiplier that is not positive, or a
/// confidence outside 0 to 1.
///
/// ```
/// use peelian_core::stats::funnel::{proportion_limits, CONTROL};
///
/// let limits = proportion_limits(0.80642448, 30.0, 100.0, CONTROL)?;
/// assert!((limits.lower - 58.351036).abs() < 2e-6);
/// assert!(limits.upper >= 100.0 && limits.upper <= 100.0);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn proportion_limits(baseline: f64, n: f64, multiplier: f64, confidence: f64) -> Result<Interval, StatsError> {
    dispersed_proportion_limits(baseline, n, multiplier, confidence, 1.0)
}

/// As [`proportion_limits`], times the root of `dispersion` as wide around the baseline: see [`over_dispersion`].
///
/// # Errors
///
/// As for [`proportion_limits`]; [`StatsError::NotPositive`] for the dispersion.
///
/// ```
/// use peelian_core::stats::funnel::{dispersed_proportion_limits, WARNING};
///
/// let plain = dispersed_proportion_limits(0.5, 100.0, 1.0, WARNING, 1.0)?;
/// let wide = dispersed_proportion_limits(0.5, 100.0, 1.0, WARNING, 4.0)?;
/// assert!((wide.upper - 0.5 - 2.0 * (plain.upper - 0.5)).abs() < 1e-12);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn dispersed_proportion_limits(
    baseline: f64,
    n: f64,
    multiplier: f64,
    confidence: f64,
    dispersion: f64,
) -> Result<Interval, StatsError> {
    let multiplier = positive("multiplier", multiplier)?;
    let (lower, upper) = proportion_range(baseline, n, confidence, dispersion)?;
    let lower = lower.max(0.0) * multiplier;
    let upper = upper.min(1.0) * multiplier;
    Interval::new(lower, ordinary(upper)?, confidence, Method::FunnelProportion)
}

/// The limits before they are clamped and scaled.
fn proportion_range(baseline: f64, n: f64, confidence: f64, dispersion: f64) -> Result<(f64, f64), StatsError> {
    let baseline = count("baseline", baseline)?;
    if baseline > 1.0 {
        return Err(StatsError::NumeratorAboveDenominator { numerator: baseline, denominator: 1.0 });
    }
    let n = denominator("denominator", count("denominator", n)?)?;
    let width = z(confidence)? * (baseline * (1.0 - baseline) / n * positive("dispersion", dispersion)?).sqrt();
    Ok((baseline - width, baseline + width))
}

/// The position of the proportion of an area against the 99.8% limits and then the 95% limits around `baseline` (0 to 1).
///
/// A value on a limit is within it.
///
/// # Errors
///
/// As for [`proportion_limits`].
///
/// ```
/// use peelian_core::stats::{funnel::{proportion_significance, Significance}, proportion::Proportion};
///
/// let area = Proportion::new(18365.4621, 29277.0)?;
/// assert_eq!(proportion_significance(area, 0.80642448)?, Significance::LowControl);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn proportion_significance(area: Proportion, baseline: f64) -> Result<Significance, StatsError> {
    dispersed_proportion_significance(area, baseline, 1.0)
}

/// As [`proportion_significance`], against the limits of [`dispersed_proportion_limits`].
///
/// # Errors
///
/// As for [`dispersed_proportion_limits`].
pub fn dispersed_proportion_significance(
    area: Proportion,
    baseline: f64,
    dispersion: f64,
) -> Result<Significance, StatsError> {
    significance(|confidence| {
        let (lower, upper) = proportion_range(baseline, area.denominator(), confidence, dispersion)?;
        Ok(side(area.value(), lower, upper))
    })
}

/// The dispersion of areas around a baseline: the mean square of their standardised distances
/// `(p - baseline) / sqrt(baseline (1 - baseline) / n)`, and at least 1. Above 1, areas differ by more than chance within areas
/// explains, and limits without it call too many areas outliers (Spiegelhalter 2005, section 4.1, multiplicative approach).
///
/// `winsorised` is the share of areas at each end, below one half, whose distances are replaced by the nearest remaining one, so that
/// outliers do not hide themselves; 0.1 in the source. The result does not depend on the order of the areas.
///
/// # Errors
///
/// [`StatsError::ZeroDenominator`] without areas, or for a baseline of 0 or 1, where nothing varies; [`StatsError::OutOfRange`] for
/// a share that is negative, or one half or more; a [`StatsError`] for a baseline that is no proportion.
///
/// ```
/// use peelian_core::stats::{funnel::over_dispersion, proportion::Proportion};
///
/// // Distances of -2 and 2 standard errors (of 0.05).
/// let areas = [Proportion::new(40.0, 100.0)?, Proportion::new(60.0, 100.0)?];
/// assert!((over_dispersion(&areas, 0.5, 0.0)? - 4.0).abs() < 1e-12);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn over_dispersion(areas: &[Proportion], baseline: f64, winsorised: f64) -> Result<f64, StatsError> {
    if !(0.0..0.5).contains(&winsorised) {
        return Err(StatsError::OutOfRange);
    }
    let baseline = Proportion::new(baseline, 1.0)?.value();
    let variance = baseline * (1.0 - baseline);
    if variance <= 0.0 || areas.is_empty() {
        return Err(StatsError::ZeroDenominator);
    }
    let distance = |area: &Proportion| (area.value() - baseline) / (variance / area.denominator()).sqrt();
    let mut distances: Vec<f64> = areas.iter().map(distance).collect();
    distances.sort_unstable_by(f64::total_cmp);
    let replaced = replaced(distances.len(), winsorised);
    let (low, high) = (distances[replaced], distances[distances.len() - 1 - replaced]);
    let squares: f64 = distances.iter().map(|distance| distance.clamp(low, high)).map(|kept| kept * kept).sum();
    Ok(ordinary(squares / areas.len() as f64)?.max(1.0))
}

/// How many areas at each end are replaced: the whole part of a share of them that is below one half.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the share lies between 0 and one half, so the result lies between 0 and half the number of areas"
)]
fn replaced(areas: usize, share: f64) -> usize {
    // Rounding must not replace more than half.
    ((areas as f64 * share).floor() as usize).min(areas.saturating_sub(1) / 2)
}

/// The limits of a ratio or rate for an area with a given number of events.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventLimits {
    /// The limits of the ratio or rate.
    pub limits: Interval,
    /// The expected count at which the area would lie on the lower limit (the exact upper Poisson limit).
    pub expected_at_lower: f64,
    /// The expected count at which the area would lie on the upper limit (the exact lower Poisson limit).
    pub expected_at_upper: f64,
}

/// Limits of an indirectly standardised ratio for an area with `observed` events on the horizontal axis:
/// `observed / E` for the expected counts `E` that make `observed` just significant, times `multiplier` (1, or 100).
///
/// The relative excess over the expected count is the limit for multiplier 1, less 1.
///
/// # Errors
///
/// [`StatsError::ZeroCount`] for no event, because there is no upper limit; a [`StatsError`] for a count that is
/// negative, not finite or above [`EXACT_COUNT_LIMIT`](super::EXACT_COUNT_LIMIT), a multiplier that is not positive,
/// or a confidence outside 0 to 1.
///
/// ```
/// use peelian_core::stats::funnel::{ratio_limits, WARNING};
///
/// let at = ratio_limits(11.0, 100.0, WARNING)?;
/// assert!((at.limits.lower - 55.8885).abs() < 1e-3);
/// assert!((at.limits.upper - 200.3220).abs() < 1e-3);
/// assert!((at.expected_at_lower - 19.68204).abs() < 1e-4);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn ratio_limits(observed: f64, multiplier: f64, confidence: f64) -> Result<EventLimits, StatsError> {
    event_limits(observed, multiplier, confidence, Method::FunnelRatio)
}

/// Limits of a rate for an area with `events` events on the horizontal axis: `events * baseline / E`.
///
/// `baseline` is the average rate, in the unit of the limits (for example for each 100,000 person-years). The
/// exposure at which the area would lie on a limit is `events / limit` of that unit.
///
/// # Errors
///
/// As for [`ratio_limits`], with `baseline` for the multiplier.
///
/// ```
/// use peelian_core::stats::funnel::{rate_limits, WARNING};
///
/// let at = rate_limits(34.0, 116.1720835, WARNING)?;
/// assert!((at.limits.lower - 83.13446945).abs() < 2e-4);
/// assert!((at.limits.upper - 167.7504405).abs() < 2e-3);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn rate_limits(events: f64, baseline: f64, confidence: f64) -> Result<EventLimits, StatsError> {
    event_limits(events, baseline, confidence, Method::FunnelRate)
}

fn event_limits(observed: f64, centre: f64, confidence: f64, method: Method) -> Result<EventLimits, StatsError> {
    let centre = positive("centre", centre)?;
    let exact = exact_poisson(observed, confidence)?;
    if observed <= 0.0 {
        return Err(StatsError::ZeroCount(method));
    }
    let lower = observed / exact.upper * centre;
    let upper = ordinary(observed / exact.lower * centre)?;
    Ok(EventLimits {
        limits: Interval::new(lower, upper, confidence, method)?,
        expected_at_lower: exact.upper,
        expected_at_upper: exact.lower,
    })
}

/// The position of an indirectly standardised ratio: whether 1 is outside the limits of `observed / expected`, at 99.8% and
/// then at 95%. The limits are exact below 10 events, and Byar's from there on.
///
/// # Errors
///
/// [`StatsError::ZeroDenominator`] for an expected count of zero; otherwise as for
/// [`count_interval`].
///
/// ```
/// use peelian_core::stats::funnel::{ratio_significance, Significance};
///
/// assert_eq!(ratio_significance(150.0, 100.0)?, Significance::HighControl);
/// assert_eq!(ratio_significance(78.0, 100.0)?, Significance::LowWarning);
/// assert_eq!(ratio_significance(103.0, 100.0)?, Significance::NotSignificant);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn ratio_significance(observed: f64, expected: f64) -> Result<Significance, StatsError> {
    let expected = denominator("expected", expected)?;
    significance(|confidence| {
        let limits = count_interval(observed, confidence, CountRule::ExactBelowTen)?;
        // The count is high if its whole interval is above the expected count.
        Ok(match side(expected, limits.lower, limits.upper) {
            Side::Below => Side::Above,
            Side::Within => Side::Within,
            Side::Above => Side::Below,
        })
    })
}

/// The position of a rate of `events` in `exposure` against the average rate `baseline` (for each `multiplier`).
///
/// # Errors
///
/// As for [`ratio_significance`]; a [`StatsError`] for a multiplier that is not positive.
///
/// ```
/// use peelian_core::stats::funnel::{rate_significance, Significance};
///
/// assert_eq!(rate_significance(50.0, 20_000.0, 120.0, 100_000.0)?, Significance::HighControl);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn rate_significance(
    events: f64,
    exposure: f64,
    baseline: f64,
    multiplier: f64,
) -> Result<Significance, StatsError> {
    let exposure = denominator("exposure", exposure)?;
    let baseline = denominator("baseline", baseline)?;
    let multiplier = positive("multiplier", multiplier)?;
    ratio_significance(events, ordinary(exposure / multiplier * baseline)?)
}

/// The side of a pair of limits on which a value lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    Within,
    Above,
}

fn side(value: f64, lower: f64, upper: f64) -> Side {
    if value < lower {
        Side::Below
    } else if value > upper {
        Side::Above
    } else {
        Side::Within
    }
}

/// Tries the outer limits, then the inner ones.
fn significance(at: impl Fn(f64) -> Result<Side, StatsError>) -> Result<Significance, StatsError> {
    Ok(match (at(CONTROL)?, at(WARNING)?) {
        (Side::Below, _) => Significance::LowControl,
        (Side::Above, _) => Significance::HighControl,
        (Side::Within, Side::Below) => Significance::LowWarning,
        (Side::Within, Side::Above) => Significance::HighWarning,
        (Side::Within, Side::Within) => Significance::NotSignificant,
    })
}
