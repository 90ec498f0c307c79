//! Intervals and comparisons of numbers that the caller has.

use std::ffi::{CString, c_char};
use std::ptr::null;
use std::sync::LazyLock;

use peelian_core::stats::count::{CountRule, count_interval, rate};
use peelian_core::stats::difference::{newcombe_10, newcombe_11};
use peelian_core::stats::proportion::{Proportion, proportion};
use peelian_core::stats::ratio::{EventRate, exact_conditional, log_wald, rate_ratio, score};
use peelian_core::stats::survey::{WeightedSums, weight_units};
use peelian_core::stats::{self, Method};

use crate::error::{Error, Outcome, Status};
use crate::guard::write;
use crate::pointer::{optional_text, slice};
use crate::texts::c_text;

/// A value with its interval. The caller provides one, and the library fills it; it never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Lower limit, in the unit of the value.
    pub lower: f64,
    /// Upper limit; infinite where a ratio has no event in its second group.
    pub upper: f64,
    /// Two-sided confidence level, between 0 and 1.
    pub confidence: f64,
    /// Method that made the limits: "wilson", "byar". It belongs to the library.
    pub method: *const c_char,
}

/// Identifiers of the methods as C reads them, in the order of [`Method::ALL`].
static METHODS: LazyLock<Vec<CString>> =
    LazyLock::new(|| Method::ALL.iter().map(|method| c_text(method.id())).collect());

impl From<stats::Estimate> for Estimate {
    fn from(found: stats::Estimate) -> Self {
        let interval = found.interval;
        let limit = |of: fn(stats::Interval) -> f64| interval.map_or(f64::NAN, of);
        // The order of the type is that of the list.
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

/// # Safety
///
/// As [`write`].
unsafe fn estimate(
    out: *mut Estimate,
    error: *mut *mut Error,
    work: impl FnOnce() -> Outcome<stats::Estimate>,
) -> Status {
    // SAFETY: the same promise.
    unsafe { write(out, error, || work().map(Estimate::from)) }
}

/// The proportion `numerator / denominator`, from 0 to 1, with Wilson's score interval (Wilson 1927). The numerator need
/// not be whole, as in a weighted survey.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if the two are not a proportion or `confidence` is not between 0 and 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_wilson(
    numerator: f64,
    denominator: f64,
    confidence: f64,
    out: *mut Estimate,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { estimate(out, error, || Ok(proportion(numerator, denominator, confidence)?)) }
}

/// A count of events with its Poisson limits: exact ones (Garwood 1936) below 10 events, Byar's approximation (Breslow
/// and Day 1987) from there on. With `exact` every count below a thousand million has exact limits, so that there is no
/// step at 10.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for a count that is negative, not finite or too large, or a `confidence` that is not
/// between 0 and 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_poisson(
    count: f64,
    confidence: f64,
    exact: bool,
    out: *mut Estimate,
    error: *mut *mut Error,
) -> Status {
    let work = || Ok(stats::Estimate::with_interval(count, count_interval(count, confidence, rule(exact))?));
    // SAFETY: the conventions of the header.
    unsafe { estimate(out, error, work) }
}

/// The rate `count / exposure * multiplier`, with the limits of peelian_poisson(): 222 crimes among 3,215 residents are
/// 69.05 for each 1,000.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT as for peelian_poisson(), or if `exposure` or `multiplier` is not above zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_rate(
    count: f64,
    exposure: f64,
    multiplier: f64,
    confidence: f64,
    exact: bool,
    out: *mut Estimate,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { estimate(out, error, || Ok(rate(count, exposure, multiplier, confidence, rule(exact))?)) }
}

fn rule(exact: bool) -> CountRule {
    if exact { CountRule::AlwaysExact } else { CountRule::ExactBelowTen }
}

/// The difference of two independent proportions, first less second, from -1 to 1, with Newcombe's hybrid score interval
/// (Newcombe 1998, method 10; with `continuity_corrected` method 11).
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if either is not a proportion or `confidence` is not between 0 and 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_newcombe(
    first_numerator: f64,
    first_denominator: f64,
    second_numerator: f64,
    second_denominator: f64,
    confidence: f64,
    continuity_corrected: bool,
    out: *mut Estimate,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        let first = Proportion::new(first_numerator, first_denominator)?;
        let second = Proportion::new(second_numerator, second_denominator)?;
        let method = if continuity_corrected { newcombe_11 } else { newcombe_10 };
        Ok(method(first, second, confidence)?)
    };
    // SAFETY: the conventions of the header.
    unsafe { estimate(out, error, work) }
}

/// The ratio of two independent rates of events, first over second.
///
/// `method`: "rate_ratio_log_wald", "rate_ratio_score" (Gu and others 2008) or "rate_ratio_exact_conditional"; NULL takes
/// the exact one where either count is below 10, and log-Wald otherwise.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for another method, a count that is negative, an exposure that is not above zero, a
/// `confidence` that is not between 0 and 1, or where the method gives no interval: both counts are zero, or one of them
/// for log-Wald.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_rate_ratio(
    first_count: f64,
    first_exposure: f64,
    second_count: f64,
    second_exposure: f64,
    confidence: f64,
    method: *const c_char,
    out: *mut Estimate,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let method = unsafe { optional_text(method, "method") }?;
        let compare = match method.map(|id| Method::from_id(id).ok_or(id)) {
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
    // SAFETY: the conventions of the header.
    unsafe { estimate(out, error, work) }
}

/// The effective number of respondents of a weighted survey, `(sum w)^2 / sum w^2` (Kish 1965): 4 of equal weight are 4.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no weight, or one that is not above zero and at most a thousand million.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_effective_sample_size(
    weights: *const f64,
    count: usize,
    out: *mut f64,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        let mut sums = WeightedSums::default();
        // SAFETY: the conventions of the header.
        for (index, weight) in unsafe { slice(weights, count, "weights") }?.iter().enumerate() {
            let units =
                weight_units(*weight).ok_or_else(|| Error::argument(format!("{weight} at {index} is no weight")))?;
            sums.add(units, false)?;
        }
        Ok(sums.effective_n()?)
    };
    // SAFETY: the conventions of the header.
    unsafe { write(out, error, work) }
}

fn not_of_rates(id: &str) -> Box<Error> {
    Error::argument(format!("{id} is not a method for the ratio of two rates"))
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::ptr::null_mut;

    use super::*;

    #[test]
    fn the_core_answers() {
        let mut out = Estimate::from(stats::Estimate { value: 0.0, interval: None });
        assert!(out.lower.is_nan() && out.method.is_null());
        // SAFETY: `out` is a local variable, and NULL is allowed.
        let status = unsafe { peelian_wilson(272.0, 400.0, 0.95, &raw mut out, null_mut()) };
        assert_eq!(status, Status::Ok);
        assert!((out.lower - 0.632_759_7).abs() < 1e-7);
        // SAFETY: it belongs to the library.
        assert_eq!(unsafe { CStr::from_ptr(out.method) }, c"wilson");
    }

    #[test]
    fn weights_are_summed_by_the_core() {
        let mut out = 0.0;
        // SAFETY: all are local variables, and NULL is allowed.
        let mut size = |weights: &[f64]| unsafe {
            peelian_effective_sample_size(weights.as_ptr(), weights.len(), &raw mut out, null_mut())
        };
        assert_eq!(size(&[]), Status::InvalidArgument);
        assert_eq!(size(&[1.0, -1.0]), Status::InvalidArgument);
        assert_eq!(size(&[2.0, 1.0, 1.0]), Status::Ok);
        assert!((out - 16.0 / 6.0).abs() < 1e-12);
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
            // SAFETY: `out` is a local variable, and NULL is allowed.
            let status =
                unsafe { peelian_rate_ratio(20.0, 1e3, 30.0, 1e3, 0.95, method.as_ptr(), &raw mut out, null_mut()) };
            assert_eq!(status, Status::InvalidArgument);
        }
        assert!((out.value - 7.0).abs() < 1e-15);
    }
}
