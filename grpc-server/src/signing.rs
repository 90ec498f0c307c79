//! Keys that sign: each lies in a file of the data directory.

use std::fs;
use std::io;
use std::path::Path;

use ring::signature::Ed25519KeyPair;
use zeroize::Zeroizing;

use crate::hex::hex;
use crate::private;

/// Number of bytes from which a key is made.
const SEED: usize = 32;

/// A key that signs (Ed25519).
pub(crate) struct Key(Ed25519KeyPair);

impl Key {
    /// The key with a name in a folder. It is made if there is none.
    pub(crate) fn open(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(name);
        let mut seed = Zeroizing::new(Vec::new());
        if path.exists() {
            *seed = fs::read(&path)?;
        } else {
            seed.resize(SEED, 0);
            getrandom::fill(&mut seed).map_err(io::Error::other)?;
            private::create(&path, &seed)?;
        }
        let wrong = |_| io::Error::new(io::ErrorKind::InvalidData, format!("{} is no key", path.display()));
        Ok(Self(Ed25519KeyPair::from_seed_unchecked(&seed).map_err(wrong)?))
    }

    /// The signature of a message, in hexadecimal digits.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        hex(self.0.sign(message).as_ref())
    }
}
