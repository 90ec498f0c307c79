//! The command line: one file for each command.

mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The exchange of London's policing and justice outcome measures, over gRPC.
#[derive(Debug, Parser)]
#[command(name = "peelian-server", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the exchange until it is told to stop.
    Serve(Box<serve::Serve>),
}

impl Arguments {
    /// Does what the command line says.
    pub(crate) fn run(self) -> ExitCode {
        let done = match self.command {
            Command::Serve(serve) => serve.run(),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("peelian-server: {error:#}");
                ExitCode::FAILURE
            }
        }
    }
}
