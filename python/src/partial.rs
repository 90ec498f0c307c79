//! Rows that are counted in partitions: what a task does with its share, and what is made of all shares.

use std::num::NonZeroUsize;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use peelian_core::contract::Severity;
use peelian_core::engine::partial::{self, Partial, PartialError, Slice, Source, Tally};
use peelian_core::engine::{self, LocalContent, LocalRows, Query};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict, PyList};
use pyo3_arrow::PyRecordBatchReader;

use crate::content::Content;
use crate::errors::{Failure, detached};
use crate::local::{opened, report};
use crate::query::Asked;
use crate::table::Table;
use crate::{catalogue, core, messages};

/// First and last day.
type Covers = Option<(String, String)>;

/// A question, and the datasets whose rows are counted for it in partitions.
#[pyclass(frozen, module = "peelian._peelian")]
pub(crate) struct Plan {
    plan: partial::Plan,
    query: Query,
}

/// A slice as a table carries it: bucket, whether it is keys, an Arrow IPC stream.
type OfBucket<'py> = (u32, bool, Bound<'py, PyBytes>);

#[pymethods]
impl Plan {
    /// A plan of sources: each a dataset, the days that its rows report on, and whether they are synthetic.
    #[new]
    fn new(py: Python<'_>, sources: Vec<(String, Covers, bool)>, asked: Asked) -> PyResult<Self> {
        let core = core()?;
        let days = |(first, last): &(String, String)| Ok::<_, PyErr>((catalogue::day(first)?, catalogue::day(last)?));
        let covers = sources.iter().map(|(_, covers, _)| covers.as_ref().map(days).transpose());
        let covers = covers.collect::<PyResult<Vec<_>>>()?;
        detached(py, || {
            let query = Query::from_wire(&asked.into_wire()?, core)?;
            let sources = sources.iter().zip(covers);
            let sources: Vec<Source<'_>> = sources
                .map(|((dataset, _, synthetic), covers)| Source { dataset, covers, synthetic: *synthetic })
                .collect();
            Ok(Self { plan: partial::Plan::new(core, &query, &sources)?, query })
        })
    }

    /// Whether persons are followed, so that the states of a bucket are gathered.
    #[getter]
    fn follows_persons(&self) -> bool {
        self.plan.follows_persons()
    }

    /// Splits rows into slices for buckets.
    fn scatter<'py>(
        &self,
        py: Python<'py>,
        dataset: &str,
        rows: PyRecordBatchReader,
        buckets: u32,
    ) -> PyResult<Vec<OfBucket<'py>>> {
        let reader = rows.into_reader()?;
        let slices = detached(py, || {
            let schema = reader.schema();
            let batches = reader.collect::<Result<Vec<_>, _>>()?;
            let rows = arrow::compute::concat_batches(&schema, &batches)?;
            let slices = self.plan.scatter(dataset, &rows, buckets)?;
            let written = slices.into_iter().map(|slice| match slice.slice {
                Slice::Rows(rows) => Ok((slice.bucket, false, stream(&rows)?)),
                Slice::Keys(keys) => Ok((slice.bucket, true, stream(&keys)?)),
            });
            written.collect::<Result<Vec<_>, Failure>>()
        })?;
        Ok(slices.into_iter().map(|(bucket, keys, bytes)| (bucket, keys, PyBytes::new(py, &bytes))).collect())
    }

    /// Counts the slices of one bucket: states, each with the bucket of its persons.
    fn count<'py>(
        &self,
        py: Python<'py>,
        slices: Vec<(String, bool, PyBackedBytes)>,
        buckets: u32,
        threads: NonZeroUsize,
    ) -> PyResult<Vec<(u32, Bound<'py, PyBytes>)>> {
        let states = detached(py, || {
            let mut rows: Vec<(&str, Vec<RecordBatch>)> = Vec::new();
            for dataset in self.plan.datasets() {
                let of = |wanted: bool| {
                    let here = slices.iter().filter(move |(name, keys, _)| *name == dataset.id && *keys == wanted);
                    here.map(|(.., bytes)| batches(bytes))
                };
                let keys = of(true).collect::<Result<Vec<_>, _>>()?.concat();
                self.plan.check_keys(&dataset.id, &keys)?;
                let batches = of(false).collect::<Result<Vec<_>, _>>()?.concat();
                if !batches.is_empty() {
                    rows.push((&dataset.id, batches));
                }
            }
            let rows = rows.iter().map(|(dataset, batches)| LocalRows {
                dataset,
                covers: None,
                content: LocalContent::Batches(batches),
                synthetic: false,
            });
            let states = self.plan.count(rows.collect(), threads)?.by_person(buckets)?;
            states.iter().map(|(bucket, state)| Ok((*bucket, state.to_bytes()?))).collect::<Result<Vec<_>, Failure>>()
        })?;
        Ok(states.into_iter().map(|(bucket, state)| (bucket, PyBytes::new(py, &state))).collect())
    }

    /// One state of those of one bucket of persons, whose victims are counted.
    fn gather<'py>(&self, py: Python<'py>, states: Vec<PyBackedBytes>) -> PyResult<Bound<'py, PyBytes>> {
        let state = detached(py, || {
            let mut state = self.merged(&states)?;
            state.count_persons(&self.plan)?;
            Ok(state.to_bytes()?)
        })?;
        Ok(PyBytes::new(py, &state))
    }

    /// One state of several, as they are.
    fn merge<'py>(&self, py: Python<'py>, states: Vec<PyBackedBytes>) -> PyResult<Bound<'py, PyBytes>> {
        let state = detached(py, || Ok(self.merged(&states)?.to_bytes()?))?;
        Ok(PyBytes::new(py, &state))
    }

    /// The answer from the states of all buckets and from figures (the rows, what they cover, whether they are
    /// synthetic), and for each dataset what became of its rows.
    fn finish<'py>(
        &self,
        py: Python<'py>,
        states: Vec<PyBackedBytes>,
        figures: Option<(String, Content, Covers, bool)>,
        threads: NonZeroUsize,
    ) -> PyResult<(Table, Bound<'py, PyDict>)> {
        let figures = figures
            .map(|(dataset, rows, covers, synthetic)| Ok::<_, PyErr>((opened((dataset, rows, covers))?, synthetic)));
        let figures = figures.transpose()?;
        let (table, tallies, received) = detached(py, || {
            let figures = figures.map(|(part, synthetic)| Ok::<_, Failure>((part.read(threads)?, synthetic)));
            let figures = figures.transpose()?;
            let rows = figures.as_ref().map(|(part, synthetic)| part.rows(*synthetic));
            let (engine, tallies, received) = self.merged(&states)?.finish(&self.plan, rows, threads)?;
            Ok((Table::new(engine::to_arrow(&engine.query(&self.query)?)?), tallies, received))
        })?;
        let reports = PyDict::new(py);
        for tally in &tallies {
            reports.set_item(tally.dataset, tallied(py, tally)?)?;
        }
        if let Some(what) = received {
            let figures = report(py, what.received, what.rejected, &what.findings)?;
            reports.set_item("published_figure", figures)?;
        }
        Ok((table, reports))
    }
}

impl Plan {
    /// The sum of states; that of no rows where there is none.
    fn merged(&self, states: &[PyBackedBytes]) -> Result<Partial, PartialError> {
        let mut states = states.iter();
        let mut merged = match states.next() {
            Some(first) => Partial::from_bytes(first)?,
            None => self.plan.count(Vec::new(), NonZeroUsize::MIN)?,
        };
        states.try_for_each(|state| merged.merge(Partial::from_bytes(state)?))?;
        Ok(merged)
    }
}

/// The findings of a tally, one for each code, as Python takes them.
pub(crate) fn found<'py>(py: Python<'py>, tally: &Tally) -> PyResult<Bound<'py, PyList>> {
    let found = PyList::empty(py);
    for finding in tally.findings() {
        found.append(messages::to_python(py, "peelian.v1.Finding", &finding)?)?;
    }
    Ok(found)
}

fn tallied<'py>(py: Python<'py>, tally: &Tally) -> PyResult<Bound<'py, PyDict>> {
    let report = PyDict::new(py);
    report.set_item("received", tally.received)?;
    report.set_item("rejected", tally.rejected)?;
    report.set_item("errors", tally.total(Severity::Error))?;
    report.set_item("warnings", tally.total(Severity::Warning))?;
    report.set_item("infos", tally.total(Severity::Info))?;
    report.set_item("findings", found(py, tally)?)?;
    Ok(report)
}

fn stream(rows: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema())?;
    writer.write(rows)?;
    writer.finish()?;
    writer.into_inner()
}

fn batches(bytes: &PyBackedBytes) -> Result<Vec<RecordBatch>, ArrowError> {
    let bytes: &[u8] = bytes;
    StreamReader::try_new(bytes, None)?.collect()
}
