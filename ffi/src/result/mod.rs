//! The answer to a query.

mod comparison;
mod component;
mod members;
mod observation;

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null;
use std::sync::OnceLock;

use arrow::array::{Array as _, RecordBatch, RecordBatchIterator, StructArray};
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow::ffi_stream::FFI_ArrowArrayStream;
use peelian_core::engine;

use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, write};
use crate::pointer::{borrow, check, free, view};
use crate::texts::Texts;
use comparison::Comparison;
use component::Component;
use members::Lists;
use observation::Observation;

/// Values of measures. Free it with peelian_result_free(). Any number of threads may read it at once.
#[derive(Debug)]
pub struct Answer {
    table: RecordBatch,
    /// Made when the first is read: whoever takes the table does not pay for them.
    rows: OnceLock<Rows>,
}

/// The rows of a table as structures.
#[derive(Debug)]
struct Rows {
    observations: Vec<Observation>,
    comparisons: Lists<Comparison>,
    components: Lists<Component>,
    #[expect(dead_code, reason = "the rows point into it")]
    texts: Texts,
}

impl Rows {
    fn of(table: &RecordBatch) -> Self {
        let mut texts = Texts::default();
        let column = |name: &str| table.column_by_name(name);
        Self {
            observations: observation::MEMBERS.read(table.num_rows(), column, &mut texts),
            comparisons: comparison::MEMBERS.lists(column("comparisons"), &mut texts),
            components: component::MEMBERS.lists(column("components"), &mut texts),
            texts,
        }
    }
}

impl Answer {
    /// The answer that is this table, with columns as the core names them.
    pub(crate) fn new(table: RecordBatch) -> Self {
        Self { table, rows: OnceLock::new() }
    }

    /// The answer that was computed here, made into a table on so many threads.
    pub(crate) fn of(found: &[engine::Observation], threads: NonZeroUsize) -> Outcome<Self> {
        let table = engine::to_arrow_on(found, threads).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self::new(table))
    }
}

/// How many values there are, those that are missing included; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_result_count(result: *const Answer) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view(result) }.map_or(0, |result| result.table.num_rows())
}

/// The rows of a result; none for NULL.
///
/// # Safety
///
/// As [`view`].
unsafe fn rows<'a>(result: *const Answer) -> Option<&'a Rows> {
    // SAFETY: the same promise.
    let result = unsafe { view(result) }?;
    catch_unwind(AssertUnwindSafe(|| result.rows.get_or_init(|| Rows::of(&result.table)))).ok()
}

/// A value, from 0; NULL beyond the last. It belongs to the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_result_get(result: *const Answer, index: usize) -> *const Observation {
    // SAFETY: the conventions of the header.
    unsafe { rows(result) }.and_then(|rows| rows.observations.get(index)).map_or(null(), std::ptr::from_ref)
}

/// How many comparisons the value at `index` has, in the order in which they were asked for; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_result_comparison_count(result: *const Answer, index: usize) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { rows(result) }.map_or(0, |rows| rows.comparisons.of(index).len())
}

/// A comparison of the value at `index`, from 0; NULL beyond the last. It belongs to the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_result_comparison_get(
    result: *const Answer,
    index: usize,
    which: usize,
) -> *const Comparison {
    // SAFETY: the conventions of the header.
    let found = unsafe { rows(result) }.and_then(|rows| rows.comparisons.of(index).get(which));
    found.map_or(null(), std::ptr::from_ref)
}

/// How many components the value at `index` has; 0 for NULL. Most values have none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_result_component_count(result: *const Answer, index: usize) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { rows(result) }.map_or(0, |rows| rows.components.of(index).len())
}

/// A component of the value at `index`, from 0; NULL beyond the last. It belongs to the result.
///
/// Components of one kind follow each other, in the order of the definition: the stages of a funnel from the first to
/// the last, the reference group of a gap before the group compared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_result_component_get(
    result: *const Answer,
    index: usize,
    which: usize,
) -> *const Component {
    // SAFETY: the conventions of the header.
    let found = unsafe { rows(result) }.and_then(|rows| rows.components.of(index).get(which));
    found.map_or(null(), std::ptr::from_ref)
}

/// Gives a result as a stream of the Arrow C stream interface: one table with a row for each value, and the members of
/// peelian_observation as columns, and the columns `comparisons` and `components` as lists of structures.
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

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::ptr::null_mut;
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, StringArray};
    use arrow::ffi_stream::ArrowArrayStreamReader;

    use super::*;

    /// Two columns of an answer: one of an older exchange has not all of them.
    fn answer() -> Answer {
        let areas: ArrayRef = Arc::new(StringArray::from(vec!["E09000028", "E09000022"]));
        let values: ArrayRef = Arc::new(Float64Array::from(vec![Some(0.5), None]));
        Answer::new(RecordBatch::try_from_iter([("area", areas), ("value", values)]).unwrap())
    }

    #[test]
    fn rows_are_read_one_by_one() {
        let answer = Box::new(answer());
        // SAFETY: `answer` is a local variable.
        unsafe {
            assert_eq!(peelian_result_count(&raw const *answer), 2);
            let first = &*peelian_result_get(&raw const *answer, 0);
            let second = &*peelian_result_get(&raw const *answer, 1);
            assert_eq!((CStr::from_ptr(first.area), CStr::from_ptr(second.area)), (c"E09000028", c"E09000022"));
            assert!((first.value - 0.5).abs() < 1e-15 && second.value.is_nan());
            assert_eq!(CStr::from_ptr(first.measure), c"");
            assert!(first.missing.is_null() && peelian_result_get(&raw const *answer, 2).is_null());
        }
    }

    #[test]
    fn a_result_goes_out_and_outlives_itself() {
        let answer = Box::into_raw(Box::new(answer()));
        let mut stream = FFI_ArrowArrayStream::empty();
        let (mut array, mut schema) = (FFI_ArrowArray::empty(), FFI_ArrowSchema::empty());
        // SAFETY: all are local variables; `answer` is freed once.
        unsafe {
            assert_eq!(peelian_result_to_arrow_stream(answer, &raw mut stream, null_mut()), Status::Ok);
            let done = peelian_result_to_arrow_array(answer, &raw mut array, &raw mut schema, null_mut());
            assert_eq!(done, Status::Ok);
            peelian_result_free(answer);
        }
        let mut reader = ArrowArrayStreamReader::try_new(stream).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().num_rows(), 2);
        assert!(reader.next().is_none());
        // SAFETY: both are of the interface, as this library made them.
        let data = unsafe { arrow::ffi::from_ffi(array, &schema) }.unwrap();
        assert_eq!(data.len(), 2);
    }
}
