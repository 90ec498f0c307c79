//! `peelian-server synthesise`.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use peelian_commands::table;
use peelian_core::period::Month;
use peelian_core::reference::Reference;

use crate::synthesise::{self, Options};

/// Writes synthetic records, which are labelled as such, to try the exchange with.
///
/// It writes one CSV file for each dataset of records and each month or quarter, as partners would submit them. No
/// public data link the victims of different crimes, so measures that need such links are tried with these records.
///
/// The records are SYNTHETIC: they describe nobody. The same options give the same bytes on every machine. The
/// folder's README says what the records are calibrated to and what the calibration misses.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Example:
  peelian-server synthesise --months 36 --scale 0.02 --seed 1 --out synthetic")]
pub(crate) struct Synthesise {
    /// Number of months.
    #[arg(long, default_value_t = 36)]
    months: u32,

    /// Last month.
    #[arg(long, default_value = "2017-12", value_name = "YYYY-MM")]
    end: Month,

    /// Volume relative to London's: 0.01 is about 640 crimes in a month. It does not change the size of the surveys.
    #[arg(long, default_value_t = 0.01)]
    scale: f64,

    /// Seed of the random numbers. Another seed gives other people with the same shares.
    #[arg(long, default_value_t = 1829)]
    seed: u64,

    /// Folder to write the files to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Synthesise {
    /// Writes the files and prints the calibration.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let Self { months, end, scale, seed, out } = self;
        let made =
            synthesise::run(&Options { months, end, scale, seed, out: out.clone() }, &Reference::from_seeds()?)?;
        let rows: usize = made.files.iter().map(|file| file.rows).sum();
        let mut facts = table::plain(&["Fact", "Statement", "Target", "Achieved"]);
        for fact in &made.calibrations {
            let shown = |value: u64| {
                if fact.is_whole() { value.to_string() } else { format!("{}.{}%", value / 10, value % 10) }
            };
            let achieved = fact.achieved().map_or_else(|| "-".to_owned(), shown);
            facts.add_row([
                fact.id.into(),
                fact.statement.into(),
                table::right(shown(fact.target)),
                table::right(achieved),
            ]);
        }
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{rows} SYNTHETIC rows in {} files in {}", made.files.len(), out.display())?;
        writeln!(stdout, "{facts}")?;
        Ok(())
    }
}
