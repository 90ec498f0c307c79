//! The Python package's compiled part, `peelian._peelian`: the core's measures and methods for analysts.

use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};

use arrow::array::RecordBatch;
use jiff::civil::Date;
use peelian::v1 as wire;
use peelian_core::Core;
use peelian_core::engine::{Local, LocalContent, LocalRows, Query, to_arrow};
use peelian_core::stats::proportion;
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3_arrow::{PyRecordBatch, PyRecordBatchReader};

static CORE: LazyLock<Result<Arc<Core>, String>> =
    LazyLock::new(|| Core::from_seeds().map(Arc::new).map_err(|error| error.to_string()));

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

/// Computes one measure from rows in Arrow, as the exchange would: a table with an observation in each row.
///
/// `rows` is anything with `__arrow_c_stream__`: a table of pyarrow, polars, pandas or DuckDB. `first` and `last` are the
/// days that the rows cover; `areas` is the code of an area, or a level ("borough"); `periods` a period or a range.
///
/// Raises `PeelianError` if the rows or the question are refused.
#[pyfunction]
#[pyo3(signature = (rows, *, dataset, first, last, measure, areas, periods, synthetic = false))]
#[expect(clippy::too_many_arguments, reason = "Python's callers name them")]
fn measure(
    py: Python<'_>,
    rows: PyRecordBatchReader,
    dataset: &str,
    first: &str,
    last: &str,
    measure: &str,
    areas: &str,
    periods: &str,
    synthetic: bool,
) -> PyResult<PyRecordBatch> {
    let core = CORE.as_ref().map_err(PeelianError::new_err)?;
    let (first, last) = (day(first)?, day(last)?);
    let query = wire::Query {
        measures: vec![measure.to_owned()],
        areas: vec![areas.to_owned()],
        periods: vec![periods.to_owned()],
        ..wire::Query::default()
    };
    let reader = rows.into_reader()?;
    let table = py.detach(|| {
        let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        let content = LocalContent::Batches(&batches);
        answer(core, LocalRows { dataset, covers: Some((first, last)), content, synthetic }, &query)
    });
    table.map(PyRecordBatch::new).map_err(PeelianError::new_err)
}

fn answer(core: &Arc<Core>, rows: LocalRows<'_>, query: &wire::Query) -> Result<RecordBatch, String> {
    let mut local = Local::new(core);
    local.add(rows).map_err(|error| error.to_string())?;
    let query = Query::from_wire(query, core).map_err(|error| error.to_string())?;
    let found = local.engine(NonZeroUsize::MIN).query(&query).map_err(|error| error.to_string())?;
    to_arrow(&found).map_err(|error| error.to_string())
}

fn day(text: &str) -> PyResult<Date> {
    text.parse().map_err(|_| PeelianError::new_err(format!("{text:?} is not a day: write it as 2017-02-28")))
}

#[pymodule]
mod _peelian {
    #[pymodule_export]
    use super::{Interval, PeelianError, measure, wilson};

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name that Python packages use")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
