//! One query answered from records that are read for nothing else.

use ::arrow::array::RecordBatch;
use peelian_core::engine::{LocalRows, compute_once};

use crate::error::{Error, Outcome, Status};
use crate::guard::make;
use crate::local::{core, threads_or_all};
use crate::pointer::{borrow, check, slice};
use crate::query::Query;
use crate::receipt::Receipt;
use crate::records::Records;
use crate::result::Answer;

/// Answers one query from the records of `count` datasets, in any order, on `threads` threads, 0 meaning one for each
/// processor: in one call what peelian_local_for_query(), peelian_local_add() and peelian_local_query() do, with the same
/// bits. As no other question follows, many records of one dataset that are only counted are read, checked and counted
/// some at a time, which is faster and takes no memory for all of them. The query and the records stay the caller's.
///
/// What is checked is what peelian_local_for_query() says. `receipts`, which may be NULL, has room for `count` receipts,
/// and gets what became of the records, in their order; free each with peelian_receipt_free(). It is written only if
/// the call succeeds.
///
/// PEELIAN_STATUS_QUERY if the query cannot be answered, PEELIAN_STATUS_REFUSED if records are refused as a whole, and
/// PEELIAN_STATUS_INVALID_ARGUMENT if two of the records are of one dataset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_compute(
    query: *const Query,
    records: *const *mut Records,
    count: usize,
    threads: u32,
    out: *mut *mut Answer,
    receipts: *mut *mut Receipt,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (query, records) = unsafe { (borrow(query, "query")?.read()?, slice(records, count, "records")?) };
        if !receipts.is_null() {
            check(receipts, "receipts")?;
        }
        // SAFETY: the same conventions.
        let records = records.iter().map(|one| unsafe { borrow(*one, "a member of records") });
        let records: Vec<&Records> = records.collect::<Outcome<_>>()?;
        let batches: Vec<Vec<RecordBatch>> = records.iter().map(|one| one.batches()).collect::<Outcome<_>>()?;
        let rows: Vec<LocalRows<'_>> = records.iter().zip(&batches).map(|(one, batches)| one.rows(batches)).collect();
        let threads = threads_or_all(threads);
        let computed = compute_once(core()?, &query, rows, threads)?;
        let answer = Answer::of(&computed.observations, threads)?;
        let receipt = |one: &&Records| {
            let became = computed.received.iter().find(|(dataset, _)| *dataset == one.dataset().id);
            let (_, became) = became.ok_or_else(|| Error::internal("records without a receipt"))?;
            Ok(Receipt::local(became.received, became.rejected, &became.findings))
        };
        if !receipts.is_null() {
            let made: Vec<Receipt> = records.iter().map(receipt).collect::<Outcome<_>>()?;
            for (at, receipt) in made.into_iter().enumerate() {
                // SAFETY: neither NULL nor misaligned, and valid for writing so many by the conventions of the header.
                unsafe { receipts.add(at).write(Box::into_raw(Box::new(receipt))) };
            }
        }
        Ok(answer)
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}
