//! Notices when the database file is no longer the one that the server opened.
//!
//! A file that is deleted or moved can still be written to by a process that has it open. What is written there is lost
//! when the process ends.

use std::fs::{Metadata, metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use super::error::StoreError;

/// Ending of the write-ahead log, which SQLite keeps beside the database.
pub(super) const LOG: &str = "-wal";

/// The files of a store, as it opened them: the database, its log and the lock of the directory.
#[derive(Debug)]
pub(super) struct Identity {
    files: Vec<(PathBuf, (u64, u64))>,
}

impl Identity {
    /// The identity of a store that is open.
    pub(super) fn of(files: impl Iterator<Item = PathBuf>) -> Result<Self, StoreError> {
        let file = |path: PathBuf| match metadata(&path) {
            Ok(found) => Ok((path, numbers(&found))),
            Err(source) => Err(StoreError::Directory { path: path.display().to_string(), source }),
        };
        Ok(Self { files: files.map(file).collect::<Result<_, _>>()? })
    }

    /// Checks that the files still have their names. A connection must be open, because SQLite deletes the log with the last
    /// one.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        for (path, opened) in &self.files {
            let path_text = || path.display().to_string();
            match metadata(path) {
                Ok(found) if numbers(&found) == *opened => {}
                Ok(_) => return Err(StoreError::Moved(path_text())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(StoreError::Moved(path_text())),
                Err(source) => return Err(StoreError::Directory { path: path_text(), source }),
            }
        }
        Ok(())
    }
}

/// The numbers of a file: of its device and of the file on it.
fn numbers(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}
