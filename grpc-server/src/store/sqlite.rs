//! Stores the ledger in one SQLite file.
//!
//! One connection writes and several read. The file has a write-ahead log and `synchronous = FULL`: a commit is on
//! the disk when it returns. [`SqliteStore::tidy`] moves the log into the file after submissions are acknowledged, so
//! that a commit writes its pages only once.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Connection as _, Row as _, Sqlite};
use tonic::async_trait;

use super::entry::{
    Listing, NewSubmission, StoredEntry, StoredReleaseEvent, StoredRows, StoredSubmission, Withdrawal,
};
use super::error::StoreError;
use super::identity::{Identity, LOG};
use super::in_force::KeptInForce;
use super::interface::Store;
use super::lock::{DirectoryLock, LOCK};
use super::seal::{self, Part, seal, seal_in_force};
use super::sqlite_read::{entries, in_force, on_another_thread, seal_all, sealed_pieces, sealed_rows};
use super::sqlite_releases::{release_events, write_release_event};
use super::sqlite_rows::submission;
use super::sqlite_write::{Seals, begin, write_again, write_in_force, write_submission, write_withdrawal};
use super::verify::{Damage, Verification};
use crate::private;

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
    /// Makes a new store in `directory`. `now_micros` is the clock, which its operator looks at now.
    ///
    /// # Errors
    ///
    /// [`StoreError::Initialised`] if the directory has a store already; if it cannot be written.
    pub(crate) async fn create(directory: &Path, now_micros: i64) -> Result<(), StoreError> {
        let _lock = DirectoryLock::take(directory)?;
        keep_private(directory)?;
        let writer = pool(1).connect_with(options(directory)).await?;
        if has_tables(&writer).await? {
            return Err(StoreError::Initialised(directory.display().to_string()));
        }
        sqlx::migrate!().run(&writer).await?;
        sqlx::query("INSERT INTO exchange (one, clock_micros) VALUES (1, ?)")
            .bind(now_micros)
            .execute(&writer)
            .await?;
        writer.close().await;
        Ok(())
    }

    /// Whether a directory has the file of a store.
    pub(crate) fn is_in(directory: &Path) -> bool {
        directory.join(FILE).is_file()
    }

    /// Opens the store in `directory`.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotInitialised`] if the directory has no store. If another server uses the directory, if it cannot be
    /// written, or if its tables are of a later version.
    pub(crate) async fn open(directory: &Path) -> Result<Self, StoreError> {
        let not_initialised = || StoreError::NotInitialised(directory.display().to_string());
        if !Self::is_in(directory) {
            return Err(not_initialised());
        }
        let lock = DirectoryLock::take(directory)?;
        keep_private(directory)?;
        let writer = pool(1).connect_with(options(directory)).await?;
        if !has_tables(&writer).await? {
            return Err(not_initialised());
        }
        sqlx::migrate!().run(&writer).await?;
        seal_once(&writer).await?;
        let files = [FILE.to_owned(), format!("{FILE}{LOG}"), LOCK.to_owned()];
        let identity = Identity::of(files.iter().map(|file| directory.join(file)))?;
        let readers = pool(READERS).connect_with(options(directory).read_only(true)).await?;
        let tidier = pool(1).connect_with(options(directory)).await?;
        let store = Self { writer, readers, tidier, identity, _lock: lock };
        store.tidy().await?;
        Ok(store)
    }

    /// Records that the clock is right now: its operator says so.
    pub(crate) async fn accept_clock(&self, now_micros: i64) -> Result<(), StoreError> {
        sqlx::query("UPDATE exchange SET clock_micros = ?").bind(now_micros).execute(&self.writer).await?;
        Ok(())
    }

    /// Compares everything that is stored with its seals.
    ///
    /// # Errors
    ///
    /// If the database cannot be read at all.
    pub(crate) async fn verify(&self) -> Result<Verification, StoreError> {
        let mut found = Verification::default();
        for row in sqlx::query("PRAGMA integrity_check").fetch_all(&self.readers).await? {
            let line: String = row.try_get::<Option<String>, _>(0)?.unwrap_or_default();
            found.structure.extend((line != "ok").then_some(line));
        }
        for (entry, sealed) in entries(&self.readers).await? {
            let mut damaged: Vec<Part> = sealed.is_err().then_some(Part::Entry).into_iter().collect();
            if let StoredEntry::Submission(envelope) = &entry {
                found.submissions += 1;
                for part in [Part::Messages, Part::Payload, Part::LeftOut, Part::Findings] {
                    match sealed_pieces(&self.readers, part, envelope.position).await {
                        Ok(_) => {}
                        Err(StoreError::Damaged(_)) => damaged.push(part),
                        Err(error) => return Err(error),
                    }
                }
            }
            found.damaged.extend((!damaged.is_empty()).then_some(Damage { entry, parts: damaged }));
        }
        Ok(found)
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
        let submission = Arc::new(submission);
        let sealed = Arc::clone(&submission);
        // The rows are sealed while they are written.
        let seals = on_another_thread(move || Seals::of(&sealed));
        let mut connection = self.writer.acquire().await?;
        let written = write_submission(&mut connection, &submission, seals).await;
        self.finish(connection, written).await
    }

    async fn append_withdrawal(&self, withdrawal: Withdrawal) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await?;
        let written = write_withdrawal(&mut connection, withdrawal).await;
        self.finish(connection, written).await
    }

    async fn append_release_event(&self, event: &StoredReleaseEvent) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await?;
        let written = write_release_event(&mut connection, event).await;
        self.finish(connection, written).await
    }

    async fn release_events(&self) -> Result<Vec<StoredReleaseEvent>, StoreError> {
        release_events(&self.readers).await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await?;
        let written = write_again(&mut connection).await;
        self.finish(connection, written).await
    }

    async fn entries(&self) -> Result<Vec<StoredEntry>, StoreError> {
        entries(&self.readers).await?.into_iter().map(|(entry, sealed)| sealed.map(|()| entry)).collect()
    }

    async fn rows(&self, positions: &[u64]) -> Result<Vec<Result<StoredRows, StoreError>>, StoreError> {
        sealed_rows(&self.readers, positions).await
    }

    async fn in_force(&self) -> Result<Option<KeptInForce>, StoreError> {
        in_force(&self.readers).await
    }

    async fn keep_in_force(&self, kept: KeptInForce) -> Result<(), StoreError> {
        let (kept, seal) = on_another_thread(move || {
            let seal = seal_in_force(&kept);
            (kept, seal)
        })
        .await?;
        let mut connection = self.writer.acquire().await?;
        let written = write_in_force(&mut connection, &kept, &seal).await;
        self.finish(connection, written).await
    }

    async fn submission(&self, agency: &str, ulid: &str) -> Result<Option<StoredSubmission>, StoreError> {
        let row = sqlx::query(
            "SELECT s.position, s.ulid, s.agency, s.header, s.receipt, w.position AS withdrawal, w.reason, \
             e.accepted_micros AS withdrawn_micros, seal.messages AS seal \
             FROM submission s LEFT JOIN seal USING (position) LEFT JOIN withdrawal w ON w.submission = s.position \
             LEFT JOIN entry e ON e.position = w.position WHERE s.agency = ? AND s.ulid = ?",
        )
        .bind(agency)
        .bind(ulid)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(sealed_submission).transpose()
    }

    async fn list(&self, listing: Listing<'_>) -> Result<Vec<StoredSubmission>, StoreError> {
        let rows = sqlx::query(
            "SELECT s.position, s.ulid, s.agency, s.header, s.receipt, w.position AS withdrawal, w.reason, \
             e.accepted_micros AS withdrawn_micros, seal.messages AS seal \
             FROM submission s LEFT JOIN seal USING (position) LEFT JOIN withdrawal w ON w.submission = s.position \
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
        rows.iter().map(sealed_submission).collect()
    }

    async fn findings(&self, position: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        sealed_pieces(&self.readers, Part::Findings, position).await
    }

    async fn clock_accepted(&self) -> Result<Option<i64>, StoreError> {
        let row = sqlx::query("SELECT clock_micros FROM exchange").fetch_one(&self.readers).await?;
        Ok(row.try_get(0)?)
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

fn options(directory: &Path) -> SqliteConnectOptions {
    // A connection must never begin a new database in the place of one that was moved away.
    SqliteConnectOptions::new()
        .filename(directory.join(FILE))
        .create_if_missing(false)
        .page_size(PAGE_BYTES)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("wal_autocheckpoint", "0")
        .pragma("journal_size_limit", LOG_BYTES)
}

/// Whether a database has the tables of a ledger, of this version or an earlier one.
async fn has_tables(database: &SqlitePool) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'entry'");
    Ok(found.fetch_optional(database).await?.is_some())
}

/// Seals what an earlier version stored without seals. Until then, damage cannot be noticed.
async fn seal_once(database: &SqlitePool) -> Result<(), StoreError> {
    let mut connection = database.acquire().await?;
    let mut transaction = begin(&mut connection).await?;
    if sqlx::query("SELECT 1 FROM exchange").fetch_optional(&mut *transaction).await?.is_none() {
        tracing::info!("the data directory is of an earlier version: its submissions get their checksums now");
        seal_all(&mut transaction).await?;
        sqlx::query("INSERT INTO exchange (one) VALUES (1)").execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// A submission as callers can read it, compared with its seal.
fn sealed_submission(row: &SqliteRow) -> Result<StoredSubmission, StoreError> {
    let found = submission(row)?;
    let sealed: Option<Vec<u8>> = row.try_get("seal")?;
    seal::check(Part::Messages, found.position, sealed.as_deref(), &seal([&found.header, &found.receipt]))?;
    Ok(found)
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
