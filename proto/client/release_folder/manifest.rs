//! The manifest of a release: `manifest.json`, and its signature `manifest.sig`.

use serde::{Deserialize, Serialize};

/// Name of the manifest.
pub const MANIFEST: &str = "manifest.json";
/// Name of the signature.
pub const SIGNATURE: &str = "manifest.sig";

/// Form of the manifest. A change that a reader must know raises it.
pub const FORM: u32 = 1;

/// The content of the manifest: what a release was made from, and the hash of each file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// See [`FORM`].
    pub form: u32,
    /// Identifier of the release.
    pub release: String,
    /// Title of the release.
    pub title: String,
    /// State of the ledger from which it was computed.
    pub ledger_position: u64,
    /// Profile whose measures it has, if any.
    pub profile: Option<String>,
    /// Release whose place it takes, if any.
    pub supersedes: Option<String>,
    /// Why it takes that place.
    pub reason: Option<String>,
    /// Version of Peelian.
    pub version: String,
    /// SHA-256 of the definitions, code lists, areas and profiles of this version.
    pub definitions: String,
    /// SHA-256 of the operator's file of agencies and their remits, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agencies: Option<String>,
    /// Submissions from which it was computed.
    pub inputs: Vec<Input>,
    /// Releases that had been published before, each with the SHA-256 of its manifest. It is protected against what they tell,
    /// and says what it revises of them.
    #[serde(default)]
    pub earlier_releases: Vec<Input>,
    /// What protection cost.
    pub protection: Protection,
    /// Its files, without the manifest and the signature.
    pub files: Vec<Listed>,
    /// Public key of the signature, in hexadecimal digits.
    pub public_key: String,
}

/// A submission or a release from which a release is made.
#[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Name of the submission or the release.
    pub name: String,
    /// SHA-256 of the payload of a submission, or of the manifest of a release.
    pub sha256: String,
}

/// A file of a release.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Name in the folder.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Number of bytes.
    pub bytes: u64,
    /// SHA-256 of the content.
    pub sha256: String,
}

/// What protection cost. Sums of counts are left out: with what is published, they are one more equation on what is withheld.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Protection {
    /// Observations.
    pub observations: usize,
    /// Observations that are withheld to protect people.
    pub withheld: usize,
    /// Counts behind the observations.
    pub cells: usize,
    /// Counts that a rule withholds.
    pub primary: usize,
    /// Counts that are withheld so that no other can be worked out.
    pub secondary: usize,
    /// Counts that are withheld so that no other can be enclosed too narrowly.
    pub further: usize,
    /// Systems of counts that hang together.
    pub systems: usize,
    /// Unknown counts in the largest group that hangs together.
    pub largest_component: usize,
}
