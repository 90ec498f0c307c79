//! The interval methods, for one case or for arrays of cases.

use numpy::{IntoPyArray as _, PyArray1, PyReadonlyArray1};
use peelian_core::stats::count::{CountRule, byar, count_interval, exact_poisson, rate as crude_rate};
use peelian_core::stats::difference::{newcombe_10, newcombe_11};
use peelian_core::stats::proportion::Proportion;
use peelian_core::stats::ratio::{self, EventRate};
use peelian_core::stats::survey::{WeightedSums, weight_units};
use peelian_core::stats::{self as core_stats, Interval, StatsError};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::arguments::unknown;
use crate::errors::{Failure, detached};

/// A value and its interval.
#[pyclass(frozen, get_all, module = "peelian.stats")]
pub(crate) struct Estimate {
    value: f64,
    lower: f64,
    upper: f64,
    confidence: f64,
    method: &'static str,
}

#[pymethods]
impl Estimate {
    fn __repr__(&self) -> String {
        let Self { value, lower, upper, confidence, method } = self;
        format!("Estimate(value={value}, lower={lower}, upper={upper}, confidence={confidence}, method='{method}')")
    }
}

/// Values and their intervals, as arrays with one element for each case.
#[pyclass(frozen, get_all, module = "peelian.stats")]
pub(crate) struct Estimates {
    value: Py<PyArray1<f64>>,
    lower: Py<PyArray1<f64>>,
    upper: Py<PyArray1<f64>>,
    confidence: f64,
    method: Vec<&'static str>,
}

#[pymethods]
impl Estimates {
    fn __len__(&self) -> usize {
        self.method.len()
    }

    fn __repr__(&self) -> String {
        format!("Estimates({} cases, confidence={})", self.method.len(), self.confidence)
    }
}

/// One number, or an array of them.
pub(crate) enum Numbers<'py> {
    One(f64),
    Many(PyReadonlyArray1<'py, f64>),
}

impl<'py> FromPyObject<'_, 'py> for Numbers<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        // An array of one element stays an array. Python could convert it to a number.
        if !object.hasattr("__len__")? {
            return Ok(Self::One(object.extract()?));
        }
        let py = object.py();
        let array = py.import("numpy")?.call_method1("ascontiguousarray", (object, "float64"))?;
        let many: PyReadonlyArray1<'py, f64> =
            array.extract().map_err(|_| PyValueError::new_err("the numbers must be in one dimension"))?;
        Ok(Self::Many(many))
    }
}

impl Numbers<'_> {
    fn len(&self) -> Option<usize> {
        match self {
            Self::One(_) => None,
            Self::Many(many) => Some(many.as_array().len()),
        }
    }

    fn column(&self) -> PyResult<Column<'_>> {
        Ok(match self {
            Self::One(one) => Column::One(*one),
            Self::Many(many) => Column::Many(many.as_slice()?),
        })
    }
}

/// One number or an array, as Rust reads it.
#[derive(Clone, Copy)]
enum Column<'n> {
    One(f64),
    Many(&'n [f64]),
}

impl Column<'_> {
    fn at(&self, index: usize) -> f64 {
        match self {
            Self::One(one) => *one,
            Self::Many(many) => many.get(index).copied().unwrap_or(f64::NAN),
        }
    }
}

/// Estimates of `count` cases.
struct Columns {
    value: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    method: Vec<&'static str>,
}

/// Evaluates `formula` for one case, or for each case of arrays.
///
/// A single number goes with every element of the arrays. A missing number (NaN) gives a missing estimate.
fn evaluate<'py, const N: usize>(
    py: Python<'py>,
    given: [Numbers<'py>; N],
    confidence: f64,
    formula: impl Fn([f64; N]) -> Result<core_stats::Estimate, StatsError> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    let lengths: Vec<usize> = given.iter().filter_map(Numbers::len).collect();
    let mut columns = [Column::One(0.0); N];
    for (column, numbers) in columns.iter_mut().zip(&given) {
        *column = numbers.column()?;
    }
    let Some(count) = lengths.first().copied() else {
        let found = formula(columns.map(|column| column.at(0)))
            .and_then(|found| found.interval.map(|limits| (found.value, limits)).ok_or(StatsError::NoInterval))
            .map_err(|error| Failure::Stats { error, index: None }.into_exception(py))?;
        return Ok(Bound::new(py, estimate(found))?.into_any());
    };
    if lengths.iter().any(|length| *length != count) {
        return Err(PyValueError::new_err(format!("the arrays have different lengths: {lengths:?}")));
    }
    let found = detached(py, || all(count, columns, formula))?;
    let many = Estimates {
        value: found.value.into_pyarray(py).unbind(),
        lower: found.lower.into_pyarray(py).unbind(),
        upper: found.upper.into_pyarray(py).unbind(),
        confidence,
        method: found.method,
    };
    Ok(Bound::new(py, many)?.into_any())
}

fn all<const N: usize>(
    count: usize,
    columns: [Column<'_>; N],
    formula: impl Fn([f64; N]) -> Result<core_stats::Estimate, StatsError>,
) -> Result<Columns, Failure> {
    let room = || Vec::with_capacity(count);
    let mut out = Columns { value: room(), lower: room(), upper: room(), method: Vec::with_capacity(count) };
    for index in 0..count {
        let case = columns.map(|column| column.at(index));
        let (value, lower, upper, method) = if case.iter().any(|number| number.is_nan()) {
            (f64::NAN, f64::NAN, f64::NAN, "")
        } else {
            let refused = |error| Failure::Stats { error, index: Some(index) };
            let found = formula(case).map_err(refused)?;
            let limits = found.interval.ok_or(StatsError::NoInterval).map_err(refused)?;
            (found.value, limits.lower, limits.upper, limits.method.id())
        };
        out.value.push(value);
        out.lower.push(lower);
        out.upper.push(upper);
        out.method.push(method);
    }
    Ok(out)
}

fn estimate((value, limits): (f64, Interval)) -> Estimate {
    let Interval { lower, upper, confidence, method, .. } = limits;
    Estimate { value, lower, upper, confidence, method: method.id() }
}

/// Wilson's score interval of `x` of `n`.
#[pyfunction]
pub(crate) fn wilson<'py>(
    py: Python<'py>,
    x: Numbers<'py>,
    n: Numbers<'py>,
    confidence: f64,
    continuity_correction: bool,
) -> PyResult<Bound<'py, PyAny>> {
    evaluate(py, [x, n], confidence, |[x, n]| {
        let part = Proportion::new(x, n)?;
        let limits = if continuity_correction { part.wilson_cc(confidence) } else { part.wilson(confidence) };
        Ok(core_stats::Estimate::with_interval(part.value(), limits?))
    })
}

/// Poisson limits of the count `x`.
#[pyfunction]
pub(crate) fn poisson<'py>(
    py: Python<'py>,
    x: Numbers<'py>,
    confidence: f64,
    method: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let limits: fn(f64, f64) -> Result<Interval, StatsError> = match method {
        "auto" => |x, confidence| count_interval(x, confidence, CountRule::ExactBelowTen),
        "byar" => byar,
        "exact" => exact_poisson,
        _ => return Err(unknown("method", method, "auto, byar, exact").into_exception(py)),
    };
    evaluate(py, [x], confidence, |[x]| Ok(core_stats::Estimate::with_interval(x, limits(x, confidence)?)))
}

/// A crude rate: `x` events in an exposure of `n`, for each `multiplier` of it.
#[pyfunction]
pub(crate) fn rate<'py>(
    py: Python<'py>,
    x: Numbers<'py>,
    n: Numbers<'py>,
    multiplier: f64,
    confidence: f64,
    method: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let rule = match method {
        "auto" => CountRule::ExactBelowTen,
        "exact" => CountRule::AlwaysExact,
        _ => return Err(unknown("method", method, "auto, exact").into_exception(py)),
    };
    evaluate(py, [x, n], confidence, |[x, n]| crude_rate(x, n, multiplier, confidence, rule))
}

/// The difference of two proportions.
#[pyfunction]
pub(crate) fn newcombe<'py>(
    py: Python<'py>,
    x1: Numbers<'py>,
    n1: Numbers<'py>,
    x2: Numbers<'py>,
    n2: Numbers<'py>,
    confidence: f64,
    continuity_correction: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let method = if continuity_correction { newcombe_11 } else { newcombe_10 };
    evaluate(py, [x1, n1, x2, n2], confidence, |[x1, n1, x2, n2]| {
        method(Proportion::new(x1, n1)?, Proportion::new(x2, n2)?, confidence)
    })
}

/// The ratio of two rates.
#[pyfunction]
pub(crate) fn rate_ratio<'py>(
    py: Python<'py>,
    x1: Numbers<'py>,
    t1: Numbers<'py>,
    x2: Numbers<'py>,
    t2: Numbers<'py>,
    confidence: f64,
    method: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let of: fn(EventRate, EventRate, f64) -> Result<core_stats::Estimate, StatsError> = match method {
        "auto" => ratio::rate_ratio,
        "log_wald" => ratio::log_wald,
        "score" => ratio::score,
        "exact" => ratio::exact_conditional,
        _ => return Err(unknown("method", method, "auto, log_wald, score, exact").into_exception(py)),
    };
    evaluate(py, [x1, t1, x2, t2], confidence, |[x1, t1, x2, t2]| {
        of(EventRate::new(x1, t1)?, EventRate::new(x2, t2)?, confidence)
    })
}

/// Kish's effective sample size of survey weights.
#[pyfunction]
pub(crate) fn effective_sample_size(py: Python<'_>, weights: Numbers<'_>) -> PyResult<f64> {
    let weights = match weights.column()? {
        Column::Many(weights) => weights,
        Column::One(_) => {
            return Err(PyValueError::new_err("weights must be an array, with one for each respondent"));
        }
    };
    detached(py, || {
        let mut sums = WeightedSums::default();
        for (index, weight) in weights.iter().copied().enumerate() {
            let refused = |error| Failure::Stats { error, index: Some(index) };
            let not_a_weight = StatsError::NotPositive { what: "weight", value: weight };
            let units = weight_units(weight).ok_or(not_a_weight).map_err(refused)?;
            sums.add(units, false).map_err(refused)?;
        }
        sums.effective_n().map_err(|error| Failure::Stats { error, index: None })
    })
}
