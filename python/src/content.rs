//! Rows in the forms in which Python passes them.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, make_array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatchReader;
use peelian::client;
use peelian_core::contract::Contract;
use peelian_core::engine::LocalError;
use peelian_core::intake::outgoing;
use peelian_core::parallel::each;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyList;
use pyo3_arrow::ffi::ArrayReader;
use pyo3_arrow::{PyArrayReader, PyRecordBatchReader};

use crate::arguments::threads_or_all;
use crate::errors::Failure;
use crate::text_file::TextFile;

type Stream = Box<dyn RecordBatchReader + Send>;

/// A column: its name and its arrays. A dictionary in two parts has arrays of keys, and the texts.
pub(crate) struct Column {
    name: String,
    arrays: Box<dyn ArrayReader + Send>,
    texts: Option<Box<dyn ArrayReader + Send>>,
}

/// Rows in one of their forms.
///
/// - `("csv", bytes)`.
/// - `("csv-file", path)`: a file, which is read while its rows are checked.
/// - `("arrow", bytes)`: an Arrow IPC stream.
/// - An object with `__arrow_c_stream__`. Its columns are shared, not copied.
/// - A list of columns. Each is a name, an object with `__arrow_c_stream__` for the arrays of the column, and another
///   for the texts, when the arrays are numbers of texts. Otherwise the third part is None.
pub(crate) enum Content {
    Csv(PyBackedBytes),
    File(PathBuf),
    Arrow(PyBackedBytes),
    Stream(Stream),
    Columns(Vec<Column>),
}

impl FromPyObject<'_, '_> for Content {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok((form, path)) = object.extract::<(String, Bound<'_, PyAny>)>()
            && form == "csv-file"
        {
            return Ok(Self::File(path.extract()?));
        }
        if let Ok((form, bytes)) = object.extract::<(String, PyBackedBytes)>() {
            return Ok(if form == "csv" { Self::Csv(bytes) } else { Self::Arrow(bytes) });
        }
        if object.is_instance_of::<PyList>() {
            let columns = object.extract::<Vec<(String, PyArrayReader, Option<PyArrayReader>)>>()?.into_iter();
            let columns = columns.map(|(name, arrays, texts)| {
                let texts = texts.map(PyArrayReader::into_reader).transpose()?;
                Ok(Column { name, arrays: arrays.into_reader()?, texts })
            });
            return Ok(Self::Columns(columns.collect::<PyResult<_>>()?));
        }
        Ok(Self::Stream(object.extract::<PyRecordBatchReader>()?.into_reader()?))
    }
}

/// Rows that are read.
pub(crate) enum Rows {
    Csv(PyBackedBytes),
    File(TextFile),
    Arrow(PyBackedBytes),
    Batches(Vec<RecordBatch>),
}

impl Content {
    /// Reads streams to their end, on up to `threads` threads. Call it without the GIL: a producer in Python takes it.
    pub(crate) fn read(self, threads: NonZeroUsize) -> Result<Rows, ArrowError> {
        Ok(match self {
            Self::Csv(bytes) => Rows::Csv(bytes),
            Self::File(path) => Rows::File(TextFile::new(path)?),
            Self::Arrow(bytes) => Rows::Arrow(bytes),
            Self::Stream(reader) => Rows::Batches(all(reader.schema(), reader)?),
            Self::Columns(columns) => Rows::Batches(side_by_side(&read_columns(columns, threads)?)?),
        })
    }

    /// The content of a submission. Columns that are no fields of the dataset are refused, and nothing is sent.
    pub(crate) fn outgoing(self, dataset: &str) -> Result<client::Content, Failure> {
        let dataset = Contract::get().known_dataset(dataset).map_err(LocalError::from)?;
        let refused = |error| LocalError::Intake { dataset: &dataset.id, error };
        Ok(match self.read(threads_or_all(None))? {
            Rows::Csv(bytes) => {
                outgoing::csv(dataset, &bytes).map_err(refused)?;
                client::Content::Csv(bytes.to_vec())
            }
            Rows::File(file) => {
                let bytes = file.content().map_err(ArrowError::from)?;
                outgoing::csv(dataset, &bytes).map_err(refused)?;
                client::Content::Csv(bytes)
            }
            Rows::Arrow(bytes) => {
                client::Content::Arrow(outgoing::arrow(dataset, &bytes).map_err(refused)?.into_owned())
            }
            Rows::Batches(batches) => client::Content::Arrow(outgoing::batches(dataset, &batches).map_err(refused)?),
        })
    }
}

/// The batches of a table. There is at least one, so that the columns are known.
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

/// The arrays of each column, as batches of that column.
///
/// Some tables make their arrays on request, as Polars makes dictionaries. They then do so on all threads.
fn read_columns(columns: Vec<Column>, threads: NonZeroUsize) -> Result<Vec<Vec<RecordBatch>>, ArrowError> {
    let mut read: Vec<_> = columns.iter().map(|_| Ok(Vec::new())).collect();
    each(columns.into_iter().zip(&mut read), threads, |(column, read)| *read = read_column(column));
    read.into_iter().collect()
}

fn read_column(Column { name, arrays, texts }: Column) -> Result<Vec<RecordBatch>, ArrowError> {
    let kind = arrays.field().data_type().clone();
    let Some(texts) = texts else { return named(&name, kind, arrays) };
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    let texts: Vec<&dyn Array> = texts.iter().map(AsRef::as_ref).collect();
    let texts = concat(&texts)?;
    if !kind.is_dictionary_key_type() {
        return Err(ArrowError::SchemaError(format!("{name}: {kind} does not number texts")));
    }
    let kind = DataType::Dictionary(Box::new(kind), Box::new(texts.data_type().clone()));
    let joined = arrays.map(|keys| {
        let parts = keys?.to_data().into_builder().data_type(kind.clone()).add_child_data(texts.to_data());
        // SAFETY: the parts are those of a valid array. It is not checked that each key has a text, as for every array
        // that comes through the interface. The core checks each key before it reads.
        #[expect(unsafe_code, reason = "it saves a fifth of the time")]
        Ok(make_array(unsafe { parts.build_unchecked() }))
    });
    named(&name, kind.clone(), joined)
}

/// Arrays as batches of one column.
fn named(
    name: &str,
    kind: DataType,
    arrays: impl Iterator<Item = Result<ArrayRef, ArrowError>>,
) -> Result<Vec<RecordBatch>, ArrowError> {
    let schema = Arc::new(Schema::new(vec![Field::new(name, kind, true)]));
    let batch = |array: Result<ArrayRef, ArrowError>| RecordBatch::try_new(Arc::clone(&schema), vec![array?]);
    all(Arc::clone(&schema), arrays.map(batch))
}

/// Joins tables of the same rows into one. When their batches end at different rows, each is cut at the ends of the others.
fn side_by_side(tables: &[Vec<RecordBatch>]) -> Result<Vec<RecordBatch>, ArrowError> {
    let mut ends = BTreeSet::new();
    for table in tables {
        ends.extend(table.iter().scan(0, |rows, batch| {
            *rows += batch.num_rows();
            Some(*rows)
        }));
    }
    let mut at: Vec<BatchCursor> = tables.iter().map(|_| BatchCursor::default()).collect();
    let mut batches = Vec::with_capacity(ends.len());
    let mut start = 0;
    for end in ends {
        let parts = tables.iter().zip(&mut at).map(|(table, cursor)| cursor.cut(table, start, end));
        let parts = parts.collect::<Option<Vec<_>>>();
        let parts = parts.ok_or_else(|| ArrowError::SchemaError("columns have different numbers of rows".into()))?;
        let fields: Vec<_> = parts.iter().flat_map(|part| part.schema_ref().fields().iter().cloned()).collect();
        let columns = parts.iter().flat_map(RecordBatch::columns).cloned().collect();
        batches.push(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?);
        start = end;
    }
    Ok(batches)
}

/// A position in a table: a batch, and the number of its first row.
#[derive(Default)]
struct BatchCursor {
    batch: usize,
    first: usize,
}

impl BatchCursor {
    /// The rows from `start` to `end`, which lie in one batch. The ends of successive calls ascend.
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
