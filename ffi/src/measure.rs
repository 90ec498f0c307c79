//! Measures from Arrow.

use std::ffi::{CStr, c_char};
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};

use arrow::array::{RecordBatch, RecordBatchIterator};
use arrow::ffi_stream::{ArrowArrayStreamReader, FFI_ArrowArrayStream};
use jiff::civil::Date;
use peelian::v1 as wire;
use peelian_core::Core;
use peelian_core::engine::{Local, LocalContent, LocalRows, Query, to_arrow};

use crate::guard::{Status, write_result};

static CORE: LazyLock<Option<Arc<Core>>> = LazyLock::new(|| Core::from_seeds().ok().map(Arc::new));

/// What to compute, and from what (`peelian_question`). Every pointer is to text in UTF-8 that ends with NUL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Dataset of the rows: "crime".
    pub dataset: *const c_char,
    /// First day that the rows cover: "2017-01-01".
    pub first_day: *const c_char,
    /// Last day that the rows cover.
    pub last_day: *const c_char,
    /// Measure: "knife-crime-offences".
    pub measure: *const c_char,
    /// Code of an area, or a level: "borough".
    pub areas: *const c_char,
    /// Period, or a range of periods: "2017-01..2017-03".
    pub periods: *const c_char,
}

/// A question in Rust's own types.
struct Asked {
    dataset: String,
    first: Date,
    last: Date,
    query: wire::Query,
}

/// Computes one measure from the rows of a stream, and gives the observations as a stream: a table with a row each.
///
/// The rows are checked as the exchange checks them. `rows` is taken over: it is released here, whatever the result.
/// `out` is the caller's to release.
///
/// [`Status::InvalidArgument`] if a pointer is NULL, a text is not what it should be, or the rows are refused.
///
/// # Safety
///
/// `question` is NULL or valid for reading, and so are its texts; `rows` is NULL or a stream of the Arrow C stream
/// interface; `out` is NULL or valid for writing one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_measure(
    question: *const Question,
    rows: *mut FFI_ArrowArrayStream,
    out: *mut FFI_ArrowArrayStream,
) -> Status {
    if question.is_null() || rows.is_null() {
        return Status::InvalidArgument;
    }
    let work = || {
        // SAFETY: not NULL, and a stream by the caller's promise. The stream is moved out and left released.
        let reader = unsafe { ArrowArrayStreamReader::from_raw(rows) }.map_err(|_| Status::InvalidArgument)?;
        // SAFETY: not NULL, and valid with its texts by the caller's promise.
        let asked = unsafe { asked(&*question) }.ok_or(Status::InvalidArgument)?;
        let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().map_err(|_| Status::InvalidArgument)?;
        answer(&asked, &batches)
    };
    // SAFETY: the caller's promise about `out` is the same.
    unsafe { write_result(out, work) }
}

fn answer(asked: &Asked, batches: &[RecordBatch]) -> Result<FFI_ArrowArrayStream, Status> {
    let core = CORE.as_ref().ok_or(Status::Internal)?;
    let Asked { dataset, first, last, query } = asked;
    let content = LocalContent::Batches(batches);
    let mut local = Local::new(core);
    let rows = LocalRows { dataset, covers: Some((*first, *last)), content, synthetic: false };
    local.add(rows).map_err(|_| Status::InvalidArgument)?;
    let query = Query::from_wire(query, core).map_err(|_| Status::InvalidArgument)?;
    let found = local.engine(NonZeroUsize::MIN).query(&query).map_err(|_| Status::InvalidArgument)?;
    let table = to_arrow(&found).map_err(|_| Status::Internal)?;
    let schema = table.schema();
    Ok(FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new([Ok(table)], schema))))
}

/// # Safety
///
/// The texts are NULL or valid for reading up to their NUL.
unsafe fn asked(question: &Question) -> Option<Asked> {
    // SAFETY: the same promise.
    let text = |pointer| unsafe { text(pointer) };
    Some(Asked {
        dataset: text(question.dataset)?,
        first: text(question.first_day)?.parse().ok()?,
        last: text(question.last_day)?.parse().ok()?,
        query: wire::Query {
            measures: vec![text(question.measure)?],
            areas: vec![text(question.areas)?],
            periods: vec![text(question.periods)?],
            ..wire::Query::default()
        },
    })
}

/// # Safety
///
/// `pointer` is NULL or valid for reading up to its NUL.
unsafe fn text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not NULL, and valid by this function's contract.
    unsafe { CStr::from_ptr(pointer) }.to_str().ok().map(str::to_owned)
}
