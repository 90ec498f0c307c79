//! Checks the folder of a release without the exchange: every file is there, none more, each has its hash, and the manifest has
//! its signature.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::manifest::{FORM, Listed, MANIFEST, Manifest, SIGNATURE};
use crate::client::is_signed;
use crate::hex::hex;

/// A folder that is as it was published.
#[derive(Debug, Eq, PartialEq)]
pub struct Verified {
    /// Identifier of the release.
    pub release: String,
    /// Number of files, without the manifest and its signature.
    pub files: usize,
    /// Public key of the signature, in hexadecimal digits.
    pub public_key: String,
}

/// Why a folder is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file cannot be read.
    #[error("{path} cannot be read: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// The folder is not as it was published.
    #[error("the release is not as it was published: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Edited(Vec<Fault>),
}

/// One thing that is wrong with a folder.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The content of a file differs.
    #[error("{0} was changed: its hash is not the one in the manifest")]
    Changed(String),
    /// A file is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// A file is not in the manifest.
    #[error("{0} was added: the manifest does not list it")]
    Added(String),
    /// The manifest is not the one that was signed.
    #[error("manifest.json or manifest.sig was changed: the signature is not of this manifest")]
    Signature,
    /// The manifest is signed with another key.
    #[error("the release is signed with the key {found}, and not with {expected}")]
    OtherKey {
        /// Public key in the manifest.
        found: String,
        /// Public key of the publisher.
        expected: String,
    },
    /// The manifest is no manifest of this form.
    #[error("manifest.json is no manifest that this version reads: {0}")]
    Form(String),
}

/// Checks a folder. `key` is the public key of the publisher, in hexadecimal digits. Without it, the key that the manifest
/// itself names is used: this shows that nobody without that key changed the release, but not whose key it is.
///
/// # Errors
///
/// Everything that differs, or a file that cannot be read.
///
/// ```no_run
/// use peelian::client::release_folder::verify;
///
/// let checked = verify("2017-03".as_ref(), None)?;
/// println!("{} files of the release {}, signed with {}", checked.files, checked.release, checked.public_key);
/// # Ok::<(), peelian::client::release_folder::VerifyError>(())
/// ```
pub fn verify(folder: &Path, key: Option<&str>) -> Result<Verified, VerifyError> {
    let names = names(folder)?;
    let absent = [MANIFEST, SIGNATURE].into_iter().filter(|name| !names.contains(*name));
    let absent: Vec<_> = absent.map(|name| Fault::Missing(name.to_owned())).collect();
    if !absent.is_empty() {
        return Err(VerifyError::Edited(absent));
    }
    let bytes = fs::read(folder.join(MANIFEST)).map_err(unreadable(&folder.join(MANIFEST)))?;
    let signature = fs::read(folder.join(SIGNATURE)).map_err(unreadable(&folder.join(SIGNATURE)))?;
    let manifest = read(&bytes).map_err(|fault| VerifyError::Edited(vec![fault]))?;
    let mut faults: Vec<_> = signed(&manifest, &bytes, &signature, key).into_iter().collect();
    for listed in &manifest.files {
        faults.extend(compare(folder, &names, listed)?);
    }
    let known: BTreeSet<&str> =
        manifest.files.iter().map(|listed| listed.name.as_str()).chain([MANIFEST, SIGNATURE]).collect();
    faults.extend(names.iter().filter(|name| !known.contains(name.as_str())).cloned().map(Fault::Added));
    if faults.is_empty() {
        Ok(Verified { release: manifest.release, files: manifest.files.len(), public_key: manifest.public_key })
    } else {
        Err(VerifyError::Edited(faults))
    }
}

/// The names of what lies in a folder.
fn names(folder: &Path) -> Result<BTreeSet<String>, VerifyError> {
    let entries = fs::read_dir(folder).map_err(unreadable(folder))?;
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    entries.map(name).collect::<io::Result<_>>().map_err(unreadable(folder))
}

fn read(bytes: &[u8]) -> Result<Manifest, Fault> {
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(|error| Fault::Form(error.to_string()))?;
    if manifest.form == FORM {
        Ok(manifest)
    } else {
        Err(Fault::Form(format!("its form is {}, and this version reads {FORM}", manifest.form)))
    }
}

/// What is wrong with the signature.
fn signed(manifest: &Manifest, bytes: &[u8], signature: &[u8], key: Option<&str>) -> Option<Fault> {
    let signature = String::from_utf8_lossy(signature);
    let signature = signature.trim_end();
    let holds = |key: &str| is_signed(key, bytes, signature);
    match key.map(|key| key.trim().to_lowercase()) {
        Some(expected) if holds(&expected) => None,
        // The manifest was signed, but by somebody else.
        Some(expected) if holds(&manifest.public_key) => {
            Some(Fault::OtherKey { found: manifest.public_key.clone(), expected })
        }
        None if holds(&manifest.public_key) => None,
        _ => Some(Fault::Signature),
    }
}

/// What is wrong with a file that the manifest lists.
fn compare(folder: &Path, names: &BTreeSet<String>, listed: &Listed) -> Result<Option<Fault>, VerifyError> {
    // A name with a folder in it is none of the names of the folder.
    if !names.contains(&listed.name) {
        return Ok(Some(Fault::Missing(listed.name.clone())));
    }
    let path = folder.join(&listed.name);
    let (bytes, sha256) = hash(&path).map_err(unreadable(&path))?;
    let is_same = bytes == listed.bytes && sha256 == listed.sha256;
    Ok((!is_same).then(|| Fault::Changed(listed.name.clone())))
}

/// The length and the SHA-256 of a file, a part at a time.
fn hash(path: &Path) -> io::Result<(u64, String)> {
    let mut file = BufReader::new(File::open(path)?);
    let (mut hash, mut length, mut part) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut part)?;
        if read == 0 {
            return Ok((length, hex(&hash.finalize())));
        }
        hash.update(&part[..read]);
        length += u64::try_from(read).unwrap_or(u64::MAX);
    }
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> VerifyError {
    let path = path.display().to_string();
    move |error| VerifyError::Unreadable { path: path.clone(), error }
}
