//! `peelian-server convert`.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use peelian::records::v1::{FigureStatus, PublishedFigure};
use peelian_core::contract::Contract;
use peelian_core::period::{Month, Period};

use super::submit::{print_source_findings, publisher, read};

/// Turns a file as a publisher released it into our own CSV of figures, printed to standard output.
///
/// What a careful reader should know of the file goes to standard error, with the way to submit the result.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Example:
  peelian-server convert mps-dashboard.csv.gz --measure knife-crime-offences --from 2023-08 > figures.csv")]
pub(crate) struct Convert {
    /// File as published; it may be packed (.gz).
    file: PathBuf,

    /// Only figures of this measure; several may be given.
    #[arg(long, short, value_name = "ID")]
    measure: Vec<String>,

    /// Only figures without a breakdown.
    #[arg(long)]
    totals: bool,

    /// Only figures of periods that end in this month or later.
    #[arg(long, value_name = "YYYY-MM")]
    from: Option<Month>,
}

impl Convert {
    /// Converts and prints.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let converted = publisher(&self.file, &read(&self.file)?)?;
        print_source_findings(&converted, &mut std::io::stderr())?;
        let rows: Vec<&PublishedFigure> = converted.figures().filter(|row| self.wants(row)).collect();
        let months: Vec<Month> =
            rows.iter().filter_map(|row| row.period.parse::<Period>().ok()).map(|period| period.last()).collect();
        let (Some(first), Some(last)) = (months.iter().min(), months.iter().max()) else {
            return Err("no figure of the file is wanted".into());
        };
        writeln!(
            std::io::stderr(),
            "submit it with --dataset published_figure --agency {} --collection {} --period {}..{}",
            converted.agency,
            converted.collection,
            first.first_day(),
            last.last_day()
        )?;
        write_csv(&rows, std::io::stdout())
    }

    fn wants(&self, row: &PublishedFigure) -> bool {
        let late = |from: Month| row.period.parse::<Period>().is_ok_and(|period| period.last() >= from);
        (self.measure.is_empty() || self.measure.contains(&row.measure))
            && (!self.totals || row.breakdown.is_empty())
            && self.from.is_none_or(late)
    }
}

fn write_csv(rows: &[&PublishedFigure], out: impl std::io::Write) -> Result<(), Box<dyn Error>> {
    let dataset = Contract::get().dataset("published_figure").ok_or("the contract has no published_figure")?;
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
        ])?;
    }
    Ok(writer.flush()?)
}
