//! `submissions show`, `findings` and `withdraw`: commands about one submission.

use std::error::Error;
use std::io::{self, Write};

use clap::Args;
use peelian::client::{findings, get_submission, withdraw};
use peelian::v1::Submission;
use serde_json::Map;

use super::list::{self, MESSAGE};
use crate::findings::{About, FindingsArguments};
use crate::output::Destination;
use crate::{ServerArgument, json, receipt};

/// How one submission is printed.
#[derive(Args, Debug)]
struct Shown {
    /// Print JSON, with the fields of the contract, for programs.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    to: Destination,
}

impl Shown {
    fn print(&self, one: &Submission) -> Result<(), Box<dyn Error>> {
        if self.json {
            return Ok(self.to.write_json(&json::of(MESSAGE, one)?)?);
        }
        Ok(self.to.write(&lines(one).join("\n"))?)
    }
}

fn lines(one: &Submission) -> Vec<String> {
    let (header, found) = (one.header.clone().unwrap_or_default(), one.receipt.clone().unwrap_or_default());
    let period = format!("{} to {}", header.period_start_inclusive, header.period_end_inclusive);
    let title = format!("{} {} {period}", header.agency, list::labelled(&header));
    let mut lines = receipt::lines(&title, &found);
    let collection = if header.collection.is_empty() { String::new() } else { format!(", {}", header.collection) };
    let extracted = list::at(header.extract_instant.as_ref());
    lines.push(format!("  {}{collection}, extracted {extracted}", list::mode(&header)));
    lines.push(format!(
        "  accepted {}, ledger position {}",
        list::at(found.accepted_at.as_ref()),
        found.ledger_position
    ));
    lines.push(format!("  content SHA-256 {}", found.content_sha256));
    let counts = found.findings.unwrap_or_default();
    lines.push(format!("  findings: {} errors, {} warnings, {} infos", counts.errors, counts.warnings, counts.infos));
    if one.withdrawn_at.is_some() {
        lines.push(format!("  withdrawn {}: {}", list::at(one.withdrawn_at.as_ref()), one.withdrawal_reason));
    }
    lines
}

/// Shows a submission: its header and its receipt.
#[derive(Args, Debug)]
pub(super) struct Show {
    /// Name of the submission, as its receipt has it.
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    shown: Shown,

    #[command(flatten)]
    server: ServerArgument,
}

impl Show {
    /// Asks the server and prints its answer.
    pub(super) async fn run(self) -> Result<(), Box<dyn Error>> {
        self.shown.print(&get_submission(&self.server.connect().await?, &self.name).await?)
    }
}

/// Lists the findings of a submission.
#[derive(Args, Debug)]
pub(super) struct ListFindings {
    /// Name of the submission, as its receipt has it.
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    findings: FindingsArguments,

    #[command(flatten)]
    server: ServerArgument,
}

impl ListFindings {
    /// Asks the server and prints its answer.
    pub(super) async fn run(self) -> Result<(), Box<dyn Error>> {
        let found = findings(&self.server.connect().await?, &self.name).await?;
        let none = if found.is_empty() { vec!["There are no findings.".to_owned()] } else { Vec::new() };
        let facts = Map::from_iter([("submission".to_owned(), self.name.into())]);
        Ok(self.findings.write(About { file: None, facts, lines: none }, &found, None)?)
    }
}

/// Withdraws a submission: from now on the exchange answers as if it had not been made. Earlier instants still see it.
#[derive(Args, Debug)]
pub(super) struct Withdraw {
    /// Name of the submission, as its receipt has it.
    #[arg(value_name = "NAME")]
    name: String,

    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    shown: Shown,

    #[command(flatten)]
    server: ServerArgument,
}

impl Withdraw {
    /// Withdraws it, and prints what it is now. What stays in force is told apart, so that JSON is one submission.
    pub(super) async fn run(self) -> Result<(), Box<dyn Error>> {
        let (one, later_merges) = withdraw(&self.server.connect().await?, &self.name, &self.reason).await?;
        self.shown.print(&one)?;
        if !later_merges.is_empty() {
            writeln!(
                io::stderr(),
                "Later merges of its period stay in force. If they were made on top of it, withdraw them too:\n  {}",
                later_merges.join("\n  ")
            )?;
        }
        Ok(())
    }
}
