//! The command line of these commands, for a program that has others too.

use std::error::Error;
use std::ffi::OsString;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::{Failure, WRONG_COMMAND, exit_code, named, on_one_thread, reader_left, release};
use crate::{areas, codes, convert, coverage, explain, pseudonymise, query, submissions, submit, validate};

/// A command of a client. Its help is the comment of its type.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "a comment of a command would take the place of its type's")]
pub enum ClientCommand {
    Validate(Box<validate::Validate>),
    Submit(Box<submit::Submit>),
    Submissions(submissions::Submissions),
    Convert(convert::Convert),
    Pseudonymise(Box<pseudonymise::Pseudonymise>),
    Query(Box<query::Query>),
    Explain(explain::Explain),
    Coverage(Box<coverage::Coverage>),
    Areas(areas::Areas),
    Codes(codes::Codes),
}

impl ClientCommand {
    /// Runs the command on this thread, and prints what it finds.
    ///
    /// # Errors
    ///
    /// Any, whose exit code [`exit_code`] tells.
    pub fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Validate(validate) => validate.run(),
            Self::Convert(convert) => convert.run(),
            Self::Pseudonymise(pseudonymise) => pseudonymise.run(),
            Self::Areas(areas) => areas.run(),
            Self::Codes(codes) => codes.run(),
            Self::Submit(submit) => on_one_thread(submit.run()),
            Self::Submissions(submissions) => on_one_thread(submissions.run()),
            Self::Query(query) => on_one_thread(query.run()),
            Self::Explain(explain) => on_one_thread(explain.run()),
            Self::Coverage(coverage) => on_one_thread(coverage.run()),
        }
    }
}

/// The command line of a program that takes other commands itself.
#[derive(Debug, Parser)]
#[command(max_term_width = 100)]
struct Line {
    #[command(subcommand)]
    command: Any,
}

#[derive(Debug, Subcommand)]
enum Any {
    #[command(flatten)]
    OfClients(ClientCommand),
    Release(Release),
}

#[derive(Args, Debug)]
#[command(about = release::ABOUT, long_about = release::LONG_ABOUT, after_long_help = release::EXAMPLES)]
struct Release {
    #[command(subcommand)]
    command: release::Command,
}

/// Runs `PROGRAM COMMAND ARGUMENTS` and returns its exit code, and what to tell the user of a failure. Help, and what is wrong with
/// the arguments, is printed.
pub fn run(program: &'static str, arguments: impl IntoIterator<Item = OsString>) -> (u8, Option<String>) {
    let line = std::iter::once(OsString::from(program)).chain(arguments);
    let command = named(Line::command().name(program).bin_name(program), program);
    let read = command.try_get_matches_from(line).and_then(|matches| Line::from_arg_matches(&matches));
    let command = match read {
        Ok(line) => line.command,
        Err(wrong) => {
            // Help was asked for, or the command is wrong. Where its text cannot be printed, nothing can.
            _ = wrong.print();
            return (if wrong.use_stderr() { WRONG_COMMAND } else { 0 }, None);
        }
    };
    let done: Result<(), Box<dyn Error>> = match command {
        Any::OfClients(command) => command.run(),
        Any::Release(release) => release.command.run().map_err(Failure::into),
    };
    match done {
        Ok(()) => (0, None),
        Err(error) if reader_left(error.as_ref()) => (0, None),
        Err(error) => (
            exit_code(error.as_ref()),
            Some(peelian::with_way_to_agencies(&error.to_string(), &format!("{program} agencies"))),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{REFUSED, UNREACHABLE};

    fn code(arguments: &[&str]) -> (u8, Option<String>) {
        run("peelian", arguments.iter().map(OsString::from))
    }

    #[test]
    fn every_example_has_the_name_of_the_program() {
        fn examples(command: &clap::Command) -> Vec<String> {
            let own = command.get_after_long_help().map(ToString::to_string);
            own.into_iter().chain(command.get_subcommands().flat_map(examples)).collect()
        }
        let found = examples(&named(Line::command(), "peelian"));
        assert!(found.len() >= 12);
        assert!(found.iter().all(|text| text.contains("peelian ") && !text.contains("PROGRAM")), "{found:?}");
    }

    #[test]
    fn exit_codes() {
        assert_eq!(code(&["release", "create", "--help"]), (0, None));
        assert_eq!(code(&["release", "create"]), (WRONG_COMMAND, None));
        assert_eq!(code(&["release", "watch", "--limit", "0"]), (WRONG_COMMAND, None));
        let (nothing, why) = code(&["query"]);
        assert!(nothing == WRONG_COMMAND && why.unwrap().contains("--all-measures"));
        let (refused, why) = code(&["release", "verify", "/nowhere/at/all"]);
        assert!(refused == REFUSED && why.unwrap().contains("/nowhere/at/all"));
        let (unreachable, why) = code(&["release", "list", "--server", "127.0.0.1:1"]);
        assert!(unreachable == UNREACHABLE && why.unwrap().contains("no server answers"));
        let (wrong, why) = code(&["query", "-m", "knife-crime-offences", "--server", "nowhere"]);
        assert!(wrong == WRONG_COMMAND && why.unwrap().contains("write HOST:PORT"));
    }
}
