//! Checking rows, and computing from them, in the caller's own process.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use peelian::v1::ExplainObservationResponse;
use peelian_core::engine::{self, Engine, ExplainRequest, LocalRows, Query, Received};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::threads_or_all;
use crate::errors::{Failure, detached, interruptible};
use crate::query::{ExplainArguments, QueryArguments};
use crate::rows::{DatasetArgument, DatasetContent, DatasetRows};
use crate::seeded::core;
use crate::table::Table;
use crate::{messages, reports};

/// A dataset, and the report of its rows.
type DatasetReceived = (&'static str, Received);

/// The checked rows of several datasets, with the engine that answers from them.
#[pyclass(frozen, module = "peelian._peelian")]
pub(crate) struct Local {
    engine: Arc<Engine>,
}

#[pymethods]
impl Local {
    /// Answers a query with a table of observations.
    fn query(&self, py: Python<'_>, asked: QueryArguments) -> PyResult<Table> {
        let (core, engine) = (core()?, Arc::clone(&self.engine));
        interruptible(py, move || {
            let query = Query::from_wire(&asked.into_wire()?, core)?;
            Ok(Table::new(engine::to_arrow(&engine.query(&query)?)?))
        })
    }

    /// Explains one value.
    fn explain<'py>(&self, py: Python<'py>, asked: ExplainArguments) -> PyResult<Bound<'py, PyDict>> {
        let (core, engine) = (core()?, Arc::clone(&self.engine));
        let explanation = interruptible(py, move || {
            let request = ExplainRequest::from_wire(asked.into_wire(), core)?;
            Ok(ExplainObservationResponse::from(&engine.explain_request(&request)?))
        })?;
        messages::to_python(py, "peelian.v1.ExplainObservationResponse", &explanation)
    }
}

/// Checks rows and keeps those without errors. Returns the engine and the report of each dataset.
///
/// `synthetic` has the datasets whose rows are synthetic.
#[pyfunction]
pub(crate) fn load<'py>(
    py: Python<'py>,
    parts: Vec<DatasetArgument>,
    synthetic: HashSet<String>,
    threads: Option<NonZeroUsize>,
) -> PyResult<(Local, Bound<'py, PyDict>)> {
    let core = core()?;
    let parts = contents(py, parts)?;
    let threads = threads_or_all(threads);
    let (engine, received) = interruptible(py, move || {
        let mut local = engine::Local::new(core).with_threads(threads);
        let received = add(&mut local, parts, &synthetic, threads)?;
        Ok((local.engine(threads), received))
    })?;
    Ok((Local { engine: Arc::new(engine) }, by_dataset(py, received)?))
}

/// The fields of each dataset that one query needs.
#[pyfunction]
pub(crate) fn needed(
    py: Python<'_>,
    asked: QueryArguments,
    datasets: Vec<String>,
) -> PyResult<HashMap<String, Vec<&'static str>>> {
    let core = core()?;
    detached(py, || {
        let query = Query::from_wire(&asked.into_wire()?, core)?;
        let local = engine::Local::for_query(core, &query)?;
        datasets.into_iter().map(|dataset| Ok((dataset.clone(), local.fields(&dataset)?))).collect()
    })
}

/// Answers one query from rows. Only the fields that the query needs are read.
///
/// Returns the table of observations and the report of each dataset.
#[pyfunction]
pub(crate) fn compute<'py>(
    py: Python<'py>,
    parts: Vec<DatasetArgument>,
    synthetic: HashSet<String>,
    threads: Option<NonZeroUsize>,
    asked: QueryArguments,
) -> PyResult<(Table, Bound<'py, PyDict>)> {
    let core = core()?;
    let parts = contents(py, parts)?;
    let threads = threads_or_all(threads);
    let (table, received) = interruptible(py, move || {
        let query = Query::from_wire(&asked.into_wire()?, core)?;
        let read = read(parts, threads)?;
        let computed = engine::compute_once(core, &query, rows(&read, &synthetic), threads)?;
        Ok((Table::new(engine::to_arrow_on(&computed.observations, threads)?), computed.received))
    })?;
    Ok((table, by_dataset(py, received)?))
}

fn add(
    local: &mut engine::Local,
    parts: Vec<DatasetContent>,
    synthetic: &HashSet<String>,
    threads: NonZeroUsize,
) -> Result<Vec<DatasetReceived>, Failure> {
    Ok(local.add_all(rows(&read(parts, threads)?, synthetic))?)
}

/// The rows of several datasets, with what they report on.
fn contents(py: Python<'_>, parts: Vec<DatasetArgument>) -> PyResult<Vec<DatasetContent>> {
    let core = core()?;
    let parts: Result<_, _> = parts.into_iter().map(|part| DatasetContent::new(part, core)).collect();
    parts.map_err(|failure| failure.into_exception(py))
}

fn read(parts: Vec<DatasetContent>, threads: NonZeroUsize) -> Result<Vec<DatasetRows>, Failure> {
    parts.into_iter().map(|part| part.read(threads)).collect()
}

fn rows<'a>(parts: &'a [DatasetRows], synthetic: &HashSet<String>) -> Vec<LocalRows<'a>> {
    parts.iter().map(|part| part.rows(synthetic.contains(&part.dataset))).collect()
}

fn by_dataset(py: Python<'_>, received: Vec<DatasetReceived>) -> PyResult<Bound<'_, PyDict>> {
    let reports = PyDict::new(py);
    for (dataset, what) in received {
        reports.set_item(dataset, reports::of_rows(py, what.received, what.rejected, &what.findings)?)?;
    }
    Ok(reports)
}

/// Checks the rows of one dataset. Its references are looked up in the rows of the other datasets.
#[pyfunction]
pub(crate) fn check<'py>(
    py: Python<'py>,
    part: DatasetArgument,
    referenced: Vec<DatasetArgument>,
) -> PyResult<Bound<'py, PyDict>> {
    let core = core()?;
    let part = DatasetContent::new(part, core).map_err(|failure| failure.into_exception(py))?;
    let referenced = contents(py, referenced)?;
    let checked = interruptible(py, move || {
        let threads = threads_or_all(None);
        let mut local = engine::Local::new(core).with_threads(threads);
        let others = referenced.into_iter().map(|part| part.read(threads)).collect::<Result<Vec<_>, _>>()?;
        local.add_all(others.iter().map(|part| part.rows(false)).collect())?;
        Ok(local.check(part.read(threads)?.rows(false))?)
    })?;
    reports::of_rows(py, checked.received, checked.rejected, &checked.findings)
}
