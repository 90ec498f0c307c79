//! Locks a data directory, so that only one server at a time uses it.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::error::StoreError;
use crate::private;

/// Name of the file that is locked.
pub(super) const LOCK: &str = "lock";

/// A lock on a data directory. It is held until it is dropped. The system releases it when the process ends, in
/// whatever way the process ends.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Locks the directory. Creates it if it does not exist.
    pub(super) fn take(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.display().to_string();
        let failed = |source| StoreError::Directory { path: path.clone(), source };
        private::directory(directory).map_err(failed)?;
        let file = private::file(&directory.join(LOCK)).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path)),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}
