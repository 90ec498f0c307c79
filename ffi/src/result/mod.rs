//! The answer to a query.

mod observation;

use std::ptr::null;
use std::sync::OnceLock;

use arrow::array::{Array as _, RecordBatch, RecordBatchIterator, StructArray};
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow::ffi_stream::FFI_ArrowArrayStream;

use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, write};
use crate::pointer::{borrow, check, free, view};
use observation::{Observation, Observations};

/// Values of measures. Free it with peelian_result_free(). Any number of threads may read it at once.
#[derive(Debug)]
pub struct Answer {
    table: RecordBatch,
    /// Made when the first is read: whoever takes the table does not pay for them.
    rows: OnceLock<Observations>,
}

impl Answer {
    /// The answer that is this table, with columns as the core names them.
    pub(crate) fn new(table: RecordBatch) -> Self {
        Self { table, rows: OnceLock::new() }
    }
}

/// How many values there are, those that are missing included; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_result_count(result: *const Answer) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view(result) }.map_or(0, |result| result.table.num_rows())
}

/// A value, from 0; NULL beyond the last. It belongs to the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_result_get(result: *const Answer, index: usize) -> *const Observation {
    // SAFETY: the conventions of the header.
    let result = unsafe { view(result) }.filter(|result| index < result.table.num_rows());
    let read = |result: &Answer| result.rows.get_or_init(|| Observations::of(&result.table)).get(index);
    result.map_or(null(), |result| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(result))).unwrap_or(null())
    })
}

/// Gives a result as a stream of the Arrow C stream interface: one table with a row for each value, and the members of
/// peelian_observation as columns; those that it has several of (comparisons, funnel, gap_levels) as lists of structures.
/// The stream shares the values with the result, outlives it, and is the caller's to release.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_result_to_arrow_stream(
    result: *const Answer,
    out: *mut FFI_ArrowArrayStream,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let table = unsafe { borrow(result, "result") }?.table.clone();
        let schema = table.schema();
        Ok(FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new([Ok(table)], schema))))
    };
    // SAFETY: the conventions of the header.
    unsafe { write(out, error, work) }
}

/// Gives a result as one array of the Arrow C data interface, a structure with the columns of
/// peelian_result_to_arrow_stream() as members. Array and schema are the caller's to release.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_result_to_arrow_array(
    result: *const Answer,
    out_array: *mut FFI_ArrowArray,
    out_schema: *mut FFI_ArrowSchema,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        check(out_array, "out_array")?;
        check(out_schema, "out_schema")?;
        // SAFETY: the conventions of the header.
        let (array, schema) = exported(unsafe { borrow(result, "result") }?)?;
        // SAFETY: neither NULL nor misaligned, and valid for writing by the conventions of the header.
        unsafe {
            out_array.write(array);
            out_schema.write(schema);
        }
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { attempt(error, work) }
}

fn exported(result: &Answer) -> Outcome<(FFI_ArrowArray, FFI_ArrowSchema)> {
    let schema = FFI_ArrowSchema::try_from(result.table.schema().as_ref());
    let schema = schema.map_err(|error| Error::internal(error.to_string()))?;
    let data = StructArray::from(result.table.clone()).to_data();
    Ok((FFI_ArrowArray::new(&data), schema))
}

/// Frees a result with its observations. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_result_free(result: *mut Answer) {
    // SAFETY: the conventions of the header.
    unsafe { free(result) }
}
