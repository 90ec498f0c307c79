//! Tables for Python.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Date32Type, Field, Float64Type, UInt32Type, UInt64Type};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};
use pyo3_arrow::ffi::{ArrayIterator, to_stream_pycapsule};

/// Ordinal of 1970-01-01 in Python, whose day 1 is 1 January of the year 1.
const ORDINAL_OF_1970: i32 = 719_163;

/// An immutable table: one record batch, shared through Arrow's C stream.
#[pyclass(frozen, module = "peelian._peelian")]
pub(crate) struct Table {
    batch: RecordBatch,
}

impl Table {
    pub(crate) fn new(batch: RecordBatch) -> Self {
        Self { batch }
    }

    /// The table of an Arrow IPC stream.
    pub(crate) fn from_ipc(bytes: Vec<u8>) -> Result<Self, ArrowError> {
        let reader = StreamReader::try_new(Cursor::new(bytes), None)?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { batch: arrow::compute::concat_batches(&schema, &batches)? })
    }
}

#[pymethods]
impl Table {
    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    /// Names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Names of the columns whose cells are lists.
    #[getter]
    fn list_columns(&self) -> Vec<String> {
        let schema = self.batch.schema();
        let lists = schema.fields().iter().filter(|field| matches!(field.data_type(), DataType::List(_)));
        lists.map(|field| field.name().clone()).collect()
    }

    /// Rows as dictionaries.
    fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows = PyList::empty(py);
        let row = StructArray::from(self.batch.clone());
        for index in 0..row.len() {
            rows.append(structure(py, &row, index)?)?;
        }
        Ok(rows)
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = self.batch.schema();
        let field = Field::new_struct("", schema.fields().clone(), false).with_metadata(schema.metadata().clone());
        let rows: ArrayRef = Arc::new(StructArray::from(self.batch.clone()));
        let reader = ArrayIterator::new(std::iter::once(Ok(rows)), Arc::new(field));
        Ok(to_stream_pycapsule(py, Box::new(reader), requested_schema)?)
    }
}

fn structure<'py>(py: Python<'py>, row: &StructArray, index: usize) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    for (field, column) in row.fields().iter().zip(row.columns()) {
        fields.set_item(field.name(), value(py, column, index)?)?;
    }
    Ok(fields)
}

/// One cell. The tables of this package have only these types.
fn value<'py>(py: Python<'py>, column: &ArrayRef, index: usize) -> PyResult<Bound<'py, PyAny>> {
    if column.is_null(index) {
        return Ok(py.None().into_bound(py));
    }
    Ok(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(index).into_pyobject(py)?.into_any(),
        DataType::Boolean => column.as_boolean().value(index).into_pyobject(py)?.to_owned().into_any(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(index).into_pyobject(py)?.into_any(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(index).into_pyobject(py)?.into_any(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(index).into_pyobject(py)?.into_any(),
        DataType::Date32 => {
            let ordinal = column.as_primitive::<Date32Type>().value(index) + ORDINAL_OF_1970;
            py.import("datetime")?.getattr("date")?.call_method1("fromordinal", (ordinal,))?
        }
        DataType::Struct(_) => structure(py, column.as_struct(), index)?.into_any(),
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(index);
            let list = PyList::empty(py);
            for index in 0..items.len() {
                list.append(value(py, &items, index)?)?;
            }
            list.into_any()
        }
        other => return Err(PyTypeError::new_err(format!("columns of type {other} are not supported"))),
    })
}
