//! The key that signs the audit log, and the head: the signed number and hash of the last record.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use peelian::client::is_signed;
use serde::{Deserialize, Serialize};

use crate::private;
use crate::signing::{self, Key};

/// File of the key, in the folder of the audit log.
const KEY: &str = "key";
/// File of the head.
const HEAD: &str = "head.json";

/// The key of the audit log in its folder. It is made if there is none.
pub(super) fn key(folder: &Path) -> io::Result<Key> {
    Key::open(folder, KEY)
}

/// The public key in a folder.
pub(super) fn public_key(folder: &Path) -> io::Result<String> {
    signing::public_key(folder, KEY)
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
        head.signature = key.sign(head.text().as_bytes());
        head
    }

    fn text(&self) -> String {
        format!("head {} {} {}", self.n, self.hash, self.position)
    }

    /// Whether the signature is of a public key.
    pub(super) fn is_signed(&self, public_key: &str) -> bool {
        is_signed(public_key, self.text().as_bytes(), &self.signature)
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
