//! One query answered from records that are read for this query only.

use ::arrow::array::RecordBatch;
use peelian_core::engine::{LocalRows, compute_once};

use crate::error::{Error, Outcome, Status};
use crate::guard::make;
use crate::pointer::{Array, In, Item, Out};
use crate::query::Query;
use crate::receipt::Receipt;
use crate::records::Records;
use crate::result::Answer;
use crate::seeds::core;
use crate::threads::threads_or_all;

/// Answers one query from the records of `count` datasets, in any order, on `threads` threads; 0 means one thread for
/// each processor. This one call does the work of peelian_local_for_query(), peelian_local_add() and
/// peelian_local_query(), with the same bits. No other question follows, so the library reads, checks and counts large
/// datasets in parts where their records are only counted. This is faster, and needs no memory for all records. The query
/// and the records still belong to the caller.
///
/// The checks are those of peelian_local_for_query(). `receipts` may be NULL. Otherwise it has room for `count` receipts
/// and gets one for each of the records, in their order. Free each with peelian_receipt_free(). They are written only if
/// the call succeeds.
///
/// PEELIAN_STATUS_QUERY if the query cannot be answered, PEELIAN_STATUS_REFUSED if all records of a dataset are refused,
/// and PEELIAN_STATUS_INVALID_ARGUMENT if two of the records are of one dataset.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_compute(
    query: In<'_, Query>,
    records: Array<'_, Item<'_, Records>>,
    count: usize,
    threads: u32,
    out: Out<'_, *mut Answer>,
    receipts: Out<'_, *mut Receipt>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let query = query.get("query")?.read()?;
        // SAFETY: `count` is the number of records, and receipts has room for as many.
        let (records, receipts) =
            unsafe { (records.slice(count, "records")?, receipts.optional_slice(count, "receipts")?) };
        let records: Vec<&Records> =
            records.iter().map(|one| Ok(one.get("a member of records")?)).collect::<Outcome<_>>()?;
        let batches: Vec<Vec<RecordBatch>> = records.iter().map(|one| one.batches()).collect::<Outcome<_>>()?;
        let rows: Vec<LocalRows<'_>> = records.iter().zip(&batches).map(|(one, batches)| one.rows(batches)).collect();
        let threads = threads_or_all(threads);
        let computed = compute_once(core()?, &query, rows, threads)?;
        let answer = Answer::of(&computed.observations, threads)?;
        let receipt = |one: &&Records| {
            let received = computed.received.iter().find(|(dataset, _)| *dataset == one.dataset().id);
            let (_, received) = received.ok_or_else(|| Error::internal("records without a receipt"))?;
            Ok(Receipt::local(received.received, received.rejected, &received.findings))
        };
        if let Some(places) = receipts {
            let made: Vec<Receipt> = records.iter().map(receipt).collect::<Outcome<_>>()?;
            for (place, receipt) in places.iter_mut().zip(made) {
                place.write(Box::into_raw(Box::new(receipt)));
            }
        }
        Ok(answer)
    })
}
