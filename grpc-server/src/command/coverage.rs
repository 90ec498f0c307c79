//! `peelian-server coverage`.

use std::error::Error;
use std::io::Write as _;

use clap::{Args, ValueEnum};
use comfy_table::Cell;
use peelian::client::reports;
use peelian::v1::{ListReportsRequest, Report, ReportStatus};
use peelian_commands::{ServerArgument, on_one_thread, table};

/// Lists the reports that agencies are expected to make, and says which were received.
///
/// A report is due some days after the end of its period: the register of agencies says when. A late report is not a
/// missing one. By default, the reports of the last 12 months are listed.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Coverage {
    /// Only the reports of this agency.
    #[arg(long, default_value = "", value_name = "ID")]
    agency: String,

    /// Only the reports of this dataset.
    #[arg(long, default_value = "", value_name = "ID")]
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

    /// Format of the output.
    #[arg(long, default_value = "table")]
    format: Format,

    #[command(flatten)]
    server: ServerArgument,
}

const EXAMPLES: &str = "\
Examples:
  Who has not reported in the last year:
    peelian-server coverage --overdue

  The monthly returns of a trust's hospitals:
    peelian-server coverage --agency nhs-rj1 --period 2017-01..2017-12";

/// A format.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A table for people.
    Table,
    /// CSV with a header.
    Csv,
}

impl Coverage {
    /// Prints the reports.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let request = ListReportsRequest {
            agency: self.agency,
            dataset: self.dataset,
            area: self.area,
            period: self.period,
            overdue_only: self.overdue,
            ..ListReportsRequest::default()
        };
        on_one_thread(async {
            let connection = self.server.connect().await?;
            let found = reports(&connection, request).await?;
            match self.format {
                Format::Csv => write_csv(&found),
                Format::Table => write_table(&found, self.overdue),
            }
        })
    }
}

fn write_table(found: &[Report], overdue: bool) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    if found.is_empty() {
        let none = if overdue { "No report is overdue." } else { "No report is expected." };
        writeln!(out, "{none}")?;
        return Ok(());
    }
    let mut shown = table::plain(&["Agency", "Dataset", "Area", "Period", "Due", "Status", "Received"]);
    for report in found {
        shown.add_row([
            Cell::new(&report.agency),
            Cell::new(&report.dataset),
            Cell::new(&report.area_name),
            Cell::new(&report.period),
            Cell::new(&report.due_date),
            Cell::new(status(report)),
            Cell::new(received(report)),
        ]);
    }
    writeln!(out, "{shown}")?;
    let count = |status: ReportStatus| found.iter().filter(|report| report.status() == status).count();
    writeln!(
        out,
        "{} expected: {} on time, {} late, {} overdue, {} not due yet",
        found.len(),
        count(ReportStatus::OnTime),
        count(ReportStatus::Late),
        count(ReportStatus::Overdue),
        count(ReportStatus::NotDue)
    )?;
    Ok(())
}

fn write_csv(found: &[Report]) -> Result<(), Box<dyn Error>> {
    let mut out = csv::Writer::from_writer(std::io::stdout());
    out.write_record([
        "agency",
        "agency_name",
        "dataset",
        "area",
        "area_name",
        "period",
        "due_date",
        "status",
        "received_on",
        "synthetic",
    ])?;
    for report in found {
        out.write_record([
            report.agency.as_str(),
            &report.agency_name,
            &report.dataset,
            &report.area,
            &report.area_name,
            &report.period,
            &report.due_date,
            report.status().as_str_name().trim_start_matches("REPORT_STATUS_"),
            &received_on(report),
            if report.synthetic { "true" } else { "false" },
        ])?;
    }
    Ok(out.flush()?)
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
