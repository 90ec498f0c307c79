//! The folder of a release: its files, and its signed manifest. `peelian::client::release_folder` checks them.
//!
//! The same release, definitions and version give the same bytes on any machine. Nothing here reads a clock or the environment.

mod cells;
mod columnar;
mod columns;
mod csvw;
mod describe;
mod error;
mod manifest;
mod markup;
mod notation;
mod page;
mod sdmx;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod tidy;
mod workbook;

use std::io;
use std::path::Path;

use peelian_core::Core;
use peelian_core::release::{Release, RevisionSize};

use crate::signing::Key;

pub(crate) use error::ExportError;
pub(crate) use manifest::{MadeFrom, manifest};

use columnar::Columnar;
use describe::Documented;
use tidy::Tidy;

/// Name of the file of the key that signs releases, in the data directory. Its public key lies beside it.
pub(crate) const KEY: &str = "release-signing.key";

/// Version of Peelian that makes the files.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the files say of the release itself.
pub(crate) struct Described<'a> {
    /// Identifier of the release.
    pub(crate) id: &'a str,
    /// Title for people.
    pub(crate) title: &'a str,
    /// State of the ledger from which it is computed.
    pub(crate) ledger_position: u64,
    /// Profile whose measures it has, if any.
    pub(crate) profile: Option<&'a str>,
    /// Release whose place it takes, if any.
    pub(crate) supersedes: Option<&'a str>,
    /// Why it takes the place of another, if it does.
    pub(crate) reason: Option<&'a str>,
    /// How large its revisions are.
    pub(crate) revisions: &'a [RevisionSize],
}

/// A file of a release.
pub(crate) struct ExportFile {
    /// Name in the folder. It is the same in every release, so that addresses last.
    pub(crate) name: String,
    /// Media type.
    pub(crate) media_type: &'static str,
    /// Content.
    pub(crate) bytes: Vec<u8>,
}

/// What each file is, in the order of the index: its name, its media type, and a sentence.
const FILES: [(&str, &str, &str); 11] = [
    (tidy::NAME, "text/csv", "All observations, one in each row."),
    (csvw::NAME, "application/csvm+json", "What the columns of observations.csv are (CSV on the Web)."),
    (workbook::NAME, XLSX, "Tables for spreadsheets, one sheet for each measure."),
    (columnar::PARQUET, "application/vnd.apache.parquet", "The columns of observations.csv as Parquet."),
    (columnar::ARROW, "application/vnd.apache.arrow.file", "The columns of observations.csv as a file of Arrow."),
    (sdmx::DATA, "text/csv", "All observations as SDMX-CSV 2.0."),
    (sdmx::STRUCTURE, "application/xml", "The structure and the code lists of sdmx.csv (SDMX-ML 3.0)."),
    (page::METADATA, "text/html", "Definitions, methods and quality of each measure."),
    (describe::NAME, "application/json", "The same for programs."),
    (texts::LICENCE, "text/plain", "Licences."),
    (texts::README, "text/plain", "What the files are, and how to check them."),
];

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The key that signs releases, in a data directory. It is made if there is none.
///
/// # Errors
///
/// If it cannot be read or made.
pub(crate) fn signing_key(data_dir: &Path) -> io::Result<Key> {
    Key::open(data_dir, KEY)
}

/// The files of a release but for its manifest.
///
/// # Errors
///
/// If a number must not be published, or a definition is not the one of the release.
pub(crate) fn files(
    core: &Core,
    described: &Described<'_>,
    release: &Release,
) -> Result<Vec<ExportFile>, ExportError> {
    let mut made = data(core, described, release)?;
    let measures = summary::measures(core, &release.observations)?;
    let documented: Vec<_> = measures.iter().map(|one| Documented::of(one, described.revisions)).collect();
    let names = FILES.map(|(name, _, about)| (name, about));
    made.push((describe::NAME, describe::metadata(described, &documented)?));
    made.push((page::METADATA, page::metadata(described, &documented)));
    made.push((workbook::NAME, workbook::workbook(described, &measures)?));
    made.push((texts::LICENCE, texts::licence()));
    made.push((
        texts::README,
        texts::readme(described, &names, release.observations.iter().any(|found| found.synthetic)),
    ));
    let links = [&names[..], &manifest::FILES.map(|(name, _, about)| (name, about))].concat();
    let index = page::index(core, described, &measures, &links);
    let mut files = vec![ExportFile { name: page::INDEX.to_owned(), media_type: "text/html", bytes: index }];
    for (name, media_type, _) in FILES {
        if let Some(at) = made.iter().position(|(made, _)| *made == name) {
            files.push(ExportFile { name: name.to_owned(), media_type, bytes: made.swap_remove(at).1 });
        }
    }
    Ok(files)
}

/// The files that have every observation. They are written in one pass.
fn data(
    core: &Core,
    described: &Described<'_>,
    release: &Release,
) -> Result<Vec<(&'static str, Vec<u8>)>, ExportError> {
    let schema = table::schema()?;
    let (mut tidy, mut sdmx, mut columnar) = (Tidy::new()?, sdmx::Data::new()?, Columnar::new(&schema)?);
    for part in table::parts(core, &release.observations) {
        let part = part?;
        tidy.add(&part)?;
        sdmx.add(&part)?;
        columnar.add(&part)?;
    }
    let (arrow, parquet) = columnar.finish()?;
    let codes = sdmx::Codes::of(core, &release.observations);
    Ok(vec![
        (tidy::NAME, tidy.finish()?),
        (csvw::NAME, csvw::metadata(described, &schema)?),
        (columnar::ARROW, arrow),
        (columnar::PARQUET, parquet),
        (sdmx::DATA, sdmx.finish()?),
        (sdmx::STRUCTURE, sdmx::structure(core, described, &schema, &codes)),
    ])
}
