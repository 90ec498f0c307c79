//! Ratios of two rates and of two proportions.

use std::f64::consts::FRAC_1_SQRT_2;

use super::boundary::boundary;
use super::count::BYAR_FROM;
use super::error::{count, denominator, exact_count};
use super::proportion::Proportion;
use super::special::{Tail, beta_quantile_logit};
use super::{Estimate, Interval, Method, StatsError, ordinary, z};

/// A number of events and their exposure (residents, person-years, days).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventRate {
    events: f64,
    exposure: f64,
}

impl EventRate {
    /// `events` in `exposure`. For a ratio of two counts of equally long periods give both the exposure 1.
    ///
    /// # Errors
    ///
    /// [`StatsError::ZeroDenominator`] for no exposure; a [`StatsError`] if either is negative, not finite or too
    /// large.
    ///
    /// ```
    /// use peelian_core::stats::ratio::EventRate;
    ///
    /// assert!((EventRate::new(2500.0, 400_000.0)?.value() - 0.00625).abs() < 1e-15);
    /// # Ok::<(), peelian_core::stats::StatsError>(())
    /// ```
    pub fn new(events: f64, exposure: f64) -> Result<Self, StatsError> {
        let events = count("events", events)?;
        let exposure = denominator("exposure", count("exposure", exposure)?)?;
        Ok(Self { events, exposure })
    }

    /// The number of events.
    #[must_use]
    pub fn events(&self) -> f64 {
        self.events
    }

    /// The exposure, which is above zero.
    #[must_use]
    pub fn exposure(&self) -> f64 {
        self.exposure
    }

    /// Events for each unit of exposure.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.events / self.exposure
    }
}

/// `first / second` with a method chosen by the counts: exact if either has fewer than 10 events, otherwise log-Wald. The
/// interval has the method.
///
/// # Errors
///
/// As for [`exact_conditional`] and [`log_wald`].
///
/// ```
/// use peelian_core::stats::ratio::{rate_ratio, EventRate};
/// use peelian_core::stats::Method;
///
/// let ratio = rate_ratio(EventRate::new(2500.0, 400_000.0)?, EventRate::new(1500.0, 600_000.0)?, 0.95)?;
/// let interval = ratio.interval.expect("both counts are above zero");
/// assert_eq!(interval.method, Method::LogWald);
/// assert!((interval.lower - 2.344984).abs() < 1e-6);
/// assert!((interval.upper - 2.665263).abs() < 1e-6);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn rate_ratio(first: EventRate, second: EventRate, confidence: f64) -> Result<Estimate, StatsError> {
    if first.events < BYAR_FROM || second.events < BYAR_FROM {
        exact_conditional(first, second, confidence)
    } else {
        log_wald(first, second, confidence)
    }
}

/// The two-sided p-value of the ratio of two rates: 1 less the highest confidence at which [`rate_ratio`] leaves out a ratio of 1.
///
/// With fewer than 10 events in either, the first events are binomial among all events, and the smaller tail is doubled, as
/// the exact limits do. Otherwise the logarithm of the ratio is normal.
///
/// # Errors
///
/// As for [`rate_ratio`]; [`StatsError::BothCountsZero`] if neither has an event.
///
/// ```
/// use peelian_core::stats::ratio::{EventRate, rate_p_value};
///
/// // R: binom.test(2, 11)$p.value
/// let p = rate_p_value(EventRate::new(2.0, 1.0)?, EventRate::new(9.0, 1.0)?)?;
/// assert!((p - 0.065429688).abs() < 1e-8);
/// // ln(150 / 100) / sqrt(1 / 150 + 1 / 100) is 3.140719.
/// let p = rate_p_value(EventRate::new(150.0, 1.0)?, EventRate::new(100.0, 1.0)?)?;
/// assert!((p - 0.001685335).abs() < 1e-9);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn rate_p_value(first: EventRate, second: EventRate) -> Result<f64, StatsError> {
    if first.events + second.events <= 0.0 {
        return Err(StatsError::BothCountsZero);
    }
    if first.events >= BYAR_FROM && second.events >= BYAR_FROM {
        let deviate = libm::log(first.value() / second.value()).abs();
        let error = (1.0 / first.events + 1.0 / second.events).sqrt();
        return Ok(libm::erfc(deviate / error * FRAC_1_SQRT_2));
    }
    let x1 = exact_count("events", first.events)?;
    let x2 = exact_count("events", second.events)?;
    let exposure = first.exposure + second.exposure;
    // The fewer events have a distribution of few terms.
    let (few, share) = if x1 <= x2 { (x1, first.exposure / exposure) } else { (x2, second.exposure / exposure) };
    let (at_most, exactly) = binomial(few, x1 + x2, share);
    let at_least = 1.0 - at_most + exactly;
    Ok((2.0 * at_least.min(at_most)).clamp(0.0, 1.0))
}

/// The probabilities of at most, and of exactly, so many of all events, if each is among them with a probability of `share`.
fn binomial(few: f64, all: f64, share: f64) -> (f64, f64) {
    let odds = libm::log(share / (1.0 - share));
    let (mut events, mut logarithm, mut sum) = (0.0, all * libm::log1p(-share), 0.0);
    loop {
        let exactly = libm::exp(logarithm);
        sum += exactly;
        if events >= few {
            return (sum, exactly);
        }
        logarithm += libm::log((all - events) / (events + 1.0)) + odds;
        events += 1.0;
    }
}

/// The smallest ratio `first / second` above 1 that [`log_wald`] calls clear, if the first rate has this exposure. It is approximate
/// for small counts, for which [`rate_ratio`] is exact. `None` if the second rate has no events.
///
/// ```
/// use peelian_core::stats::ratio::{EventRate, log_wald, smallest_clear_ratio};
///
/// let before = EventRate::new(100.0, 1.0)?;
/// let ratio = smallest_clear_ratio(1.0, before, 0.95).unwrap();
/// assert!((ratio - 1.29795).abs() < 0.00001);
/// let change = log_wald(EventRate::new(100.0 * ratio, 1.0)?, before, 0.95)?;
/// assert!((change.interval.unwrap().lower - 1.0).abs() < 1e-9);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
#[must_use]
pub fn smallest_clear_ratio(exposure: f64, second: EventRate, confidence: f64) -> Option<f64> {
    /// More than any ratio that has a meaning, as a logarithm.
    const LARGEST: f64 = 40.0;
    let deviate = z(confidence).ok()?;
    let expected = second.events * exposure / second.exposure;
    if second.events <= 0.0 || expected <= 0.0 {
        return None;
    }
    let is_clear =
        |log_ratio: f64| log_ratio > deviate * (1.0 / (expected * libm::exp(log_ratio)) + 1.0 / second.events).sqrt();
    Some(libm::exp(boundary(0.0, LARGEST, is_clear)))
}

/// `first / second` with an interval that is normal on the log scale: `r exp(-/+ z sqrt(1/x1 + 1/x2))`.
///
/// # Errors
///
/// [`StatsError::ZeroCount`] if either has no event; [`StatsError::Confidence`]; [`StatsError::OutOfRange`] if a
/// limit overflows.
///
/// ```
/// use peelian_core::stats::ratio::{log_wald, EventRate};
///
/// // Boice and Monson (1977), as in Rothman, Greenland and Lash, table 14-2.
/// let ratio = log_wald(EventRate::new(41.0, 28_010.0)?, EventRate::new(15.0, 19_017.0)?, 0.95)?;
/// let interval = ratio.interval.expect("both counts are above zero");
/// assert!((ratio.value - 1.855758658).abs() < 1e-9);
/// assert!((interval.lower - 1.027225998).abs() < 1e-9);
/// assert!((interval.upper - 3.352563314).abs() < 1e-9);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn log_wald(first: EventRate, second: EventRate, confidence: f64) -> Result<Estimate, StatsError> {
    let deviate = z(confidence)?;
    if first.events <= 0.0 || second.events <= 0.0 {
        return Err(StatsError::ZeroCount(Method::LogWald));
    }
    let ratio = ordinary(first.value() / second.value())?;
    let factor = libm::exp(deviate * (1.0 / first.events + 1.0 / second.events).sqrt());
    let (lower, upper) = (ratio / factor, ordinary(ratio * factor)?);
    Ok(Estimate::with_interval(ratio, Interval::new(lower, upper, confidence, Method::LogWald)?))
}

/// `first / second` with the score interval.
///
/// The limits solve `(x1/t1 - r x2/t2) / sqrt(l1/t1 + r^2 l2/t2) = -/+ z`, where `l1 = r l2` and
/// `l2 = (x1 + x2) / (r t1 + t2)` are the rates that fit best if the ratio is `r` (Gu and others 2008). With
/// `s = r t1/t2` this is the quadratic `x2^2 s^2 - (2 x1 x2 + z^2 (x1 + x2)) s + x1^2 = 0`, solved in closed form.
/// If `second` has no event, the value and the upper limit are infinite.
///
/// # Errors
///
/// [`StatsError::BothCountsZero`], [`StatsError::Confidence`], [`StatsError::OutOfRange`].
///
/// ```
/// use peelian_core::stats::ratio::{score, EventRate};
///
/// let ratio = score(EventRate::new(60.0, 51_477.5)?, EventRate::new(30.0, 54_308.7)?, 0.95)?;
/// let interval = ratio.interval.expect("there are events");
/// assert!((interval.lower - 1.365962).abs() < 5e-6);
/// assert!((interval.upper - 3.259306).abs() < 5e-6);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn score(first: EventRate, second: EventRate, confidence: f64) -> Result<Estimate, StatsError> {
    let deviate = z(confidence)?;
    let value = ratio_of_rates(first, second)?;
    let (x1, x2) = (first.events, second.events);
    let spread = deviate * deviate * (x1 + x2);
    // Half the sum of the coefficient of the quadratic and the root of its discriminant: a sum without cancellation.
    let half = x1 * x2 + (spread + (spread * (4.0 * x1 * x2 + spread)).sqrt()) / 2.0;
    let exposure = second.exposure / first.exposure;
    let lower = if x1 > 0.0 { x1 / half * x1 * exposure } else { 0.0 };
    let upper = if x2 > 0.0 { half / x2 / x2 * exposure } else { f64::INFINITY };
    ratio_estimate(value, lower, upper, confidence, Method::Score)
}

/// `first / second` with the exact interval, conditional on the total number of events.
///
/// Given `x1 + x2`, `x1` is binomial with odds `r t1/t2`; the Clopper-Pearson limits of its probability, as odds
/// times `t2/t1`, are the limits of `r` (Przyborowski and Wilenski 1940). With no event in `first` the lower limit is
/// 0; with none in `second` the value and the upper limit are infinite.
///
/// # Errors
///
/// [`StatsError::BothCountsZero`]; [`StatsError::TooLarge`] above [`EXACT_COUNT_LIMIT`](super::EXACT_COUNT_LIMIT);
/// [`StatsError::Confidence`]; [`StatsError::OutOfRange`].
///
/// ```
/// use peelian_core::stats::ratio::{exact_conditional, EventRate};
///
/// // Gu and others (2008).
/// let ratio = exact_conditional(EventRate::new(60.0, 51_477.5)?, EventRate::new(30.0, 54_308.7)?, 0.95)?;
/// let interval = ratio.interval.expect("there are events");
/// assert!((interval.lower - 1.3397357).abs() < 1e-6);
/// assert!((interval.upper - 3.3883656).abs() < 1e-6);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn exact_conditional(first: EventRate, second: EventRate, confidence: f64) -> Result<Estimate, StatsError> {
    let deviate = z(confidence)?;
    let value = ratio_of_rates(first, second)?;
    let x1 = exact_count("events", first.events)?;
    let x2 = exact_count("events", second.events)?;
    let tail = (1.0 - confidence) / 2.0;
    let exposure = second.exposure / first.exposure;
    let lower = if x1 > 0.0 {
        libm::exp(beta_quantile_logit(x1, x2 + 1.0, Tail::Lower, tail, deviate)) * exposure
    } else {
        0.0
    };
    let upper = if x2 > 0.0 {
        libm::exp(beta_quantile_logit(x1 + 1.0, x2, Tail::Upper, tail, deviate)) * exposure
    } else {
        f64::INFINITY
    };
    ratio_estimate(value, lower, upper, confidence, Method::ExactConditional)
}

/// `first / second` of two proportions, with variances recovered from their Wilson limits (Fagerland and Newcombe
/// 2013; Donner and Zou 2012).
///
/// Lower `(p1 p2 - sqrt((p1 p2)^2 - l1 u2 (2 p1 - l1)(2 p2 - u2))) / (u2 (2 p2 - u2))`, upper with `u1`, `l2` and a
/// plus. If `second` is 0, the value and the upper limit are infinite.
///
/// # Errors
///
/// [`StatsError::BothCountsZero`], [`StatsError::Confidence`], [`StatsError::OutOfRange`].
///
/// ```
/// use peelian_core::stats::{proportion::Proportion, ratio::mover_wilson};
///
/// let ratio = mover_wilson(Proportion::new(24.0, 73.0)?, Proportion::new(53.0, 65.0)?, 0.95)?;
/// let interval = ratio.interval.expect("there are cases");
/// assert!((interval.lower - 0.282).abs() < 5e-4);
/// assert!((interval.upper - 0.563).abs() < 5e-4);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn mover_wilson(first: Proportion, second: Proportion, confidence: f64) -> Result<Estimate, StatsError> {
    let (a, b) = (first.wilson(confidence)?, second.wilson(confidence)?);
    let (p1, p2) = (first.value(), second.value());
    if p1 <= 0.0 && p2 <= 0.0 {
        return Err(StatsError::BothCountsZero);
    }
    let product = p1 * p2;
    let root = |first: f64, second: f64| (product * product - first * second).max(0.0).sqrt();
    let first_lower = a.lower * (2.0 * p1 - a.lower);
    let first_upper = a.upper * (2.0 * p1 - a.upper);
    let second_lower = b.lower * (2.0 * p2 - b.lower);
    let second_upper = b.upper * (2.0 * p2 - b.upper);
    // The lower limit with its root in the denominator: the textbook form divides by zero where u2 = 2 p2.
    let lower = if p1 > 0.0 { first_lower / (product + root(first_lower, second_upper)) } else { 0.0 };
    let upper =
        if second_lower > 0.0 { (product + root(first_upper, second_lower)) / second_lower } else { f64::INFINITY };
    let value = if p2 > 0.0 { p1 / p2 } else { f64::INFINITY };
    ratio_estimate(value, lower, upper, confidence, Method::MoverWilson)
}

/// The ratio itself: infinite over a rate of zero, an error where both are zero.
fn ratio_of_rates(first: EventRate, second: EventRate) -> Result<f64, StatsError> {
    if second.events > 0.0 {
        ordinary(first.value() / second.value())
    } else if first.events > 0.0 {
        Ok(f64::INFINITY)
    } else {
        Err(StatsError::BothCountsZero)
    }
}

/// An estimate. A limit may be infinite only if the value is.
fn ratio_estimate(
    value: f64,
    lower: f64,
    upper: f64,
    confidence: f64,
    method: Method,
) -> Result<Estimate, StatsError> {
    if value.is_finite() {
        ordinary(upper)?;
    }
    Ok(Estimate::with_interval(value, Interval::new(lower, upper, confidence, method)?))
}
