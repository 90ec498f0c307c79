//! `peelian-server release export`.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use peelian::client::export_release;

use crate::client::{ServerArgument, on_one_thread, release_name, write_release};

/// Writes the files of a release to a folder.
///
/// The folder must not exist, so that nothing is overwritten. `release verify` checks it, on any machine.
#[derive(Args, Debug)]
pub(crate) struct Export {
    /// Identifier of the release.
    #[arg(value_name = "ID")]
    id: String,

    /// Folder to write.
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    #[command(flatten)]
    server: ServerArgument,
}

impl Export {
    /// Writes the files.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        on_one_thread(async {
            let connection = self.server.connect().await?;
            let files = export_release(&connection, &release_name(&self.id)).await?;
            write_release(&self.folder, &files)?;
            writeln!(std::io::stdout(), "{} files are in {}", files.len(), self.folder.display())?;
            Ok(())
        })
    }
}
