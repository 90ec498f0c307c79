//! `submissions`: lists submissions, shows a receipt and its findings, and withdraws a submission.

mod list;
mod one;

use std::error::Error;

use clap::{Args, Subcommand};

/// Lists submissions, shows a receipt and its findings later, and withdraws a submission.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Submissions {
    #[command(subcommand)]
    command: Command,
}

/// A command. Its help is the comment of its type.
#[derive(Debug, Subcommand)]
enum Command {
    List(Box<list::List>),
    Show(one::Show),
    Findings(one::ListFindings),
    Withdraw(one::Withdraw),
}

const EXAMPLES: &str = "\
Examples:
  The latest submissions of an agency:
    PROGRAM submissions list --agency mps

  The receipt of one, its findings, and its withdrawal:
    PROGRAM submissions show agencies/mps/submissions/01JZ5V2W8H0000000000000000
    PROGRAM submissions findings agencies/mps/submissions/01JZ5V2W8H0000000000000000 --format csv
    PROGRAM submissions withdraw agencies/mps/submissions/01JZ5V2W8H0000000000000000 --reason \"Wrong month\"";

impl Submissions {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error>> {
        match self.command {
            Command::List(list) => list.run().await,
            Command::Show(show) => show.run().await,
            Command::Findings(list) => list.run().await,
            Command::Withdraw(withdraw) => withdraw.run().await,
        }
    }
}
