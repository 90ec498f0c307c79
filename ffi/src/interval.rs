//! Intervals.

use peelian_core::stats::proportion::wilson;

use crate::guard::{Status, write_result};

/// An interval (`peelian_interval`).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

/// Wilson's score interval of `numerator` of `denominator`, at `confidence` (0.95).
///
/// [`Status::InvalidArgument`] if the two are not a proportion or the confidence is not between 0 and 1.
///
/// # Safety
///
/// `out` is NULL, or valid for writing one [`Interval`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_wilson(
    numerator: f64,
    denominator: f64,
    confidence: f64,
    out: *mut Interval,
) -> Status {
    let work = || {
        let interval = wilson(numerator, denominator, confidence).map_err(|_| Status::InvalidArgument)?;
        Ok(Interval { lower: interval.lower, upper: interval.upper })
    };
    // SAFETY: the caller's promise about `out` is the same.
    unsafe { write_result(out, work) }
}
