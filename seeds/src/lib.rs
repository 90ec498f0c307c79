//! What an exchange starts from, as data: agencies, areas, code lists, measure definitions, policies and profiles.
//!
//! The files are embedded, so that a program or library carries them with it. This crate does not
//! interpret them: `peelian-core` does, and its errors name [`SeedFile::path`] and the line.
//!
//! ```
//! let boroughs = peelian_seeds::areas()
//!     .into_iter()
//!     .find(|file| file.path == "areas/boroughs.csv")
//!     .ok_or("no boroughs")?;
//! assert!(boroughs.text.contains("E09000028,Southwark"));
//! # Ok::<(), &str>(())
//! ```

use std::borrow::Cow;

use include_dir::{Dir, include_dir};

static AGENCIES: &str = include_str!("../agencies/register.toml");
static AREAS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/areas");
static CODES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/codes");
static FIGURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/figures");
static POLICIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policies");
static POLICY_SCHEMA: &str = include_str!("../policies/schema.cedarschema");
static POPULATIONS: &str = include_str!("../populations.toml");
static MEASURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/measures");
static PROFILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/profiles");

/// One seed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedFile {
    /// Path below `seeds/` with forward slashes, for example `codes/ho_class.csv`.
    pub path: String,
    /// The whole content; the build refuses files that are not UTF-8.
    pub text: Cow<'static, str>,
}

impl SeedFile {
    /// The file's name without folder and extension: `ho_class` of `codes/ho_class.csv`.
    #[must_use]
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }
}

/// The register of agencies and their remits (TOML).
#[must_use]
pub fn agencies() -> SeedFile {
    SeedFile { path: "agencies/register.toml".to_owned(), text: AGENCIES.into() }
}

/// The files of `seeds/areas` (CSV), in order of path.
#[must_use]
pub fn areas() -> Vec<SeedFile> {
    files("areas", &AREAS, "csv")
}

/// The files of `seeds/codes` (CSV), in order of path.
#[must_use]
pub fn codes() -> Vec<SeedFile> {
    files("codes", &CODES, "csv")
}

/// The files of `seeds/figures` (CSV rows of `published_figure`), in order of path.
///
/// Real figures, as their publishers released them, to try an exchange on. Each file is one submission and is named
/// after the agency whose figures they are and its collection: `mps.crime-dashboard.csv`.
#[must_use]
pub fn figures() -> Vec<SeedFile> {
    files("figures", &FIGURES, "csv")
}

/// The files of `seeds/policies` (Cedar), in order of path: a model data-sharing agreement each, and `roles.cedar`, the
/// rules that restrict all of them.
#[must_use]
pub fn policies() -> Vec<SeedFile> {
    files("policies", &POLICIES, "cedar")
}

/// The schema of the policies (Cedar): what they speak of.
#[must_use]
pub fn policy_schema() -> SeedFile {
    SeedFile { path: "policies/schema.cedarschema".to_owned(), text: POLICY_SCHEMA.into() }
}

/// The populations that several measures use (TOML).
#[must_use]
pub fn populations() -> SeedFile {
    SeedFile { path: "populations.toml".to_owned(), text: POPULATIONS.into() }
}

/// The files of `seeds/measures` (TOML), in order of path.
#[must_use]
pub fn measures() -> Vec<SeedFile> {
    files("measures", &MEASURES, "toml")
}

/// The files of `seeds/profiles` (TOML), in order of path: named lists of measures.
#[must_use]
pub fn profiles() -> Vec<SeedFile> {
    files("profiles", &PROFILES, "toml")
}

fn files(folder: &str, dir: &'static Dir<'static>, extension: &str) -> Vec<SeedFile> {
    let mut found: Vec<SeedFile> = dir
        .files()
        .filter(|file| file.path().extension().is_some_and(|e| e == extension))
        .filter_map(|file| {
            Some(SeedFile { path: format!("{folder}/{}", file.path().to_str()?), text: file.contents_utf8()?.into() })
        })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn every_folder_is_listed_in_order_and_in_full() {
        let folders = [
            ("areas", areas()),
            ("codes", codes()),
            ("figures", figures()),
            ("measures", measures()),
            ("policies", policies()),
            ("profiles", profiles()),
        ];
        for (folder, files) in folders {
            let on_disk = std::fs::read_dir(format!("{}/{folder}", env!("CARGO_MANIFEST_DIR")))
                .unwrap()
                .filter(|e| {
                    let name = e.as_ref().unwrap().file_name();
                    let name = name.to_str().unwrap();
                    [".csv", ".toml", ".cedar"].iter().any(|extension| name.ends_with(extension))
                })
                .count();
            assert_eq!(files.len(), on_disk, "{folder}");
            assert!(files.is_sorted_by(|a, b| a.path < b.path));
            assert!(files.iter().all(|f| f.path.starts_with(folder)));
        }
    }

    #[test]
    fn stems_name_code_lists() {
        assert!(codes().iter().any(|file| file.stem() == "ho_class"));
    }

    #[test]
    fn the_seeds_stay_small() {
        let all = [areas(), codes(), measures()].concat();
        let bytes: usize = all.iter().map(|file| file.text.len()).sum();
        assert!(bytes < 600_000, "{bytes} bytes");
        let figures: usize = figures().iter().map(|file| file.text.len()).sum();
        assert!(figures < 300_000, "{figures} bytes");
    }
}
