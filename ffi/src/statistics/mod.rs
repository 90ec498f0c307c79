//! Intervals and comparisons of numbers that the caller has.

mod funnel;
mod samples;

use std::ffi::{CString, c_char};
use std::ptr::null;
use std::sync::LazyLock;

use peelian_core::stats::count::{CountRule, count_interval, rate};
use peelian_core::stats::difference::{newcombe_10, newcombe_11};
use peelian_core::stats::proportion::{Proportion, proportion};
use peelian_core::stats::ratio::{EventRate, exact_conditional, log_wald, mover_wilson, rate_ratio, score};
use peelian_core::stats::{self, Method};

use crate::error::{Error, Outcome, Status};
use crate::guard::write;
use crate::pointer::{Out, Text};
use crate::texts::c_text;

/// A value with its interval. The caller provides the structure, and the library fills it. It never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Lower limit, in the unit of the value. NaN for a mean or median of too few values to have limits.
    pub lower: f64,
    /// Upper limit; infinite where the second group of a ratio has no event. NaN where the lower limit is NaN.
    pub upper: f64,
    /// Two-sided confidence level, between 0 and 1.
    pub confidence: f64,
    /// Method of the interval: "wilson", "byar". NULL where the limits are NaN. It belongs to the library.
    pub method: *const c_char,
}

/// Identifiers of the methods as C reads them, in the order of [`Method::ALL`].
static METHODS: LazyLock<Vec<CString>> =
    LazyLock::new(|| Method::ALL.iter().map(|method| c_text(method.id())).collect());

impl From<stats::Estimate> for Estimate {
    fn from(found: stats::Estimate) -> Self {
        let interval = found.interval;
        let limit = |of: fn(stats::Interval) -> f64| interval.map_or(f64::NAN, of);
        // The variants of the type have the order of the list.
        let method = interval.and_then(|interval| METHODS.get(interval.method as usize));
        Self {
            value: found.value,
            lower: limit(|interval| interval.lower),
            upper: limit(|interval| interval.upper),
            confidence: limit(|interval| interval.confidence),
            method: method.map_or(null(), |method| method.as_ptr()),
        }
    }
}

fn estimate(
    out: Out<'_, Estimate>,
    error: Out<'_, *mut Error>,
    work: impl FnOnce() -> Outcome<stats::Estimate>,
) -> Status {
    write(out, error, || work().map(Estimate::from))
}

/// The proportion `numerator / denominator`, from 0 to 1, with Wilson's score interval (Wilson 1927). The numerator need
/// not be whole: in a weighted survey it is not.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if the two numbers are not a proportion, or `confidence` is not between 0 and 1.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_wilson(
    numerator: f64,
    denominator: f64,
    confidence: f64,
    out: Out<'_, Estimate>,
    error: Out<'_, *mut Error>,
) -> Status {
    estimate(out, error, || Ok(proportion(numerator, denominator, confidence)?))
}

/// A count of events with its Poisson limits. Below 10 events the limits are exact (Garwood 1936). From 10 events they
/// are Byar's approximation (Breslow and Day 1987). With `exact` every count below a thousand million has exact limits,
/// so there is no step at 10.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if `count` is negative, not finite or too large, or `confidence` is not between 0 and
/// 1.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_poisson(
    count: f64,
    confidence: f64,
    exact: bool,
    out: Out<'_, Estimate>,
    error: Out<'_, *mut Error>,
) -> Status {
    let work = || Ok(stats::Estimate::with_interval(count, count_interval(count, confidence, rule(exact))?));
    estimate(out, error, work)
}

/// The rate `count / exposure * multiplier`, with the limits of peelian_poisson(). For example, 222 crimes among 3,215
/// residents are 69.05 for each 1,000.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT as for peelian_poisson(), or if `exposure` or `multiplier` is not above zero.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_rate(
    count: f64,
    exposure: f64,
    multiplier: f64,
    confidence: f64,
    exact: bool,
    out: Out<'_, Estimate>,
    error: Out<'_, *mut Error>,
) -> Status {
    estimate(out, error, || Ok(rate(count, exposure, multiplier, confidence, rule(exact))?))
}

fn rule(exact: bool) -> CountRule {
    if exact { CountRule::AlwaysExact } else { CountRule::ExactBelowTen }
}

/// The difference of two independent proportions, the first minus the second, from -1 to 1, with Newcombe's hybrid score
/// interval (Newcombe 1998, method 10). With `continuity_corrected` the interval is that of method 11.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if the numbers are not two proportions, or `confidence` is not between 0 and 1.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_newcombe(
    first_numerator: f64,
    first_denominator: f64,
    second_numerator: f64,
    second_denominator: f64,
    confidence: f64,
    continuity_corrected: bool,
    out: Out<'_, Estimate>,
    error: Out<'_, *mut Error>,
) -> Status {
    let work = || {
        let [first, second] =
            proportions([[first_numerator, first_denominator], [second_numerator, second_denominator]])?;
        let method = if continuity_corrected { newcombe_11 } else { newcombe_10 };
        Ok(method(first, second, confidence)?)
    };
    estimate(out, error, work)
}

/// The ratio of two independent rates of events, the first over the second.
///
/// `method` is "rate_ratio_log_wald", "rate_ratio_score" (Gu and others 2008) or "rate_ratio_exact_conditional". With
/// NULL the method is the exact one if either count is below 10, and log-Wald otherwise.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for another method, a count that is negative, an exposure that is not above zero, or a
/// `confidence` that is not between 0 and 1. The same status if the method gives no interval: because both counts are
/// zero or, for log-Wald, because one of them is zero.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_rate_ratio(
    first_count: f64,
    first_exposure: f64,
    second_count: f64,
    second_exposure: f64,
    confidence: f64,
    method: Text<'_>,
    out: Out<'_, Estimate>,
    error: Out<'_, *mut Error>,
) -> Status {
    let work = || {
        let compare = match method.optional("method")?.map(|id| Method::from_id(id).ok_or(id)) {
            None => rate_ratio,
            Some(Ok(Method::LogWald)) => log_wald,
            Some(Ok(Method::Score)) => score,
            Some(Ok(Method::ExactConditional)) => exact_conditional,
            Some(Ok(other)) => return Err(not_of_rates(other.id())),
            Some(Err(id)) => return Err(not_of_rates(id)),
        };
        let first = EventRate::new(first_count, first_exposure)?;
        let second = EventRate::new(second_count, second_exposure)?;
        Ok(compare(first, second, confidence)?)
    };
    estimate(out, error, work)
}

/// The ratio of two independent proportions, the first over the second, with MOVER-Wilson limits (Fagerland and Newcombe
/// 2013). If the second is zero, the ratio and its upper limit are infinite.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if the numbers are not two proportions, if both are zero, or `confidence` is not between 0
/// and 1.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_risk_ratio(
    first_numerator: f64,
    first_denominator: f64,
    second_numerator: f64,
    second_denominator: f64,
    confidence: f64,
    out: Out<'_, Estimate>,
    error: Out<'_, *mut Error>,
) -> Status {
    let work = || {
        let [first, second] =
            proportions([[first_numerator, first_denominator], [second_numerator, second_denominator]])?;
        Ok(mover_wilson(first, second, confidence)?)
    };
    estimate(out, error, work)
}

/// Two proportions, each a numerator and a denominator.
fn proportions([first, second]: [[f64; 2]; 2]) -> Outcome<[Proportion; 2]> {
    let proportion = |[numerator, denominator]: [f64; 2]| Proportion::new(numerator, denominator);
    Ok([proportion(first)?, proportion(second)?])
}

fn not_of_rates(id: &str) -> Box<Error> {
    Error::argument(format!("{id} is not a method for the ratio of two rates"))
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn the_core_answers() {
        let mut out = Estimate::from(stats::Estimate { value: 0.0, interval: None });
        assert!(out.lower.is_nan() && out.method.is_null());
        assert_eq!(peelian_wilson(272.0, 400.0, 0.95, Out::from(&mut out), Out::NULL), Status::Ok);
        assert!((out.lower - 0.632_759_7).abs() < 1e-7);
        // SAFETY: the text belongs to the library.
        assert_eq!(unsafe { CStr::from_ptr(out.method) }, c"wilson");
    }

    #[test]
    fn methods_are_found_by_their_place() {
        for (place, method) in Method::ALL.iter().enumerate() {
            assert_eq!(*method as usize, place);
        }
    }

    #[test]
    fn a_method_of_something_else_is_refused() {
        let mut out = Estimate::from(stats::Estimate { value: 7.0, interval: None });
        for method in [c"wilson", c"", c"\xff"] {
            let status =
                peelian_rate_ratio(20.0, 1e3, 30.0, 1e3, 0.95, Text::from(method), Out::from(&mut out), Out::NULL);
            assert_eq!(status, Status::InvalidArgument);
        }
        assert!((out.value - 7.0).abs() < 1e-15);
    }
}
