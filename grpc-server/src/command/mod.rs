//! The commands of the command line, each in its own file.

mod convert;
mod demo;
mod explain;
mod input_file;
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

/// A command.
#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the exchange until it is told to stop.
    Serve(Box<serve::Serve>),
    /// Demonstrates the exchange with published figures and synthetic records.
    Demo(demo::Demo),
    /// Submits a file to a server.
    Submit(Box<submit::Submit>),
    /// Converts a publisher's file to CSV of the dataset published_figure.
    Convert(convert::Convert),
    /// Replaces names, dates of birth and other identifiers in a CSV file with keyed pseudonyms.
    Pseudonymise(Box<pseudonymise::Pseudonymise>),
    /// Queries a server for values of measures.
    Query(Box<query::Query>),
    /// Explains one value.
    Explain(explain::Explain),
    /// Writes synthetic records, which are labelled as such, to try the exchange with.
    Synthesise(synthesise::Synthesise),
}

impl Arguments {
    /// Runs the command that the command line states.
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
