//! `peelian-server release`.

mod create;
mod export;
mod key;
mod shown;
mod steps;
mod tell;
mod verify;

use std::error::Error;

use clap::{Args, Subcommand};

/// Makes, reviews, approves, publishes and exports releases on a server.
///
/// A release is a frozen, protected set of observations. It is made as a draft, another person approves it, and it is published
/// when its embargo has ended. A published release never changes: another one can supersede it, and it can be restored.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Release {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples, in the order of a release's life:
  A statistician makes it, and looks at what is withheld and what is new:
    peelian-server release create 2017-03 --title \"Crime outcomes, March 2017\" --profile borough -a borough -p 2016-04..2017-03
    peelian-server release review 2017-03
    peelian-server release diff 2017-02 2017-03

  Another person approves it, with an embargo, and publishes it when that has ended:
    peelian-server release approve 2017-03 --embargo 2017-04-20T08:30:00Z
    peelian-server release publish 2017-03

  Its files, and its figures:
    peelian-server release export 2017-03 ./2017-03
    peelian-server query --release 2017-03 -m knife-crime-offences -a borough -p latest:12";

/// A command. Its help is the comment of its type.
#[derive(Debug, Subcommand)]
enum Command {
    Create(Box<create::Create>),
    List(tell::List),
    Show(tell::Show),
    Review(tell::Review),
    Approve(steps::Approve),
    Publish(steps::Publish),
    Discard(steps::Discard),
    Restore(steps::Restore),
    Diff(tell::Diff),
    Export(export::Export),
    Verify(verify::Verify),
    Key(key::PrintKey),
}

impl Release {
    /// Runs the command.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        match self.command {
            Command::Create(create) => create.run(),
            Command::List(list) => list.run(),
            Command::Show(show) => show.run(),
            Command::Review(review) => review.run(),
            Command::Approve(approve) => approve.run(),
            Command::Publish(publish) => publish.run(),
            Command::Discard(discard) => discard.run(),
            Command::Restore(restore) => restore.run(),
            Command::Diff(diff) => diff.run(),
            Command::Export(export) => export.run(),
            Command::Verify(verify) => verify.run(),
            Command::Key(key) => key.run(),
        }
    }
}
