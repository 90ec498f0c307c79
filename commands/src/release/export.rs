//! `release export`.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use peelian::client::release_folder::export_to;
use peelian::client::{get_release, release_name};
use serde_json::json;

use super::shown::{self, Output};
use crate::{Failure, ServerArgument, json};

/// Writes the files of a release to a folder.
///
/// The folder must not exist, so that nothing is overwritten. `release verify` checks it, on any machine.
#[derive(Args, Debug)]
pub struct Export {
    /// Identifier of the release.
    #[arg(value_name = "ID")]
    id: String,

    /// Folder to write.
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    server: ServerArgument,
}

impl Export {
    /// Writes the files.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let connection = self.server.connect().await?;
        let name = release_name(&self.id);
        let files = export_to(&connection, &name, &self.folder).await?;
        let release = get_release(&connection, &name).await?;
        if self.output.json {
            let state = release.state().as_str_name();
            let told = json!({ "folder": self.folder.to_string_lossy(), "files": files, "state": state });
            return Ok(json::print(&told)?);
        }
        let mut out = std::io::stdout();
        writeln!(out, "{} files are in {}", files.len(), self.folder.display())?;
        match shown::not_public(&release) {
            Some(why) => Ok(writeln!(out, "{why}")?),
            None => Ok(()),
        }
    }
}
