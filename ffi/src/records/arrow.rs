//! Records from Arrow data, shared with the program that made it.
//!
//! This file checks the structures of the Arrow interfaces. The core checks the content of the arrays before it reads
//! any value. Content that contradicts itself can make the import panic: that is an error of the content, not a fault of
//! the library.

use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchIterator, RecordBatchOptions, StructArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type};
use arrow::ffi_stream::FFI_ArrowArrayStream;

use super::{Form, Records, dataset};
use crate::error::{Error, Outcome, Status};
use crate::guard::make;
use crate::pointer::{In, InOut, Out, Text};

/// Makes records from a stream of the Arrow C stream interface, without copying the data. The stream has a column for
/// each field of the records, with the name of the field. This call reads the stream to its end and releases it, also if
/// it fails, unless `stream` or `out` is NULL or misaligned. The records hold the arrays of the stream until they are freed.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset, or the stream was released before;
/// PEELIAN_STATUS_REFUSED if the stream fails or is not a stream of tables.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_from_arrow_stream(
    dataset_id: Text<'_>,
    stream: InOut<'_, FFI_ArrowArrayStream>,
    out: Out<'_, *mut Records>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        // The stream is released when this value is dropped. The caller is left with a stream that is marked as released.
        let mut stream = std::mem::replace(stream.get("stream")?, FFI_ArrowArrayStream::empty());
        let dataset = dataset(&dataset_id)?;
        Ok(Records::new(dataset, Form::Batches(read(&mut stream)?)))
    })
}

/// Makes records from one array of the Arrow C data interface: a structure with a member for each field of the records.
/// This call takes the array over without copying it, and marks it as released, also if the call fails, unless a pointer
/// is NULL or misaligned. The records hold the array until they are freed. The schema still belongs to the caller.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset, or the array or the schema was released before;
/// PEELIAN_STATUS_REFUSED if the array is not a table.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_from_arrow_array(
    dataset_id: Text<'_>,
    array: InOut<'_, FFI_ArrowArray>,
    schema: In<'_, FFI_ArrowSchema>,
    out: Out<'_, *mut Records>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let (array, schema) = (array.get("array")?, schema.get("schema")?);
        // The array is released when the last of its buffers is dropped.
        let array = std::mem::replace(array, FFI_ArrowArray::empty());
        let dataset = dataset(&dataset_id)?;
        if array.is_released() {
            return Err(Error::argument("the array was released before"));
        }
        let schema = caught(|| Schema::try_from(schema))?;
        Ok(Records::new(dataset, Form::Batches(vec![batch(array, &Arc::new(schema))?])))
    })
}

/// A stream of one table.
pub(crate) fn stream(table: RecordBatch) -> FFI_ArrowArrayStream {
    let schema = table.schema();
    FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new([Ok(table)], schema)))
}

/// All batches of a stream.
pub(crate) fn read(stream: &mut FFI_ArrowArrayStream) -> Outcome<Vec<RecordBatch>> {
    let (Some(get_schema), Some(get_next), Some(_)) = (stream.get_schema, stream.get_next, stream.release) else {
        return Err(Error::argument("the stream was released before"));
    };
    let mut schema = FFI_ArrowSchema::empty();
    // SAFETY: the stream is not released, so its functions are those of the interface.
    if unsafe { get_schema(stream, &raw mut schema) } != 0 {
        return Err(failed(stream));
    }
    let schema = Arc::new(caught(|| Schema::try_from(&schema))?);
    let mut batches = Vec::new();
    loop {
        let mut array = FFI_ArrowArray::empty();
        // SAFETY: the stream is not released, so its functions are those of the interface.
        if unsafe { get_next(stream, &raw mut array) } != 0 {
            return Err(failed(stream));
        }
        if array.is_released() {
            return Ok(batches);
        }
        batches.push(batch(array, &schema)?);
    }
}

fn batch(array: FFI_ArrowArray, schema: &SchemaRef) -> Outcome<RecordBatch> {
    let (members, fields) = (array.num_children(), schema.fields().len());
    if members != fields {
        return Err(refused(&format!("an array has {members} members where its schema has {fields}")));
    }
    caught(|| {
        let fields = DataType::Struct(schema.fields().clone());
        // SAFETY: the caller promises that the array is one of the interface, with this schema. The core validates values
        // before it reads them.
        let data = unsafe { from_ffi_and_data_type(array, fields) }?;
        let options = RecordBatchOptions::new().with_row_count(Some(data.len()));
        let columns = StructArray::from(data).into_parts().1;
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
    })
}

/// The error of a stream that failed, with its own message.
fn failed(stream: &mut FFI_ArrowArrayStream) -> Box<Error> {
    let said = stream.get_last_error.and_then(|get_last_error| {
        // SAFETY: the stream is not released, so its functions are those of the interface.
        let said = unsafe { get_last_error(stream) };
        // SAFETY: the text belongs to the stream, ends with NUL, and is valid until the next call of the stream.
        (!said.is_null()).then(|| unsafe { CStr::from_ptr(said) }.to_string_lossy().into_owned())
    });
    refused(&said.unwrap_or_else(|| "no reason is given".to_owned()))
}

fn caught<T>(work: impl FnOnce() -> Result<T, ArrowError>) -> Outcome<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| refused(&error.to_string())),
        Err(_) => Err(refused("it contradicts itself")),
    }
}

fn refused(reason: &str) -> Box<Error> {
    Error::new(Status::Refused, format!("the Arrow data cannot be read: {reason}"))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array as _, ArrayRef, StringArray};

    use super::*;

    fn table() -> RecordBatch {
        let boroughs: ArrayRef = Arc::new(StringArray::from(vec![Some("E09000028"), None]));
        RecordBatch::try_from_iter([("borough", boroughs)]).unwrap()
    }

    #[test]
    fn a_stream_is_read_to_its_end() {
        let rows = RecordBatchIterator::new([Ok(table()), Ok(table())], table().schema());
        let mut stream = FFI_ArrowArrayStream::new(Box::new(rows));
        assert_eq!(read(&mut stream).unwrap(), [table(), table()]);
        let mut released = FFI_ArrowArrayStream::empty();
        assert_eq!(read(&mut released).unwrap_err().message(), "the stream was released before");
    }

    #[test]
    fn a_stream_says_why_it_fails() {
        let full = ArrowError::ComputeError("the disk is full".to_owned());
        let rows = RecordBatchIterator::new([Ok(table()), Err(full)], table().schema());
        let mut stream = FFI_ArrowArrayStream::new(Box::new(rows));
        assert!(read(&mut stream).unwrap_err().message().contains("the disk is full"));
    }

    #[test]
    fn an_array_needs_the_members_of_its_schema() {
        let array = FFI_ArrowArray::new(&StructArray::from(table()).to_data());
        let schema = Arc::new(Schema::empty());
        assert!(batch(array, &schema).unwrap_err().message().contains("1 members where its schema has 0"));
    }
}
