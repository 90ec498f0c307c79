//! Submissions.

use std::ffi::{c_char, c_void};

use peelian::client::{Content, Outgoing, submit};
use peelian::v1::{SubmissionMode, SubmissionReceipt};
use peelian_core::engine::LocalError;
use peelian_core::intake::outgoing;
use tokio::sync::mpsc;

use super::{Client, stopped};
use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, make, make_if_wanted};
use crate::pointer::{borrow, borrow_mut, free, text};
use crate::query::in_the_contract;
use crate::receipt::Receipt;
use crate::records::Records;

/// What a submission says of itself. Free it with peelian_submission_free(). One thread at a time may use it.
#[derive(Debug)]
pub struct Submission(Outgoing);

/// Told how far a submission is, on the thread that submits: `sent` of `total` messages have been handed to the
/// connection. Submitting stops if it returns false: the exchange then keeps nothing. It may call peelian_client_cancel(),
/// but no other function with the client that submits, and it must return: not leave by longjmp or an exception.
pub type Progress = Option<unsafe extern "C" fn(user_data: *mut c_void, sent: u64, total: u64) -> bool>;

/// Begins a submission of an agency about a dataset and a period, days included, "2017-02-01": the records submitted are
/// all there is in the period. `extracted_at` is when the data were extracted from their source, in seconds since
/// 1970-01-01T00:00:00Z: the exchange refuses data that are older than what it holds.
///
/// The exchange checks what is stated, when it is submitted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_submission_new(
    agency: *const c_char,
    dataset: *const c_char,
    first_day: *const c_char,
    last_day: *const c_char,
    extracted_at: i64,
    out: *mut *mut Submission,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let text = |pointer, name| unsafe { text(pointer, name) }.map(str::to_owned);
        Ok(Submission(Outgoing {
            agency: text(agency, "agency")?,
            dataset: text(dataset, "dataset")?,
            collection: String::new(),
            first: text(first_day, "first_day")?,
            last: text(last_day, "last_day")?,
            mode: SubmissionMode::ReplacePeriod,
            extracted: extracted_at,
            synthetic: false,
            dry_run: false,
            expected_delete_count: None,
            content: Content::Nil,
        }))
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// # Safety
///
/// As [`borrow_mut`].
unsafe fn set(submission: *mut Submission, error: *mut *mut Error, set: impl FnOnce(&mut Outgoing)) -> Status {
    // SAFETY: the same promise.
    unsafe { attempt(error, || borrow_mut(submission, "submission").map(|submission| set(&mut submission.0))) }
}

/// Sets what the submission does to what is held: "replace_period", which is so at first; "merge" adds rows or replaces
/// those with the same key; "delete" removes the rows with the keys submitted.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for another text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_submission_set_mode(
    submission: *mut Submission,
    mode: *const c_char,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (submission, mode) = unsafe { (borrow_mut(submission, "submission")?, text(mode, "mode")?) };
        let known = SubmissionMode::from_str_name(&in_the_contract("SUBMISSION_MODE", mode));
        submission.0.mode = known.ok_or_else(|| Error::argument(format!("{mode} is not a mode of submission")))?;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { attempt(error, work) }
}

/// Names the return within the dataset, where an agency makes several: a replacement replaces only rows of the same
/// collection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_submission_set_collection(
    submission: *mut Submission,
    collection: *const c_char,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (submission, name) = unsafe { (borrow_mut(submission, "submission")?, text(collection, "collection")?) };
        name.clone_into(&mut submission.0.collection);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { attempt(error, work) }
}

/// Whether the exchange checks and counts only, and writes nothing. It writes at first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_submission_set_dry_run(
    submission: *mut Submission,
    dry_run: bool,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { set(submission, error, |outgoing| outgoing.dry_run = dry_run) }
}

/// States how many rows a replacement or deletion is known to remove: the exchange asks for it where that is more than a
/// fifth of the rows that it holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_submission_set_expected_deletions(
    submission: *mut Submission,
    rows: u64,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { set(submission, error, |outgoing| outgoing.expected_delete_count = Some(rows)) }
}

/// Submits records, all or nothing: when this returns PEELIAN_STATUS_OK they are on the exchange's disk. The same
/// submission sent again counts once and has the same receipt.
///
/// `records` NULL is a nil return: nothing happened in the period. `progress` may be NULL; it is called on this thread
/// with `user_data`, which the library does not look at. `receipt`, which may be NULL, gets what became of the records.
///
/// Columns that are no fields of the dataset are refused here, and nothing is sent. Of a table are sent the values that its
/// rows have: not what else a dictionary holds, nor what lies below a missing value.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if the records are of another dataset; PEELIAN_STATUS_REFUSED if they have other columns
/// or are not valid Arrow data; PEELIAN_STATUS_EXCHANGE if the exchange refuses
/// them; PEELIAN_STATUS_UNREACHABLE if the connection breaks, where it is not known whether they were taken: send them
/// again; PEELIAN_STATUS_CANCELLED if `progress` or another thread stops it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_client_submit(
    client: *const Client,
    submission: *const Submission,
    records: *const Records,
    progress: Progress,
    user_data: *mut c_void,
    receipt: *mut *mut Receipt,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (client, submission) = unsafe { (borrow(client, "client")?, borrow(submission, "submission")?) };
        let mut outgoing = submission.0.clone();
        if !records.is_null() {
            // SAFETY: the conventions of the header.
            let records = unsafe { borrow(records, "records") }?;
            outgoing.synthetic = records.synthetic();
            outgoing.content = content(records, &outgoing.dataset)?;
        }
        let tell = |sent, total| {
            // SAFETY: the conventions of the header.
            progress.is_none_or(|progress| unsafe { progress(user_data, sent, total) })
        };
        Ok(Receipt::submitted(&client.wait(send(client, outgoing, tell))?))
    };
    // SAFETY: the conventions of the header.
    unsafe { make_if_wanted(receipt, error, work) }
}

/// The records in the form in which they are sent.
fn content(records: &Records, dataset: &str) -> Outcome<Content> {
    let of = &records.dataset().id;
    if of != dataset {
        return Err(Error::argument(format!("the submission is of {dataset}, and the records are of {of}")));
    }
    let refused = |error| LocalError::Intake { dataset: of, error };
    let Some(csv) = records.csv() else {
        let batches = records.batches()?;
        if batches.is_empty() {
            return Err(Error::argument("the records have no table: where nothing happened, give NULL for them"));
        }
        return Ok(Content::Arrow(outgoing::batches(records.dataset(), &batches).map_err(refused)?));
    };
    outgoing::csv(records.dataset(), csv).map_err(refused)?;
    Ok(Content::Csv(csv.to_vec()))
}

/// Submits, and tells the caller how far it is. The connection hands messages over wherever it runs; the caller is told
/// here, on its own thread.
async fn send(client: &Client, outgoing: Outgoing, tell: impl Fn(u64, u64) -> bool) -> Outcome<SubmissionReceipt> {
    let (told, mut telling) = mpsc::unbounded_channel();
    let progress = move |sent, total| {
        // Whoever stopped listening has stopped the submission.
        let _ = told.send((sent, total));
    };
    let sent = submit(&client.connection, outgoing, progress);
    tokio::pin!(sent);
    let wide = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    loop {
        tokio::select! {
            biased;
            Some((sent, total)) = telling.recv() => if !tell(wide(sent), wide(total)) { return Err(stopped()) },
            receipt = &mut sent => return Ok(receipt?),
        }
    }
}

/// Frees a submission. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_submission_free(submission: *mut Submission) {
    // SAFETY: the conventions of the header.
    unsafe { free(submission) }
}
