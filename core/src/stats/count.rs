//! Limits of a count of events, and of rates and ratios of a count and a fixed number.

use std::cell::RefCell;

use super::error::{count, denominator, exact_count, positive};
use super::special::{Tail, gamma_quantile};
use super::{Estimate, Interval, Method, StatsError, ordinary, z};

/// The count from which Byar's approximation takes over under [`CountRule::ExactBelowTen`].
pub const BYAR_FROM: f64 = 10.0;

/// Number of whole counts, from 0, with cached exact limits.
const SMALL_COUNTS: usize = 10;

/// The method of the limits of a count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CountRule {
    /// Exact limits below [`BYAR_FROM`] events, and Byar's limits from there on, as in public health statistics in England.
    #[default]
    ExactBelowTen,
    /// Exact limits for every count, so that there is no step between 9 and 10.
    AlwaysExact,
}

/// Byar's approximation to the Poisson limits of `x` events (Breslow and Day 1987).
///
/// Lower `x (1 - 1/(9x) - z/(3 sqrt x))^3`, upper the same with `x + 1` and a plus.
///
/// # Errors
///
/// [`StatsError::ByarUndefined`] if the lower limit would be negative, as for no event, or for one event at 99.8%; a [`StatsError`] for a count that is negative, not finite or too large.
///
/// ```
/// use peelian_core::stats::{count::byar, StatsError};
///
/// let interval = byar(65.0, 0.95)?;
/// assert!((interval.lower - 50.163187710459454).abs() < 1e-9);
/// assert!((interval.upper - 82.84913854593984).abs() < 1e-9);
/// assert!(matches!(byar(1.0, 0.998), Err(StatsError::ByarUndefined { .. })));
/// # Ok::<(), StatsError>(())
/// ```
pub fn byar(x: f64, confidence: f64) -> Result<Interval, StatsError> {
    let x = count("count", x)?;
    let upper = byar_upper(x, confidence)?;
    let lower = byar_lower(x, confidence)?;
    Interval::new(lower, upper, confidence, Method::Byar)
}

/// Byar's lower limit alone. See [`byar`].
///
/// # Errors
///
/// As for [`byar`].
pub fn byar_lower(x: f64, confidence: f64) -> Result<f64, StatsError> {
    let x = count("count", x)?;
    let root = 1.0 - 1.0 / (9.0 * x) - z(confidence)? / (3.0 * x.sqrt());
    // For x = 0 the root is minus infinity.
    if root >= 0.0 {
        ordinary(x * root * root * root)
    } else {
        Err(StatsError::ByarUndefined { count: x, confidence })
    }
}

/// Byar's upper limit alone, which exists for every count. See [`byar`].
///
/// # Errors
///
/// A [`StatsError`] for a count that is negative, not finite or too large, or a confidence outside 0 to 1.
///
/// ```
/// use peelian_core::stats::count::byar_upper;
///
/// assert!((byar_upper(1.0, 0.998)? - 9.362180217908362).abs() < 1e-9);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn byar_upper(x: f64, confidence: f64) -> Result<f64, StatsError> {
    let next = count("count", x)? + 1.0;
    let root = 1.0 - 1.0 / (9.0 * next) + z(confidence)? / (3.0 * next.sqrt());
    ordinary(next * root * root * root)
}

/// Exact Poisson limits of `x` events (Garwood 1936).
///
/// Half the chi-squared quantiles: `a/2` on `2x` degrees of freedom (0 if there is no event) and `1 - a/2` on
/// `2x + 2`, where `a = 1 - confidence`. `x` need not be whole.
///
/// # Errors
///
/// A [`StatsError`] for a count that is negative, not finite or above
/// [`EXACT_COUNT_LIMIT`](super::EXACT_COUNT_LIMIT), or a confidence outside 0 to 1.
///
/// ```
/// use peelian_core::stats::count::exact_poisson;
///
/// let interval = exact_poisson(5.0, 0.95)?;
/// assert!((interval.lower - 1.623486).abs() < 1e-6);
/// assert!((interval.upper - 11.668332).abs() < 1e-6);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn exact_poisson(x: f64, confidence: f64) -> Result<Interval, StatsError> {
    let x = exact_count("count", x)?;
    let deviate = z(confidence)?;
    let tail = (1.0 - confidence) / 2.0;
    let lower = if x > 0.0 { gamma_quantile(x, Tail::Lower, tail, deviate) } else { 0.0 };
    let upper = gamma_quantile(x + 1.0, Tail::Upper, tail, deviate);
    Interval::new(ordinary(lower)?, ordinary(upper)?, confidence, Method::ExactPoisson)
}

/// The limits of a count under `rule`. The interval has the method.
///
/// # Errors
///
/// As for [`exact_poisson`] and [`byar`].
///
/// ```
/// use peelian_core::stats::{count::{count_interval, CountRule}, Method};
///
/// assert_eq!(count_interval(9.0, 0.95, CountRule::default())?.method, Method::ExactPoisson);
/// assert_eq!(count_interval(10.0, 0.95, CountRule::default())?.method, Method::Byar);
/// assert_eq!(count_interval(10.0, 0.95, CountRule::AlwaysExact)?.method, Method::ExactPoisson);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn count_interval(x: f64, confidence: f64, rule: CountRule) -> Result<Interval, StatsError> {
    let x = count("count", x)?;
    match rule {
        CountRule::ExactBelowTen if x >= BYAR_FROM => byar(x, confidence),
        CountRule::ExactBelowTen | CountRule::AlwaysExact => exact_remembered(x, confidence),
    }
}

/// [`exact_poisson`] with a cache: each thread computes the limits of a small whole count of one confidence level once. Most
/// cells of a small area have such a count.
fn exact_remembered(x: f64, confidence: f64) -> Result<Interval, StatsError> {
    thread_local! {
        static SMALL: RefCell<[Option<(f64, Interval)>; SMALL_COUNTS]> = const { RefCell::new([None; SMALL_COUNTS]) };
    }
    let whole = (0_u32..).take(SMALL_COUNTS).position(|count| f64::from(count).to_bits() == x.to_bits());
    let Some(at) = whole else { return exact_poisson(x, confidence) };
    let known = SMALL.with_borrow(|small| small[at]);
    match known {
        Some((level, interval)) if level.to_bits() == confidence.to_bits() => Ok(interval),
        _ => {
            let interval = exact_poisson(x, confidence)?;
            SMALL.with_borrow_mut(|small| small[at] = Some((confidence, interval)));
            Ok(interval)
        }
    }
}

/// `x` events in `exposure`, for each `multiplier` of it: a crude rate with the limits of its count.
///
/// The exposure is taken as known without error: residents, person-years, or the expected count of indirect
/// standardisation (with multiplier 1 for a ratio, or the reference rate for a rate). A rate may exceed its
/// multiplier, since one subject can have several events.
///
/// # Errors
///
/// [`StatsError::ZeroDenominator`] for no exposure; a [`StatsError`] for a count or exposure that is negative, not
/// finite or too large, a multiplier that is not positive, or a confidence outside 0 to 1.
///
/// ```
/// use peelian_core::stats::count::{rate, CountRule};
///
/// let estimate = rate(222.0, 3215.0, 100.0, 0.95, CountRule::default())?;
/// assert!((estimate.value - 6.905132192846033).abs() < 1e-12);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn rate(
    x: f64,
    exposure: f64,
    multiplier: f64,
    confidence: f64,
    rule: CountRule,
) -> Result<Estimate, StatsError> {
    let x = count("count", x)?;
    let exposure = denominator("exposure", exposure)?;
    let multiplier = positive("multiplier", multiplier)?;
    let interval = count_interval(x, confidence, rule)?;
    let per = |events: f64| ordinary(events / exposure * multiplier);
    let limits = Interval::new(per(interval.lower)?, per(interval.upper)?, confidence, interval.method)?;
    Ok(Estimate::with_interval(per(x)?, limits))
}
