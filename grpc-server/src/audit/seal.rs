//! The key that signs the audit log, and the head: the signed number and hash of the last record.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::hex::{hex, unhex};
use crate::private;

/// File of the key, in the folder of the audit log.
const KEY: &str = "key";
/// File of the public key.
const PUBLIC_KEY: &str = "key.pub";
/// File of the head.
const HEAD: &str = "head.json";

/// The key that signs.
pub(super) struct Key(Ed25519KeyPair);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public())
    }
}

impl Key {
    /// The key in a folder. It is made if there is none.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(KEY);
        let mut seed = Zeroizing::new(Vec::new());
        if path.exists() {
            *seed = fs::read(&path)?;
        } else {
            seed.resize(32, 0);
            getrandom::fill(&mut seed).map_err(io::Error::other)?;
            let mut file = private::file(&path)?;
            file.write_all(&seed)?;
            file.sync_all()?;
        }
        let wrong = |_| io::Error::new(io::ErrorKind::InvalidData, format!("{} is no key", path.display()));
        let key = Self(Ed25519KeyPair::from_seed_unchecked(&seed).map_err(wrong)?);
        fs::write(folder.join(PUBLIC_KEY), key.public() + "\n")?;
        Ok(key)
    }

    /// The public key, in hexadecimal digits.
    pub(super) fn public(&self) -> String {
        hex(self.0.public_key().as_ref())
    }

    /// The signature of a text, in hexadecimal digits.
    pub(super) fn sign(&self, text: &str) -> String {
        hex(self.0.sign(text.as_bytes()).as_ref())
    }
}

/// Whether a signature of a text is of a public key. All are hexadecimal digits.
pub(super) fn is_signed(public_key: &str, text: &str, signature: &str) -> bool {
    let (Some(key), Some(signature)) = (unhex(public_key), unhex(signature)) else { return false };
    UnparsedPublicKey::new(&ED25519, key).verify(text.as_bytes(), &signature).is_ok()
}

/// The public key in a folder.
pub(super) fn public_key(folder: &Path) -> io::Result<String> {
    Ok(fs::read_to_string(folder.join(PUBLIC_KEY))?.trim().to_owned())
}

/// The last record that was written: if the log ends before it, its end was cut.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    /// Number of the record.
    pub(super) n: u64,
    /// Hash of the record.
    pub(super) hash: String,
    /// The highest position of the ledger that is recorded.
    pub(super) position: u64,
    /// Signature of the three.
    signature: String,
}

impl Head {
    /// A signed head.
    pub(super) fn signed(n: u64, hash: String, position: u64, key: &Key) -> Self {
        let mut head = Self { n, hash, position, signature: String::new() };
        head.signature = key.sign(&head.text());
        head
    }

    fn text(&self) -> String {
        format!("head {} {} {}", self.n, self.hash, self.position)
    }

    /// Whether the signature is of a public key.
    pub(super) fn is_signed(&self, public_key: &str) -> bool {
        is_signed(public_key, &self.text(), &self.signature)
    }

    /// Reads the head of a folder; `None` if there is none.
    pub(super) fn read(folder: &Path) -> io::Result<Option<Self>> {
        match fs::read(folder.join(HEAD)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the head in place of the one before. A reader sees the one or the other.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let next = folder.join("head.next");
        match fs::remove_file(&next) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        private::file(&next)?.write_all(&serde_json::to_vec(self)?)?;
        fs::rename(next, folder.join(HEAD))
    }
}
