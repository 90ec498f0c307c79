//! Writes the files of a release.

use std::io;
use std::path::Path;

use peelian_core::Core;
use peelian_core::release::{Release, Summary};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::hex::hex;
use crate::signing::Key;

/// What the files say of a release, apart from its observations.
pub(crate) struct Described<'a> {
    /// Identifier.
    pub(crate) id: &'a str,
    /// Title.
    pub(crate) title: &'a str,
    /// Position of the ledger that it was computed from.
    pub(crate) ledger_position: u64,
    /// Profile that its measures come from.
    pub(crate) profile: Option<&'a str>,
    /// Identifier of the release whose place it takes.
    pub(crate) supersedes: Option<&'a str>,
    /// Why it takes that place.
    pub(crate) reason: Option<&'a str>,
}

/// A file of a release.
pub(crate) struct ExportFile {
    /// Name.
    pub(crate) name: String,
    /// Bytes.
    pub(crate) bytes: Vec<u8>,
}

/// Why files cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// A table cannot be written.
    #[error("a table of the release cannot be written: {0}")]
    Table(#[from] csv::Error),
}

/// The key that signs releases, in a data directory. It is made if there is none.
///
/// # Errors
///
/// If it cannot be read or made.
pub(crate) fn signing_key(data_dir: &Path) -> io::Result<Key> {
    Key::open(data_dir, "release-signing.key")
}

/// All files of a release's folder except the manifest, in the order of their names. The same input gives the same bytes.
pub(crate) fn files(_: &Core, _: &Described<'_>, release: &Release) -> Result<Vec<ExportFile>, ExportError> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["measure", "version", "area", "area_name", "period", "breakdown", "value", "marker"])?;
    for one in &release.observations {
        let by = one.breakdown.iter().map(|value| format!("{}={}", value.dimension, value.code));
        out.write_record([
            one.measure.to_string(),
            one.version.to_string(),
            one.area.to_string(),
            one.area_name.to_string(),
            one.period.to_string(),
            by.collect::<Vec<_>>().join(";"),
            one.result.map_or_else(|_| String::new(), |value| value.to_string()),
            one.marker.to_string(),
        ])?;
    }
    let bytes = out.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(vec![ExportFile { name: "observations.csv".to_owned(), bytes }])
}

/// The manifest over the files and the inputs, and its signature.
pub(crate) fn manifest(
    key: &Key,
    described: &Described<'_>,
    files: &[ExportFile],
    inputs: &[(String, String)],
    summary: &Summary,
) -> Result<Vec<ExportFile>, ExportError> {
    let hashes = files.iter().map(|file| json!({ "name": file.name, "sha256": hex(&Sha256::digest(&file.bytes)) }));
    let inputs = inputs.iter().map(|(name, hash)| json!({ "submission": name, "sha256": hash }));
    let text = json!({
        "release": described.id,
        "title": described.title,
        "ledger_position": described.ledger_position,
        "profile": described.profile,
        "supersedes": described.supersedes,
        "reason": described.reason,
        "observations": summary.observations,
        "withheld": summary.withheld,
        "files": hashes.collect::<Vec<_>>(),
        "inputs": inputs.collect::<Vec<_>>(),
    });
    let bytes = format!("{text:#}\n").into_bytes();
    let signature = key.sign(&bytes).into_bytes();
    let file = |name: &str, bytes| ExportFile { name: name.to_owned(), bytes };
    Ok(vec![file("manifest.json", bytes), file("manifest.sig", signature)])
}
