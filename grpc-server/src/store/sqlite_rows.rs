//! Reads entries and submissions from rows of the database.

use jiff::civil::Date;
use peelian_core::intake::Mode;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::entry::{Envelope, StoredEntry, StoredSubmission, Withdrawal};
use super::error::StoreError;

/// An entry of the ledger from a row of the database.
pub(super) fn entry(row: &SqliteRow) -> Result<StoredEntry, StoreError> {
    let position = unsigned(row.try_get("position")?)?;
    let accepted_micros = required(row.try_get("accepted_micros")?)?;
    match row.try_get::<Option<String>, _>("kind")?.as_deref() {
        Some("submission") => envelope(row, position, accepted_micros).map(StoredEntry::Submission),
        Some("withdrawal") => Ok(StoredEntry::Withdrawal(Withdrawal {
            position,
            accepted_micros,
            submission: unsigned(row.try_get("withdrawn")?)?,
            reason: required(row.try_get("reason")?)?,
        })),
        other => Err(StoreError::Damaged(format!("an entry has the kind {other:?}"))),
    }
}

fn envelope(row: &SqliteRow, position: u64, accepted_micros: i64) -> Result<Envelope, StoreError> {
    let hash: Vec<u8> = required(row.try_get("content_sha256")?)?;
    let mode: String = required(row.try_get("mode")?)?;
    let synthetic: i64 = required(row.try_get("synthetic")?)?;
    let left_out: i64 = required(row.try_get("has_left_out")?)?;
    Ok(Envelope {
        position,
        accepted_micros,
        ulid: required(row.try_get("ulid")?)?,
        agency: required(row.try_get("agency")?)?,
        dataset: required(row.try_get("dataset")?)?,
        collection: required(row.try_get("collection")?)?,
        mode: Mode::from_id(&mode).ok_or_else(|| StoreError::Damaged(format!("a submission has the mode {mode}")))?,
        first: day(row.try_get("period_start")?)?,
        last: day(row.try_get("period_end")?)?,
        extract_micros: required(row.try_get("extract_micros")?)?,
        request_id: required(row.try_get("request_id")?)?,
        content_sha256: hash
            .try_into()
            .map_err(|_| StoreError::Damaged("a hash does not have 32 bytes".to_owned()))?,
        synthetic: synthetic == 1,
        rows: unsigned(row.try_get("stored_rows")?)?,
        left_out: left_out == 1,
    })
}

/// A submission as callers can read it, from a row of the database.
pub(super) fn submission(row: &SqliteRow) -> Result<StoredSubmission, StoreError> {
    let position = unsigned(row.try_get("position")?)?;
    let withdrawal = match row.try_get::<Option<i64>, _>("withdrawal")? {
        None => None,
        withdrawn => Some(Withdrawal {
            position: unsigned(withdrawn)?,
            accepted_micros: required(row.try_get("withdrawn_micros")?)?,
            submission: position,
            reason: required(row.try_get("reason")?)?,
        }),
    };
    Ok(StoredSubmission {
        position,
        ulid: required(row.try_get("ulid")?)?,
        agency: required(row.try_get("agency")?)?,
        header: required(row.try_get("header")?)?,
        receipt: required(row.try_get("receipt")?)?,
        withdrawal,
    })
}

/// A value that is never NULL. The driver would read NULL as 0 or as an empty text if it were asked for a plain
/// value.
pub(super) fn required<T>(value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Damaged("a value is missing".to_owned()))
}

/// A number that is never NULL and never negative.
pub(super) fn unsigned(value: Option<i64>) -> Result<u64, StoreError> {
    u64::try_from(required(value)?).map_err(|_| StoreError::Damaged("a count is negative".to_owned()))
}

/// A number as SQLite stores it.
pub(super) fn signed(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Damaged("a number is out of range".to_owned()))
}

/// A day that is never NULL.
fn day(text: Option<String>) -> Result<Date, StoreError> {
    required(text)?.parse().map_err(|_| StoreError::Damaged("a date is not valid".to_owned()))
}
