//! Reads files with secrets: private keys and tokens.

use std::path::{Path, PathBuf};
use std::{fs, io};

use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use zeroize::{Zeroize as _, Zeroizing};

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
    /// It has no private key.
    #[error("{}: it has no private key in PEM without a passphrase (-----BEGIN PRIVATE KEY-----)", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// Its key is of another certificate.
    #[error("{}: it does not go with the certificate ({error})", path.display())]
    OtherKey {
        /// The file.
        path: PathBuf,
        /// What does not go together.
        error: Error,
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

/// A chain of certificates with the private key in a file, in PEM. The text of the key is wiped from memory.
///
/// # Errors
///
/// [`SecretFileError`] if the file cannot be read, or if its key is not that of the first certificate.
///
/// ```no_run
/// use rustls::pki_types::CertificateDer;
/// use rustls::pki_types::pem::PemObject as _;
///
/// let chain = CertificateDer::pem_file_iter("mps.pem")?.collect::<Result<Vec<_>, _>>()?;
/// let certified = peelian::client::certified_key(chain, "mps.key".as_ref())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn certified_key(chain: Vec<CertificateDer<'static>>, key: &Path) -> Result<CertifiedKey, SecretFileError> {
    let text = read_secret(key)?;
    let no_key = || SecretFileError::NoKey { path: key.to_owned() };
    // The errors of the readers are not shown: they could quote what they could not read.
    let mut der = PrivateKeyDer::from_pem_slice(&text).map_err(|_| no_key())?;
    let signing = any_supported_type(&der);
    der.zeroize();
    let certified = CertifiedKey::new(chain, signing.map_err(|_| no_key())?);
    match certified.keys_match() {
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(error) => Err(SecretFileError::OtherKey { path: key.to_owned(), error }),
    }
}
