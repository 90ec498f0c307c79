//! The commands of the command line, each in its own file.

mod audit;
mod demo;
mod errors;
mod init;
mod keys;
mod limits;
mod release;
mod serve;
mod synthesise;
mod token;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use peelian_commands::{ClientCommand, EXIT_CODES, exit_code, named, reader_left};

use crate::core_dumps;

/// The exchange of London's policing and justice outcome measures, over gRPC.
#[derive(Debug, Parser)]
#[command(name = "peelian-server", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// A command. Its help is the comment of its type.
#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Serve(Box<serve::Serve>),
    Verify(verify::Verify),
    Audit(audit::Audit),
    Token(token::TokenCommand),
    Keys(keys::Keys),
    Demo(demo::Demo),
    #[command(flatten)]
    OfClients(ClientCommand),
    Release(release::Release),
    Synthesise(synthesise::Synthesise),
    Limits(limits::PrintLimits),
    Errors(errors::PrintErrors),
}

/// Runs the command that the command line states, and ends with its exit code: see [`EXIT_CODES`].
pub(crate) fn run() -> ExitCode {
    if let Err(error) = core_dumps::forbid() {
        eprintln!("peelian-server: core dumps cannot be forbidden, and could hold secrets: {error}");
        return ExitCode::FAILURE;
    }
    let matches = named(Arguments::command(), "peelian-server").get_matches();
    match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments.run(),
        Err(wrong) => wrong.exit(),
    }
}

impl Arguments {
    /// Runs the command.
    fn run(self) -> ExitCode {
        let done = match self.command {
            Command::Init(init) => init.run(),
            Command::Serve(serve) => serve.run(),
            Command::Verify(verify) => verify.run(),
            Command::Audit(audit) => audit.run(),
            Command::Token(token) => token.run(),
            Command::Keys(keys) => keys.run(),
            Command::Demo(demo) => demo.run(),
            Command::OfClients(command) => command.run(),
            Command::Release(release) => release.run(),
            Command::Synthesise(synthesise) => synthesise.run(),
            Command::Limits(limits) => limits.run(),
            Command::Errors(errors) => errors.run(),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) if reader_left(error.as_ref()) => ExitCode::SUCCESS,
            Err(error) => {
                let text = format!("{error:#}");
                eprintln!("peelian-server: {}", peelian::with_way_to_agencies(&text, "peelian agencies"));
                exit_code(error.as_ref()).into()
            }
        }
    }
}
