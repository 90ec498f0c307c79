//! One value from many numbers: of the strata of a population, of a sample.

use peelian_core::stats::mean::mean;
use peelian_core::stats::median::median_of;
use peelian_core::stats::standardised::{Stratum, direct, indirect};
use peelian_core::stats::survey::WeightedSums;

use super::{Estimate, estimate, rule};
use crate::error::{Error, Status};
use crate::guard::write;
use crate::pointer::{Array, Out};

/// The directly standardised rate for each `multiplier` of population, from `strata` strata of one area, with the limits of
/// Dobson and others (1991). A stratum has a number of events, persons in the area, and persons in the standard population.
///
/// `squares` is NULL for independent events. Where persons have several events, it is for each stratum the sum, over its
/// persons, of the squared number of their events.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for fewer than 10 events, a stratum without persons, a number that is negative or not
/// finite, or a `confidence` that is not between 0 and 1.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_dsr(
    events: Array<'_, f64>,
    squares: Array<'_, f64>,
    population: Array<'_, f64>,
    standard: Array<'_, f64>,
    strata: usize,
    multiplier: f64,
    confidence: f64,
    out: Out<'_, Estimate>,
    error: Out<'_, *mut Error>,
) -> Status {
    let work = || {
        // SAFETY: `strata` is the length of all arrays.
        let (events, population, standard) = unsafe {
            (
                events.slice(strata, "events")?,
                population.slice(strata, "population")?,
                standard.slice(strata, "standard")?,
            )
        };
        // SAFETY: as above.
        let squares = unsafe { squares.optional_slice(strata, "squares") }?.unwrap_or(events);
        let stratum = |at: usize| {
            Stratum::with_repeats(events[at], squares[at], population[at], standard[at])
                .map_err(|error| Error::argument(format!("{error} (at {at})")))
        };
        let strata = (0..strata).map(stratum).collect::<Result<Vec<_>, _>>()?;
        Ok(direct(&strata, multiplier, confidence)?)
    };
    estimate(out, error, work)
}

/// The indirectly standardised ratio `observed / expected * multiplier`, with the limits of peelian_poisson() for the observed
/// count (Breslow and Day 1987). The multiplier is 1 for a ratio, 100 for a percentage, and the crude rate of the reference
/// population for a rate.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT as for peelian_poisson(), or if `expected` or `multiplier` is not above zero.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_isr(
    observed: f64,
    expected: f64,
    multiplier: f64,
    confidence: f64,
    exact: bool,
    out: Out<'_, Estimate>,
    error: Out<'_, *mut Error>,
) -> Status {
    estimate(out, error, || Ok(indirect(observed, expected, multiplier, confidence, rule(exact))?))
}

/// The mean of `count` values, with the limits of Student's t distribution (Student 1908). The limits of a single value are
/// NaN.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT without values, for a value that is not finite, or a `confidence` that is not between 0
/// and 1.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_mean(
    values: Array<'_, f64>,
    count: usize,
    confidence: f64,
    out: Out<'_, Estimate>,
    error: Out<'_, *mut Error>,
) -> Status {
    // SAFETY: `count` is the number of values.
    estimate(out, error, || Ok(mean(unsafe { values.slice(count, "values") }?, confidence)?))
}

/// The median of `count` values, with limits by order statistics (Conover 1999). The limits of fewer than six values are NaN.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT as for peelian_mean().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_median(
    values: Array<'_, f64>,
    count: usize,
    confidence: f64,
    out: Out<'_, Estimate>,
    error: Out<'_, *mut Error>,
) -> Status {
    // SAFETY: `count` is the number of values.
    estimate(out, error, || Ok(median_of(unsafe { values.slice(count, "values") }?, confidence)?))
}

/// The effective number of respondents of a weighted survey, `(sum w)^2 / sum w^2` (Kish 1965). Four equal weights give 4.
/// A weight of zero counts nothing.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if no weight is above zero, or a weight is negative or above a thousand million.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_effective_sample_size(
    weights: Array<'_, f64>,
    count: usize,
    out: Out<'_, f64>,
    error: Out<'_, *mut Error>,
) -> Status {
    let work = || {
        let mut sums = WeightedSums::default();
        // SAFETY: `count` is the number of weights.
        let weights = unsafe { weights.slice(count, "weights") }?;
        for (index, weight) in weights.iter().enumerate() {
            sums.add_weight(*weight, false).map_err(|error| Error::argument(format!("{error} (at {index})")))?;
        }
        Ok(sums.effective_n()?)
    };
    write(out, error, work)
}

#[cfg(test)]
mod tests {
    use peelian_core::stats;

    use super::*;

    #[test]
    fn weights_are_summed_by_the_core() {
        let mut out = 0.0;
        let mut size = |weights: &[f64]| {
            peelian_effective_sample_size(Array::from(weights), weights.len(), Out::from(&mut out), Out::NULL)
        };
        assert_eq!(size(&[]), Status::InvalidArgument);
        assert_eq!(size(&[1.0, -1.0]), Status::InvalidArgument);
        assert_eq!(size(&[0.0]), Status::InvalidArgument);
        assert_eq!(size(&[2.0, 0.0, 1.0, 1.0]), Status::Ok);
        assert!((out - 16.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn a_sample_has_its_mean_and_median() {
        let mut out = Estimate::from(stats::Estimate { value: 0.0, interval: None });
        let values = [2.0, 4.0, 9.0];
        assert_eq!(peelian_mean(Array::from(&values[..]), 3, 0.95, Out::from(&mut out), Out::NULL), Status::Ok);
        assert!((out.value - 5.0).abs() < 1e-12 && (out.upper - 13.956_686).abs() < 1e-6);
        assert_eq!(peelian_median(Array::from(&values[..]), 3, 0.95, Out::from(&mut out), Out::NULL), Status::Ok);
        assert!((out.value - 4.0).abs() < 1e-12 && out.upper.is_nan() && out.method.is_null());
        assert_eq!(
            peelian_mean(Array::from(&[][..]), 0, 0.95, Out::from(&mut out), Out::NULL),
            Status::InvalidArgument
        );
    }

    #[test]
    fn strata_are_standardised() {
        let mut out = Estimate::from(stats::Estimate { value: 0.0, interval: None });
        let (events, squares) = ([10.0, 30.0], [40.0, 120.0]);
        let (population, standard) = ([1_000.0, 1_000.0], [5_000.0, 5_000.0]);
        let mut rate = |events: &[f64], squares: Array<'_, f64>| {
            let (events, population) = (Array::from(events), Array::from(&population[..]));
            let standard = Array::from(&standard[..]);
            let status =
                peelian_dsr(events, squares, population, standard, 2, 100.0, 0.95, Out::from(&mut out), Out::NULL);
            (status, out)
        };
        let (status, once) = rate(&events, Array::NULL);
        assert_eq!(status, Status::Ok);
        assert!((once.value - 2.0).abs() < 1e-12);
        // Four times the variance: limits twice as far away.
        let (_, repeated) = rate(&events, Array::from(&squares[..]));
        assert!(((repeated.value - repeated.lower) / (once.value - once.lower) - 2.0).abs() < 1e-9);
        assert_eq!(rate(&[1.0, -1.0], Array::NULL).0, Status::InvalidArgument);
    }
}
