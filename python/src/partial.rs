//! Rows that are counted in partitions: the work of a task, and the answer from the states of all tasks.

use std::num::NonZeroUsize;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use peelian_core::engine::partial::{self, Partial, PartialError, Slice, Source};
use peelian_core::engine::{self, LocalContent, LocalRows, Query};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict};
use pyo3_arrow::PyRecordBatchReader;

use crate::arguments::ScopeArguments;
use crate::content::Content;
use crate::errors::{Failure, detached};
use crate::query::QueryArguments;
use crate::reports;
use crate::rows::DatasetContent;
use crate::seeded::core;
use crate::table::Table;

/// A question, and the datasets whose rows are counted in partitions.
#[pyclass(frozen, module = "peelian._peelian")]
pub(crate) struct Plan {
    plan: partial::Plan,
    query: Query,
}

/// A slice as a table has it: its bucket, whether it has keys, and an Arrow IPC stream.
type BucketSlice<'py> = (u32, bool, Bound<'py, PyBytes>);

#[pymethods]
impl Plan {
    /// Makes a plan. A source is a dataset, what its rows report on, and whether they are synthetic.
    #[new]
    fn new(py: Python<'_>, sources: Vec<(String, ScopeArguments, bool)>, asked: QueryArguments) -> PyResult<Self> {
        let core = core()?;
        detached(py, || {
            let query = Query::from_wire(&asked.into_wire()?, core)?;
            let read = |(dataset, scope, synthetic): (String, ScopeArguments, bool)| {
                Ok::<_, Failure>((dataset, scope.read(core)?, synthetic))
            };
            let sources = sources.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
            let sources: Vec<Source<'_>> = sources
                .iter()
                .map(|(dataset, scope, synthetic)| Source {
                    dataset,
                    covers: scope.covers,
                    areas: scope.areas.as_deref(),
                    synthetic: *synthetic,
                })
                .collect();
            Ok(Self { plan: partial::Plan::new(core, &query, &sources)?, query })
        })
    }

    /// Whether persons are followed. The states of a bucket of persons must then be gathered.
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
    ) -> PyResult<Vec<BucketSlice<'py>>> {
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

    /// Counts the slices of one bucket. Returns states, each with the bucket of its persons.
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
            let rows = rows.iter().map(|(dataset, batches)| LocalRows::new(dataset, LocalContent::Batches(batches)));
            let states = self.plan.count(rows.collect(), threads)?.by_person(buckets)?;
            states.iter().map(|(bucket, state)| Ok((*bucket, state.to_bytes()?))).collect::<Result<Vec<_>, Failure>>()
        })?;
        Ok(states.into_iter().map(|(bucket, state)| (bucket, PyBytes::new(py, &state))).collect())
    }

    /// Makes one state from the states of one bucket of persons, and counts its victims.
    fn gather<'py>(&self, py: Python<'py>, states: Vec<PyBackedBytes>) -> PyResult<Bound<'py, PyBytes>> {
        let state = detached(py, || {
            let mut state = self.merged(&states)?;
            state.count_persons(&self.plan)?;
            Ok(state.to_bytes()?)
        })?;
        Ok(PyBytes::new(py, &state))
    }

    /// Makes one state from several. No victim is counted.
    fn merge<'py>(&self, py: Python<'py>, states: Vec<PyBackedBytes>) -> PyResult<Bound<'py, PyBytes>> {
        let state = detached(py, || Ok(self.merged(&states)?.to_bytes()?))?;
        Ok(PyBytes::new(py, &state))
    }

    /// Answers the question from the states of all buckets and from figures. Returns the table of observations and the
    /// report of each dataset.
    ///
    /// Figures are their dataset, the rows, what they report on, and whether they are synthetic.
    fn finish<'py>(
        &self,
        py: Python<'py>,
        states: Vec<PyBackedBytes>,
        figures: Option<(String, Content, ScopeArguments, bool)>,
        threads: NonZeroUsize,
    ) -> PyResult<(Table, Bound<'py, PyDict>)> {
        let core = core()?;
        let figures = figures.map(|(dataset, rows, scope, synthetic)| {
            Ok::<_, Failure>((DatasetContent::new((dataset, rows, scope), core)?, synthetic))
        });
        let figures = figures.transpose().map_err(|failure| failure.into_exception(py))?;
        let (table, tallies, received) = detached(py, || {
            let figures = figures.map(|(part, synthetic)| Ok::<_, Failure>((part.read(threads)?, synthetic)));
            let figures = figures.transpose()?;
            let rows = figures.as_ref().map(|(part, synthetic)| part.rows(*synthetic));
            let (engine, tallies, received) = self.merged(&states)?.finish(&self.plan, rows, threads)?;
            Ok((Table::new(engine::to_arrow(&engine.query(&self.query)?)?), tallies, received))
        })?;
        let by_dataset = PyDict::new(py);
        for tally in &tallies {
            by_dataset.set_item(tally.dataset, reports::of_tally(py, tally)?)?;
        }
        if let Some(what) = received {
            by_dataset
                .set_item("published_figure", reports::of_rows(py, what.received, what.rejected, &what.findings)?)?;
        }
        Ok((table, by_dataset))
    }
}

impl Plan {
    /// The sum of the states. Without a state, it is the state of no rows.
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
