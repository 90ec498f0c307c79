//! Tests that every store passes. Add a new store to `every_store`.

use std::path::Path;

use arrow_ipc::CompressionType;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use jiff::civil::date;
use lz4_flex::frame::FrameDecoder;
use peelian_core::column::{Batch, Column, MISSING_DATE};
use peelian_core::contract::Contract;
use peelian_core::intake::Mode;
use peelian_core::reference::Reference;
use tempfile::TempDir;

use super::{
    Envelope, KeptInForce, Listing, NewSubmission, Part, SqliteStore, Store, StoreError, StoredEntry,
    StoredReleaseEvent, StoredRows, Withdrawal, payload,
};

async fn every_store() -> Vec<(TempDir, Box<dyn Store>)> {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = created(directory.path()).await;
    vec![(directory, Box::new(sqlite) as Box<dyn Store>)]
}

async fn created(directory: &Path) -> SqliteStore {
    SqliteStore::create(directory, 0).await.unwrap();
    SqliteStore::open(directory).await.unwrap()
}

fn envelope(position: u64) -> Envelope {
    Envelope {
        position,
        accepted_micros: i64::try_from(position).unwrap() * 10,
        ulid: format!("{position:026}"),
        agency: if position.is_multiple_of(2) { "even" } else { "odd" }.to_owned(),
        dataset: "crime".to_owned(),
        collection: String::new(),
        mode: Mode::Merge,
        first: date(2017, 2, 1),
        last: date(2017, 2, 28),
        extract_micros: -1,
        request_id: format!("{position:036}"),
        content_sha256: [7; 32],
        synthetic: true,
        rows: 3,
        left_out: true,
    }
}

/// The rows of one submission.
async fn rows(store: &dyn Store, position: u64) -> Result<StoredRows, StoreError> {
    store.rows(&[position]).await.map(|mut rows| rows.remove(0)).unwrap()
}

fn submission(position: u64) -> NewSubmission {
    NewSubmission {
        envelope: envelope(position),
        header: vec![1],
        receipt: vec![2],
        payload: vec![vec![3; 5], vec![4; 100_000]],
        left_out: vec![vec![6]],
        findings: vec![vec![5], vec![]],
    }
}

#[tokio::test]
async fn events_of_releases_are_given_back_in_order_and_each_counts_once() {
    let event = |number: u64| StoredReleaseEvent {
        number,
        at_micros: i64::try_from(number).unwrap() * 10,
        release: "2017-03".to_owned(),
        event: vec![7; 3],
    };
    for (_directory, store) in every_store().await {
        store.append_release_event(&event(1)).await.unwrap();
        store.append_release_event(&event(2)).await.unwrap();
        // Neither the same number again nor a gap.
        assert!(store.append_release_event(&event(2)).await.is_err());
        assert!(store.append_release_event(&event(4)).await.is_err());
        store.settle().await.unwrap();
        store.append_release_event(&event(3)).await.unwrap();
        assert_eq!(store.release_events().await.unwrap(), [event(1), event(2), event(3)]);
    }
}

#[tokio::test]
async fn what_is_stored_is_given_back() {
    for (_directory, store) in every_store().await {
        store.append_submission(submission(1)).await.unwrap();
        store.append_submission(submission(2)).await.unwrap();
        let withdrawal =
            Withdrawal { position: 3, accepted_micros: 30, submission: 1, reason: "a reason".to_owned() };
        store.append_withdrawal(withdrawal.clone()).await.unwrap();
        assert_eq!(
            store.entries().await.unwrap(),
            [
                StoredEntry::Submission(envelope(1)),
                StoredEntry::Submission(envelope(2)),
                StoredEntry::Withdrawal(withdrawal.clone()),
            ]
        );
        assert_eq!(rows(&*store, 2).await.unwrap().payload, submission(2).payload);
        assert_eq!(store.findings(1).await.unwrap(), submission(1).findings);
        let first = store.submission("odd", &envelope(1).ulid).await.unwrap().unwrap();
        assert_eq!((first.header, first.receipt, first.withdrawal), (vec![1], vec![2], Some(withdrawal)));
        assert_eq!(store.submission("even", &envelope(1).ulid).await.unwrap(), None);
        store.tidy().await.unwrap();
        assert_eq!(rows(&*store, 1).await.unwrap().left_out, submission(1).left_out);
    }
}

#[tokio::test]
async fn lists_the_latest_first_by_agency_and_dataset() {
    for (_directory, store) in every_store().await {
        for position in 1..=5 {
            store.append_submission(submission(position)).await.unwrap();
        }
        let list = async |agency, dataset, below, limit| {
            let found = store.list(Listing { agency, dataset, below, limit }).await.unwrap();
            found.into_iter().map(|found| found.position).collect::<Vec<_>>()
        };
        assert_eq!(list(None, None, u64::MAX, 10).await, [5, 4, 3, 2, 1]);
        assert_eq!(list(Some("odd"), Some("crime"), 5, 1).await, [3]);
        assert_eq!(list(None, Some("other"), u64::MAX, 10).await, [] as [u64; 0]);
    }
}

#[tokio::test]
async fn stores_all_of_a_submission_or_nothing() {
    for (_directory, store) in every_store().await {
        store.append_submission(submission(1)).await.unwrap();
        // The request identifier was used before: this is refused after the entry was written.
        let mut again = submission(2);
        again.envelope.agency = envelope(1).agency;
        again.envelope.request_id = envelope(1).request_id;
        assert!(matches!(store.append_submission(again).await, Err(StoreError::Database(_))));
        assert_eq!(store.entries().await.unwrap().len(), 1);
        let missing = Withdrawal { position: 2, accepted_micros: 20, submission: 9, reason: "none".to_owned() };
        assert!(store.append_withdrawal(missing).await.is_err());
        store.append_submission(submission(2)).await.unwrap();
        assert_eq!(store.entries().await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn rows_of_several_submissions_are_damaged_each_for_itself() {
    let directory = tempfile::tempdir().unwrap();
    let store = created(directory.path()).await;
    for position in 1..=3 {
        store.append_submission(submission(position)).await.unwrap();
    }
    store.close().await;
    drop(store);
    change(directory.path(), "UPDATE payload SET bytes = x'00' WHERE position = 2 AND part = 0").await;
    let store = SqliteStore::open(directory.path()).await.unwrap();
    let read = store.rows(&[3, 2, 1]).await.unwrap();
    assert_eq!(read[0].as_ref().unwrap().payload, submission(3).payload);
    assert!(matches!(read[1], Err(StoreError::Damaged(_))));
    assert_eq!(read[2].as_ref().unwrap().left_out, submission(1).left_out);
}

#[tokio::test]
async fn what_is_in_force_is_kept_once_and_sealed() {
    let directory = tempfile::tempdir().unwrap();
    let store = created(directory.path()).await;
    assert_eq!(store.in_force().await.unwrap(), None);
    for position in 1..=2 {
        store.keep_in_force(KeptInForce { position, content: vec![7, 8] }).await.unwrap();
        assert_eq!(store.in_force().await.unwrap(), Some(KeptInForce { position, content: vec![7, 8] }));
    }
    store.close().await;
    drop(store);
    change(directory.path(), "UPDATE in_force SET position = 1").await;
    let store = SqliteStore::open(directory.path()).await.unwrap();
    assert!(matches!(store.in_force().await, Err(StoreError::Damaged(_))));
}

#[tokio::test]
async fn a_store_is_made_once_and_never_by_opening_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    assert!(matches!(SqliteStore::open(&data).await, Err(StoreError::NotInitialised(_))));
    assert!(!data.exists(), "nothing is made beside the error");
    SqliteStore::create(&data, 5).await.unwrap();
    assert!(matches!(SqliteStore::create(&data, 6).await, Err(StoreError::Initialised(_))));
    let store = SqliteStore::open(&data).await.unwrap();
    assert_eq!(store.clock_accepted().await.unwrap(), Some(5));
    store.accept_clock(7).await.unwrap();
    assert_eq!(store.clock_accepted().await.unwrap(), Some(7));
}

/// Changes the database while no store is open on it.
async fn change(directory: &Path, sql: &'static str) {
    let file = directory.join("ledger.sqlite3");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn every_part_that_is_damaged_is_noticed() {
    let changes = [
        (Part::Entry, "UPDATE submission SET period_end = '2017-02-27' WHERE position = 1"),
        (Part::Messages, "UPDATE submission SET receipt = x'03' WHERE position = 1"),
        (Part::Payload, "DELETE FROM payload WHERE position = 1 AND part = 1"),
        (Part::LeftOut, "UPDATE left_out SET bytes = x'07' WHERE position = 1"),
        (Part::Findings, "DELETE FROM finding_block WHERE position = 1 AND block = 1"),
    ];
    for (part, sql) in changes {
        let directory = tempfile::tempdir().unwrap();
        let store = created(directory.path()).await;
        store.append_submission(submission(1)).await.unwrap();
        store.append_submission(submission(2)).await.unwrap();
        assert_eq!(store.verify().await.unwrap().damaged.len(), 0);
        store.close().await;
        drop(store);
        change(directory.path(), sql).await;
        let store = SqliteStore::open(directory.path()).await.unwrap();
        let found = store.verify().await.unwrap();
        assert_eq!((found.submissions, found.structure), (2, vec![]));
        let damaged: Vec<_> = found.damaged.iter().map(|damage| damage.parts.clone()).collect();
        assert_eq!(damaged, [vec![part]]);
        let read = match part {
            Part::Entry => store.entries().await.map(drop),
            Part::Messages => store.submission("odd", &envelope(1).ulid).await.map(drop),
            Part::Payload => rows(&store, 1).await.map(drop),
            Part::LeftOut => rows(&store, 1).await.map(drop),
            Part::Findings => store.findings(1).await.map(drop),
        };
        assert!(matches!(read, Err(StoreError::Damaged(_))), "{part:?}: {read:?}");
    }
}

#[tokio::test]
async fn what_an_earlier_version_stored_is_sealed_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = created(directory.path()).await;
    store.append_submission(submission(1)).await.unwrap();
    let withdrawal = Withdrawal { position: 2, accepted_micros: 20, submission: 1, reason: "a reason".to_owned() };
    store.append_withdrawal(withdrawal).await.unwrap();
    store.close().await;
    drop(store);
    change(
        directory.path(),
        "DROP TABLE seal; DROP TABLE exchange; DROP TABLE in_force; DROP TABLE release_event; \
         DELETE FROM _sqlx_migrations WHERE version >= 3",
    )
    .await;
    let store = SqliteStore::open(directory.path()).await.unwrap();
    assert_eq!(store.entries().await.unwrap().len(), 2);
    assert_eq!(rows(&store, 1).await.unwrap().payload, submission(1).payload);
    store.close().await;
    drop(store);
    change(directory.path(), "DELETE FROM seal WHERE position = 1").await;
    let store = SqliteStore::open(directory.path()).await.unwrap();
    assert!(matches!(rows(&store, 1).await, Err(StoreError::Damaged(_))));
}

#[tokio::test]
async fn a_directory_is_opened_once_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let store = created(directory.path()).await;
    assert!(matches!(SqliteStore::open(directory.path()).await, Err(StoreError::InUse(_))));
    store.append_submission(submission(1)).await.unwrap();
    store.close().await;
    drop(store);
    let store = SqliteStore::open(directory.path()).await.unwrap();
    assert_eq!(store.entries().await.unwrap().len(), 1);
}

/// The modes of a directory and of the files in it, by name.
#[cfg(unix)]
fn modes(directory: &Path) -> Vec<(String, u32)> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let files = files.map(|entry| (entry.file_name().into_string().unwrap(), mode(&entry.path())));
    let mut modes: Vec<_> = files.chain([(".".to_owned(), mode(directory))]).collect();
    modes.sort();
    modes
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_has_rights_to_the_data() {
    use std::os::unix::fs::PermissionsExt as _;
    let names = [".", "ledger.sqlite3", "ledger.sqlite3-shm", "ledger.sqlite3-wal", "lock"];
    let private = names.map(|name| (name.to_owned(), if name == "." { 0o700 } else { 0o600 }));
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("data");
    let store = created(&directory).await;
    store.append_submission(submission(1)).await.unwrap();
    assert_eq!(modes(&directory), private);
    // A directory of an earlier version, which every user could read. A crash leaves the log beside the database.
    for (name, mode) in names.map(|name| (name, if name == "." { 0o755 } else { 0o644 })) {
        std::fs::set_permissions(directory.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let copy = parent.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    for name in &names[1..] {
        std::fs::copy(directory.join(name), copy.join(name)).unwrap();
    }
    let store = SqliteStore::open(&copy).await.unwrap();
    assert_eq!(modes(&copy), private);
    assert_eq!(store.entries().await.unwrap().len(), 1);
}

#[test]
fn rows_are_decoded_as_they_were_encoded() {
    let reference = Reference::from_seeds().unwrap();
    let dataset = Contract::get().dataset("local_priority").unwrap();
    let southwark = reference.areas.by_code("E09000028").unwrap().get() + 1;
    let rows = 200_000;
    let columns = dataset.kept().map(|field| match field.name.as_str() {
        "borough" => Column::U16(vec![southwark; rows].into()),
        "valid_from" => Column::I32((0..).take(rows).collect::<Vec<_>>().into()),
        "valid_to" => Column::I32(vec![MISSING_DATE; rows].into()),
        "priority_1" | "priority_2" | "asb" => Column::U8(vec![2; rows].into()),
        _ => Column::Text((0..rows).map(|row| (row % 2 == 0).then_some("text")).collect()),
    });
    let batch = Batch::new(dataset, columns.collect(), rows);
    let parts = payload::encode(&batch, &reference).unwrap();
    let read = payload::decode(&parts, &reference).unwrap();
    assert_eq!((read.columns(), read.rows()), (batch.columns(), rows));
    let cut = &parts[0][..parts[0].len() / 2];
    assert!(payload::decode(&[cut.to_vec()], &reference).is_err());
    // An earlier version compressed each column by itself.
    let before = compressed_by_column(&parts);
    assert_ne!(before[..4], parts[0][..4]);
    let read = payload::decode(&[before[..1000].to_vec(), before[1000..].to_vec()], &reference).unwrap();
    assert_eq!((read.columns(), read.rows()), (batch.columns(), rows));
}

/// The same rows as an Arrow stream of compressed columns.
fn compressed_by_column(parts: &[Vec<u8>]) -> Vec<u8> {
    let framed = parts.concat();
    let reader = StreamReader::try_new(FrameDecoder::new(framed.as_slice()), None).unwrap();
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME)).unwrap();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &reader.schema(), options).unwrap();
    reader.for_each(|records| writer.write(&records.unwrap()).unwrap());
    writer.into_inner().unwrap()
}
