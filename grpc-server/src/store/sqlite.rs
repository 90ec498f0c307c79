//! Stores the ledger in one SQLite file.
//!
//! One connection writes and several read. The file has a write-ahead log and `synchronous = FULL`: a commit is on
//! the disk when it returns. [`SqliteStore::tidy`] moves the log into the file after submissions are acknowledged, so
//! that a commit writes its pages only once.

use std::path::Path;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, Row, Sqlite, Transaction};
use tonic::async_trait;

use super::entry::{Envelope, Listing, NewSubmission, StoredEntry, StoredSubmission, Withdrawal};
use super::error::StoreError;
use super::identity::{Identity, LOG};
use super::interface::Store;
use super::lock::DirectoryLock;
use super::private;
use super::sqlite_rows::{entry, required, signed, submission};

/// Name of the database file.
const FILE: &str = "ledger.sqlite3";
/// Endings of the files that SQLite keeps beside the database: <https://www.sqlite.org/tempfiles.html>.
const BESIDE: [&str; 3] = [LOG, "-shm", "-journal"];
/// Connections that read. Reads are rare and short: the rows in force are in memory.
const READERS: u32 = 4;
/// Longest wait for a lock of the database. Locks are held for the time of one commit.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Size of a page, large because rows are stored in blobs of megabytes.
const PAGE_BYTES: u32 = 32_768;
/// Size to which the write-ahead log is truncated when it is reset: 64 MiB.
const LOG_BYTES: &str = "67108864";

/// The ledger in one SQLite file.
#[derive(Debug)]
pub(crate) struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    tidier: SqlitePool,
    identity: Identity,
    _lock: DirectoryLock,
}

impl SqliteStore {
    /// Opens the store in `directory`. Creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// If another server uses the directory, if it cannot be written, or if its tables are of a later version.
    pub(crate) async fn open(directory: &Path) -> Result<Self, StoreError> {
        let lock = DirectoryLock::take(directory)?;
        keep_private(directory)?;
        let options = SqliteConnectOptions::new()
            .filename(directory.join(FILE))
            .page_size(PAGE_BYTES)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("wal_autocheckpoint", "0")
            .pragma("journal_size_limit", LOG_BYTES);
        let writer = pool(1).connect_with(options.clone().create_if_missing(true)).await?;
        sqlx::migrate!().run(&writer).await?;
        let identity = Identity::of(&directory.join(FILE))?;
        // A later connection must never begin a new database in the place of this one.
        writer.set_connect_options(options.clone());
        let readers = pool(READERS).connect_with(options.clone().read_only(true)).await?;
        let tidier = pool(1).connect_with(options).await?;
        let store = Self { writer, readers, tidier, identity, _lock: lock };
        store.tidy().await?;
        Ok(store)
    }

    /// Ends a write. If it failed, its connection is thrown away: SQLite may have rolled back by itself, which the
    /// connection does not know (<https://www.sqlite.org/lang_transaction.html>, section 3.1).
    async fn finish(
        &self,
        connection: PoolConnection<Sqlite>,
        written: Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if written.is_err() {
            connection.detach().close_hard().await.ok();
        }
        self.identity.check()?;
        written
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn append_submission(&self, submission: NewSubmission) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await?;
        let written = write_submission(&mut connection, submission).await;
        self.finish(connection, written).await
    }

    async fn append_withdrawal(&self, withdrawal: Withdrawal) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await?;
        let written = write_withdrawal(&mut connection, withdrawal).await;
        self.finish(connection, written).await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await?;
        let written = write_again(&mut connection).await;
        self.finish(connection, written).await
    }

    async fn entries(&self) -> Result<Vec<StoredEntry>, StoreError> {
        let rows = sqlx::query(
            "SELECT e.position, e.kind, e.accepted_micros, s.ulid, s.agency, s.dataset, s.collection, s.mode, \
             s.period_start, s.period_end, s.extract_micros, s.request_id, s.content_sha256, s.synthetic, \
             s.stored_rows, w.submission AS withdrawn, w.reason \
             FROM entry e LEFT JOIN submission s USING (position) LEFT JOIN withdrawal w USING (position) \
             ORDER BY e.position",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(entry).collect()
    }

    async fn payload(&self, position: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        blobs(&self.readers, "SELECT bytes FROM payload WHERE position = ? ORDER BY part", position).await
    }

    async fn left_out(&self, position: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        blobs(&self.readers, "SELECT bytes FROM left_out WHERE position = ? ORDER BY part", position).await
    }

    async fn submission(&self, agency: &str, ulid: &str) -> Result<Option<StoredSubmission>, StoreError> {
        let row = sqlx::query(
            "SELECT s.position, s.ulid, s.agency, s.header, s.receipt, w.position AS withdrawal, w.reason, \
             e.accepted_micros AS withdrawn_micros \
             FROM submission s LEFT JOIN withdrawal w ON w.submission = s.position \
             LEFT JOIN entry e ON e.position = w.position WHERE s.agency = ? AND s.ulid = ?",
        )
        .bind(agency)
        .bind(ulid)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(submission).transpose()
    }

    async fn list(&self, listing: Listing<'_>) -> Result<Vec<StoredSubmission>, StoreError> {
        let rows = sqlx::query(
            "SELECT s.position, s.ulid, s.agency, s.header, s.receipt, w.position AS withdrawal, w.reason, \
             e.accepted_micros AS withdrawn_micros \
             FROM submission s LEFT JOIN withdrawal w ON w.submission = s.position \
             LEFT JOIN entry e ON e.position = w.position \
             WHERE s.position < ?1 AND (?2 IS NULL OR s.agency = ?2) AND (?3 IS NULL OR s.dataset = ?3) \
             ORDER BY s.position DESC LIMIT ?4",
        )
        .bind(i64::try_from(listing.below).unwrap_or(i64::MAX))
        .bind(listing.agency)
        .bind(listing.dataset)
        .bind(listing.limit)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(submission).collect()
    }

    async fn findings(&self, position: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        blobs(&self.readers, "SELECT findings FROM finding_block WHERE position = ? ORDER BY block", position).await
    }

    async fn tidy(&self) -> Result<(), StoreError> {
        // A passive checkpoint neither waits for readers and writers nor blocks them. Later writes reuse the space in
        // the log that it has copied.
        sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&self.tidier).await?;
        Ok(())
    }

    async fn close(&self) {
        self.tidier.close().await;
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Begins a transaction that writes. A deferred transaction could fail at its first write, without waiting.
async fn begin(connection: &mut SqliteConnection) -> Result<Transaction<'_, Sqlite>, StoreError> {
    Ok(connection.begin_with("BEGIN IMMEDIATE").await?)
}

async fn write_submission(connection: &mut SqliteConnection, submission: NewSubmission) -> Result<(), StoreError> {
    let NewSubmission { envelope, header, receipt, payload, left_out, findings } = submission;
    let position = signed(envelope.position)?;
    let mut transaction = begin(connection).await?;
    insert_entry(&mut transaction, position, "submission", envelope.accepted_micros).await?;
    insert_submission(&mut transaction, &envelope, header, receipt).await?;
    insert_parts(&mut transaction, INSERT_PAYLOAD, position, payload).await?;
    insert_parts(&mut transaction, INSERT_LEFT_OUT, position, left_out).await?;
    insert_parts(&mut transaction, INSERT_FINDINGS, position, findings).await?;
    transaction.commit().await?;
    Ok(())
}

async fn write_withdrawal(connection: &mut SqliteConnection, withdrawal: Withdrawal) -> Result<(), StoreError> {
    let position = signed(withdrawal.position)?;
    let mut transaction = begin(connection).await?;
    insert_entry(&mut transaction, position, "withdrawal", withdrawal.accepted_micros).await?;
    sqlx::query("INSERT INTO withdrawal (position, submission, reason) VALUES (?, ?, ?)")
        .bind(position)
        .bind(signed(withdrawal.submission)?)
        .bind(withdrawal.reason)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// Commits a change without meaning. A commit whose sync failed left its pages in the write-ahead log behind the last
/// commit that succeeded, where SQLite would find them after a crash. This commit overwrites them.
async fn write_again(connection: &mut SqliteConnection) -> Result<(), StoreError> {
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
    parts: Vec<Vec<u8>>,
) -> Result<(), StoreError> {
    for (part, bytes) in (0_i64..).zip(parts) {
        sqlx::query(sql).bind(position).bind(part).bind(bytes).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// A pool whose connections stay open: SQLite deletes the write-ahead log with the last connection.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).idle_timeout(None).max_lifetime(None)
}

/// Lets only the user of the server read the database. SQLite gives the files that it makes beside the database the mode
/// of the database, so the database is created here with its mode.
fn keep_private(directory: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::Directory { path: directory.display().to_string(), source };
    private::file(&directory.join(FILE)).map_err(failed)?;
    for ending in BESIDE {
        private::tighten(&directory.join(format!("{FILE}{ending}"))).map_err(failed)?;
    }
    Ok(())
}

async fn insert_entry(
    transaction: &mut Transaction<'_, Sqlite>,
    position: i64,
    kind: &'static str,
    accepted_micros: i64,
) -> Result<(), StoreError> {
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
    header: Vec<u8>,
    receipt: Vec<u8>,
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

async fn blobs(pool: &SqlitePool, sql: &'static str, position: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = sqlx::query(sql).bind(signed(position)?).fetch_all(pool).await?;
    rows.iter().map(|row| required(row.try_get(0)?)).collect()
}
