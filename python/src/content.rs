//! Rows as Python hands them over.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::record_batch::RecordBatchReader;
use peelian::client;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3_arrow::PyRecordBatchReader;

/// Rows in one of their forms: `("csv", bytes)`, `("arrow", bytes)` with an Arrow IPC stream, or anything with
/// `__arrow_c_stream__`, whose columns are shared and not copied.
pub(crate) enum Content {
    Csv(PyBackedBytes),
    Arrow(PyBackedBytes),
    Stream(Box<dyn RecordBatchReader + Send>),
}

impl FromPyObject<'_, '_> for Content {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok((form, bytes)) = object.extract::<(String, PyBackedBytes)>() {
            return Ok(if form == "csv" { Self::Csv(bytes) } else { Self::Arrow(bytes) });
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
    /// Reads the stream to its end. Wants no GIL: a producer in Python takes it for itself.
    pub(crate) fn read(self) -> Result<Rows, ArrowError> {
        Ok(match self {
            Self::Csv(bytes) => Rows::Csv(bytes),
            Self::Arrow(bytes) => Rows::Arrow(bytes),
            Self::Stream(reader) => Rows::Batches(reader.collect::<Result<_, _>>()?),
        })
    }

    /// As a submission carries it.
    pub(crate) fn outgoing(self) -> Result<client::Content, ArrowError> {
        Ok(match self {
            Self::Csv(bytes) => client::Content::Csv(bytes.to_vec()),
            Self::Arrow(bytes) => client::Content::Arrow(bytes.to_vec()),
            Self::Stream(reader) => {
                let mut writer = StreamWriter::try_new(Vec::new(), &reader.schema())?;
                for batch in reader {
                    writer.write(&batch?)?;
                }
                writer.finish()?;
                client::Content::Arrow(writer.into_inner()?)
            }
        })
    }
}
