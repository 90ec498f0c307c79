//! Notices when the database file is no longer the one that the server opened.
//!
//! A file that is deleted or moved can still be written to by a process that has it open. What is written there is lost
//! when the process ends.

use std::fs::{Metadata, metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// Ending of the write-ahead log, which SQLite keeps beside the database.
pub(super) const LOG: &str = "-wal";

/// The file that a database was opened from.
#[derive(Debug)]
pub(super) struct Identity {
    database: PathBuf,
    log: PathBuf,
    file: (u64, u64),
}

impl Identity {
    /// The identity of a database that is open and has a write-ahead log.
    pub(super) fn of(database: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Directory { path: database.display().to_string(), source };
        let file = numbers(&metadata(database).map_err(failed)?);
        let mut log = database.as_os_str().to_owned();
        log.push(LOG);
        Ok(Self { database: database.to_owned(), log: log.into(), file })
    }

    /// Checks that the database file and its log still have their names. A connection must be open, because SQLite deletes
    /// the log with the last one.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let same = metadata(&self.database).is_ok_and(|found| numbers(&found) == self.file);
        match (same, metadata(&self.log)) {
            (true, Ok(_)) => Ok(()),
            (true, Err(error)) if error.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::Moved(self.log.display().to_string()))
            }
            (true, Err(source)) => Err(StoreError::Directory { path: self.log.display().to_string(), source }),
            (false, _) => Err(StoreError::Moved(self.database.display().to_string())),
        }
    }
}

/// The numbers of a file: of its device and of the file on it.
fn numbers(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}
