//! Keys that sign: each lies in a file of the data directory, with its public key beside it.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use peelian::hex::hex;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

use crate::private;

/// Number of bytes from which a key is made.
const SEED: usize = 32;

/// A key that signs (Ed25519).
pub(crate) struct Key(Ed25519KeyPair);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public())
    }
}

impl Key {
    /// The key with a name in a folder. It is made if there is none.
    pub(crate) fn open(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(name);
        let mut seed = Zeroizing::new(Vec::new());
        if path.exists() {
            private::tighten(&path)?;
            *seed = fs::read(&path)?;
        } else {
            seed.resize(SEED, 0);
            getrandom::fill(&mut seed).map_err(io::Error::other)?;
            private::create(&path, &seed)?;
        }
        let wrong = |_| io::Error::new(io::ErrorKind::InvalidData, format!("{} is no key", path.display()));
        let key = Self(Ed25519KeyPair::from_seed_unchecked(&seed).map_err(wrong)?);
        fs::write(public_file(folder, name), key.public() + "\n")?;
        Ok(key)
    }

    /// The public key, in hexadecimal digits.
    pub(crate) fn public(&self) -> String {
        hex(self.0.public_key().as_ref())
    }

    /// The signature of a message, in hexadecimal digits.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        hex(self.0.sign(message).as_ref())
    }

    /// A key of tests.
    #[cfg(test)]
    pub(crate) fn of_seed(seed: [u8; SEED]) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&seed).unwrap())
    }
}

/// The public key with a name in a folder.
pub(crate) fn public_key(folder: &Path, name: &str) -> io::Result<String> {
    Ok(fs::read_to_string(public_file(folder, name))?.trim().to_owned())
}

fn public_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.pub"))
}
