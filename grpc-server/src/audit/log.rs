//! Records what happens, in order, on a thread of its own.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::file::AuditFile;
use super::record::{Call, Event};
use crate::clock::Clock;

/// Number of records that can wait to be written. While they cannot be written, so many calls are answered, and further ones
/// are refused. They take some 30 megabytes.
const WAITING: usize = 65_536;
/// Longest wait of a record until it is on the disk.
const WRITTEN_WITHIN: Duration = Duration::from_millis(500);
/// Wait before a write that failed is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Number of records after which all are signed.
const SEALED_AFTER: usize = 1_000;
/// Time after which new records are signed.
const SEALED_WITHIN: Duration = Duration::from_secs(60);

/// The audit log of an exchange.
pub(crate) struct AuditLog {
    sender: mpsc::Sender<Job>,
    records: bool,
    /// Says that somebody waits until what was sent is written.
    hurry: Arc<Notify>,
    clock: Arc<dyn Clock>,
    writes: watch::Receiver<bool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A call cannot be recorded at present.
#[derive(Debug, thiserror::Error)]
#[error("the audit log cannot be written")]
pub(crate) struct NotRecorded;

/// Something to record, and who waits until it is on the disk.
struct Job {
    at: String,
    event: Event,
    written: Option<oneshot::Sender<()>>,
}

impl Job {
    /// Whether it says that the server stops.
    fn is_end(&self) -> bool {
        matches!(self.event, Event::Seal { .. })
    }
}

/// A place in the audit log for a call that begins. It is recorded when it ends, however it ends.
pub(crate) struct Place(mpsc::OwnedPermit<Job>);

impl AuditLog {
    /// Opens the audit log in a folder, and records that the server began. `position` is the position of the ledger. Without
    /// `records`, no call is recorded, which is for measurements.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read or written.
    pub(crate) fn open(folder: &Path, position: u64, records: bool, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let mut file = AuditFile::open(folder, position)?;
        if !file.fault().is_empty() {
            tracing::error!(
                fault = file.fault(),
                "the audit log was changed: `peelian-server audit verify` has the details"
            );
        }
        if file.last().0 == 0 && position > 0 {
            tracing::warn!(
                position,
                "a new audit log begins, beside a ledger that is not empty: if the exchange had one, restore it from a backup"
            );
        }
        let beginning = file.beginning(env!("CARGO_PKG_VERSION"), position);
        let beginning: Vec<_> = beginning.into_iter().map(|event| (now(&*clock), event)).collect();
        file.append(&beginning)?;
        let (sender, receiver) = mpsc::channel(WAITING);
        let (working, writes) = watch::channel(true);
        let hurry = Arc::new(Notify::new());
        let writer = Writer {
            file,
            receiver,
            hurry: Arc::clone(&hurry),
            working,
            clock: Arc::clone(&clock),
            unsealed: beginning.len(),
        };
        let runtime = Handle::current();
        let thread = std::thread::Builder::new().name("audit".to_owned()).spawn(move || writer.run(&runtime))?;
        Ok(Self { sender, records, hurry, clock, writes, thread: Mutex::new(Some(thread)) })
    }

    /// Whether calls are recorded.
    pub(crate) fn records(&self) -> bool {
        self.records
    }

    /// A place for a call that begins.
    ///
    /// # Errors
    ///
    /// If too many records wait to be written: then nothing more may happen that could not be recorded.
    pub(crate) fn place(&self) -> Result<Place, NotRecorded> {
        self.sender.clone().try_reserve_owned().map(Place).map_err(|_| NotRecorded)
    }

    /// Records a call that has ended. It is on the disk within a second.
    pub(crate) fn record(&self, place: Place, call: Call) {
        place.0.send(Job { at: now(&*self.clock), event: Event::Call(call), written: None });
    }

    /// Records that a connection was refused. If too many records wait to be written, only the log of the server has it.
    pub(crate) fn connection_refused(&self, error: String) {
        if let Ok(place) = self.place() {
            let event = Event::ConnectionRefused { error };
            place.0.send(Job { at: now(&*self.clock), event, written: None });
        }
    }

    /// Records a call, and returns when the record is on the disk.
    ///
    /// # Errors
    ///
    /// If it cannot be written. It may be written later.
    pub(crate) async fn record_durably(&self, call: Call) -> Result<(), NotRecorded> {
        if !self.records {
            return Ok(());
        }
        let (written, waits) = oneshot::channel();
        let job = Job { at: now(&*self.clock), event: Event::Call(call), written: Some(written) };
        self.sender.try_send(job).map_err(|_| NotRecorded)?;
        self.hurry.notify_one();
        let mut writes = self.writes.clone();
        tokio::select! {
            biased;
            written = waits => written.map_err(|_| NotRecorded),
            _ = writes.wait_for(|works| !works) => Err(NotRecorded),
        }
    }

    /// Whether records are written: false from a write that failed until one that succeeds.
    pub(crate) fn writes(&self) -> watch::Receiver<bool> {
        self.writes.clone()
    }

    /// Writes what waits, signs it, and ends.
    pub(crate) async fn close(&self) {
        let end = Job { at: now(&*self.clock), event: Event::Seal { signature: String::new() }, written: None };
        // Sending fails only if the thread has ended.
        _ = self.sender.send(end).await;
        self.hurry.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// Now, as records have it.
fn now(clock: &dyn Clock) -> String {
    Timestamp::from_microsecond(clock.now_micros()).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// The thread that writes.
struct Writer {
    file: AuditFile,
    receiver: mpsc::Receiver<Job>,
    hurry: Arc<Notify>,
    working: watch::Sender<bool>,
    clock: Arc<dyn Clock>,
    /// Number of records that are not signed.
    unsealed: usize,
}

impl Writer {
    fn run(mut self, runtime: &Handle) {
        let mut sealed = Instant::now();
        loop {
            let (batch, ends) = self.batch(runtime);
            if !batch.is_empty() {
                self.write(batch);
            }
            let due = self.unsealed >= SEALED_AFTER || sealed.elapsed() >= SEALED_WITHIN || ends;
            if due && self.unsealed > 0 {
                self.seal();
                sealed = Instant::now();
            }
            if ends {
                return;
            }
        }
    }

    /// What there is to write: after a short wait, or at once if somebody waits for it. Also tells whether it is the last.
    fn batch(&mut self, runtime: &Handle) -> (Vec<Job>, bool) {
        let first = runtime.block_on(async { tokio::time::timeout(SEALED_WITHIN, self.receiver.recv()).await });
        let Ok(first) = first else { return (Vec::new(), false) };
        let Some(first) = first.filter(|job| !job.is_end()) else { return (Vec::new(), true) };
        if first.written.is_none() {
            // The records that follow are taken together: one by one, each would wake this thread.
            _ = runtime.block_on(async { tokio::time::timeout(WRITTEN_WITHIN, self.hurry.notified()).await });
        }
        let mut batch = vec![first];
        while let Ok(job) = self.receiver.try_recv() {
            if job.is_end() {
                return (batch, true);
            }
            batch.push(job);
        }
        (batch, false)
    }

    /// Writes records until it succeeds.
    fn write(&mut self, batch: Vec<Job>) {
        let (events, waiting): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|job| ((job.at, job.event), job.written)).unzip();
        self.append(&events);
        for written in waiting.into_iter().flatten() {
            // The call may have ended.
            _ = written.send(());
        }
    }

    fn append(&mut self, events: &[(String, Event)]) {
        while let Err(error) = self.file.append(events) {
            if self.working.send_replace(false) {
                tracing::error!(%error, "the audit log cannot be written; this is tried again until it succeeds");
            }
            std::thread::sleep(AGAIN_AFTER);
        }
        self.unsealed += events.len();
        if !self.working.send_replace(true) {
            tracing::info!("the audit log is written again");
        }
    }

    fn seal(&mut self) {
        let seal = (now(&*self.clock), self.file.seal());
        self.append(&[seal]);
        self.unsealed = 0;
        let (n, hash) = self.file.last();
        tracing::info!(
            last = format!("{n}:{hash}"),
            "audit log signed: `peelian-server audit verify --last` checks that it goes so far"
        );
    }
}
