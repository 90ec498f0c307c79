//! `manifest.json` and its signature `manifest.sig`: what a release was made from, and the hash of each file.

use peelian::client::release_folder::{FORM, Input, Listed, MANIFEST, Manifest, Protection, SIGNATURE};
use peelian::hex::hex;
use peelian_core::release::Summary;
use peelian_seeds::SeedFile;
use sha2::{Digest as _, Sha256};

use super::error::ExportError;
use super::{Described, ExportFile, VERSION};
use crate::signing::Key;

/// Both files: the name, the media type, and what it is.
pub(super) const FILES: [(&str, &str, &str); 2] = [
    (MANIFEST, "application/json", "The hash of each file, and what the release was made from."),
    (SIGNATURE, "text/plain", "The signature of the manifest."),
];

/// What a release is made from, each by its name and a SHA-256.
#[derive(Default)]
pub(crate) struct MadeFrom {
    /// The submissions, with the hashes of their payloads.
    pub(crate) submissions: Vec<(String, String)>,
    /// The releases that had been published before, with the hashes of their manifests.
    pub(crate) releases: Vec<(String, String)>,
    /// SHA-256 of the operator's file of agencies.
    pub(crate) agencies: Option<[u8; 32]>,
}

/// The manifest of files, and its signature.
///
/// # Errors
///
/// If the release must not be published.
pub(crate) fn manifest(
    key: &Key,
    described: &Described<'_>,
    files: &[ExportFile],
    made_from: MadeFrom,
    summary: &Summary,
) -> Result<Vec<ExportFile>, ExportError> {
    if !summary.is_safe() {
        return Err(ExportError::Unprotected(summary.unprotected.join("; ")));
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let sorted = |named: Vec<(String, String)>| {
        let mut inputs: Vec<_> = named.into_iter().map(|(name, sha256)| Input { name, sha256 }).collect();
        inputs.sort_unstable();
        inputs
    };
    let mut listed: Vec<_> = files.iter().map(listed).collect();
    listed.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    let manifest = Manifest {
        form: FORM,
        release: described.id.to_owned(),
        title: described.title.to_owned(),
        ledger_position: described.ledger_position,
        profile: owned(described.profile),
        supersedes: owned(described.supersedes),
        reason: owned(described.reason),
        version: VERSION.to_owned(),
        definitions: definitions(),
        agencies: made_from.agencies.map(|sha256| hex(&sha256)),
        inputs: sorted(made_from.submissions),
        earlier_releases: sorted(made_from.releases),
        protection: protection(summary),
        files: listed,
        public_key: key.public(),
    };
    let mut bytes = serde_json::to_vec_pretty(&manifest).map_err(|error| ExportError::refused(MANIFEST)(&error))?;
    bytes.push(b'\n');
    let signature = key.sign(&bytes) + "\n";
    let contents = [bytes, signature.into_bytes()];
    let made = FILES.iter().zip(contents);
    Ok(made
        .map(|((name, media_type, _), bytes)| ExportFile { name: (*name).to_owned(), media_type, bytes })
        .collect())
}

fn listed(file: &ExportFile) -> Listed {
    Listed {
        name: file.name.clone(),
        media_type: file.media_type.to_owned(),
        bytes: file.bytes.len().try_into().unwrap_or(u64::MAX),
        sha256: hex(&Sha256::digest(&file.bytes)),
    }
}

fn protection(summary: &Summary) -> Protection {
    Protection {
        observations: summary.observations,
        withheld: summary.withheld,
        cells: summary.cells,
        primary: summary.primary,
        secondary: summary.secondary,
        further: summary.further,
        systems: summary.systems,
        largest_component: summary.largest_component,
    }
}

/// SHA-256 of everything that this version knows of measures, areas and codes.
fn definitions() -> String {
    let mut files: Vec<SeedFile> = [
        peelian_seeds::measures(),
        peelian_seeds::areas(),
        peelian_seeds::codes(),
        peelian_seeds::profiles(),
        vec![peelian_seeds::populations(), peelian_seeds::agencies()],
    ]
    .concat();
    files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    let mut hash = Sha256::new();
    for file in files {
        // The length tells where a text ends.
        hash.update(format!("{} {}\n", file.path, file.text.len()));
        hash.update(file.text.as_bytes());
    }
    hex(&hash.finalize())
}
