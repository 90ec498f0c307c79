//! Events of releases in the database.

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqliteExecutor};

use super::entry::StoredReleaseEvent;
use super::error::StoreError;
use super::seal::{Seal, seal};
use super::sqlite_rows::{required, signed, unsigned};
use super::sqlite_write::begin;

/// Writes an event. It must come directly after the last one.
pub(super) async fn write_release_event(
    connection: &mut SqliteConnection,
    event: &StoredReleaseEvent,
) -> Result<(), StoreError> {
    let number = signed(event.number)?;
    let mut transaction = begin(connection).await?;
    let row = sqlx::query("SELECT max(number) FROM release_event").fetch_one(&mut *transaction).await?;
    let last: Option<i64> = row.try_get(0)?;
    if last.unwrap_or(0) + 1 != number {
        return Err(StoreError::Moved("the releases in the database".to_owned()));
    }
    sqlx::query("INSERT INTO release_event (number, at_micros, release, event, seal) VALUES (?, ?, ?, ?, ?)")
        .bind(number)
        .bind(event.at_micros)
        .bind(event.release.as_str())
        .bind(event.event.as_slice())
        .bind(seal_release_event(event).as_slice())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// All events, in order, compared with their seals.
pub(super) async fn release_events(database: impl SqliteExecutor<'_>) -> Result<Vec<StoredReleaseEvent>, StoreError> {
    let sql = "SELECT number, at_micros, release, event, seal FROM release_event ORDER BY number";
    sqlx::query(sql).fetch_all(database).await?.iter().map(release_event).collect()
}

fn release_event(row: &SqliteRow) -> Result<StoredReleaseEvent, StoreError> {
    let event = StoredReleaseEvent {
        number: unsigned(row.try_get("number")?)?,
        at_micros: required(row.try_get("at_micros")?)?,
        release: required(row.try_get("release")?)?,
        event: required(row.try_get("event")?)?,
    };
    let sealed: Vec<u8> = required(row.try_get("seal")?)?;
    if sealed == seal_release_event(&event) {
        return Ok(event);
    }
    Err(StoreError::Damaged(format!("event {} of the releases: the checksum differs", event.number)))
}

fn seal_release_event(event: &StoredReleaseEvent) -> Seal {
    let StoredReleaseEvent { number, at_micros, release, event } = event;
    seal([&b"release"[..], &number.to_le_bytes(), &at_micros.to_le_bytes(), release.as_bytes(), event])
}
