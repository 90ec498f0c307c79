//! `convert`.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use peelian::records::v1::{FigureStatus, PublishedFigure};
use peelian_core::contract::Contract;
use peelian_core::mapping::OTHER_FORMAT;
use peelian_core::period::{Month, Period};
use peelian_core::workbook::Expected;

use crate::Failure;
use crate::input_file::{self, Reading};
use crate::output::Destination;

/// Converts a publisher's file to CSV of the dataset published_figure.
///
/// The CSV goes to standard output. Findings about the file go to standard error, with the options to submit the
/// result.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Example:
  PROGRAM convert mps-dashboard.csv.gz --measure knife-crime-offences --from 2023-08 > figures.csv")]
pub struct Convert {
    /// File as published, as text or as a workbook. It may be compressed (.gz).
    file: PathBuf,

    /// Dataset of the rows that --map makes of a file of a local system.
    #[arg(long, short, value_name = "ID", requires = "mapping")]
    dataset: Option<String>,

    #[command(flatten)]
    reading: Reading,

    /// Only figures of this measure. Repeat the option for several measures.
    #[arg(long, short, value_name = "ID")]
    measure: Vec<String>,

    /// Only figures without a breakdown.
    #[arg(long)]
    totals: bool,

    /// Only figures of periods that end in this month or later.
    #[arg(long, value_name = "YYYY-MM")]
    from: Option<Month>,

    #[command(flatten)]
    to: Destination,
}

/// Number of values that are not in the format that the mapping names.
fn unread(rows: &[u8]) -> usize {
    let text = String::from_utf8_lossy(rows);
    text.matches(OTHER_FORMAT).count()
}

impl Convert {
    /// Converts the file and prints the figures.
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let bytes = input_file::read(&self.file)?;
        if self.reading.mapping.is_some() {
            let without = || Failure::Usage("--map needs --dataset: the dataset of the rows".to_owned());
            let dataset = Contract::get().known_dataset(self.dataset.as_deref().ok_or_else(without)?)?;
            let rows = self.reading.mapped(&self.file, bytes, dataset)?;
            let mut out = self.to.open()?;
            out.write_all(&rows)?;
            out.flush()?;
            return match unread(&rows) {
                0 => Ok(()),
                unread => Err(Failure::Unread(unread).into()),
            };
        }
        let text = self.reading.text(&self.file, bytes, Expected::Published)?;
        let converted = input_file::convert(&self.file, &text)?;
        if let Some(reason) = input_file::nothing_made(&self.file, &converted) {
            return Err(reason.into());
        }
        input_file::print_findings(&converted, &mut std::io::stderr())?;
        let rows: Vec<&PublishedFigure> = converted.figures().filter(|row| self.selects(row)).collect();
        let months: Vec<Month> =
            rows.iter().filter_map(|row| row.period.parse::<Period>().ok()).map(|period| period.last()).collect();
        let (Some(first), Some(last)) = (months.iter().min(), months.iter().max()) else {
            return Err("the file has no figure that the options select".into());
        };
        let extracted = converted.released.map(|day| format!(" --extracted {day}")).unwrap_or_default();
        writeln!(
            std::io::stderr(),
            "submit the output with --dataset published_figure --agency {} --collection {} --period {}..{}{extracted}",
            converted.agency,
            converted.collection,
            first.first_day(),
            last.last_day()
        )?;
        write_csv(&rows, self.to.open()?)
    }

    fn selects(&self, row: &PublishedFigure) -> bool {
        let late = |from: Month| row.period.parse::<Period>().is_ok_and(|period| period.last() >= from);
        (self.measure.is_empty() || self.measure.contains(&row.measure))
            && (!self.totals || row.breakdown.is_empty())
            && self.from.is_none_or(late)
    }
}

fn write_csv(rows: &[&PublishedFigure], out: impl std::io::Write) -> Result<(), Box<dyn Error>> {
    let dataset = Contract::get().known_dataset("published_figure")?;
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(dataset.submitted().map(|field| &field.name))?;
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    for row in rows {
        let status = match row.status() {
            FigureStatus::Provisional => "provisional",
            FigureStatus::Revised => "revised",
            FigureStatus::Final | FigureStatus::Unspecified => "final",
        };
        writer.write_record([
            row.measure.as_str(),
            &row.area,
            &row.period,
            &row.breakdown,
            &number(row.numerator),
            &number(row.denominator),
            &number(row.value),
            &number(row.unweighted_base),
            status,
            &row.source,
            row.suppressed.map_or("", |suppressed| if suppressed { "true" } else { "false" }),
        ])?;
    }
    Ok(writer.flush()?)
}
