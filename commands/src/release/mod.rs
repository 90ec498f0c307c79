//! `release`: makes, reviews, approves, publishes, watches, exports and checks releases.

mod create;
mod export;
mod shown;
mod steps;
mod tell;
mod verify;
mod watch;

use clap::Subcommand;

use crate::{Failure, on_one_thread};

/// What the commands are for, in a line.
pub const ABOUT: &str = "Makes, reviews, approves, publishes and exports releases on a server";

/// What the commands are for.
pub const LONG_ABOUT: &str = "\
Makes, reviews, approves, publishes and exports releases on a server.

A release is a frozen, protected set of observations. It is made as a draft, another person approves it, and it is published \
when its embargo has ended. A published release never changes: another one can supersede it, and it can be restored.";

/// Examples, with exit codes. [`crate::named`] puts in the name of the program.
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

Exit codes: 0 when it is done; 2 for a wrong command; 3 when something is refused or does not hold; 4 when no exchange answers.";

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
    /// [`Failure`], whose exit code [`crate::exit_code`] tells.
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
