//! One value from many numbers: of strata, of a sample.

use peelian_core::stats::standardised::{self, Reference, Stratum};
use peelian_core::stats::survey::WeightedSums;
use peelian_core::stats::{self as core_stats, StatsError};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::{Column, Estimate, Numbers, each, estimate, evaluate, failure, rule, shared_length};
use crate::errors::{Failure, detached};

/// A directly standardised rate. Each element of the arrays is a stratum.
#[pyfunction]
pub(crate) fn dsr(
    py: Python<'_>,
    x: Numbers<'_>,
    n: Numbers<'_>,
    standard: Numbers<'_>,
    squares: Option<Numbers<'_>>,
    multiplier: f64,
    confidence: f64,
) -> PyResult<Estimate> {
    let strata = match squares {
        Some(squares) => strata(py, [x, squares, n, standard], |[x, squares, n, standard]| {
            Stratum::with_repeats(x, squares, n, standard)
        })?,
        None => strata(py, [x, n, standard], |[x, n, standard]| Stratum::new(x, n, standard))?,
    };
    let found = standardised::direct(&strata, multiplier, confidence);
    Ok(estimate(found.map_err(|error| failure(py, error))?, confidence))
}

/// The number of events expected with the rates of a reference population. Each element of the arrays is a stratum.
#[pyfunction]
pub(crate) fn expected(
    py: Python<'_>,
    n: Numbers<'_>,
    reference_x: Numbers<'_>,
    reference_n: Numbers<'_>,
) -> PyResult<f64> {
    let strata =
        strata(py, [n, reference_x, reference_n], |[population, reference_events, reference_population]| {
            let stratum = Reference { population, reference_events, reference_population };
            // A fault of one stratum has its place.
            standardised::expected(&[stratum]).map(|_| stratum)
        })?;
    standardised::expected(&strata).map_err(|error| failure(py, error))
}

/// The strata of arrays of the same length.
fn strata<T, const N: usize>(
    py: Python<'_>,
    given: [Numbers<'_>; N],
    read: impl Fn([f64; N]) -> Result<T, StatsError>,
) -> PyResult<Vec<T>> {
    let count = shared_length(&given)?
        .ok_or_else(|| PyValueError::new_err("give arrays, with one number for each stratum"))?;
    each(py, &given, count, read)
}

/// An indirectly standardised ratio or rate.
#[pyfunction]
pub(crate) fn isr<'py>(
    py: Python<'py>,
    observed: Numbers<'py>,
    expected: Numbers<'py>,
    multiplier: f64,
    confidence: f64,
    method: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let rule = rule(py, method)?;
    evaluate(py, [observed, expected], confidence, |[observed, expected]| {
        standardised::indirect(observed, expected, multiplier, confidence, rule)
    })
}

/// The mean of values.
#[pyfunction]
pub(crate) fn mean(py: Python<'_>, values: Numbers<'_>, confidence: f64) -> PyResult<Estimate> {
    of_values(py, &values, confidence, core_stats::mean::mean)
}

/// The median of values.
#[pyfunction]
pub(crate) fn median(py: Python<'_>, values: Numbers<'_>, confidence: f64) -> PyResult<Estimate> {
    of_values(py, &values, confidence, core_stats::median::median_of)
}

fn of_values(
    py: Python<'_>,
    values: &Numbers<'_>,
    confidence: f64,
    formula: fn(&[f64], f64) -> Result<core_stats::Estimate, StatsError>,
) -> PyResult<Estimate> {
    let values = sample(values, "value")?;
    let found = detached(py, || {
        let index = values.iter().position(|value| !value.is_finite());
        formula(values, confidence).map_err(|error| Failure::Stats { error, index })
    })?;
    Ok(estimate(found, confidence))
}

/// The numbers of an array.
pub(super) fn sample<'n>(given: &'n Numbers<'_>, what: &str) -> PyResult<&'n [f64]> {
    match given.column()? {
        Column::Many(numbers) => Ok(numbers),
        Column::One(_) => {
            Err(PyValueError::new_err(format!("give an array: one number is not a {what} for each case")))
        }
    }
}

/// Kish's effective sample size of survey weights.
#[pyfunction]
pub(crate) fn effective_sample_size(py: Python<'_>, weights: Numbers<'_>) -> PyResult<f64> {
    let weights = sample(&weights, "weight")?;
    detached(py, || {
        let mut sums = WeightedSums::default();
        for (index, weight) in weights.iter().enumerate() {
            sums.add_weight(*weight, false).map_err(|error| Failure::Stats { error, index: Some(index) })?;
        }
        sums.effective_n().map_err(|error| Failure::Stats { error, index: None })
    })
}
