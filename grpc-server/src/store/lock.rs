//! One server at a time uses a data directory.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::StoreError;

/// A lock on a data directory, held until it is dropped; the system lets it go when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Locks the directory, and makes it if it does not exist.
    pub(super) fn take(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.display().to_string();
        let failed = |source| StoreError::Directory { path: path.clone(), source };
        std::fs::create_dir_all(directory).map_err(failed)?;
        let file = File::options().create(true).append(true).open(directory.join("lock")).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path)),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}
