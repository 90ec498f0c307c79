//! The frozen content of releases on the disk: one folder for each release.
//!
//! A folder is written beside its place, with everything in it on the disk, and then takes its place by one renaming. The event
//! that a release was made is stored after that. So a release of which the event is there has its whole content. A folder
//! without an event is the rest of a release that was never made, or was published under a later ledger than the one that is
//! there: a file lists the releases that were published, whatever the ledger says.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use peelian::hex::hex;
use peelian::v1::{Observation, RevisionSize, WithheldObservation};
use prost::Message;
use sha2::{Digest as _, Sha256};

use super::event::FileHash;
use crate::private;

/// Folder of all releases, in the data directory.
pub(crate) const RELEASES: &str = "releases";
/// The observations as published: messages of the contract, each after its length.
pub(crate) const OBSERVATIONS: &str = "observations.binpb";
/// Why observations are withheld, for reviewers: messages of the contract, each after its length.
const WITHHELD: &str = "withheld.binpb";
/// How large its revisions are: messages of the contract, each after its length.
const REVISIONS: &str = "revisions.binpb";
/// What later releases must know of this one. It is secret.
const RECORD: &str = "record";
/// Folder of the files that are exported.
const FILES: &str = "files";
/// The file that lists the others.
pub(crate) const MANIFEST: &str = "manifest.json";
/// Ending of a folder that is not complete.
const UNFINISHED: &str = ".unfinished";
/// Ending of a folder that was published and that the ledger does not know. No identifier of a release has it.
const UNKNOWN: &str = ".unknown";
/// The file with the releases that were ever published, one in each line.
const PUBLISHED: &str = "published.list";

/// Why the content of a release cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    /// The disk fails.
    #[error("the folder of the release {release}: {error}")]
    Io {
        /// Identifier of the release.
        release: String,
        /// Why.
        error: io::Error,
    },
    /// A file is not as it was written.
    #[error("the file {file} of the release {release} is not as it was written: restore the folder from a backup")]
    Damaged {
        /// Identifier of the release.
        release: String,
        /// Name of the file.
        file: String,
    },
}

/// The content of a release that is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    /// The observations as published.
    pub(crate) observations: Vec<Observation>,
    /// Why observations are withheld.
    pub(crate) withheld: Vec<WithheldObservation>,
    /// How large its revisions are.
    pub(crate) revisions: Vec<RevisionSize>,
    /// What later releases must know of this one.
    pub(crate) record: Vec<u8>,
    /// The files that are exported: their names and bytes.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl Content {
    /// All files of the folder, in the order of their names.
    fn all(&self) -> Vec<(String, Vec<u8>)> {
        let exported = self.files.iter().map(|(name, bytes)| (format!("{FILES}/{name}"), bytes.clone()));
        let mut all: Vec<(String, Vec<u8>)> = exported.collect();
        all.push((OBSERVATIONS.to_owned(), delimited(&self.observations)));
        all.push((WITHHELD.to_owned(), delimited(&self.withheld)));
        all.push((REVISIONS.to_owned(), delimited(&self.revisions)));
        all.push((RECORD.to_owned(), self.record.clone()));
        all.sort();
        all
    }
}

/// What was done with the folders of no release in force.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Tidied {
    /// Number of folders that were removed.
    pub(crate) removed: usize,
    /// Releases whose folders were set aside.
    pub(crate) set_aside: Vec<String>,
}

/// The folders of all releases of an exchange.
#[derive(Clone, Debug)]
pub(crate) struct Folders(PathBuf);

impl Folders {
    /// The folders in a data directory.
    pub(crate) fn open(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(RELEASES);
        private::directory(&path)?;
        Ok(Self(path))
    }

    /// Writes the content of a release, all of it or nothing. It is on the disk when this returns. What is there of a release
    /// with this identifier that was never made is replaced.
    pub(crate) fn write(&self, release: &str, content: &Content) -> Result<Vec<FileHash>, FolderError> {
        let told = |error| FolderError::Io { release: release.to_owned(), error };
        let unfinished = self.0.join(format!("{release}{UNFINISHED}"));
        self.remove_folder(&unfinished).map_err(told)?;
        self.remove_folder(&self.0.join(release)).map_err(told)?;
        let files = content.all();
        let write = || -> io::Result<()> {
            private::directory(&unfinished.join(FILES))?;
            private::tighten(&unfinished)?;
            for (name, bytes) in &files {
                private::create(&unfinished.join(name), bytes)?;
            }
            File::open(unfinished.join(FILES))?.sync_all()?;
            File::open(&unfinished)?.sync_all()?;
            fs::rename(&unfinished, self.0.join(release))?;
            File::open(&self.0)?.sync_all()
        };
        write().map_err(told)?;
        let hash = |(name, bytes): (String, Vec<u8>)| FileHash { name, sha256: hex(&Sha256::digest(&bytes)) };
        Ok(files.into_iter().map(hash).collect())
    }

    /// The observations of a release.
    pub(crate) fn observations(&self, release: &str, files: &[FileHash]) -> Result<Vec<Observation>, FolderError> {
        self.messages(release, OBSERVATIONS, files)
    }

    /// Why observations of a release are withheld.
    pub(crate) fn withheld(
        &self,
        release: &str,
        files: &[FileHash],
    ) -> Result<Vec<WithheldObservation>, FolderError> {
        self.messages(release, WITHHELD, files)
    }

    /// How large the revisions of a release are. A release of an older version does not tell.
    pub(crate) fn revisions(&self, release: &str, files: &[FileHash]) -> Result<Vec<RevisionSize>, FolderError> {
        if files.iter().any(|file| file.name == REVISIONS) {
            self.messages(release, REVISIONS, files)
        } else {
            Ok(Vec::new())
        }
    }

    /// What later releases must know of a release.
    pub(crate) fn record(&self, release: &str, files: &[FileHash]) -> Result<Vec<u8>, FolderError> {
        self.read(release, RECORD, files)
    }

    /// The bytes of an exported file.
    pub(crate) fn exported(&self, release: &str, name: &str, files: &[FileHash]) -> Result<Vec<u8>, FolderError> {
        self.read(release, &format!("{FILES}/{name}"), files)
    }

    /// Compares all files of a release with their hashes.
    pub(crate) fn verify(&self, release: &str, files: &[FileHash]) -> Vec<FolderError> {
        files.iter().filter_map(|file| self.read(release, &file.name, files).err()).collect()
    }

    /// Removes the content of a release that was discarded.
    pub(crate) fn remove(&self, release: &str) -> Result<(), FolderError> {
        let removed = self.remove_folder(&self.0.join(release)).and_then(|()| File::open(&self.0)?.sync_all());
        removed.map_err(|error| FolderError::Io { release: release.to_owned(), error })
    }

    /// Removes what is left of releases that were never made, or were discarded. Sets aside those that were published and that
    /// the ledger does not know, because it is an older one. `discarded` says so of each release that it knows.
    pub(crate) fn tidy(&self, discarded: &BTreeMap<&str, bool>) -> io::Result<Tidied> {
        let published = fs::read_to_string(self.0.join(PUBLISHED)).unwrap_or_default();
        let mut tidied = Tidied::default();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !entry.file_type()?.is_dir() || name.ends_with(UNKNOWN) {
                continue;
            }
            match discarded.get(name.as_str()) {
                Some(false) => {}
                None if published.lines().any(|known| known == name) => {
                    fs::rename(entry.path(), self.free_name(&name))?;
                    tidied.set_aside.push(name);
                }
                _ => {
                    fs::remove_dir_all(entry.path())?;
                    tidied.removed += 1;
                }
            }
        }
        tidied.set_aside.sort();
        Ok(tidied)
    }

    /// Notes which releases were ever published.
    pub(crate) fn note_published(&self, releases: &[String]) -> io::Result<()> {
        private::replace(&self.0.join(PUBLISHED), format!("{}\n", releases.join("\n")).as_bytes())
    }

    /// A name for a folder that is set aside, which no other one has.
    fn free_name(&self, name: &str) -> PathBuf {
        let numbered = (2..).map(|number| self.0.join(format!("{name}-{number}{UNKNOWN}")));
        let mut names = std::iter::once(self.0.join(format!("{name}{UNKNOWN}"))).chain(numbered);
        names.find(|path| !path.exists()).unwrap_or_default()
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn read(&self, release: &str, name: &str, files: &[FileHash]) -> Result<Vec<u8>, FolderError> {
        let told = |error| FolderError::Io { release: release.to_owned(), error };
        let damaged = || FolderError::Damaged { release: release.to_owned(), file: name.to_owned() };
        let bytes = fs::read(self.0.join(release).join(name)).map_err(told)?;
        let file = files.iter().find(|file| file.name == name).ok_or_else(damaged)?;
        if hex(&Sha256::digest(&bytes)) == file.sha256 { Ok(bytes) } else { Err(damaged()) }
    }

    fn messages<M: Message + Default>(
        &self,
        release: &str,
        name: &str,
        files: &[FileHash],
    ) -> Result<Vec<M>, FolderError> {
        let bytes = self.read(release, name, files)?;
        let mut rest = bytes.as_slice();
        let mut found = Vec::new();
        while !rest.is_empty() {
            let message = M::decode_length_delimited(&mut rest);
            found.push(
                message.map_err(|_| FolderError::Damaged { release: release.to_owned(), file: name.to_owned() })?,
            );
        }
        Ok(found)
    }
}

/// The names of the exported files among all files of a release, in order.
pub(crate) fn exported_names(files: &[FileHash]) -> impl Iterator<Item = &str> {
    files.iter().filter_map(|file| file.name.strip_prefix(FILES)?.strip_prefix('/'))
}

/// The hash of an exported file, in hexadecimal digits; empty if there is none.
pub(crate) fn exported_hash<'f>(files: &'f [FileHash], name: &str) -> &'f str {
    let of = |file: &&FileHash| file.name.strip_prefix(FILES).and_then(|rest| rest.strip_prefix('/')) == Some(name);
    files.iter().find(of).map_or("", |file| file.sha256.as_str())
}

fn delimited<M: Message>(messages: &[M]) -> Vec<u8> {
    let mut bytes = Vec::new();
    messages.iter().for_each(|message| bytes.extend(message.encode_length_delimited_to_vec()));
    bytes
}
