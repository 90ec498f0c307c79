//! Rows as Python hands them over.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::record_batch::RecordBatchReader;
use peelian::client;
use peelian_core::kernel::each;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyList;
use pyo3_arrow::ffi::ArrayReader;
use pyo3_arrow::{PyArrayReader, PyRecordBatchReader};

use crate::local::threads_or_all;

type Stream = Box<dyn RecordBatchReader + Send>;

/// A column's name and its arrays.
type Column = (String, Box<dyn ArrayReader + Send>);

/// Rows in one of their forms: `("csv", bytes)`, `("arrow", bytes)` with an Arrow IPC stream, anything with
/// `__arrow_c_stream__`, whose columns are shared and not copied, or a list of columns, each a name with what has
/// `__arrow_c_stream__` of that column's arrays.
pub(crate) enum Content {
    Csv(PyBackedBytes),
    Arrow(PyBackedBytes),
    Stream(Stream),
    Columns(Vec<Column>),
}

impl FromPyObject<'_, '_> for Content {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok((form, bytes)) = object.extract::<(String, PyBackedBytes)>() {
            return Ok(if form == "csv" { Self::Csv(bytes) } else { Self::Arrow(bytes) });
        }
        if object.is_instance_of::<PyList>() {
            let columns = object.extract::<Vec<(String, PyArrayReader)>>()?.into_iter();
            let columns = columns.map(|(name, arrays)| Ok((name, arrays.into_reader()?)));
            return Ok(Self::Columns(columns.collect::<PyResult<_>>()?));
        }
        Ok(Self::Stream(object.extract::<PyRecordBatchReader>()?.into_reader()?))
    }
}

/// Rows, read.
pub(crate) enum Rows {
    Csv(PyBackedBytes),
    Arrow(PyBackedBytes),
    Batches(Vec<RecordBatch>),
}

impl Content {
    /// Reads streams to their end, on so many threads. Wants no GIL: a producer in Python takes it for itself.
    pub(crate) fn read(self, threads: NonZeroUsize) -> Result<Rows, ArrowError> {
        Ok(match self {
            Self::Csv(bytes) => Rows::Csv(bytes),
            Self::Arrow(bytes) => Rows::Arrow(bytes),
            Self::Stream(reader) => Rows::Batches(all(reader.schema(), reader)?),
            Self::Columns(columns) => Rows::Batches(side_by_side(&read_columns(columns, threads)?)?),
        })
    }

    /// As a submission carries it.
    pub(crate) fn outgoing(self) -> Result<client::Content, ArrowError> {
        Ok(client::Content::Arrow(match self {
            Self::Csv(bytes) => return Ok(client::Content::Csv(bytes.to_vec())),
            Self::Arrow(bytes) => bytes.to_vec(),
            Self::Stream(reader) => written(&reader.schema(), reader)?,
            Self::Columns(columns) => {
                let batches = side_by_side(&read_columns(columns, threads_or_all(None))?)?;
                let schema = batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
                written(&schema, batches.into_iter().map(Ok))?
            }
        }))
    }
}

/// An Arrow IPC stream.
fn written(
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), schema)?;
    for batch in batches {
        writer.write(&batch?)?;
    }
    writer.into_inner()
}

/// The batches of a table: at least one, so that its columns are known.
fn all(
    schema: SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<Vec<RecordBatch>, ArrowError> {
    let mut batches = batches.collect::<Result<Vec<_>, _>>()?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(batches)
}

/// The arrays of each column, as batches of that column. A table that makes its arrays as they are asked for, as Polars
/// makes dictionaries, does so on all threads.
fn read_columns(columns: Vec<Column>, threads: NonZeroUsize) -> Result<Vec<Vec<RecordBatch>>, ArrowError> {
    let mut read: Vec<_> = columns.iter().map(|_| Ok(Vec::new())).collect();
    each(columns.into_iter().zip(&mut read), threads, |(column, read)| *read = read_column(column));
    read.into_iter().collect()
}

fn read_column((name, arrays): Column) -> Result<Vec<RecordBatch>, ArrowError> {
    let field = arrays.field();
    let schema = Arc::new(Schema::new(vec![Field::new(name, field.data_type().clone(), true)]));
    let batch = |array: Result<ArrayRef, ArrowError>| RecordBatch::try_new(Arc::clone(&schema), vec![array?]);
    all(Arc::clone(&schema), arrays.map(batch))
}

/// Tables of the same rows as one. Where their batches end at different rows, each is cut at the others' ends.
fn side_by_side(tables: &[Vec<RecordBatch>]) -> Result<Vec<RecordBatch>, ArrowError> {
    let mut ends = BTreeSet::new();
    for table in tables {
        ends.extend(table.iter().scan(0, |rows, batch| {
            *rows += batch.num_rows();
            Some(*rows)
        }));
    }
    let mut at: Vec<Place> = tables.iter().map(|_| Place::default()).collect();
    let mut batches = Vec::with_capacity(ends.len());
    let mut start = 0;
    for end in ends {
        let parts = tables.iter().zip(&mut at).map(|(table, place)| place.cut(table, start, end));
        let parts = parts.collect::<Option<Vec<_>>>();
        let parts = parts.ok_or_else(|| ArrowError::SchemaError("columns have different numbers of rows".into()))?;
        let fields: Vec<_> = parts.iter().flat_map(|part| part.schema_ref().fields().iter().cloned()).collect();
        let columns = parts.iter().flat_map(RecordBatch::columns).cloned().collect();
        batches.push(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?);
        start = end;
    }
    Ok(batches)
}

/// A batch of a table, and its first row.
#[derive(Default)]
struct Place {
    batch: usize,
    first: usize,
}

impl Place {
    /// The rows from one end to the next, which lie in one batch. Ends ascend from call to call.
    fn cut(&mut self, table: &[RecordBatch], start: usize, end: usize) -> Option<RecordBatch> {
        while let Some(batch) = table.get(self.batch) {
            let last = self.first + batch.num_rows();
            if end <= last {
                return Some(batch.slice(start - self.first, end - start));
            }
            (self.batch, self.first) = (self.batch + 1, last);
        }
        None
    }
}
