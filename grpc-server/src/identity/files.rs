//! Files of certificates and keys: who may read them, and whether they have changed.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use peelian::client::SecretFileError;

/// Why a file of certificates, keys or tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It cannot be read or written.
    #[error("{}: {source}", path.display())]
    Access {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A secret cannot be read, or other users can read it.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// Its content is not what it should be.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do. It quotes nothing from the file.
        problem: String,
    },
}

impl FileError {
    /// An error of access.
    pub(super) fn access(path: &Path) -> impl FnOnce(io::Error) -> Self + use<'_> {
        move |source| Self::Access { path: path.to_owned(), source }
    }

    /// An error in the content.
    pub(super) fn content(path: &Path, problem: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), problem: problem.into() }
    }
}

/// Reads a file that anybody may read.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(FileError::access(path))
}

/// What tells one state of a file from another: the file, its size, and when its content and its properties were changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Stamp {
    file: (u64, u64),
    size: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// The stamp of a file; `None` if there is none, or if it cannot be seen.
    pub(super) fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|found| Self::from(&found))
    }
}

impl From<&Metadata> for Stamp {
    fn from(found: &Metadata) -> Self {
        Self {
            file: (found.dev(), found.ino()),
            size: found.size(),
            written: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}
