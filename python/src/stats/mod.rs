//! The methods of official statistics, for one case or for arrays of cases.

mod comparisons;
mod samples;
mod series;

use numpy::{IntoPyArray as _, PyArray1, PyReadonlyArray1};
use peelian_core::stats::count::{CountRule, byar, count_interval, exact_poisson, rate as crude_rate};
use peelian_core::stats::difference::{newcombe_10, newcombe_11};
use peelian_core::stats::proportion::Proportion;
use peelian_core::stats::ratio::{self, EventRate};
use peelian_core::stats::{self as core_stats, Interval, Method, StatsError};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::arguments::unknown;
use crate::errors::{Failure, detached};

pub(crate) use comparisons::{
    Compared, compare, composite_index, funnel_limits, funnel_position, gap_p_value, holm, over_dispersion,
    quantiles, risk_ratio,
};
pub(crate) use samples::{dsr, effective_sample_size, expected, isr, mean, median};
pub(crate) use series::{Chart, Phase, Trend, spc, trend};

/// A value and its interval.
#[pyclass(frozen, get_all, module = "peelian.stats")]
pub(crate) struct Estimate {
    value: f64,
    lower: f64,
    upper: f64,
    confidence: f64,
    method: String,
}

#[pymethods]
impl Estimate {
    #[new]
    #[pyo3(signature = (value, lower, upper, *, confidence = 0.95, method = String::new()))]
    fn new(py: Python<'_>, value: f64, lower: f64, upper: f64, confidence: f64, method: String) -> PyResult<Self> {
        // The core decides what an interval is.
        Interval::new(lower, upper, confidence, Method::Wilson).map_err(|error| failure(py, error))?;
        Ok(Self { value, lower, upper, confidence, method })
    }

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
    reason: Vec<&'static str>,
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
    reason: Vec<&'static str>,
}

impl Columns {
    /// Adds a case, or the reason why it has no estimate.
    fn push(&mut self, found: Result<(f64, Interval), &'static str>) {
        let (value, lower, upper, method, reason) = match found {
            Ok((value, limits)) => (value, limits.lower, limits.upper, limits.method.id(), ""),
            Err(reason) => (f64::NAN, f64::NAN, f64::NAN, "", reason),
        };
        self.value.push(value);
        self.lower.push(lower);
        self.upper.push(upper);
        self.method.push(method);
        self.reason.push(reason);
    }
}

/// Evaluates `formula` for one case, or for each case of arrays.
///
/// A single number goes with every element of the arrays. A missing number (NaN) gives a missing estimate, and so does a case of
/// valid numbers that has none.
fn evaluate<'py, const N: usize>(
    py: Python<'py>,
    given: [Numbers<'py>; N],
    confidence: f64,
    formula: impl Fn([f64; N]) -> Result<core_stats::Estimate, StatsError> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    let columns = columns(&given)?;
    let Some(count) = shared_length(&given)? else {
        let found = formula(columns.map(|column| column.at(0))).map_err(|error| failure(py, error))?;
        return Ok(Bound::new(py, estimate(found, confidence))?.into_any());
    };
    let found = detached(py, || all(count, columns, formula))?;
    let many = Estimates {
        value: found.value.into_pyarray(py).unbind(),
        lower: found.lower.into_pyarray(py).unbind(),
        upper: found.upper.into_pyarray(py).unbind(),
        confidence,
        method: found.method,
        reason: found.reason,
    };
    Ok(Bound::new(py, many)?.into_any())
}

fn all<const N: usize>(
    count: usize,
    columns: [Column<'_>; N],
    formula: impl Fn([f64; N]) -> Result<core_stats::Estimate, StatsError>,
) -> Result<Columns, Failure> {
    let room = || Vec::with_capacity(count);
    let (method, reason) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut out = Columns { value: room(), lower: room(), upper: room(), method, reason };
    for index in 0..count {
        let limits = |found: core_stats::Estimate| Some((found.value, found.interval?));
        let found = case(columns, index, &formula)?;
        out.push(found.and_then(|found| limits(found).ok_or("no_interval")));
    }
    Ok(out)
}

/// The result for one case of arrays, or the reason why it has none.
fn case<T, const N: usize>(
    columns: [Column<'_>; N],
    index: usize,
    formula: impl Fn([f64; N]) -> Result<T, StatsError>,
) -> Result<Result<T, &'static str>, Failure> {
    let numbers = columns.map(|column| column.at(index));
    if numbers.iter().any(|number| number.is_nan()) {
        return Ok(Err("missing"));
    }
    match formula(numbers) {
        Ok(found) => Ok(Ok(found)),
        Err(error) => error.undefined().map(Err).ok_or(Failure::Stats { error, index: Some(index) }),
    }
}

/// What is read from each of `count` cases. A case that cannot be read is named.
fn each<T, const N: usize>(
    py: Python<'_>,
    given: &[Numbers<'_>; N],
    count: usize,
    read: impl Fn([f64; N]) -> Result<T, StatsError>,
) -> PyResult<Vec<T>> {
    let columns = columns(given)?;
    let one = |index| {
        let refused = |error| Failure::Stats { error, index: Some(index) }.into_exception(py);
        read(columns.map(|column| column.at(index))).map_err(refused)
    };
    (0..count).map(one).collect()
}

/// The numbers as Rust reads them.
fn columns<'n, const N: usize>(given: &'n [Numbers<'_>; N]) -> PyResult<[Column<'n>; N]> {
    let mut columns = [Column::One(0.0); N];
    for (column, numbers) in columns.iter_mut().zip(given) {
        *column = numbers.column()?;
    }
    Ok(columns)
}

/// The length of the arrays; `None` if there are only single numbers.
fn shared_length(given: &[Numbers<'_>]) -> PyResult<Option<usize>> {
    let lengths: Vec<usize> = given.iter().filter_map(Numbers::len).collect();
    match lengths.split_first() {
        Some((first, rest)) if rest.iter().any(|length| length != first) => {
            Err(PyValueError::new_err(format!("the arrays have different lengths: {lengths:?}")))
        }
        first => Ok(first.map(|(first, _)| *first)),
    }
}

/// An estimate for Python. Without an interval, the limits are NaN and the method is empty.
fn estimate(found: core_stats::Estimate, confidence: f64) -> Estimate {
    let limit = |of: fn(Interval) -> f64| found.interval.map_or(f64::NAN, of);
    let method = found.interval.map_or("", |interval| interval.method.id()).to_owned();
    Estimate {
        value: found.value,
        lower: limit(|found| found.lower),
        upper: limit(|found| found.upper),
        confidence,
        method,
    }
}

/// The exception for a single case.
fn failure(py: Python<'_>, error: StatsError) -> PyErr {
    Failure::Stats { error, index: None }.into_exception(py)
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
    let rule = rule(py, method)?;
    evaluate(py, [x, n], confidence, |[x, n]| crude_rate(x, n, multiplier, confidence, rule))
}

/// The method of the limits of a count.
fn rule(py: Python<'_>, method: &str) -> PyResult<CountRule> {
    match method {
        "auto" => Ok(CountRule::ExactBelowTen),
        "exact" => Ok(CountRule::AlwaysExact),
        _ => Err(unknown("method", method, "auto, exact").into_exception(py)),
    }
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
