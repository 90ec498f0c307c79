//! The file of the audit log, to which records are appended.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::record::{BEGINNING, Event, Record, Start};
use super::seal::{self, Head};
use crate::private;
use crate::signing::Key;

/// File of the records, in the folder of the audit log.
pub(super) const RECORDS: &str = "audit.jsonl";

/// Bytes at the end of the file in which the last record is looked for.
const TAIL: u64 = 1 << 20;

/// The open file of the audit log.
#[derive(Debug)]
pub(super) struct AuditFile {
    folder: PathBuf,
    file: File,
    key: Key,
    /// Length of what is known to be written. A write that failed is cut off again.
    length: u64,
    n: u64,
    hash: String,
    position: u64,
    /// What is wrong with the records that were found.
    fault: String,
}

impl AuditFile {
    /// Opens the audit log in a folder. It is made if there is none. `position` is the position of the ledger: an audit log
    /// that is new begins there.
    pub(super) fn open(folder: &Path, position: u64) -> io::Result<Self> {
        private::directory(folder)?;
        let key = seal::key(folder)?;
        let mut file = private::file(&folder.join(RECORDS))?;
        let (last, length) = last_record(&folder.join(RECORDS))?;
        // A record without its end was never acknowledged.
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        let (n, hash) = last.map_or((0, BEGINNING.to_owned()), |last| (last.n, last.hash));
        let mut opened =
            Self { folder: folder.to_owned(), file, key, length, n, hash, position, fault: String::new() };
        opened.settle(Head::read(folder));
        Ok(opened)
    }

    /// Compares the last record with the head. Records that are missing keep their numbers, so that the gap stays visible.
    fn settle(&mut self, head: io::Result<Option<Head>>) {
        match head {
            Ok(Some(head)) if !head.is_signed(&self.key.public()) => {
                self.fault = "the head is not signed with the key of this audit log".to_owned();
            }
            Ok(Some(head)) => {
                if head.n > self.n {
                    self.fault = format!("records {} to {} are missing", self.n + 1, head.n);
                    (self.n, self.hash) = (head.n, head.hash.clone());
                } else if head.n == self.n && head.hash != self.hash {
                    self.fault = format!("record {} is not the one that was written", head.n);
                }
                self.position = head.position;
            }
            // A new log. What the ledger has already was recorded in another one, or not at all.
            Ok(None) if self.n == 0 => self.position = 0,
            Ok(None) => self.fault = "the head is missing".to_owned(),
            Err(error) => self.fault = format!("the head cannot be read: {error}"),
        }
    }

    /// The events with which the server begins to record.
    pub(super) fn beginning(&self, version: &str, position: u64) -> Vec<Event> {
        let start =
            Start { version: version.to_owned(), position, key: self.key.public(), fault: self.fault.clone() };
        let unrecorded = Event::Unrecorded { from: self.position + 1, to: position };
        [Event::Start(start)].into_iter().chain((self.position < position).then_some(unrecorded)).collect()
    }

    /// What is wrong with the records that were found; empty if nothing is.
    pub(super) fn fault(&self) -> &str {
        &self.fault
    }

    /// Appends records, and returns when they are on the disk. If this fails, nothing is appended, and it can be tried again.
    pub(super) fn append(&mut self, events: &[(String, Event)]) -> io::Result<()> {
        let (mut n, mut hash, mut position) = (self.n, self.hash.clone(), self.position);
        let mut bytes = Vec::new();
        for (at, event) in events {
            n += 1;
            let (line, own) = Record::after(n, at, event, &hash);
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
            hash = own;
            position = position.max(position_of(event));
        }
        self.write(&bytes)?;
        Head::signed(n, hash.clone(), position, &self.key).write(&self.folder)?;
        self.length += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        (self.n, self.hash, self.position) = (n, hash, position);
        Ok(())
    }

    /// Writes bytes after what is known to be written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.write_all(bytes)?;
        self.file.sync_data()
    }

    /// The event that signs all records so far.
    pub(super) fn seal(&self) -> Event {
        Event::Seal { signature: self.key.sign(self.hash.as_bytes()) }
    }

    /// Number and hash of the last record.
    pub(super) fn last(&self) -> (u64, &str) {
        (self.n, &self.hash)
    }
}

/// The position of the ledger that an event records.
fn position_of(event: &Event) -> u64 {
    match event {
        Event::Start(start) => start.position,
        Event::Unrecorded { to, .. } => *to,
        Event::Call(call) => call.position.unwrap_or(0),
        Event::ConnectionRefused { .. } | Event::Seal { .. } => 0,
    }
}

/// The last whole record of a file, and the length of all whole records.
fn last_record(path: &Path) -> io::Result<(Option<Record>, u64)> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let from = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let Some(end) = tail.iter().rposition(|byte| *byte == b'\n') else { return Ok((None, from)) };
    let whole = from + u64::try_from(end + 1).unwrap_or(u64::MAX);
    let line = tail[..end].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok((serde_json::from_slice(line).ok(), whole))
}

/// Whether the last line of an audit log has its end.
pub(super) fn is_whole(folder: &Path) -> io::Result<bool> {
    let mut file = File::open(folder.join(RECORDS))?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// The lines of an audit log, each with its number.
pub(super) fn lines(folder: &Path) -> io::Result<impl Iterator<Item = (usize, io::Result<String>)>> {
    let file = fs::File::open(folder.join(RECORDS))?;
    Ok((1..).zip(BufReader::new(file).lines()))
}
