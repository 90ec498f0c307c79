//! Tests of the folder of a release.

mod example;
mod folder;
mod manifest;
mod workbook;

use std::sync::LazyLock;

use peelian_core::Core;

use super::{Described, ExportFile, files};
use example::example;

static CORE: LazyLock<Core> = LazyLock::new(|| Core::from_seeds().unwrap());

const DESCRIBED: Described<'_> = Described {
    id: "2017-example",
    title: "Outcome measures of <London> & its boroughs",
    ledger_position: 42,
    profile: None,
    supersedes: Some("2016-example"),
    reason: Some("A borough corrected its figures."),
    revisions: &[],
};

fn exported() -> Vec<ExportFile> {
    files(&CORE, &DESCRIBED, &example(&CORE)).unwrap()
}

fn content<'f>(files: &'f [ExportFile], name: &str) -> &'f [u8] {
    &files.iter().find(|file| file.name == name).unwrap().bytes
}
