//! Verifies an audit log: its chain, its signatures, and its end.

use std::io;
use std::path::Path;

use peelian::client::is_signed;

use super::file::{is_whole, lines};
use super::record::{BEGINNING, Event, Record};
use super::seal::{Head, public_key};

/// What is wrong with an audit log, with the line of its file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    /// Line, counted from 1. One more than there are lines for what is missing at the end.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) what: String,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Verified {
    /// Number of records.
    pub(crate) records: u64,
    /// The last record: its number and hash.
    pub(crate) last: Option<(u64, String)>,
    /// The public key that the seals were checked with.
    pub(crate) key: String,
    /// Every fault. Without any, the log is as it was written.
    pub(crate) faults: Vec<Fault>,
}

/// What the caller knows of an audit log from elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The public key; `None` for the one beside the log.
    pub(crate) key: Option<String>,
    /// Number and hash of a record, as the log of the server has them.
    pub(crate) last: Option<(u64, String)>,
}

/// Verifies the audit log in a folder.
///
/// # Errors
///
/// If it cannot be read.
pub(crate) fn verify(folder: &Path, known: &Known) -> io::Result<Verified> {
    let key = known.key.clone().map_or_else(|| public_key(folder), Ok)?;
    let mut check =
        Check { key, known, previous: (0, BEGINNING.to_owned()), seen: false, found: Verified::default() };
    let mut line = 0;
    for (number, text) in lines(folder)? {
        line = number;
        check.line(line, &text?);
    }
    if !is_whole(folder)? {
        check.fault(line, "the last line has no end");
    }
    check.end(line + 1, Head::read(folder));
    check.found.last = Some(check.previous).filter(|(n, _)| *n > 0);
    check.found.key = check.key;
    Ok(check.found)
}

struct Check<'k> {
    key: String,
    known: &'k Known,
    previous: (u64, String),
    /// Whether the record that the caller knows was seen.
    seen: bool,
    found: Verified,
}

impl Check<'_> {
    fn fault(&mut self, line: usize, what: impl Into<String>) {
        self.found.faults.push(Fault { line, what: what.into() });
    }

    fn line(&mut self, line: usize, text: &str) {
        let record: Record = match serde_json::from_str(text) {
            Ok(record) => record,
            Err(error) => return self.fault(line, format!("it is no record: {error}")),
        };
        self.found.records += 1;
        if record.line() != text {
            self.fault(line, "the record was written in another way: it was changed");
        }
        if record.own_hash() != record.hash {
            self.fault(line, format!("record {} was changed: its hash differs", record.n));
        }
        self.follows(line, &record);
        if let Event::Seal { signature } = &record.event
            && !is_signed(&self.key, record.previous.as_bytes(), signature)
        {
            self.fault(line, format!("the signature in record {} is not of the key {}", record.n, self.key));
        }
        if let Event::Start(start) = &record.event
            && !start.fault.is_empty()
        {
            self.fault(line, format!("when the server began: {}", start.fault));
        }
        if let Some((n, hash)) = &self.known.last
            && *n == record.n
        {
            self.seen = true;
            if *hash != record.hash {
                self.fault(line, format!("record {n} is not the one of the server's log"));
            }
        }
        self.previous = (record.n, record.hash);
    }

    /// Checks that a record follows the one before.
    fn follows(&mut self, line: usize, record: &Record) {
        let (n, hash) = self.previous.clone();
        if record.n > n + 1 {
            self.fault(line, format!("records {} to {} are missing", n + 1, record.n - 1));
        } else if record.n <= n {
            self.fault(line, format!("record {} comes after record {n}", record.n));
        } else if record.previous != hash {
            self.fault(line, format!("record {} does not follow record {n}", record.n));
        }
    }

    /// Checks the end of the log.
    fn end(&mut self, line: usize, head: io::Result<Option<Head>>) {
        let (n, hash) = self.previous.clone();
        match head {
            Ok(Some(head)) if !head.is_signed(&self.key) => {
                self.fault(line, format!("the head is not signed with the key {}", self.key));
            }
            Ok(Some(head)) if head.n > n => {
                self.fault(line, format!("records {} to {} are missing at the end", n + 1, head.n));
            }
            Ok(Some(head)) if head.n == n && head.hash != hash => {
                self.fault(line, format!("record {n} is not the one that was written last"));
            }
            Ok(Some(head)) if head.n < n => {
                self.fault(line, format!("records {} to {n} are not signed by the head", head.n + 1));
            }
            Ok(Some(_)) => {}
            Ok(None) => self.fault(line, "the head is missing"),
            Err(error) => self.fault(line, format!("the head cannot be read: {error}")),
        }
        if let Some((n, _)) = self.known.last.as_ref().filter(|_| !self.seen) {
            let what = format!("record {n} of the server's log is missing");
            self.fault(line, what);
        }
    }
}
