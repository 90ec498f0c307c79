//! `peelian-server release`: the commands that `peelian release` has too, and the one of an operator.

mod key;

use std::error::Error;

use clap::{Args, Subcommand};
use peelian_commands::release;

/// Commands of releases.
#[derive(Args, Debug)]
#[command(about = release::ABOUT, long_about = release::LONG_ABOUT, after_long_help = release::EXAMPLES)]
pub(crate) struct Release {
    #[command(subcommand)]
    command: Command,
}

/// A command. Its help is the comment of its type.
#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    OfClients(release::Command),
    Key(key::PrintKey),
}

impl Release {
    /// Runs the command.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        match self.command {
            Command::OfClients(command) => Ok(command.run()?),
            Command::Key(key) => key.run(),
        }
    }
}
