//! The Python package's compiled part, `peelian._peelian`: the core's measures and methods for analysts.

use peelian_core::stats::proportion;
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

create_exception!(peelian, PeelianError, PyValueError, "What peelian refuses to compute, and why.");

/// An interval: `lower`, `upper`, the `confidence` level and the `method` that gave it.
#[pyclass(frozen, module = "peelian")]
struct Interval {
    #[pyo3(get)]
    lower: f64,
    #[pyo3(get)]
    upper: f64,
    #[pyo3(get)]
    confidence: f64,
    #[pyo3(get)]
    method: &'static str,
}

#[pymethods]
impl Interval {
    fn __repr__(&self) -> String {
        let Self { lower, upper, confidence, method } = self;
        format!("Interval(lower={lower}, upper={upper}, confidence={confidence}, method='{method}')")
    }
}

/// Wilson's score interval of `numerator` of `denominator`.
///
/// Raises `PeelianError` if the two are not a proportion or the confidence is not between 0 and 1.
#[pyfunction]
#[pyo3(signature = (numerator, denominator, *, confidence = 0.95))]
fn wilson(numerator: f64, denominator: f64, confidence: f64) -> PyResult<Interval> {
    let interval = proportion::wilson(numerator, denominator, confidence)
        .map_err(|error| PeelianError::new_err(error.to_string()))?;
    Ok(Interval {
        lower: interval.lower,
        upper: interval.upper,
        confidence: interval.confidence,
        method: interval.method.id(),
    })
}

#[pymodule]
mod _peelian {
    #[pymodule_export]
    use super::{Interval, PeelianError, wilson};

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name that Python packages use")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
