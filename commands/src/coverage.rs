//! `coverage`.

use std::error::Error;

use clap::Args;
use peelian::client::reports;
use peelian::v1::{ListReportsRequest, Report, ReportStatus};

use crate::output::{Format, Listed};
use crate::{ServerArgument, json, table};

/// Lists the reports that agencies are expected to make, and says which were received.
///
/// A report is due some days after the end of its period: the register of agencies says when. A late report is not a
/// missing one. By default, the reports of the last 12 months are listed.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Coverage {
    /// Only the reports of this agency.
    #[arg(long, default_value = "", value_name = "ID")]
    agency: String,

    /// Only the reports of this dataset.
    #[arg(long, short, default_value = "", value_name = "ID")]
    dataset: String,

    /// Only the reports on this area or site.
    #[arg(long, short, default_value = "", value_name = "AREA")]
    area: String,

    /// First and last month in which the reported periods end: 2017-01..2017-12.
    #[arg(long, short, default_value = "", value_name = "PERIOD")]
    period: String,

    /// Only the reports that are overdue: who has not reported.
    #[arg(long)]
    overdue: bool,

    #[command(flatten)]
    listed: Listed,

    #[command(flatten)]
    server: ServerArgument,
}

const EXAMPLES: &str = "\
Examples:
  Who has not reported in the last year:
    PROGRAM coverage --overdue

  The monthly returns of a trust's hospitals:
    PROGRAM coverage --agency nhs-rj1 --period 2017-01..2017-12";

impl Coverage {
    /// Prints the reports.
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error>> {
        let request = ListReportsRequest {
            agency: self.agency,
            dataset: self.dataset,
            area: self.area,
            period: self.period,
            overdue_only: self.overdue,
            ..ListReportsRequest::default()
        };
        let connection = self.server.connect().await?;
        let found = reports(&connection, request).await?;
        let to = &self.listed.to;
        match self.listed.format {
            Format::Csv => to.write_csv(HEADINGS, found.iter().map(record))?,
            Format::Json => to.write_json(&json::list("peelian.v1.Report", &found)?)?,
            Format::Table => to.write(&text(&found, self.overdue, to.is_standard()))?,
        }
        Ok(())
    }
}

fn text(found: &[Report], overdue: bool, on_terminal: bool) -> String {
    if found.is_empty() {
        let none = if overdue { "No report is overdue." } else { "No report is expected." };
        return none.to_owned();
    }
    let rows: Vec<[String; 7]> = found
        .iter()
        .map(|report| {
            [
                report.agency.clone(),
                report.dataset.clone(),
                report.area_name.clone(),
                report.period.clone(),
                report.due_date.clone(),
                status(report).to_owned(),
                received(report),
            ]
        })
        .collect();
    let columns = ["Agency", "Dataset", "Area", "Period", "Due", "Status", "Received"].map(|name| (name, false));
    let shown = table::listed(columns, &rows, on_terminal);
    let count = |status: ReportStatus| found.iter().filter(|report| report.status() == status).count();
    format!(
        "{}\n{} expected: {} on time, {} late, {} overdue, {} not due yet",
        shown,
        found.len(),
        count(ReportStatus::OnTime),
        count(ReportStatus::Late),
        count(ReportStatus::Overdue),
        count(ReportStatus::NotDue)
    )
}

const HEADINGS: [&str; 10] = [
    "agency",
    "agency_label",
    "dataset",
    "area",
    "area_label",
    "period",
    "due_date",
    "status",
    "received_on",
    "synthetic",
];

fn record(report: &Report) -> [String; HEADINGS.len()] {
    [
        report.agency.clone(),
        report.agency_name.clone(),
        report.dataset.clone(),
        report.area.clone(),
        report.area_name.clone(),
        report.period.clone(),
        report.due_date.clone(),
        report.status().as_str_name().trim_start_matches("REPORT_STATUS_").to_ascii_lowercase(),
        received_on(report),
        report.synthetic.to_string(),
    ]
}

/// The status for people.
fn status(report: &Report) -> &'static str {
    match report.status() {
        ReportStatus::OnTime => "on time",
        ReportStatus::Late => "late",
        ReportStatus::Overdue => "OVERDUE",
        ReportStatus::NotDue => "not due yet",
        ReportStatus::Unspecified => "",
    }
}

/// The day of receipt, with the label of synthetic records.
fn received(report: &Report) -> String {
    let day = received_on(report);
    if report.synthetic && !day.is_empty() { format!("{day} SYNTHETIC") } else { day }
}

/// The day on which the report was received, in UTC; empty if it was not.
fn received_on(report: &Report) -> String {
    let instant = report.received_at.as_ref().and_then(|at| jiff::Timestamp::new(at.seconds, at.nanos).ok());
    instant.map(|instant| instant.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}
