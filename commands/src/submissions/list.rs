//! `submissions list`.

use std::error::Error;

use clap::Args;
use peelian::client::submissions;
use peelian::v1::{Submission, SubmissionHeader, SubmissionReceipt};

use crate::output::{Format, Listed};
use crate::{ServerArgument, json, table};

/// Full name of the message of a submission.
pub(super) const MESSAGE: &str = "peelian.v1.Submission";

/// Lists submissions, the latest first.
#[derive(Args, Debug)]
pub(super) struct List {
    /// Only those of this agency.
    #[arg(long, value_name = "ID")]
    agency: Option<String>,

    /// Only those of this dataset.
    #[arg(long, short, default_value = "", value_name = "ID")]
    dataset: String,

    /// Most submissions to list.
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,

    #[command(flatten)]
    listed: Listed,

    #[command(flatten)]
    server: ServerArgument,
}

impl List {
    /// Asks the server and prints its answer.
    pub(super) async fn run(self) -> Result<(), Box<dyn Error>> {
        let connection = self.server.connect().await?;
        let found = submissions(&connection, self.agency.as_deref(), &self.dataset, self.limit).await?;
        let to = &self.listed.to;
        match self.listed.format {
            Format::Csv => to.write_csv(HEADINGS, found.iter().map(record))?,
            Format::Json => to.write_json(&json::list(MESSAGE, &found)?)?,
            Format::Table if found.is_empty() => to.write("There are no submissions.")?,
            Format::Table => to.write(&text(&found, to.is_standard()))?,
        }
        Ok(())
    }
}

fn text(found: &[Submission], on_terminal: bool) -> String {
    let row = |one: &Submission| {
        let (header, receipt) = parts(one);
        [
            one.name.clone(),
            at(receipt.accepted_at.as_ref()),
            labelled(&header),
            format!("{} to {}", header.period_start_inclusive, header.period_end_inclusive),
            mode(&header),
            table::whole(receipt.received),
            table::whole(receipt.rejected),
            state(one),
        ]
    };
    let columns = [
        ("Submission", false),
        ("Accepted", false),
        ("Dataset", false),
        ("Period", false),
        ("Mode", false),
        ("Received", true),
        ("Rejected", true),
        ("State", false),
    ];
    table::listed(columns, &found.iter().map(row).collect::<Vec<_>>(), on_terminal)
}

const HEADINGS: [&str; 18] = [
    "submission",
    "agency",
    "dataset",
    "collection",
    "period_start",
    "period_end",
    "mode",
    "synthetic",
    "request_id",
    "accepted_at",
    "received",
    "created",
    "updated",
    "unchanged",
    "deleted",
    "rejected",
    "withdrawn_at",
    "withdrawal_reason",
];

fn record(one: &Submission) -> [String; HEADINGS.len()] {
    let (header, receipt) = parts(one);
    [
        one.name.clone(),
        header.agency.clone(),
        header.dataset.clone(),
        header.collection.clone(),
        header.period_start_inclusive.clone(),
        header.period_end_inclusive.clone(),
        mode(&header),
        header.synthetic.to_string(),
        header.request_id.clone(),
        at(receipt.accepted_at.as_ref()),
        receipt.received.to_string(),
        receipt.created.to_string(),
        receipt.updated.to_string(),
        receipt.unchanged.to_string(),
        (receipt.deleted + receipt.deleted_by_replacement).to_string(),
        receipt.rejected.to_string(),
        at(one.withdrawn_at.as_ref()),
        one.withdrawal_reason.clone(),
    ]
}

fn parts(one: &Submission) -> (SubmissionHeader, SubmissionReceipt) {
    (one.header.clone().unwrap_or_default(), one.receipt.clone().unwrap_or_default())
}

/// The dataset, with the label of synthetic rows.
pub(super) fn labelled(header: &SubmissionHeader) -> String {
    if header.synthetic { format!("{} SYNTHETIC", header.dataset) } else { header.dataset.clone() }
}

/// The mode as its option has it; a nil return is one.
pub(super) fn mode(header: &SubmissionHeader) -> String {
    if header.nil_return {
        return "nil-return".to_owned();
    }
    header.mode().as_str_name().trim_start_matches("SUBMISSION_MODE_").to_ascii_lowercase().replace('_', "-")
}

/// Whether it is withdrawn, or what it took the place of.
pub(super) fn state(one: &Submission) -> String {
    if one.withdrawn_at.is_some() { format!("withdrawn: {}", one.withdrawal_reason) } else { String::new() }
}

/// An instant to the second; empty if there is none.
pub(super) fn at(at: Option<&prost_types::Timestamp>) -> String {
    let read = |at: &prost_types::Timestamp| jiff::Timestamp::from_second(at.seconds).ok();
    at.and_then(read).map(|at| at.to_string()).unwrap_or_default()
}
