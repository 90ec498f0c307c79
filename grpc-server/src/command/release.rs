//! `peelian-server release`.

use std::error::Error;

use clap::{Args, Subcommand};

use super::release_key::PrintKey;
use super::release_verify::Verify;

/// Works with releases: the statistics that the exchange publishes.
#[derive(Args, Debug)]
pub(crate) struct Release {
    #[command(subcommand)]
    command: Command,
}

/// A subcommand. Its help is the comment of its type.
#[derive(Debug, Subcommand)]
enum Command {
    Verify(Verify),
    Key(PrintKey),
}

impl Release {
    /// Runs the command.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        match self.command {
            Command::Verify(verify) => verify.run(),
            Command::Key(key) => key.run(),
        }
    }
}
