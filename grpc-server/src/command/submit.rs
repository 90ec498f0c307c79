//! `peelian-server submit`.

use std::borrow::Cow;
use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use peelian::client::{Connection, Content, Outgoing, submit};
use peelian::v1::{Finding, SubmissionMode, SubmissionReceipt};
use peelian_commands::{ServerArgument, on_one_thread, table};
use peelian_core::contract::{Contract, Dataset};
use peelian_core::intake::outgoing;
use peelian_core::sources::{Converted, Part, Source};
use peelian_core::workbook::Expected;

use super::input_file::{self, Reading};

/// Submits a file to a server.
///
/// The file has records or figures as CSV or Arrow in the contract's layout, or it is a file as a publisher released
/// it. The header of a publisher's file tells its layout. Such a file is converted to figures, and findings about it
/// are printed.
///
/// The same command run again makes the same submission, which counts once.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Submit {
    /// File: .csv, .xlsx, .xls, .ods, .arrow or .feather, or a publisher's file as text or workbook. Each may be compressed
    /// (.gz).
    file: PathBuf,

    /// Dataset of the rows. A publisher's file has its own.
    #[arg(long, value_name = "ID")]
    dataset: Option<String>,

    /// First and last day of the period that the file covers: 2017-02-01..2017-02-28.
    #[arg(long, value_name = "FROM..TO", required_unless_present = "from_publisher")]
    period: Option<String>,

    /// Agency that submits. A publisher's file has its own.
    #[arg(long, value_name = "ID", required_unless_present = "from_publisher")]
    agency: Option<String>,

    /// Collection, if the agency makes several returns of the dataset. A publisher's file has its own, which this option
    /// replaces.
    #[arg(long, value_name = "NAME")]
    collection: Option<String>,

    /// What the submission does to the rows held. A publisher's file cannot delete.
    #[arg(long, default_value = "replace-period")]
    mode: Mode,

    /// When the data were extracted. The default is the day on which the publisher released the file, if the file or its name
    /// says so, or else when the file was last modified.
    #[arg(long, value_name = "INSTANT")]
    extracted: Option<Timestamp>,

    /// Number of rows that the submission is expected to remove. A large deletion needs it.
    #[arg(long, value_name = "N")]
    expected_delete_count: Option<u64>,

    /// Label the rows as synthetic. Every answer made from them has the label.
    #[arg(long)]
    synthetic: bool,

    /// Check and count the rows, and store nothing.
    #[arg(long)]
    dry_run: bool,

    /// Read the file as a publisher's. Dataset, period and agency follow from it.
    #[arg(long, conflicts_with_all = ["dataset", "period", "agency", "mapping"], long_help = from_publisher())]
    from_publisher: bool,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    server: ServerArgument,
}

/// The help of `--from-publisher`.
fn from_publisher() -> String {
    format!(
        "Read the file as a publisher's. Dataset, period and agency follow from it. The layouts are {}",
        input_file::layouts()
    )
}

const EXAMPLES: &str = "\
Examples:
  A month of crimes:
    peelian-server submit crime-2017-02.csv --dataset crime --agency mps --period 2017-02-01..2017-02-28

  Only check the file:
    peelian-server submit crime-2017-02.csv --dataset crime --agency mps --period 2017-02-01..2017-02-28 --dry-run

  The Metropolitan Police Service's monthly dashboard, as published:
    peelian-server submit mps-dashboard.csv.gz --from-publisher

  A month of stop and search of data.police.uk, under the name that the publisher gave it:
    peelian-server submit 2022-12-metropolitan-stop-and-search.csv --from-publisher

  A made-up copy of a publisher's file, with the label of synthetic rows and in a collection of its own:
    peelian-server submit made-up-dashboard.csv --from-publisher --synthetic --collection test";

/// A mode.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    /// The rows of the file replace all rows of the period.
    ReplacePeriod,
    /// Each row is added, or replaces the row with the same key.
    Merge,
    /// The rows with these keys are removed.
    Delete,
}

impl Submit {
    /// Submits the file and prints the receipt.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let mut bytes = input_file::read(&self.file)?;
        if self.from_publisher {
            bytes = self.reading.text(&self.file, bytes, Expected::Published)?;
        }
        let submissions =
            if self.from_publisher { self.outgoing_figures(&bytes)? } else { vec![self.outgoing_rows(bytes)?] };
        on_one_thread(async {
            let connection = self.server.connect().await?;
            for submission in submissions {
                send(&connection, submission).await?;
            }
            Ok(())
        })
    }

    /// When the data were extracted, in seconds since 1970-01-01T00:00:00Z. The time of a file on disk changes when it is
    /// copied, so that an old release could replace a new one: what the file itself says comes first.
    fn extracted(&self, released: Option<Date>) -> Result<i64, Box<dyn Error>> {
        if let Some(stated) = self.extracted {
            return Ok(stated.as_second());
        }
        let Some(released) = released else {
            if self.from_publisher {
                eprintln!(
                    "The file does not say when it was released. The time of its last change on this disk is taken: state \
                     --extracted if the release is older."
                );
            }
            return input_file::modified_seconds(&self.file);
        };
        Ok(released.to_zoned(TimeZone::UTC)?.timestamp().as_second())
    }

    /// The submission of a file in the contract's layout.
    fn outgoing_rows(&self, bytes: Vec<u8>) -> Result<Outgoing, Box<dyn Error>> {
        let required = |value: &Option<String>, name| value.clone().ok_or(format!("--{name} is required"));
        let dataset = required(&self.dataset, "dataset").map_err(|error| match Source::detect(&bytes) {
            Some(source) => format!("{error}, or --from-publisher: the file has the layout {}", source.id()),
            None => error,
        })?;
        let (first, last) = days(&required(&self.period, "period")?)?;
        let known = Contract::get().known_dataset(&dataset)?;
        Ok(Outgoing {
            agency: required(&self.agency, "agency")?,
            dataset,
            collection: self.collection.clone().unwrap_or_default(),
            first: first.to_string(),
            last: last.to_string(),
            mode: self.mode.into(),
            extracted: self.extracted(None)?,
            synthetic: self.synthetic,
            dry_run: self.dry_run,
            expected_delete_count: self.expected_delete_count,
            content: self.content(known, bytes)?,
        })
    }

    /// The content of a file in the contract's layout. Columns that are not fields of the dataset are refused here, before
    /// anything is sent.
    fn content(&self, dataset: &'static Dataset, bytes: Vec<u8>) -> Result<Content, Box<dyn Error>> {
        let failed = |error| format!("{}: {error}", self.file.display());
        if !input_file::is_arrow(&self.file) {
            let bytes = self.reading.rows(&self.file, bytes, dataset)?;
            outgoing::csv(dataset, &bytes).map_err(failed)?;
            return Ok(Content::Csv(bytes));
        }
        let changed = match outgoing::arrow(dataset, &bytes).map_err(failed)? {
            Cow::Owned(changed) => Some(changed),
            Cow::Borrowed(_) => None,
        };
        Ok(Content::Arrow(changed.unwrap_or(bytes)))
    }

    /// The submissions of a publisher's file. Prints the findings about the file.
    fn outgoing_figures(&self, bytes: &[u8]) -> Result<Vec<Outgoing>, Box<dyn Error>> {
        if matches!(self.mode, Mode::Delete) {
            return Err(
                "--mode delete removes the rows with the keys of a file, and a publisher's file states figures: \
                        convert it with `peelian-server convert`, and submit the rows to be removed without \
                        --from-publisher"
                    .into(),
            );
        }
        let converted = input_file::convert(&self.file, bytes)?;
        if let Some(reason) = input_file::nothing_made(&self.file, &converted) {
            return Err(reason.into());
        }
        input_file::print_findings(&converted, &mut std::io::stdout())?;
        let extracted = self.extracted(converted.released)?;
        let Converted { agency, collection, publications, .. } = converted;
        let collection = self.collection.clone().unwrap_or(collection);
        let outgoing = |part: Part| Outgoing {
            agency: agency.to_owned(),
            dataset: part.dataset.to_owned(),
            collection: collection.clone(),
            first: part.first.first_day().to_string(),
            last: part.last.last_day().to_string(),
            mode: self.mode.into(),
            extracted,
            synthetic: self.synthetic,
            dry_run: self.dry_run,
            expected_delete_count: self.expected_delete_count,
            content: Content::Figures(part.rows),
        };
        Ok(publications.into_iter().map(outgoing).collect())
    }
}

impl From<Mode> for SubmissionMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::ReplacePeriod => Self::ReplacePeriod,
            Mode::Merge => Self::Merge,
            Mode::Delete => Self::Delete,
        }
    }
}

/// First and last day of a period: `2017-02-01..2017-02-28`.
fn days(period: &str) -> Result<(Date, Date), Box<dyn Error>> {
    let wrong = || format!("{period} is not a period: write 2017-02-01..2017-02-28");
    let (first, last) = period.split_once("..").ok_or_else(wrong)?;
    Ok((first.parse().map_err(|_| wrong())?, last.parse().map_err(|_| wrong())?))
}

/// Sends one submission with a progress bar, and prints its receipt.
async fn send(connection: &Connection, outgoing: Outgoing) -> Result<(), Box<dyn Error>> {
    let title = format!("{} {} {} to {}", outgoing.agency, outgoing.dataset, outgoing.first, outgoing.last);
    let bar = indicatif::ProgressBar::new(0);
    bar.set_message(title.clone());
    let moved = bar.clone();
    let receipt = submit(connection, outgoing, move |sent, all| {
        moved.set_length(u64::try_from(all).unwrap_or(u64::MAX));
        moved.set_position(u64::try_from(sent).unwrap_or(u64::MAX));
    })
    .await?;
    bar.finish_and_clear();
    print_receipt(&title, &receipt)
}

fn print_receipt(title: &str, receipt: &SubmissionReceipt) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    let what = if receipt.dry_run { "dry run, nothing written" } else { receipt.submission.as_str() };
    writeln!(out, "{title}: {what}")?;
    writeln!(
        out,
        "  {} received = {} created + {} updated + {} unchanged + {} rejected; {} deleted by replacement",
        receipt.received,
        receipt.created,
        receipt.updated,
        receipt.unchanged,
        receipt.rejected,
        receipt.deleted_by_replacement
    )?;
    if !receipt.first_findings.is_empty() {
        writeln!(out, "{}", findings(&receipt.first_findings))?;
    }
    Ok(())
}

/// Findings, those with one fault in one line with their places.
fn findings(findings: &[Finding]) -> comfy_table::Table {
    let mut table = table::plain(&["Code", "Severity", "Where", "Field", "Value", "What to do"]);
    let mut groups: Vec<(&Finding, Vec<String>)> = Vec::new();
    for finding in findings {
        let fault = |of: &Finding| (of.code.clone(), of.field.clone(), of.value.clone(), of.message.clone());
        match groups.iter_mut().find(|(first, _)| fault(first) == fault(finding)) {
            Some((_, places)) => places.push(place(finding)),
            None => groups.push((finding, vec![place(finding)])),
        }
    }
    for (finding, places) in groups {
        table.add_row([
            finding.code.as_str(),
            &finding.severity,
            &listed(&places),
            &finding.field,
            &finding.value,
            &finding.message,
        ]);
    }
    table::whole_words(table)
}

/// The cell of a finding in a spreadsheet, or its row.
fn place(finding: &Finding) -> String {
    match (finding.line, finding.row) {
        (0, 0) => String::new(),
        (0, row) => format!("row {row}"),
        (line, _) if finding.column.is_empty() => format!("line {line}"),
        (line, _) => format!("{}{line}", finding.column),
    }
}

/// The first places, and the number of others.
fn listed(places: &[String]) -> String {
    const MOST: usize = 3;
    let first = places.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    match places.len().saturating_sub(MOST) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
