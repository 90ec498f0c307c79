//! `release`: makes, reviews, approves, publishes, watches, exports and checks releases.

mod create;
mod export;
mod shown;
mod steps;
mod tell;
mod verify;
mod watch;

use std::ffi::OsString;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::{Failure, WRONG_COMMAND, exit_code, named, on_one_thread};

/// What the commands are for, in a line.
pub const ABOUT: &str = "Makes, reviews, approves, publishes and exports releases on a server";

/// What the commands are for.
pub const LONG_ABOUT: &str = "\
Makes, reviews, approves, publishes and exports releases on a server.

A release is a frozen, protected set of observations. It is made as a draft, another person approves it, and it is published \
when its embargo has ended. A published release never changes: another one can supersede it, and it can be restored.";

/// Examples, with exit codes. [`named`] puts in the name of the program.
pub const EXAMPLES: &str = "\
Examples, in the order of a release's life:
  A statistician makes it, and looks at what is withheld and what is new:
    PROGRAM release create 2017-03 --title \"Crime outcomes, March 2017\" \\
      --profile borough -a borough -p 2016-04..2017-03
    PROGRAM release review 2017-03
    PROGRAM release diff 2017-02 2017-03

  Another person approves it, with an embargo, and publishes it when that has ended:
    PROGRAM release approve 2017-03 --embargo 2017-04-20T08:30:00Z
    PROGRAM release publish 2017-03

  Its files, and its figures:
    PROGRAM release export 2017-03 ./2017-03
    PROGRAM release verify ./2017-03 --key release-signing.key.pub
    PROGRAM query --release 2017-03 -m knife-crime-offences -a borough -p latest:12

Exit codes: 0 for success; 1 when something is refused or does not hold; 2 for a wrong command; 3 when no exchange answers.";

/// A command. Its help is the comment of its type.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "a comment of a command would take the place of its type's")]
pub enum Command {
    Create(Box<create::Create>),
    List(tell::List),
    Show(tell::Show),
    Review(tell::Review),
    Approve(steps::Approve),
    Publish(steps::Publish),
    Discard(steps::Discard),
    Restore(steps::Restore),
    Diff(tell::Diff),
    Watch(watch::Watch),
    Export(export::Export),
    Verify(verify::Verify),
}

impl Command {
    /// Runs the command on this thread, and prints what it finds.
    ///
    /// # Errors
    ///
    /// [`Failure`], whose exit code [`exit_code`] tells.
    pub fn run(self) -> Result<(), Failure> {
        on_one_thread(async {
            match self {
                Self::Create(create) => create.run().await,
                Self::List(list) => list.run().await,
                Self::Show(show) => show.run().await,
                Self::Review(review) => review.run().await,
                Self::Approve(approve) => approve.run().await,
                Self::Publish(publish) => publish.run().await,
                Self::Discard(discard) => discard.run().await,
                Self::Restore(restore) => restore.run().await,
                Self::Diff(diff) => diff.run().await,
                Self::Watch(watch) => watch.run().await,
                Self::Export(export) => export.run().await,
                Self::Verify(verify) => verify.run(),
            }
        })
    }
}

/// The command line of a program that takes other commands itself.
#[derive(Debug, Parser)]
#[command(max_term_width = 100)]
struct Line {
    #[command(subcommand)]
    command: Only,
}

#[derive(Debug, Subcommand)]
enum Only {
    Release(Release),
}

#[derive(Args, Debug)]
#[command(about = ABOUT, long_about = LONG_ABOUT, after_long_help = EXAMPLES)]
struct Release {
    #[command(subcommand)]
    command: Command,
}

/// Runs `PROGRAM release ARGUMENTS` and returns its exit code, and what to tell the user of a failure. Help, and what is wrong with
/// the arguments, is printed.
pub fn run(program: &'static str, arguments: impl IntoIterator<Item = OsString>) -> (u8, Option<String>) {
    let line = [program, "release"].map(OsString::from).into_iter().chain(arguments);
    let command = named(Line::command().name(program).bin_name(program), program);
    let read = command.try_get_matches_from(line).and_then(|matches| Line::from_arg_matches(&matches));
    let Only::Release(release) = match read {
        Ok(line) => line.command,
        Err(wrong) => {
            // Help was asked for, or the command is wrong. Where its text cannot be printed, nothing can.
            _ = wrong.print();
            return (if wrong.use_stderr() { WRONG_COMMAND } else { 0 }, None);
        }
    };
    match release.command.run() {
        Ok(()) => (0, None),
        Err(failure) => (exit_code(&failure), Some(failure.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::REFUSED;

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
        assert!(found.len() >= 4);
        assert!(found.iter().all(|text| text.contains("peelian release ") && !text.contains("PROGRAM")), "{found:?}");
    }

    #[test]
    fn exit_codes() {
        assert_eq!(code(&["create", "--help"]), (0, None));
        assert_eq!(code(&["create"]), (WRONG_COMMAND, None));
        assert_eq!(code(&["watch", "--limit", "0"]), (WRONG_COMMAND, None));
        let (refused, why) = code(&["verify", "/nowhere/at/all"]);
        assert!(refused == REFUSED && why.unwrap().contains("/nowhere/at/all"));
        let (unreachable, why) = code(&["list", "--server", "127.0.0.1:1"]);
        assert!(unreachable == crate::UNREACHABLE && why.unwrap().contains("no server answers"));
    }
}
