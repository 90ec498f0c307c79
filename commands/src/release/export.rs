//! `release export`.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use peelian::client::release_folder::export_to;
use peelian::client::release_name;
use serde_json::json;

use super::shown::Output;
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
        let files = export_to(&connection, &release_name(&self.id), &self.folder).await?;
        if self.output.json {
            return Ok(json::print(&json!({ "folder": self.folder.to_string_lossy(), "files": files }))?);
        }
        Ok(writeln!(std::io::stdout(), "{} files are in {}", files.len(), self.folder.display())?)
    }
}
