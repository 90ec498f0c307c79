//! Submissions.

use std::ffi::c_void;

use peelian::client::{Content, Outgoing, submit};
use peelian::v1::{SubmissionMode, SubmissionReceipt};
use peelian_core::engine::LocalError;
use peelian_core::intake::outgoing;
use tokio::sync::mpsc;

use super::{Client, stopped};
use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, make, make_if_wanted};
use crate::pointer::{In, InOut, Out, Owned, Text};
use crate::query::in_the_contract;
use crate::receipt::Receipt;
use crate::records::Records;

/// The properties of a submission. Free it with peelian_submission_free(). One thread at a time may use it.
#[derive(Debug)]
pub struct Submission(Outgoing);

/// Reports the progress of a submission, on the thread that submits: the connection has taken `sent` of `total` messages.
/// If it returns false, the submission stops and the exchange keeps nothing. It may call peelian_client_cancel(), but no
/// other function with the client that submits. It must return: it must not leave by longjmp or an exception.
pub type Progress = Option<unsafe extern "C" fn(user_data: *mut c_void, sent: u64, total: u64) -> bool>;

/// Makes a submission of an agency for a dataset and a period. The days are included, and written as "2017-02-01". The
/// records submitted must be all records of the period. `extracted_at` is the instant when the data were extracted from
/// their source, in seconds since 1970-01-01T00:00:00Z. The exchange refuses data that are older than what it holds.
///
/// The exchange checks these properties when the submission is sent.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_submission_new(
    agency: Text<'_>,
    dataset: Text<'_>,
    first_day: Text<'_>,
    last_day: Text<'_>,
    extracted_at: i64,
    out: Out<'_, *mut Submission>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        Ok(Submission(Outgoing {
            agency: agency.get("agency")?.to_owned(),
            dataset: dataset.get("dataset")?.to_owned(),
            collection: String::new(),
            first: first_day.get("first_day")?.to_owned(),
            last: last_day.get("last_day")?.to_owned(),
            mode: SubmissionMode::ReplacePeriod,
            extracted: extracted_at,
            synthetic: false,
            dry_run: false,
            expected_delete_count: None,
            content: Content::Nil,
        }))
    })
}

/// Sets a property of a submission.
fn set(
    submission: InOut<'_, Submission>,
    error: Out<'_, *mut Error>,
    set: impl FnOnce(&mut Outgoing) -> Outcome<()>,
) -> Status {
    attempt(error, || set(&mut submission.get("submission")?.0))
}

/// Sets the mode of a submission. "replace_period", the default, replaces the records of the period. "merge" adds rows, or
/// replaces rows that have the same key. "delete" removes the rows that have the keys submitted.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for another text.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_submission_set_mode(
    submission: InOut<'_, Submission>,
    mode: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    set(submission, error, |outgoing| {
        let mode = mode.get("mode")?;
        let known = SubmissionMode::from_str_name(&in_the_contract("SUBMISSION_MODE", mode));
        outgoing.mode = known.ok_or_else(|| Error::argument(format!("{mode} is not a mode of submission")))?;
        Ok(())
    })
}

/// Sets the collection: the name of the return within the dataset, for an agency that makes several. A replacement
/// replaces only rows of the same collection.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_submission_set_collection(
    submission: InOut<'_, Submission>,
    collection: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    set(submission, error, |outgoing| {
        collection.get("collection")?.clone_into(&mut outgoing.collection);
        Ok(())
    })
}

/// Sets whether this is a dry run: the exchange checks and counts the records, and writes nothing. By default it writes
/// them.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_submission_set_dry_run(
    submission: InOut<'_, Submission>,
    dry_run: bool,
    error: Out<'_, *mut Error>,
) -> Status {
    set(submission, error, |outgoing| {
        outgoing.dry_run = dry_run;
        Ok(())
    })
}

/// Sets how many rows a replacement or a deletion is expected to remove. The exchange requires it if that is more than a
/// fifth of the rows that it holds.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_submission_set_expected_deletions(
    submission: InOut<'_, Submission>,
    rows: u64,
    error: Out<'_, *mut Error>,
) -> Status {
    set(submission, error, |outgoing| {
        outgoing.expected_delete_count = Some(rows);
        Ok(())
    })
}

/// Submits records, all or nothing. When this returns PEELIAN_STATUS_OK, the records are on the disk of the exchange. If
/// the same submission is sent again, it counts once and has the same receipt.
///
/// `records` NULL is a nil return: nothing happened in the period. `progress` may be NULL. It is called on this thread
/// with `user_data`, which the library does not read. `receipt` may be NULL. Otherwise it gets the receipt.
///
/// The library refuses columns that are not fields of the dataset, and sends nothing then. From a table it sends only
/// values that are visible in rows: no other values of a dictionary, and no values below a missing one.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if the records are of another dataset; PEELIAN_STATUS_REFUSED if they have other columns
/// or are not valid Arrow data; PEELIAN_STATUS_EXCHANGE if the exchange refuses them; PEELIAN_STATUS_UNREACHABLE if the
/// connection breaks or the exchange gives no sign of life; PEELIAN_STATUS_CANCELLED if `progress` or another thread stops
/// the call, or if it takes longer than its time. After a broken connection, or too long a time, it is not known whether
/// the exchange took the records: send them again.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_submit(
    client: In<'_, Client>,
    submission: In<'_, Submission>,
    records: In<'_, Records>,
    progress: Progress,
    user_data: *mut c_void,
    receipt: Out<'_, *mut Receipt>,
    error: Out<'_, *mut Error>,
) -> Status {
    make_if_wanted(receipt, error, || {
        let (client, submission) = (client.get("client")?, submission.get("submission")?);
        let mut outgoing = submission.0.clone();
        if let Some(records) = records.optional("records")? {
            outgoing.synthetic = records.synthetic();
            outgoing.content = content(records, &outgoing.dataset)?;
        }
        let tell = |sent, total| {
            // SAFETY: a caller that gives a function promises that it may be called so, until this call returns.
            progress.is_none_or(|progress| unsafe { progress(user_data, sent, total) })
        };
        Ok(Receipt::submitted(&client.wait(send(client, outgoing, tell))?))
    })
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
            return Err(Error::argument("the records have no table: for a nil return, give NULL"));
        }
        return Ok(Content::Arrow(outgoing::batches(records.dataset(), &batches).map_err(refused)?));
    };
    outgoing::csv(records.dataset(), csv).map_err(refused)?;
    Ok(Content::Csv(csv.to_vec()))
}

/// Submits, and reports the progress to the caller. The connection takes messages on any thread, and the caller gets the
/// reports on its own thread.
async fn send(client: &Client, outgoing: Outgoing, tell: impl Fn(u64, u64) -> bool) -> Outcome<SubmissionReceipt> {
    let (told, mut telling) = mpsc::unbounded_channel();
    let progress = move |sent, total| {
        // The receiver is gone only after the submission was stopped.
        let _ = told.send((sent, total));
    };
    let connection = client.connection();
    let sent = submit(&connection, outgoing, progress);
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

/// Frees a submission. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_submission_free(submission: Owned<Submission>) {
    submission.free();
}
