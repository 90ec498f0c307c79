//! Submits the data of the demonstration as a partner does: published figures, then synthetic records.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use peelian::client::{Connection, Content, Outgoing, submit};
use peelian::v1::{SubmissionMode, SubmissionReceipt};
use peelian_core::period::Period;
use peelian_core::reference::Reference;
use peelian_seeds::SeedFile;

use crate::synthesise::{self, Options};

/// When the demonstration's data were extracted: a fixed instant, so that every run sends the same requests.
const EXTRACTED: Timestamp = Timestamp::constant(1_777_507_200, 0);

/// Submits all data and prints the totals.
pub(crate) async fn submit_all(
    connection: &Connection,
    data_dir: &Path,
    thousandths: u32,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let mut submissions = peelian_seeds::figures().iter().map(published_figures).collect::<Result<Vec<_>, _>>()?;
    submissions.extend(synthetic_records(&data_dir.join("synthetic"), thousandths)?);
    let bar = ProgressBar::new(u64::try_from(submissions.len())?);
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos:>3} of {len} submissions  {msg}")?);
    let mut totals = Totals::default();
    for submission in submissions {
        bar.set_message(format!("{} {}", submission.agency, submission.dataset));
        let synthetic = submission.synthetic;
        totals.add(synthetic, &submit(connection, submission, |_, _| {}).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    writeln!(
        out,
        "Submitted {} published figures and {} SYNTHETIC records in {} submissions; {} rows were rejected.",
        totals.figures, totals.records, totals.submissions, totals.rejected
    )?;
    Ok(())
}

/// Totals over the receipts.
#[derive(Default)]
struct Totals {
    submissions: u64,
    figures: u64,
    records: u64,
    rejected: u64,
}

impl Totals {
    fn add(&mut self, synthetic: bool, receipt: &SubmissionReceipt) {
        let rows = if synthetic { &mut self.records } else { &mut self.figures };
        *rows += receipt.received;
        self.submissions += 1;
        self.rejected += receipt.rejected;
    }
}

/// The submission of a file of published figures. Its name is `AGENCY.COLLECTION.csv`.
fn published_figures(file: &SeedFile) -> Result<Outgoing, Box<dyn Error>> {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path).trim_end_matches(".csv");
    let (agency, collection) =
        name.split_once('.').ok_or_else(|| format!("{} is not named AGENCY.COLLECTION.csv", file.path))?;
    let mut rows = csv::Reader::from_reader(file.text.as_bytes());
    let column = rows.headers()?.iter().position(|column| column == "period");
    let column = column.ok_or_else(|| format!("{} has no column period", file.path))?;
    let mut months = Vec::new();
    for row in rows.records() {
        months.push(row?.get(column).unwrap_or_default().parse::<Period>()?.last());
    }
    let (Some(first), Some(last)) = (months.iter().min(), months.iter().max()) else {
        return Err(format!("{} has no rows", file.path).into());
    };
    Ok(Outgoing {
        collection: collection.to_owned(),
        content: Content::Csv(file.text.as_bytes().to_vec()),
        ..replacement(agency, "published_figure", Period::month(*first), Period::month(*last))
    })
}

/// The submissions of synthetic records. They are written to a folder, and read from it as a partner would read them.
fn synthetic_records(folder: &Path, thousandths: u32) -> Result<Vec<Outgoing>, Box<dyn Error>> {
    let options = Options { scale: f64::from(thousandths) / 1_000.0, ..Options::new(folder.to_owned()) };
    let synthesised = synthesise::run(&options, &Reference::from_seeds()?)?;
    let read = |file: &synthesise::SynthesisedFile| {
        // At a small scale a period can have no rows: then the return is nil.
        let csv = || fs::read(folder.join(&file.path)).map(Content::Csv);
        let content = if file.rows == 0 { Content::Nil } else { csv()? };
        let whole = replacement(file.agency, file.dataset, file.period, file.period);
        Ok(Outgoing { synthetic: true, content, ..whole })
    };
    synthesised.files.iter().map(read).collect()
}

/// A replacement of a period, without content.
fn replacement(agency: &str, dataset: &str, first: Period, last: Period) -> Outgoing {
    Outgoing {
        agency: agency.to_owned(),
        dataset: dataset.to_owned(),
        collection: String::new(),
        first: first.start_date().to_string(),
        last: last.end_date().to_string(),
        mode: SubmissionMode::ReplacePeriod,
        extracted: EXTRACTED.as_second(),
        synthetic: false,
        dry_run: false,
        expected_delete_count: None,
        content: Content::Nil,
    }
}
