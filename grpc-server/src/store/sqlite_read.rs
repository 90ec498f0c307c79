//! Reads entries from the database, and compares each part with its seal.

use std::collections::{BTreeMap, HashMap};

use sqlx::sqlite::SqlitePool;
use sqlx::{Row as _, Sqlite, SqliteExecutor, Transaction};

use super::entry::{NewSubmission, StoredEntry, StoredRows};
use super::error::StoreError;
use super::in_force::KeptInForce;
use super::seal::{self, Part, seal, seal_entry, seal_in_force};
use super::sqlite_rows::{entry, required, signed, unsigned};
use super::sqlite_write::{Seals, insert_entry_seal, insert_seals};

const ENTRIES: &str = "SELECT e.position, e.kind, e.accepted_micros, s.ulid, s.agency, s.dataset, s.collection, s.mode, \
                       s.period_start, s.period_end, s.extract_micros, s.request_id, s.content_sha256, s.synthetic, \
                       s.stored_rows, EXISTS (SELECT 1 FROM left_out l WHERE l.position = e.position) AS has_left_out, \
                       w.submission AS withdrawn, w.reason, seal.entry AS seal \
                       FROM entry e LEFT JOIN submission s USING (position) LEFT JOIN withdrawal w USING (position) \
                       LEFT JOIN seal USING (position) ORDER BY e.position";

/// All entries, each as it is stored, and whether it agrees with its seal.
pub(super) async fn entries(
    database: impl SqliteExecutor<'_>,
) -> Result<Vec<(StoredEntry, Result<(), StoreError>)>, StoreError> {
    let rows = sqlx::query(ENTRIES).fetch_all(database).await?;
    let read = |row| {
        let entry = entry(row)?;
        let sealed: Option<Vec<u8>> = row.try_get("seal")?;
        let position = position_of(&entry);
        let checked = seal::check(Part::Entry, position, sealed.as_deref(), &seal_entry(&entry));
        Ok((entry, checked))
    };
    rows.iter().map(read).collect()
}

fn position_of(entry: &StoredEntry) -> u64 {
    match entry {
        StoredEntry::Submission(envelope) => envelope.position,
        StoredEntry::Withdrawal(withdrawal) => withdrawal.position,
    }
}

/// The pieces of a part of a submission, without a look at their seal.
async fn pieces(database: impl SqliteExecutor<'_>, part: Part, position: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = match part {
        Part::Entry => return Ok(Vec::new()),
        Part::Messages => {
            "SELECT header FROM submission WHERE position = ?1 \
             UNION ALL SELECT receipt FROM submission WHERE position = ?1"
        }
        Part::Payload => "SELECT bytes FROM payload WHERE position = ? ORDER BY part",
        Part::LeftOut => "SELECT bytes FROM left_out WHERE position = ? ORDER BY part",
        Part::Findings => "SELECT findings FROM finding_block WHERE position = ? ORDER BY block",
    };
    let rows = sqlx::query(sql).bind(signed(position)?).fetch_all(database).await?;
    rows.iter().map(|row| required(row.try_get(0)?)).collect()
}

/// The pieces of a part of a submission.
///
/// # Errors
///
/// [`StoreError::Damaged`] if they do not agree with their seal.
pub(super) async fn sealed_pieces(pool: &SqlitePool, part: Part, position: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = match part {
        Part::Entry => "SELECT entry FROM seal WHERE position = ?",
        Part::Messages => "SELECT messages FROM seal WHERE position = ?",
        Part::Payload => "SELECT payload FROM seal WHERE position = ?",
        Part::LeftOut => "SELECT left_out FROM seal WHERE position = ?",
        Part::Findings => "SELECT findings FROM seal WHERE position = ?",
    };
    let pieces = pieces(pool, part, position).await?;
    let row = sqlx::query(sql).bind(signed(position)?).fetch_optional(pool).await?;
    let sealed: Option<Vec<u8>> = row.map(|row| row.try_get(0)).transpose()?.flatten();
    let (pieces, found) = on_another_thread(move || {
        let found = seal(&pieces);
        (pieces, found)
    })
    .await?;
    seal::check(part, position, sealed.as_deref(), &found)?;
    Ok(pieces)
}

/// The rows of submissions, in the order of the positions: a few statements for all of them.
pub(super) async fn sealed_rows(
    pool: &SqlitePool,
    positions: &[u64],
) -> Result<Vec<Result<StoredRows, StoreError>>, StoreError> {
    let listed = positions.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
    let listed = format!("[{listed}]");
    let mut stored: BTreeMap<u64, StoredRows> = positions.iter().map(|at| (*at, StoredRows::default())).collect();
    for row in sqlx::query(PAYLOADS).bind(&listed).fetch_all(pool).await? {
        let Some(rows) = stored.get_mut(&unsigned(row.try_get(0)?)?) else { continue };
        rows.payload.push(required(row.try_get(1)?)?);
    }
    for row in sqlx::query(LEFT_OUT).bind(&listed).fetch_all(pool).await? {
        let Some(rows) = stored.get_mut(&unsigned(row.try_get(0)?)?) else { continue };
        rows.left_out.push(required(row.try_get(1)?)?);
    }
    let mut seals: HashMap<u64, [Option<Vec<u8>>; 2]> = HashMap::new();
    for row in sqlx::query(SEALS).bind(&listed).fetch_all(pool).await? {
        seals.insert(unsigned(row.try_get(0)?)?, [row.try_get(1)?, row.try_get(2)?]);
    }
    let positions = positions.to_vec();
    on_another_thread(move || {
        let check = |position: u64| {
            let rows = stored.remove(&position).unwrap_or_default();
            let [payload, left_out] = seals.remove(&position).unwrap_or_default();
            seal::check(Part::Payload, position, payload.as_deref(), &seal(&rows.payload))?;
            seal::check(Part::LeftOut, position, left_out.as_deref(), &seal(&rows.left_out))?;
            Ok(rows)
        };
        positions.into_iter().map(check).collect()
    })
    .await
}

const PAYLOADS: &str = "SELECT position, bytes FROM payload WHERE position IN (SELECT value FROM json_each(?)) \
                        ORDER BY position, part";
const LEFT_OUT: &str = "SELECT position, bytes FROM left_out WHERE position IN (SELECT value FROM json_each(?)) \
                        ORDER BY position, part";
const SEALS: &str = "SELECT position, payload, left_out FROM seal WHERE position IN (SELECT value FROM json_each(?))";

/// What was kept of the rows in force.
pub(super) async fn in_force(pool: &SqlitePool) -> Result<Option<KeptInForce>, StoreError> {
    let Some(row) = sqlx::query("SELECT position, content, seal FROM in_force").fetch_optional(pool).await? else {
        return Ok(None);
    };
    let kept = KeptInForce { position: unsigned(row.try_get(0)?)?, content: required(row.try_get(1)?)? };
    let sealed: Vec<u8> = required(row.try_get(2)?)?;
    let (kept, found) = on_another_thread(move || {
        let found = seal_in_force(&kept);
        (kept, found)
    })
    .await?;
    match sealed == found {
        true => Ok(Some(kept)),
        false => Err(StoreError::Damaged("which rows are in force: the checksum differs".to_owned())),
    }
}

/// Seals the entries of a database that was made before there were seals.
pub(super) async fn seal_all(transaction: &mut Transaction<'_, Sqlite>) -> Result<(), StoreError> {
    for (entry, _) in entries(&mut **transaction).await? {
        let position = position_of(&entry);
        let StoredEntry::Submission(envelope) = entry else {
            insert_entry_seal(transaction, signed(position)?, &seal_entry(&entry)).await?;
            continue;
        };
        let messages: [Vec<u8>; 2] = pieces(&mut **transaction, Part::Messages, position)
            .await?
            .try_into()
            .map_err(|_| StoreError::Damaged(format!("the entry at position {position} has no header")))?;
        let [header, receipt] = messages;
        let submission = NewSubmission {
            envelope,
            header,
            receipt,
            payload: pieces(&mut **transaction, Part::Payload, position).await?,
            left_out: pieces(&mut **transaction, Part::LeftOut, position).await?,
            findings: pieces(&mut **transaction, Part::Findings, position).await?,
        };
        let seals = on_another_thread(move || Seals::of(&submission)).await?;
        insert_seals(transaction, signed(position)?, &seals).await?;
    }
    Ok(())
}

/// Starts work on another thread: a thread that serves calls must not be blocked by tens of megabytes.
pub(super) fn on_another_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T, StoreError>> + Send {
    let started = tokio::task::spawn_blocking(work);
    async { started.await.map_err(|error| StoreError::Database(sqlx::Error::Io(std::io::Error::other(error)))) }
}
