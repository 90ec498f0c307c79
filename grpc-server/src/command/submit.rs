//! `peelian-server submit`.

use std::error::Error;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use peelian::client::{Connection, Content, Outgoing, submit};
use peelian::v1::{Finding, SubmissionMode, SubmissionReceipt};
use peelian_core::contract::Contract;
use peelian_core::engine::LocalError;
use peelian_core::intake::outgoing;
use peelian_core::reference::Reference;
use peelian_core::sources::{Converted, Source};

use crate::client::{Target, table};

/// Largest file read, unpacked.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// Submits a file: records or figures in our own CSV or Arrow form, or a file as a publisher released it.
///
/// A publisher's layout is recognised by its header and turned into figures; what a careful reader should know of it is
/// printed. Run again, the same command is the same submission and counts once.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Submit {
    /// File: .csv, .arrow or .arrows (an Arrow IPC stream), or a publisher's .csv; each may be packed (.gz).
    file: PathBuf,

    /// Dataset of our own CSV or Arrow. Left out for a publisher's file.
    #[arg(long, value_name = "ID")]
    dataset: Option<String>,

    /// Period that the file covers, first and last day: 2017-02-01..2017-02-28.
    #[arg(long, value_name = "FROM..TO", required_unless_present = "from_publisher")]
    period: Option<String>,

    /// Agency that submits. A publisher's file has its own.
    #[arg(long, value_name = "ID", required_unless_present = "from_publisher")]
    agency: Option<String>,

    /// Collection, where the agency makes several returns of the dataset.
    #[arg(long, default_value = "", value_name = "NAME")]
    collection: String,

    /// What the submission does to what is held.
    #[arg(long, default_value = "replace-period")]
    mode: Mode,

    /// When the data were extracted; without it, when the file was last changed.
    #[arg(long, value_name = "INSTANT")]
    extracted: Option<Timestamp>,

    /// Number of rows that are known to go, for a large deletion.
    #[arg(long, value_name = "N")]
    expected_delete_count: Option<u64>,

    /// The rows are synthetic; the label stays with every answer.
    #[arg(long)]
    synthetic: bool,

    /// Check and count, and write nothing.
    #[arg(long)]
    dry_run: bool,

    /// The file is a publisher's: dataset, period and agency come from it.
    #[arg(long, conflicts_with_all = ["dataset", "period", "agency"])]
    from_publisher: bool,

    #[command(flatten)]
    target: Target,
}

const EXAMPLES: &str = "\
Examples:
  A month of crimes:
    peelian-server submit crime-2017-02.csv --dataset crime --agency mps --period 2017-02-01..2017-02-28

  Only check it:
    peelian-server submit crime-2017-02.csv --dataset crime --agency mps --period 2017-02-01..2017-02-28 --dry-run

  The Metropolitan Police Service's monthly dashboard, as published:
    peelian-server submit mps-dashboard.csv.gz --from-publisher";

/// A mode.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    /// The period is what this file says, nothing else.
    ReplacePeriod,
    /// Rows are added, or replace those with the same key.
    Merge,
    /// Rows with these keys are removed.
    Delete,
}

impl Submit {
    /// Submits and prints what became of it.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let bytes = read(&self.file)?;
        let extracted = self.extracted.map_or_else(|| changed(&self.file), |at| Ok(at.as_second()))?;
        let submissions = if self.from_publisher {
            let converted = publisher(&self.file, &bytes)?;
            print_source_findings(&converted, &mut std::io::stdout())?;
            outgoing(converted, extracted, self.dry_run)?
        } else {
            vec![self.own(bytes, extracted)?]
        };
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            let connection = self.target.connect().await?;
            for submission in submissions {
                send(&connection, submission).await?;
            }
            Ok(())
        })
    }

    fn own(&self, bytes: Vec<u8>, extracted: i64) -> Result<Outgoing, Box<dyn Error>> {
        let required = |value: &Option<String>, name| value.clone().ok_or(format!("--{name} is needed"));
        let dataset = required(&self.dataset, "dataset").map_err(|error| match Source::detect(&bytes) {
            Some(source) => format!("{error}, or --from-publisher: the file looks like {}", source.id()),
            None => error,
        })?;
        let (first, last) = days(&required(&self.period, "period")?)?;
        let known = Contract::get().dataset(&dataset).ok_or_else(|| LocalError::UnknownDataset(dataset.clone()))?;
        // What is no field of the dataset stays here.
        let leaves = if is_arrow(&self.file) { outgoing::arrow } else { outgoing::csv };
        leaves(known, &bytes).map_err(|error| format!("{}: {error}", self.file.display()))?;
        Ok(Outgoing {
            agency: required(&self.agency, "agency")?,
            dataset,
            collection: self.collection.clone(),
            first: first.to_string(),
            last: last.to_string(),
            mode: match self.mode {
                Mode::ReplacePeriod => SubmissionMode::ReplacePeriod,
                Mode::Merge => SubmissionMode::Merge,
                Mode::Delete => SubmissionMode::Delete,
            },
            extracted,
            synthetic: self.synthetic,
            dry_run: self.dry_run,
            expected_delete_count: self.expected_delete_count,
            content: if is_arrow(&self.file) { Content::Arrow(bytes) } else { Content::Csv(bytes) },
        })
    }
}

/// A file's bytes, unpacked if its name ends in .gz.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let in_file = |error| format!("{}: {error}", path.display());
    let file = File::open(path).map_err(in_file)?;
    let mut bytes = Vec::new();
    let read = if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::MultiGzDecoder::new(file).take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)
    } else {
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)
    };
    read.map_err(in_file)?;
    if u64::try_from(bytes.len())? > MAX_FILE_BYTES {
        return Err(format!("{} is over 1 GiB: submit it in several periods", path.display()).into());
    }
    Ok(bytes)
}

fn is_arrow(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.ends_with(".arrow") || name.ends_with(".arrows")
}

/// When a file was last changed, in seconds since 1970.
fn changed(path: &Path) -> Result<i64, Box<dyn Error>> {
    Ok(Timestamp::try_from(path.metadata()?.modified()?)?.as_second())
}

fn days(period: &str) -> Result<(Date, Date), Box<dyn Error>> {
    let wrong = || format!("{period} is not a period: write 2017-02-01..2017-02-28");
    let (first, last) = period.split_once("..").ok_or_else(wrong)?;
    Ok((first.parse().map_err(|_| wrong())?, last.parse().map_err(|_| wrong())?))
}

/// Figures of a publisher's file.
pub(super) fn publisher(path: &Path, bytes: &[u8]) -> Result<Converted, Box<dyn Error>> {
    let source = Source::detect(bytes).ok_or_else(|| {
        let known = Source::ALL.map(Source::id).join(", ");
        format!("{}: the header is of no layout known ({known})", path.display())
    })?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    Ok(source.read(name, bytes, &Reference::from_seeds()?)?)
}

/// The submissions of a publisher's file.
fn outgoing(converted: Converted, extracted: i64, dry_run: bool) -> Result<Vec<Outgoing>, Box<dyn Error>> {
    let parts = converted.publications.into_iter();
    Ok(parts
        .map(|part| Outgoing {
            agency: converted.agency.to_owned(),
            dataset: part.dataset.to_owned(),
            collection: converted.collection.to_owned(),
            first: part.first.first_day().to_string(),
            last: part.last.last_day().to_string(),
            mode: SubmissionMode::ReplacePeriod,
            extracted,
            synthetic: false,
            dry_run,
            expected_delete_count: None,
            content: Content::Figures(part.rows),
        })
        .collect())
}

/// Says how much was read, and what a careful reader should know.
pub(super) fn print_source_findings(
    converted: &Converted,
    out: &mut impl std::io::Write,
) -> Result<(), Box<dyn Error>> {
    let totals = converted.totals;
    writeln!(
        out,
        "{} lines read, {} left out, {} figures made, {} of them zero by the publisher's convention",
        totals.lines, totals.left_out, totals.figures, totals.zeros
    )?;
    for finding in &converted.findings {
        let line = finding.line.map_or_else(String::new, |line| format!("line {line}: "));
        writeln!(out, "  {} {line}{}", finding.code.code(), finding.message)?;
    }
    Ok(())
}

/// Sends one submission with a progress bar, and prints its receipt.
async fn send(connection: &Connection, outgoing: Outgoing) -> Result<(), Box<dyn Error>> {
    let title = format!("{} {} {} to {}", outgoing.agency, outgoing.dataset, outgoing.first, outgoing.last);
    let bar = indicatif::ProgressBar::new(0);
    bar.set_message(title.clone());
    let told = bar.clone();
    let receipt = submit(connection, outgoing, move |sent, all| {
        told.set_length(u64::try_from(all).unwrap_or(u64::MAX));
        told.set_position(u64::try_from(sent).unwrap_or(u64::MAX));
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

fn findings(findings: &[Finding]) -> comfy_table::Table {
    let mut table = table::plain(&["Code", "Severity", "Row", "Field", "Value", "What to do"]);
    for finding in findings {
        let row = if finding.row == 0 { String::new() } else { finding.row.to_string() };
        table.add_row([
            finding.code.as_str().into(),
            finding.severity.as_str().into(),
            table::right(row),
            finding.field.as_str().into(),
            finding.value.as_str().into(),
            finding.message.as_str().into(),
        ]);
    }
    table
}
