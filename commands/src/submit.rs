//! `submit`.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use peelian::client::{ClientError, Connection, Content, Outgoing, findings, submit};
use peelian::v1::{SubmissionMode, SubmissionReceipt};
use peelian_core::contract::Contract;
use peelian_core::sources::{Converted, Part, Source};
use peelian_core::workbook::Expected;
use prost_types::Timestamp;

use crate::arguments::{days, instant, now};
use crate::findings::{About, FindingsArguments, Form, refusal};
use crate::input_file::{self, Reading};
use crate::{Failure, ServerArgument, receipt};

/// Submits a file to a server.
///
/// The file has records or figures as CSV or Arrow in the contract's layout, or it is a file as a publisher released
/// it. The header of a publisher's file tells its layout. Such a file is converted to figures, and findings about it
/// are printed.
///
/// The same command run again makes the same submission, which counts once: the receipt says so. The exit code is 1 if it is
/// stored and rows with errors are left out, and 3 if it is refused and nothing is stored.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Submit {
    /// File: .csv, .xlsx, .xls, .ods, .arrow, .feather or .parquet, or a publisher's file as text or workbook. Each may be
    /// compressed (.gz).
    #[arg(required_unless_present = "nil_return")]
    file: Option<PathBuf>,

    /// Submit that nothing happened in the period: no rows, and the period counts as covered.
    #[arg(long, conflicts_with_all = ["file", "from_publisher", "mapping", "sheet"])]
    nil_return: bool,

    /// Dataset of the rows. A publisher's file has its own.
    #[arg(long, short, value_name = "ID")]
    dataset: Option<String>,

    /// Period that the file covers: 2017-02, a range, or its first and last day: 2017-02-01..2017-02-14.
    #[arg(long, short, value_name = "PERIOD", required_unless_present = "from_publisher", value_parser = days)]
    period: Option<(Date, Date)>,

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

    /// When the data were extracted: 2017-03-02T09:00:00Z, or 2017-03-02 in UTC. The default is when the file was last modified. For
    /// a publisher's file it is the day on which it was released, if the file or its name says so (2026-04-30); otherwise the day
    /// must be stated.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
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
    findings: FindingsArguments,

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
    PROGRAM submit crime-2017-02.csv --dataset crime --agency mps --period 2017-02

  Nothing happened in a month:
    PROGRAM submit --nil-return --dataset crime --agency mps --period 2017-02

  Only check the file:
    PROGRAM submit crime-2017-02.csv --dataset crime --agency mps --period 2017-02 --dry-run

  The Metropolitan Police Service's monthly dashboard, as published:
    PROGRAM submit mps-dashboard.csv.gz --from-publisher

  A month of stop and search of data.police.uk, under the name that the publisher gave it:
    PROGRAM submit 2022-12-metropolitan-stop-and-search.csv --from-publisher --extracted 2023-02-01

  A made-up copy of a publisher's file, with the label of synthetic rows and in a collection of its own:
    PROGRAM submit made-up-dashboard-2026-04-30.csv --from-publisher --synthetic --collection test";

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
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error>> {
        let outcome = self.send_all().await;
        if let Err(error) = &outcome
            && self.findings.format != Form::Table
            && let Some(refused) = refused(error.as_ref())
        {
            self.findings.write(self.about(), &[], Some(&refused))?;
        }
        outcome
    }

    async fn send_all(&self) -> Result<(), Box<dyn Error>> {
        let submissions = self.outgoing()?;
        let connection = self.server.connect().await?;
        let (mut received, mut rejected) = (0, 0);
        for submission in submissions {
            let receipt = self.send(&connection, submission).await?;
            received += receipt.received;
            rejected += receipt.rejected;
        }
        if rejected > 0 { Err(Failure::LeftOut { received, rejected }.into()) } else { Ok(()) }
    }

    fn outgoing(&self) -> Result<Vec<Outgoing>, Box<dyn Error>> {
        let Some(file) = &self.file else { return Ok(vec![self.outgoing_of(Content::Nil, None)?]) };
        let bytes = input_file::read(file)?;
        if self.from_publisher {
            let text = self.reading.text(file, bytes, Expected::Published)?;
            return self.outgoing_figures(file, &text);
        }
        let dataset = self.required(&self.dataset, "dataset").map_err(|error| match Source::detect(&bytes) {
            Some(source) => {
                Failure::Usage(format!("{error}, or --from-publisher: the file has the layout {}", source.id()))
            }
            None => error,
        })?;
        let known = Contract::get().known_dataset(&dataset)?;
        let rows = self.reading.rows(file, bytes, known)?;
        let content = rows
            .outgoing(known)
            .map_err(|error| Refused { code: error.known().code, message: format!("{}: {error}", file.display()) })?;
        Ok(vec![self.outgoing_of(content, Some(file))?])
    }

    fn required(&self, value: &Option<String>, name: &str) -> Result<String, Failure> {
        value.clone().ok_or_else(|| Failure::Usage(format!("--{name} is required")))
    }

    /// When the data of an agency's own file were extracted, in seconds since 1970-01-01T00:00:00Z.
    fn extracted(&self, file: Option<&PathBuf>) -> Result<i64, Box<dyn Error>> {
        match (&self.extracted, file) {
            (Some(stated), _) => Ok(stated.seconds),
            (None, Some(file)) => input_file::modified_seconds(file),
            (None, None) => Ok(now().as_second()),
        }
    }

    /// When a publisher's file was released, in seconds since 1970-01-01T00:00:00Z.
    fn released(&self, file: &Path, released: Option<Date>) -> Result<i64, Box<dyn Error>> {
        if let Some(stated) = &self.extracted {
            return Ok(stated.seconds);
        }
        let day = released.ok_or_else(|| Failure::NoReleaseDay(file.display().to_string()))?;
        Ok(day.to_zoned(TimeZone::UTC)?.timestamp().as_second())
    }

    /// The submission of rows in the contract's layout, or of a nil return.
    fn outgoing_of(&self, content: Content, file: Option<&PathBuf>) -> Result<Outgoing, Box<dyn Error>> {
        let (first, last) = self.period.ok_or_else(|| Failure::Usage("--period is required".to_owned()))?;
        Ok(Outgoing {
            agency: self.required(&self.agency, "agency")?,
            dataset: self.required(&self.dataset, "dataset")?,
            collection: self.collection.clone().unwrap_or_default(),
            first: first.to_string(),
            last: last.to_string(),
            mode: self.mode.into(),
            extracted: self.extracted(file)?,
            synthetic: self.synthetic,
            dry_run: self.dry_run,
            expected_delete_count: self.expected_delete_count,
            content,
        })
    }

    /// The submissions of a publisher's file. Prints the findings about the file.
    fn outgoing_figures(&self, file: &Path, bytes: &[u8]) -> Result<Vec<Outgoing>, Box<dyn Error>> {
        if matches!(self.mode, Mode::Delete) {
            return Err(Failure::Usage(
                "--mode delete removes the rows with the keys of a file, and a publisher's file states figures: convert it \
                 with `convert`, and submit the rows to be removed without --from-publisher"
                    .to_owned(),
            )
            .into());
        }
        let converted = input_file::convert(file, bytes)?;
        if let Some(reason) = input_file::nothing_made(file, &converted) {
            return Err(reason.into());
        }
        input_file::print_findings(&converted, &mut std::io::stderr())?;
        let extracted = self.released(file, converted.released)?;
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

    /// Sends one submission with a progress bar, and prints its receipt.
    async fn send(&self, connection: &Connection, outgoing: Outgoing) -> Result<SubmissionReceipt, Box<dyn Error>> {
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
        // A dry run keeps only the first findings.
        let found = if self.findings.needs_all() && !receipt.submission.is_empty() {
            findings(connection, &receipt.submission).await?
        } else {
            receipt.first_findings.clone()
        };
        let mut about = self.about();
        about.facts.extend(receipt::facts(&receipt)?);
        about.lines = receipt::lines(&title, &receipt);
        self.findings.write(about, &found, None)?;
        Ok(receipt)
    }

    fn about(&self) -> About<'_> {
        let dataset = self.dataset.iter().map(|dataset| ("dataset".to_owned(), dataset.as_str().into()));
        About { file: self.file.as_deref(), facts: dataset.collect(), lines: Vec::new() }
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

/// Why rows are not sent.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Refused {
    code: &'static str,
    message: String,
}

/// The refusal of the rows as a finding; `None` if the error is another.
fn refused(error: &(dyn Error + 'static)) -> Option<peelian::v1::Finding> {
    let code = match error.downcast_ref::<Refused>() {
        Some(refused) => refused.code,
        None if matches!(error.downcast_ref::<ClientError>(), Some(ClientError::Refused(_))) => "",
        None => return None,
    };
    Some(refusal(code, error.to_string()))
}
