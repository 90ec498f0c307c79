//! Rows that stay where they are: checked and computed from in the caller's own process.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use jiff::civil::Date;
use peelian::v1::ExplainObservationResponse;
use peelian_core::contract::Severity;
use peelian_core::engine::{self, Engine, LocalContent, LocalRows, Query, QueryError, Received};
use peelian_core::intake::Findings;
use peelian_core::period::Period;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::content::{Content, Rows};
use crate::errors::{Failure, detached, kept};
use crate::query::{Asked, Explained};
use crate::table::Table;
use crate::{catalogue, core, messages};

/// Days that rows report on: the first and the last.
type Covers = Option<(String, String)>;

/// One dataset's rows: its identifier, the rows, and the days that they report on.
type Part = (String, Content, Covers);

/// A dataset, and what became of its rows.
type Became = (&'static str, Received);

/// Rows of several datasets, checked, and the engine that answers from them.
#[pyclass(frozen, module = "peelian._peelian")]
pub(crate) struct Local {
    engine: Engine,
}

#[pymethods]
impl Local {
    /// Answers a query with a table of observations.
    fn query(&self, py: Python<'_>, asked: Asked) -> PyResult<Table> {
        let core = core()?;
        detached(py, || {
            let query = Query::from_wire(&asked.into_wire()?, core)?;
            Ok(Table::new(engine::to_arrow(&self.engine.query(&query)?)?))
        })
    }

    /// Says how one value came about.
    fn explain<'py>(&self, py: Python<'py>, asked: Explained) -> PyResult<Bound<'py, PyDict>> {
        let asked = asked.into_wire();
        let core = core()?;
        let told = detached(py, || {
            let area = core.reference.areas.by_code(&asked.area).ok_or_else(|| {
                let nearest =
                    core.reference.areas.resolve_name(&asked.area).map_or_else(|e| e.nearest, |_| Vec::new());
                QueryError::UnknownArea { area: asked.area.clone(), nearest }
            })?;
            let period: Period = asked.period.parse().map_err(QueryError::from)?;
            let told = self.engine.explain(&asked.measure, area, period, &asked.breakdown.into_iter().collect())?;
            Ok(ExplainObservationResponse::from(&told))
        })?;
        messages::to_python(py, "peelian.v1.ExplainObservationResponse", &told)
    }
}

/// Checks rows and keeps those without errors: the engine, and for each dataset what became of its rows. `synthetic` are
/// the datasets whose rows are.
#[pyfunction]
pub(crate) fn load<'py>(
    py: Python<'py>,
    parts: Vec<Part>,
    synthetic: HashSet<String>,
    threads: Option<NonZeroUsize>,
) -> PyResult<(Local, Bound<'py, PyDict>)> {
    let core = core()?;
    let parts = parts.into_iter().map(opened).collect::<PyResult<Vec<_>>>()?;
    let threads = threads_or_all(threads);
    let (engine, received) = detached(py, || {
        let mut local = engine::Local::new(core).with_threads(threads);
        let received = add(&mut local, parts, &synthetic, threads)?;
        Ok((local.engine(threads), received))
    })?;
    Ok((Local { engine }, reports(py, received)?))
}

/// The fields of each dataset that one query needs.
#[pyfunction]
pub(crate) fn needed(
    py: Python<'_>,
    asked: Asked,
    datasets: Vec<String>,
) -> PyResult<HashMap<String, Vec<&'static str>>> {
    let core = core()?;
    detached(py, || {
        let query = Query::from_wire(&asked.into_wire()?, core)?;
        let local = engine::Local::for_query(core, &query)?;
        datasets.into_iter().map(|dataset| Ok((dataset.clone(), local.fields(&dataset)?))).collect()
    })
}

/// Answers one query from rows of which nothing else is read: the table of observations, and for each dataset what became
/// of its rows.
#[pyfunction]
pub(crate) fn compute<'py>(
    py: Python<'py>,
    parts: Vec<Part>,
    synthetic: HashSet<String>,
    threads: Option<NonZeroUsize>,
    asked: Asked,
) -> PyResult<(Table, Bound<'py, PyDict>)> {
    let core = core()?;
    let parts = parts.into_iter().map(opened).collect::<PyResult<Vec<_>>>()?;
    let threads = threads_or_all(threads);
    let (table, received) = detached(py, || {
        let query = Query::from_wire(&asked.into_wire()?, core)?;
        let read = read(parts, threads)?;
        let computed = engine::compute_once(core, &query, rows(&read, &synthetic), threads)?;
        Ok((Table::new(engine::to_arrow_on(&computed.observations, threads)?), computed.received))
    })?;
    Ok((table, reports(py, received)?))
}

pub(crate) fn threads_or_all(threads: Option<NonZeroUsize>) -> NonZeroUsize {
    threads.or_else(|| available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

fn add(
    local: &mut engine::Local,
    parts: Vec<OpenPart>,
    synthetic: &HashSet<String>,
    threads: NonZeroUsize,
) -> Result<Vec<Became>, Failure> {
    Ok(local.add_all(rows(&read(parts, threads)?, synthetic))?)
}

fn read(parts: Vec<OpenPart>, threads: NonZeroUsize) -> Result<Vec<ReadPart>, Failure> {
    parts.into_iter().map(|part| part.read(threads)).collect()
}

fn rows<'a>(parts: &'a [ReadPart], synthetic: &HashSet<String>) -> Vec<LocalRows<'a>> {
    parts.iter().map(|part| part.rows(synthetic.contains(&part.dataset))).collect()
}

fn reports(py: Python<'_>, received: Vec<Became>) -> PyResult<Bound<'_, PyDict>> {
    let reports = PyDict::new(py);
    for (dataset, what) in received {
        reports.set_item(dataset, report(py, what.received, what.rejected, &what.findings)?)?;
    }
    Ok(reports)
}

/// Checks the rows of one dataset, with those of others to look up what they refer to.
#[pyfunction]
pub(crate) fn check<'py>(py: Python<'py>, part: Part, referenced: Vec<Part>) -> PyResult<Bound<'py, PyDict>> {
    let core = core()?;
    let part = opened(part)?;
    let referenced = referenced.into_iter().map(opened).collect::<PyResult<Vec<_>>>()?;
    let checked = detached(py, || {
        let mut local = engine::Local::new(core);
        let threads = threads_or_all(None);
        let others = referenced.into_iter().map(|part| part.read(threads)).collect::<Result<Vec<_>, _>>()?;
        local.add_all(others.iter().map(|part| part.rows(false)).collect())?;
        Ok(local.check(part.read(threads)?.rows(false))?)
    })?;
    report(py, checked.received, checked.rejected, &checked.findings)
}

pub(crate) struct OpenPart {
    dataset: String,
    content: Content,
    covers: Option<(Date, Date)>,
}

pub(crate) struct ReadPart {
    dataset: String,
    rows: Rows,
    covers: Option<(Date, Date)>,
}

pub(crate) fn opened((dataset, content, covers): Part) -> PyResult<OpenPart> {
    let days = |(first, last): (String, String)| Ok::<_, PyErr>((catalogue::day(&first)?, catalogue::day(&last)?));
    Ok(OpenPart { dataset, content, covers: covers.map(days).transpose()? })
}

impl OpenPart {
    pub(crate) fn read(self, threads: NonZeroUsize) -> Result<ReadPart, Failure> {
        Ok(ReadPart { dataset: self.dataset, rows: self.content.read(threads)?, covers: self.covers })
    }
}

impl ReadPart {
    pub(crate) fn rows(&self, synthetic: bool) -> LocalRows<'_> {
        let content = match &self.rows {
            Rows::Csv(bytes) => LocalContent::Csv(bytes),
            Rows::Arrow(bytes) => LocalContent::Arrow(bytes),
            Rows::Batches(batches) => LocalContent::Batches(batches),
        };
        LocalRows { dataset: &self.dataset, covers: self.covers, content, synthetic }
    }
}

pub(crate) fn report<'py>(
    py: Python<'py>,
    received: u64,
    rejected: u64,
    findings: &Findings,
) -> PyResult<Bound<'py, PyDict>> {
    let report = PyDict::new(py);
    report.set_item("received", received)?;
    report.set_item("rejected", rejected)?;
    report.set_item("errors", findings.total(Severity::Error))?;
    report.set_item("warnings", findings.total(Severity::Warning))?;
    report.set_item("infos", findings.total(Severity::Info))?;
    report.set_item("findings", kept(py, findings)?)?;
    Ok(report)
}
