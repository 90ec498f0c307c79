//! Results: the answer to a query.

mod alternative;
mod companion;
mod comparison;
mod component;
mod members;
mod observation;

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null;
use std::sync::OnceLock;

use arrow::array::{Array as _, RecordBatch, StructArray};
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow::ffi_stream::FFI_ArrowArrayStream;
use peelian_core::engine;

use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, write};
use crate::pointer::{In, Out, Owned};
use crate::records::table_stream;
use crate::texts::Texts;
use alternative::Alternative;
use companion::Companion;
use comparison::Comparison;
use component::Component;
use members::Lists;
use observation::Observation;

/// Values of measures. Free it with peelian_result_free(). Any number of threads may read it at the same time.
#[derive(Debug)]
pub struct Answer {
    table: RecordBatch,
    /// Made when the first row is read: a caller that takes the table does not need them.
    rows: OnceLock<Rows>,
}

/// The rows of a table as structures.
#[derive(Debug)]
struct Rows {
    observations: Vec<Observation>,
    comparisons: Lists<Comparison>,
    components: Lists<Component>,
    alternatives: Lists<Alternative>,
    companions: Lists<Companion>,
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
            alternatives: alternative::MEMBERS.lists(column("alternatives"), &mut texts),
            companions: companion::MEMBERS.lists(column("companions"), &mut texts),
            texts,
        }
    }
}

impl Answer {
    /// The answer in a table that has the columns of the core.
    pub(crate) fn new(table: RecordBatch) -> Self {
        Self { table, rows: OnceLock::new() }
    }

    /// The answer from observations that were computed in this process. Makes their table on `threads` threads.
    pub(crate) fn of(found: &[engine::Observation], threads: NonZeroUsize) -> Outcome<Self> {
        let table = engine::to_arrow_on(found, threads).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self::new(table))
    }
}

/// The number of values, including those that are missing; 0 for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_count(result: In<'_, Answer>) -> usize {
    result.view().map_or(0, |result| result.table.num_rows())
}

/// The rows of a result; none for NULL.
fn rows<'a>(result: &In<'a, Answer>) -> Option<&'a Rows> {
    let result = result.view()?;
    catch_unwind(AssertUnwindSafe(|| result.rows.get_or_init(|| Rows::of(&result.table)))).ok()
}

/// The parts of the value at `index` that one list has; none for NULL.
fn parts<'a, T: 'a>(result: &In<'a, Answer>, index: usize, list: impl FnOnce(&'a Rows) -> &'a Lists<T>) -> &'a [T] {
    rows(result).map_or(&[], |rows| list(rows).of(index))
}

/// A value, from 0; NULL beyond the last. It belongs to the result.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_get(result: In<'_, Answer>, index: usize) -> *const Observation {
    rows(&result).and_then(|rows| rows.observations.get(index)).map_or(null(), std::ptr::from_ref)
}

/// The number of comparisons of the value at `index`; 0 for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_comparison_count(result: In<'_, Answer>, index: usize) -> usize {
    parts(&result, index, |rows| &rows.comparisons).len()
}

/// A comparison of the value at `index`, from 0, in the order of the query; NULL beyond the last. It belongs to the
/// result.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_comparison_get(
    result: In<'_, Answer>,
    index: usize,
    which: usize,
) -> *const Comparison {
    parts(&result, index, |rows| &rows.comparisons).get(which).map_or(null(), std::ptr::from_ref)
}

/// The number of components of the value at `index`; 0 for NULL. Most values have none.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_component_count(result: In<'_, Answer>, index: usize) -> usize {
    parts(&result, index, |rows| &rows.components).len()
}

/// A component of the value at `index`, from 0; NULL beyond the last. It belongs to the result.
///
/// Components of one kind follow each other, in the order of the definition of the measure.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_component_get(
    result: In<'_, Answer>,
    index: usize,
    which: usize,
) -> *const Component {
    parts(&result, index, |rows| &rows.components).get(which).map_or(null(), std::ptr::from_ref)
}

/// The number of alternatives of the value at `index`: figures of other agencies or publications for the same measure,
/// area, period and breakdown. 0 for NULL. Most values have none.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_alternative_count(result: In<'_, Answer>, index: usize) -> usize {
    parts(&result, index, |rows| &rows.alternatives).len()
}

/// An alternative of the value at `index`, from 0; NULL beyond the last. It belongs to the result. The value itself is of
/// the authoritative source: `sources` of peelian_observation names it.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_alternative_get(
    result: In<'_, Answer>,
    index: usize,
    which: usize,
) -> *const Alternative {
    parts(&result, index, |rows| &rows.alternatives).get(which).map_or(null(), std::ptr::from_ref)
}

/// The number of companions of the value at `index`: for a contextual measure, what the plan wants read with it. 0 for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_companion_count(result: In<'_, Answer>, index: usize) -> usize {
    parts(&result, index, |rows| &rows.companions).len()
}

/// A companion of the value at `index`, from 0; NULL beyond the last. It belongs to the result. Companions of which no data
/// are held are left out.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_companion_get(
    result: In<'_, Answer>,
    index: usize,
    which: usize,
) -> *const Companion {
    parts(&result, index, |rows| &rows.companions).get(which).map_or(null(), std::ptr::from_ref)
}

/// Gives a result as a stream of the Arrow C stream interface. The stream has one table with a row for each value. Its
/// columns are the members of peelian_observation, and `comparisons`, `components`, `alternatives` and `companions` as lists
/// of structures. The stream shares the values with the result and may outlive it. The caller releases the stream.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_to_arrow_stream(
    result: In<'_, Answer>,
    out: Out<'_, FFI_ArrowArrayStream>,
    error: Out<'_, *mut Error>,
) -> Status {
    write(out, error, || Ok(table_stream(result.get("result")?.table.clone())))
}

/// Gives a result as one array of the Arrow C data interface: a structure whose members are the columns of
/// peelian_result_to_arrow_stream(). The caller releases the array and the schema.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_to_arrow_array(
    result: In<'_, Answer>,
    out_array: Out<'_, FFI_ArrowArray>,
    out_schema: Out<'_, FFI_ArrowSchema>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        let (out_array, out_schema) = (out_array.get("out_array")?, out_schema.get("out_schema")?);
        let (array, schema) = exported(result.get("result")?)?;
        out_array.write(array);
        out_schema.write(schema);
        Ok(())
    })
}

fn exported(result: &Answer) -> Outcome<(FFI_ArrowArray, FFI_ArrowSchema)> {
    let schema = FFI_ArrowSchema::try_from(result.table.schema().as_ref());
    let schema = schema.map_err(|error| Error::internal(error.to_string()))?;
    let data = StructArray::from(result.table.clone()).to_data();
    Ok((FFI_ArrowArray::new(&data), schema))
}

/// Frees a result with its observations. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_result_free(result: Owned<Answer>) {
    result.free();
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, StringArray};
    use arrow::ffi_stream::ArrowArrayStreamReader;

    use super::*;

    /// Two columns of an answer. An older exchange does not send all columns.
    fn answer() -> Answer {
        let areas: ArrayRef = Arc::new(StringArray::from(vec!["E09000028", "E09000022"]));
        let values: ArrayRef = Arc::new(Float64Array::from(vec![Some(0.5), None]));
        Answer::new(RecordBatch::try_from_iter([("area", areas), ("value", values)]).unwrap())
    }

    #[test]
    fn rows_are_read_one_by_one() {
        let answer = answer();
        assert_eq!(peelian_result_count(In::from(&answer)), 2);
        assert!(peelian_result_get(In::from(&answer), 2).is_null());
        assert_eq!(peelian_result_component_count(In::from(&answer), 0), 0);
        assert_eq!(peelian_result_alternative_count(In::from(&answer), 0), 0);
        // SAFETY: `answer` holds the rows and their texts.
        unsafe {
            let first = &*peelian_result_get(In::from(&answer), 0);
            let second = &*peelian_result_get(In::from(&answer), 1);
            assert_eq!((CStr::from_ptr(first.area), CStr::from_ptr(second.area)), (c"E09000028", c"E09000022"));
            assert!((first.value - 0.5).abs() < 1e-15 && second.value.is_nan());
            assert_eq!(CStr::from_ptr(first.measure), c"");
            assert!(first.missing.is_null());
        }
    }

    #[test]
    fn a_result_goes_out_and_outlives_itself() {
        let answer = Box::new(answer());
        let mut stream = FFI_ArrowArrayStream::empty();
        let (mut array, mut schema) = (FFI_ArrowArray::empty(), FFI_ArrowSchema::empty());
        let given = In::from(&*answer);
        assert_eq!(peelian_result_to_arrow_stream(given, Out::from(&mut stream), Out::NULL), Status::Ok);
        let (out_array, out_schema) = (Out::from(&mut array), Out::from(&mut schema));
        let status = peelian_result_to_arrow_array(In::from(&*answer), out_array, out_schema, Out::NULL);
        assert_eq!(status, Status::Ok);
        peelian_result_free(Owned::from(answer));
        let mut reader = ArrowArrayStreamReader::try_new(stream).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().num_rows(), 2);
        assert!(reader.next().is_none());
        // SAFETY: this library made both of them.
        let data = unsafe { arrow::ffi::from_ffi(array, &schema) }.unwrap();
        assert_eq!(data.len(), 2);
    }
}
