//! The command line: one file for each command.

mod convert;
mod demo;
mod pseudonymise;
mod query;
mod serve;
mod submit;
mod synthesise;

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
    /// Shows the exchange at work on published figures and synthetic records.
    Demo(demo::Demo),
    /// Submits a file to a server.
    Submit(Box<submit::Submit>),
    /// Turns a publisher's file into our own CSV of figures.
    Convert(convert::Convert),
    /// Replaces names, dates of birth and the like in a CSV file by keyed pseudonyms.
    Pseudonymise(Box<pseudonymise::Pseudonymise>),
    /// Asks a server for values of measures.
    Query(Box<query::Query>),
    /// Says how one value came about.
    Explain(query::Explain),
    /// Writes synthetic records, labelled as such, to try the exchange on.
    Synthesise(synthesise::Synthesise),
}

impl Arguments {
    /// Does what the command line says.
    pub(crate) fn run(self) -> ExitCode {
        let done = match self.command {
            Command::Serve(serve) => serve.run(),
            Command::Demo(demo) => demo.run(),
            Command::Submit(submit) => submit.run(),
            Command::Convert(convert) => convert.run(),
            Command::Pseudonymise(pseudonymise) => pseudonymise.run(),
            Command::Query(query) => query.run(),
            Command::Explain(explain) => explain.run(),
            Command::Synthesise(synthesise) => synthesise.run(),
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
