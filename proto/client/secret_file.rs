//! Reads files with secrets: private keys and tokens.

use std::path::{Path, PathBuf};
use std::{fs, io};

use zeroize::Zeroizing;

/// Why a file with a secret is not read.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Access {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Other users have rights to it.
    #[error(
        "other users have rights to the secret in {path} (mode {mode:03o}): run `chmod 600 {path}`, and replace the secret \
         if others were on this machine meanwhile",
        path = path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
}

/// Reads a file with a secret. The content is wiped from memory when it is dropped.
///
/// # Errors
///
/// [`SecretFileError::Access`]; [`SecretFileError::Open`] if the group or others have rights to the file. On systems without
/// the file modes of POSIX, the rights are left to the owner.
///
/// ```no_run
/// let key = peelian::client::read_secret("mps.key".as_ref())?;
/// # Ok::<(), peelian::client::SecretFileError>(())
/// ```
pub fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, SecretFileError> {
    let access = |source| SecretFileError::Access { path: path.to_owned(), source };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;

        let mode = fs::metadata(path).map_err(access)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(SecretFileError::Open { path: path.to_owned(), mode });
        }
    }
    Ok(Zeroizing::new(fs::read(path).map_err(access)?))
}
