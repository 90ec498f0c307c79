//! Measures computed from records in the caller's own memory.

use std::collections::BTreeMap;
use std::ffi::c_char;
use std::num::NonZeroUsize;
use std::ptr::null;
use std::sync::{Arc, LazyLock, OnceLock};

use peelian_core::Core;
use peelian_core::engine::{self, Engine, QueryError};
use peelian_core::period::Period;

use crate::catalogue::{Field, field};
use crate::error::{Error, Outcome, Status};
use crate::explanation::{self, Explanation};
use crate::guard::{make, make_if_wanted};
use crate::pointer::{borrow, borrow_mut, free, text, view};
use crate::query::Query;
use crate::receipt::Receipt;
use crate::records::Records;
use crate::result::Answer;

static CORE: LazyLock<Result<Arc<Core>, String>> =
    LazyLock::new(|| Core::from_seeds().map(Arc::new).map_err(|error| error.to_string()));

/// The measures, areas and codes that the library carries, loaded when they are first needed.
pub(crate) fn core() -> Outcome<&'static Arc<Core>> {
    CORE.as_ref().map_err(Error::internal)
}

/// Records of any number of datasets in this process, from which measures are computed: nothing is stored and nothing is
/// sent. Free it with peelian_local_free(). One thread at a time may add to it; any number may ask it at once.
#[derive(Debug)]
pub struct Local {
    local: engine::Local,
    threads: NonZeroUsize,
    /// Whether records are read for one query alone.
    for_query: bool,
    /// Answers from the records so far, and keeps what queries have in common.
    engine: OnceLock<Engine>,
}

impl Local {
    fn new(local: engine::Local, threads: u32, for_query: bool) -> Self {
        let threads = threads_or_all(threads);
        Self { local: local.with_threads(threads), threads, for_query, engine: OnceLock::new() }
    }

    fn engine(&self) -> &Engine {
        self.engine.get_or_init(|| self.local.engine(self.threads))
    }
}

/// So many threads, or one for each processor.
pub(crate) fn threads_or_all(threads: u32) -> NonZeroUsize {
    let wanted = usize::try_from(threads).ok().and_then(NonZeroUsize::new);
    wanted.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// Begins with no records. They are read (but for a CSV file) and measures are computed on `threads` threads, 0
/// meaning one for each processor; the values do not depend on it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_local_new(threads: u32, out: *mut *mut Local, error: *mut *mut Error) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, || Ok(Local::new(engine::Local::new(core()?), threads, false))) }
}

/// Begins with no records. Those that are added will be read for this query alone: only the fields that its measures
/// need, which is many times as fast. Then ask it with peelian_local_query(): a query or an explanation that needs
/// other fields is refused. `threads` is as in peelian_local_new(). The query is not kept: it may be changed or freed.
///
/// The values of these fields are checked as the exchange checks them. Keys that repeat, references and rules, which
/// need other fields, are not: a row that the exchange rejects for one of these counts here. peelian_validate() with
/// NULL for `local` checks everything, and so does peelian_local_new(). From records that the exchange accepts, the
/// answer has the same bits either way. Other fields are not looked at, and need not be there.
///
/// PEELIAN_STATUS_QUERY if no records could answer the query: the message says what could be asked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_local_for_query(
    query: *const Query,
    threads: u32,
    out: *mut *mut Local,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let query = unsafe { borrow(query, "query") }?.read()?;
        Ok(Local::new(engine::Local::for_query(core()?, &query)?, threads, true))
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// How many fields of a dataset are read: after peelian_local_for_query() those that the query needs, else all that
/// partners submit. 0 means that records of the dataset need not be added; also for NULL, and where there is no such
/// dataset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_local_field_count(local: *const Local, dataset_id: *const c_char) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { fields(local, dataset_id) }.map_or(0, |(_, names)| names.len())
}

/// A field of a dataset that is read, from 0, in the order of the CSV header; NULL beyond the last. It belongs to the
/// library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_local_field_get(
    local: *const Local,
    dataset_id: *const c_char,
    index: usize,
) -> *const Field {
    // SAFETY: the conventions of the header.
    let found = unsafe { fields(local, dataset_id) };
    found.and_then(|(id, names)| Some(field(id, names.get(index)?))).unwrap_or(null())
}

/// The dataset's identifier, and the names of its fields that are read.
///
/// # Safety
///
/// As [`view`] and [`text`].
unsafe fn fields<'a>(local: *const Local, dataset_id: *const c_char) -> Option<(&'a str, Vec<&'static str>)> {
    // SAFETY: the same promise.
    let (local, id) = unsafe { (view(local)?, text(dataset_id, "dataset").ok()?) };
    Some((id, local.local.fields(id).ok()?))
}

/// Checks records as the exchange checks them, or only what peelian_local_for_query() says, and keeps those without
/// errors. What records refer to must have been added before: crimes before their victims. A dataset is added once; the
/// records themselves stay the caller's, and may be freed.
///
/// The records of a dataset count as one agency's. Those of agencies that report on different periods belong in objects of
/// their own: together, what one of them has not reported on would be taken as zero.
///
/// `receipt`, which may be NULL, gets what became of them.
///
/// PEELIAN_STATUS_REFUSED if they are refused as a whole: see the error's code and findings. Then nothing is kept.
/// PEELIAN_STATUS_INVALID_ARGUMENT if records of the dataset were added before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_local_add(
    local: *mut Local,
    records: *const Records,
    receipt: *mut *mut Receipt,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (local, records) = unsafe { (borrow_mut(local, "local")?, borrow(records, "records")?) };
        let received = records.with(|rows| Ok(local.local.add(rows)?))?;
        local.engine = OnceLock::new();
        Ok(Receipt::local(received.received, received.rejected, &received.findings))
    };
    // SAFETY: the conventions of the header.
    unsafe { make_if_wanted(receipt, error, work) }
}

/// Checks records as the exchange checks them, and keeps none. What they refer to is looked for among the records added
/// to `local`; where that is NULL, nothing is found.
///
/// PEELIAN_STATUS_REFUSED if the exchange would refuse them as a whole: see the error's code and findings.
/// PEELIAN_STATUS_INVALID_ARGUMENT if `local` was made by peelian_local_for_query(): it has not all that they refer to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_validate(
    local: *mut Local,
    records: *const Records,
    receipt: *mut *mut Receipt,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let records = unsafe { borrow(records, "records") }?;
        let checked = if local.is_null() {
            let mut nothing = engine::Local::new(core()?);
            records.with(|rows| Ok(nothing.check(rows)?))?
        } else {
            // SAFETY: the conventions of the header.
            let local = unsafe { borrow_mut(local, "local") }?;
            if local.for_query {
                return Err(Error::argument("local reads records for one query alone, and cannot check the rest"));
            }
            records.with(|rows| Ok(local.local.check(rows)?))?
        };
        Ok(Receipt::local(checked.received, checked.rejected, &checked.findings))
    };
    // SAFETY: the conventions of the header.
    unsafe { make_if_wanted(receipt, error, work) }
}

/// Computes measures from the records that were added. Values are in the order of measure, area, period and breakdown.
///
/// PEELIAN_STATUS_QUERY if the query cannot be answered, or needs fields that peelian_local_for_query() left out: the
/// message says what could be.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_local_query(
    local: *const Local,
    query: *const Query,
    out: *mut *mut Answer,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (local, query) = unsafe { (borrow(local, "local")?, borrow(query, "query")?) };
        let found = local.engine().query(&query.read()?)?;
        Answer::of(&found, local.threads)
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// Says how one value came about: the steps by which records were selected, and what it is based on. `breakdown` is as
/// peelian_observation has it, "sex=female;age_band=18_24"; NULL means the total.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if `area` is not the code of an area or `breakdown` is not of that form;
/// PEELIAN_STATUS_QUERY if there is no such measure, period or breakdown, or if it needs fields that
/// peelian_local_for_query() left out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_local_explain(
    local: *const Local,
    measure: *const c_char,
    area: *const c_char,
    period: *const c_char,
    breakdown: *const c_char,
    out: *mut *mut Explanation,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let local = unsafe { borrow(local, "local") }?;
        // SAFETY: the conventions of the header.
        let cell = unsafe { explanation::cell(measure, area, period, breakdown) }?;
        let area = core()?.reference.areas.by_code(&cell.area);
        let area = area.ok_or_else(|| Error::argument(format!("no area has the code {}", cell.area)))?;
        let period: Period = cell.period.parse().map_err(QueryError::from)?;
        let breakdown: BTreeMap<_, _> = cell.breakdown.into_iter().collect();
        let told = local.engine().explain(&cell.measure, area, period, &breakdown)?;
        Ok(Explanation::new(&(&told).into()))
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// Frees local records. NULL is left alone. What was computed from them stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_local_free(local: *mut Local) {
    // SAFETY: the conventions of the header.
    unsafe { free(local) }
}
