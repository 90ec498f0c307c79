//! Records from Arrow, shared with whoever made them.
//!
//! What another language says of its arrays is checked by the core before any value is read; here are checked what the
//! structures of the interface themselves must be. Content that contradicts itself can make the import panic: that is an
//! error of the content, not a fault of the library.

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions, StructArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type};
use arrow::ffi_stream::FFI_ArrowArrayStream;

use super::{Form, Records, dataset};
use crate::error::{Error, Outcome, Status};
use crate::guard::make;
use crate::pointer::check;

/// Records from a stream of the Arrow C stream interface, without copying them: a column for each field that they have,
/// by its name. The stream is read to its end and released by this call, whatever its result, unless `stream` is NULL or
/// misaligned. The records hold its arrays until they are freed.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset or the stream was released before;
/// PEELIAN_STATUS_REFUSED if the stream fails or is not a stream of tables.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_records_from_arrow_stream(
    dataset_id: *const c_char,
    stream: *mut FFI_ArrowArrayStream,
    out: *mut *mut Records,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        check(stream, "stream")?;
        // SAFETY: not NULL, aligned, and a stream by the conventions of the header. It is moved out, and released when
        // this is dropped; what is left behind says that it was.
        let mut stream = unsafe { FFI_ArrowArrayStream::from_raw(stream) };
        // SAFETY: the conventions of the header.
        let dataset = unsafe { dataset(dataset_id) }?;
        Ok(Records::new(dataset, Form::Batches(read(&mut stream)?)))
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// Records from one array of the Arrow C data interface, a structure with a member for each field that they have. The
/// array is taken over without copying it: it is marked as released by this call, whatever its result, unless a pointer
/// is NULL or misaligned, and the records hold it until they are freed. The schema stays the caller's.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset or one of the two was released before;
/// PEELIAN_STATUS_REFUSED if the array is no table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_records_from_arrow_array(
    dataset_id: *const c_char,
    array: *mut FFI_ArrowArray,
    schema: *const FFI_ArrowSchema,
    out: *mut *mut Records,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        check(array, "array")?;
        check(schema, "schema")?;
        // SAFETY: neither NULL nor misaligned, and structures of the interface by the conventions of the header. The
        // array is moved out, and released when the last of its buffers is dropped.
        let (array, schema) = unsafe { (FFI_ArrowArray::from_raw(array), &*schema) };
        // SAFETY: the conventions of the header.
        let dataset = unsafe { dataset(dataset_id) }?;
        if array.is_released() {
            return Err(Error::argument("the array was released before"));
        }
        let schema = caught(|| Schema::try_from(schema))?;
        Ok(Records::new(dataset, Form::Batches(vec![batch(array, &Arc::new(schema))?])))
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// Every batch of a stream.
fn read(stream: &mut FFI_ArrowArrayStream) -> Outcome<Vec<RecordBatch>> {
    let (Some(get_schema), Some(get_next), Some(_)) = (stream.get_schema, stream.get_next, stream.release) else {
        return Err(Error::argument("the stream was released before"));
    };
    let mut schema = FFI_ArrowSchema::empty();
    // SAFETY: the stream is not released, and its functions are those of the interface.
    if unsafe { get_schema(stream, &raw mut schema) } != 0 {
        return Err(failed(stream));
    }
    let schema = Arc::new(caught(|| Schema::try_from(&schema))?);
    let mut batches = Vec::new();
    loop {
        let mut array = FFI_ArrowArray::empty();
        // SAFETY: as above.
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
        // SAFETY: an array of the interface by the conventions of the header. Values are validated before they are read.
        let data = unsafe { from_ffi_and_data_type(array, fields) }?;
        let options = RecordBatchOptions::new().with_row_count(Some(data.len()));
        let columns = StructArray::from(data).into_parts().1;
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
    })
}

/// What the stream says of its failure.
fn failed(stream: &mut FFI_ArrowArrayStream) -> Box<Error> {
    let said = stream.get_last_error.and_then(|get_last_error| {
        // SAFETY: the stream is not released, and its functions are those of the interface.
        let said = unsafe { get_last_error(stream) };
        // SAFETY: a text of the stream's that ends with NUL, valid until its next call.
        (!said.is_null()).then(|| unsafe { CStr::from_ptr(said) }.to_string_lossy().into_owned())
    });
    refused(&said.unwrap_or_else(|| "it does not say why".to_owned()))
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
    use arrow::array::{Array as _, ArrayRef, RecordBatchIterator, StringArray};

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
