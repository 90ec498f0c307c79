//! Local computation: measures from records in the memory of the program.

use std::num::NonZeroUsize;
use std::ptr::null;
use std::sync::OnceLock;

use peelian_core::engine::{self, Engine, ExplainRequest, QueryError};

use crate::catalogue::{Field, field};
use crate::error::{Error, Status};
use crate::explanation::{self, Explanation};
use crate::guard::{make, make_if_wanted};
use crate::pointer::{In, InOut, Out, Owned, Text};
use crate::query::Query;
use crate::receipt::Receipt;
use crate::records::Records;
use crate::result::Answer;
use crate::seeds::core;
use crate::threads::threads_or_all;

/// Records of any number of datasets in this process, from which measures are computed. Nothing is stored and nothing is
/// sent. Free it with peelian_local_free(). One thread at a time may add records. Any number of threads may ask it at the
/// same time.
#[derive(Debug)]
pub struct Local {
    local: engine::Local,
    threads: NonZeroUsize,
    /// Whether records are read for one query only.
    for_query: bool,
    /// Answers from the records that were added, and keeps counts that several queries need.
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

/// Makes local records that are empty. Reading records (except a CSV file) and computing measures use `threads` threads;
/// 0 means one thread for each processor. The values do not depend on the number of threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_local_new(threads: u32, out: Out<'_, *mut Local>, error: Out<'_, *mut Error>) -> Status {
    make(out, error, || Ok(Local::new(engine::Local::new(core()?), threads, false)))
}

/// Makes local records that are empty and serve one query. Of the records that are added, only the fields that the
/// measures of the query need are read, which is many times as fast. Then ask with peelian_local_query(). A query or an
/// explanation that needs other fields is refused. `threads` is as in peelian_local_new(). The query is not kept: the
/// program may change it or free it.
///
/// The values of these fields are checked in the same way as by the exchange. Keys that repeat, references and rules need
/// other fields and are not checked. So a row that the exchange rejects for one of these reasons counts here.
/// peelian_local_new() and peelian_validate() with NULL for `local` check everything. From records that the exchange
/// accepts, the answer has the same bits either way. Other fields are not read, and need not be there.
///
/// PEELIAN_STATUS_QUERY if no records could answer the query. The message says what can be asked.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_local_for_query(
    query: In<'_, Query>,
    threads: u32,
    out: Out<'_, *mut Local>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let query = query.get("query")?.read()?;
        Ok(Local::new(engine::Local::for_query(core()?, &query)?, threads, true))
    })
}

/// The number of fields of a dataset that are read. After peelian_local_for_query() these are the fields that the query
/// needs, and otherwise all fields that partners submit. 0 means that records of the dataset need not be added. 0 also for
/// NULL, and if there is no such dataset.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_local_field_count(local: In<'_, Local>, dataset_id: Text<'_>) -> usize {
    fields(&local, &dataset_id).map_or(0, |(_, names)| names.len())
}

/// A field of a dataset that is read, from 0, in the order of the CSV header; NULL beyond the last. It belongs to the
/// library.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_local_field_get(local: In<'_, Local>, dataset_id: Text<'_>, index: usize) -> *const Field {
    let found = fields(&local, &dataset_id);
    found.and_then(|(id, names)| Some(field(id, names.get(index)?))).unwrap_or(null())
}

/// The identifier of the dataset, and the names of its fields that are read.
fn fields<'a>(local: &In<'a, Local>, dataset_id: &Text<'a>) -> Option<(&'a str, Vec<&'static str>)> {
    let (local, id) = (local.view()?, dataset_id.get("dataset").ok()?);
    Some((id, local.local.fields(id).ok()?))
}

/// Checks records in the same way as the exchange, or as peelian_local_for_query() says, and keeps those without errors.
/// Records that others refer to must be added first: crimes before their victims. Each dataset is added once. The records
/// still belong to the caller, who may free them.
///
/// The records of a dataset count as the records of one agency. If agencies report on different periods, make an object
/// for each of them: in one object, a month that one agency did not report on would be taken as zero.
///
/// `receipt` may be NULL. Otherwise it gets the receipt for the records.
///
/// PEELIAN_STATUS_REFUSED if all records are refused: see the code and the findings of the error. Then nothing is kept.
/// PEELIAN_STATUS_INVALID_ARGUMENT if records of the dataset were added before.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_local_add(
    local: InOut<'_, Local>,
    records: In<'_, Records>,
    receipt: Out<'_, *mut Receipt>,
    error: Out<'_, *mut Error>,
) -> Status {
    make_if_wanted(receipt, error, || {
        let (local, records) = (local.get("local")?, records.get("records")?);
        let received = records.with(|rows| Ok(local.local.add(rows)?))?;
        local.engine = OnceLock::new();
        Ok(Receipt::local(received.received, received.rejected, &received.findings))
    })
}

/// Checks records in the same way as the exchange, and keeps none. References are looked up in the records that were
/// added to `local`. If `local` is NULL, no reference is found.
///
/// PEELIAN_STATUS_REFUSED if the exchange would refuse all records: see the code and the findings of the error.
/// PEELIAN_STATUS_INVALID_ARGUMENT if peelian_local_for_query() made `local`: it does not hold all that references need.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_validate(
    local: InOut<'_, Local>,
    records: In<'_, Records>,
    receipt: Out<'_, *mut Receipt>,
    error: Out<'_, *mut Error>,
) -> Status {
    make_if_wanted(receipt, error, || {
        let records = records.get("records")?;
        let checked = match local.optional("local")? {
            None => {
                let mut nothing = engine::Local::new(core()?);
                records.with(|rows| Ok(nothing.check(rows)?))?
            }
            Some(local) if local.for_query => {
                return Err(Error::argument("local reads records for one query only, and cannot check the rest"));
            }
            Some(local) => records.with(|rows| Ok(local.local.check(rows)?))?,
        };
        Ok(Receipt::local(checked.received, checked.rejected, &checked.findings))
    })
}

/// Computes measures from the records that were added. The values are in the order of measure, area, period and
/// breakdown.
///
/// PEELIAN_STATUS_QUERY if the query cannot be answered, or needs fields that peelian_local_for_query() left out. The
/// message says what can be asked.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_local_query(
    local: In<'_, Local>,
    query: In<'_, Query>,
    out: Out<'_, *mut Answer>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let (local, query) = (local.get("local")?, query.get("query")?);
        let found = local.engine().query(&query.read()?)?;
        Answer::of(&found, local.threads)
    })
}

/// Explains how one value was computed: the steps by which records were selected, and the submissions that contributed.
/// `breakdown` has the form of the member of peelian_observation, "sex=female;age_band=18_24"; NULL means the total.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if `area` is not the code of an area or `breakdown` does not have that form;
/// PEELIAN_STATUS_QUERY if there is no such measure, period or breakdown, or if the explanation needs fields that
/// peelian_local_for_query() left out.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_local_explain(
    local: In<'_, Local>,
    measure: Text<'_>,
    area: Text<'_>,
    period: Text<'_>,
    breakdown: Text<'_>,
    out: Out<'_, *mut Explanation>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let local = local.get("local")?;
        let request = explanation::request(&measure, &area, &period, &breakdown)?;
        let request = ExplainRequest::from_wire(request, core()?).map_err(|error| match error {
            QueryError::UnknownArea { area, .. } => Error::argument(format!("no area has the code {area}")),
            error => error.into(),
        })?;
        Ok(Explanation::new(&(&local.engine().explain_request(&request)?).into()))
    })
}

/// Frees local records. The results that were computed from them stay valid. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_local_free(local: Owned<Local>) {
    local.free();
}
