//! Writes entries to the database, each in one transaction.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Row as _, Sqlite, Transaction};

use super::entry::{Envelope, NewSubmission, StoredEntry, Withdrawal};
use super::error::StoreError;
use super::in_force::KeptInForce;
use super::seal::{Seal, seal, seal_entry};
use super::sqlite_rows::signed;

/// Begins a transaction that writes. A deferred transaction could fail at its first write, without waiting.
pub(super) async fn begin(connection: &mut SqliteConnection) -> Result<Transaction<'_, Sqlite>, StoreError> {
    Ok(connection.begin_with("BEGIN IMMEDIATE").await?)
}

/// The seals of a submission.
#[derive(Debug)]
pub(super) struct Seals {
    entry: Seal,
    messages: Seal,
    payload: Seal,
    left_out: Seal,
    findings: Seal,
}

impl Seals {
    /// Seals a submission. This reads all its bytes.
    pub(super) fn of(submission: &NewSubmission) -> Self {
        let NewSubmission { envelope, header, receipt, payload, left_out, findings } = submission;
        Self {
            entry: seal_entry(&StoredEntry::Submission(envelope.clone())),
            messages: seal([header, receipt]),
            payload: seal(payload),
            left_out: seal(left_out),
            findings: seal(findings),
        }
    }
}

pub(super) async fn write_submission(
    connection: &mut SqliteConnection,
    submission: &NewSubmission,
    seals: impl Future<Output = Result<Seals, StoreError>>,
) -> Result<(), StoreError> {
    let NewSubmission { envelope, header, receipt, payload, left_out, findings } = submission;
    let position = signed(envelope.position)?;
    let mut transaction = begin(connection).await?;
    insert_entry(&mut transaction, position, "submission", envelope.accepted_micros).await?;
    insert_submission(&mut transaction, envelope, header, receipt).await?;
    insert_parts(&mut transaction, INSERT_PAYLOAD, position, payload).await?;
    insert_parts(&mut transaction, INSERT_LEFT_OUT, position, left_out).await?;
    insert_parts(&mut transaction, INSERT_FINDINGS, position, findings).await?;
    insert_seals(&mut transaction, position, &seals.await?).await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn write_withdrawal(
    connection: &mut SqliteConnection,
    withdrawal: Withdrawal,
) -> Result<(), StoreError> {
    let position = signed(withdrawal.position)?;
    let seal = seal_entry(&StoredEntry::Withdrawal(withdrawal.clone()));
    let mut transaction = begin(connection).await?;
    insert_entry(&mut transaction, position, "withdrawal", withdrawal.accepted_micros).await?;
    sqlx::query("INSERT INTO withdrawal (position, submission, reason) VALUES (?, ?, ?)")
        .bind(position)
        .bind(signed(withdrawal.submission)?)
        .bind(withdrawal.reason)
        .execute(&mut *transaction)
        .await?;
    insert_entry_seal(&mut transaction, position, &seal).await?;
    transaction.commit().await?;
    Ok(())
}

/// Keeps which rows are in force.
pub(super) async fn write_in_force(
    connection: &mut SqliteConnection,
    kept: &KeptInForce,
    seal: &Seal,
) -> Result<(), StoreError> {
    let mut transaction = begin(connection).await?;
    sqlx::query("INSERT OR REPLACE INTO in_force (one, position, content, seal) VALUES (1, ?, ?, ?)")
        .bind(signed(kept.position)?)
        .bind(kept.content.as_slice())
        .bind(seal.as_slice())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// Commits a change without meaning. A commit whose sync failed left its pages in the write-ahead log behind the last
/// commit that succeeded, where SQLite would find them after a crash. This commit overwrites them.
pub(super) async fn write_again(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut transaction = begin(connection).await?;
    sqlx::query("PRAGMA user_version = 1").execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}

const INSERT_PAYLOAD: &str = "INSERT INTO payload (position, part, bytes) VALUES (?, ?, ?)";
const INSERT_LEFT_OUT: &str = "INSERT INTO left_out (position, part, bytes) VALUES (?, ?, ?)";
const INSERT_FINDINGS: &str = "INSERT INTO finding_block (position, block, findings) VALUES (?, ?, ?)";

async fn insert_parts(
    transaction: &mut Transaction<'_, Sqlite>,
    sql: &'static str,
    position: i64,
    parts: &[Vec<u8>],
) -> Result<(), StoreError> {
    for (part, bytes) in (0_i64..).zip(parts) {
        sqlx::query(sql).bind(position).bind(part).bind(bytes.as_slice()).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Inserts an entry. It must come directly after the last one: the ledger in memory is ahead of another database, or
/// behind it.
async fn insert_entry(
    transaction: &mut Transaction<'_, Sqlite>,
    position: i64,
    kind: &'static str,
    accepted_micros: i64,
) -> Result<(), StoreError> {
    let row = sqlx::query("SELECT max(position) FROM entry").fetch_one(&mut **transaction).await?;
    let last: Option<i64> = row.try_get(0)?;
    if last.unwrap_or(0) + 1 != position {
        return Err(StoreError::Moved("the ledger in the database".to_owned()));
    }
    sqlx::query("INSERT INTO entry (position, kind, accepted_micros) VALUES (?, ?, ?)")
        .bind(position)
        .bind(kind)
        .bind(accepted_micros)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn insert_submission(
    transaction: &mut Transaction<'_, Sqlite>,
    envelope: &Envelope,
    header: &[u8],
    receipt: &[u8],
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO submission (position, ulid, agency, dataset, collection, mode, period_start, period_end, \
         extract_micros, request_id, content_sha256, synthetic, stored_rows, header, receipt) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(signed(envelope.position)?)
    .bind(envelope.ulid.as_str())
    .bind(envelope.agency.as_str())
    .bind(envelope.dataset.as_str())
    .bind(envelope.collection.as_str())
    .bind(envelope.mode.id())
    .bind(envelope.first.to_string())
    .bind(envelope.last.to_string())
    .bind(envelope.extract_micros)
    .bind(envelope.request_id.as_str())
    .bind(envelope.content_sha256.to_vec())
    .bind(i64::from(envelope.synthetic))
    .bind(signed(envelope.rows)?)
    .bind(header)
    .bind(receipt)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Stores the seals of a submission.
pub(super) async fn insert_seals(
    transaction: &mut Transaction<'_, Sqlite>,
    position: i64,
    seals: &Seals,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO seal (position, entry, messages, payload, left_out, findings) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(position)
    .bind(seals.entry.as_slice())
    .bind(seals.messages.as_slice())
    .bind(seals.payload.as_slice())
    .bind(seals.left_out.as_slice())
    .bind(seals.findings.as_slice())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Stores the seal of a withdrawal.
pub(super) async fn insert_entry_seal(
    transaction: &mut Transaction<'_, Sqlite>,
    position: i64,
    seal: &Seal,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO seal (position, entry) VALUES (?, ?)")
        .bind(position)
        .bind(seal.as_slice())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
