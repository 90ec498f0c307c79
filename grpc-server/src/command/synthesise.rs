//! `peelian-server synthesise`.

use std::error::Error;
use std::io::Write as _;

use clap::Args;

use crate::synthesise::{self, Options};

/// Writes synthetic records of every record dataset, as CSV files that partners would submit.
///
/// No public data link victims from crime to crime, so the measures that need it are tried on these. They are SYNTHETIC,
/// say so, and are the same bits for the same seed on any machine. The folder's README lists what they are calibrated
/// to, what came out, and what they miss.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Example:
  peelian-server synthesise --months 36 --scale 0.02 --seed 1 --out synthetic")]
pub(crate) struct Synthesise {
    #[command(flatten)]
    options: Options,
}

impl Synthesise {
    /// Writes the files.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let files = synthesise::run(&self.options)?;
        let rows: usize = files.iter().map(|file| file.rows).sum();
        writeln!(std::io::stdout(), "{} SYNTHETIC rows in {} files", rows, files.len())?;
        Ok(())
    }
}
