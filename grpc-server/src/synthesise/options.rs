//! Options of the synthetic records.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use peelian_core::period::Month;

use super::error::SynthesiseError;

/// Months that can be synthesised: up to 20 years.
const MONTHS: RangeInclusive<i32> = 1..=240;
/// Scales that can be synthesised. Below the least, most months have no crime; above the greatest, files become
/// large.
const SCALES: RangeInclusive<f64> = 0.000_1..=2.0;

/// Options of the synthetic records.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    /// Number of months; the last of them is [`Options::end`]. The 36 months to December 2017 are enough to compute
    /// every fact: repeat victimisation in February 2017 needs February 2016.
    pub months: u32,
    /// The last month.
    pub end: Month,
    /// Volume of crime and justice relative to London's: 0.01 is about 640 crimes in a month. It does not change the
    /// size of the surveys.
    pub scale: f64,
    /// Seed of the random numbers. Another seed gives other people with the same shares.
    pub seed: u64,
    /// Folder to write to. It is created if it does not exist.
    pub out: PathBuf,
}

impl Options {
    /// Options for 36 months to December 2017 at a hundredth of London's volume.
    #[must_use]
    pub(crate) fn new(out: PathBuf) -> Self {
        Self { months: 36, end: Month::of_days(17_501), scale: 0.01, seed: 1829, out }
    }

    /// The months in order.
    ///
    /// # Errors
    ///
    /// If their number is out of range.
    pub(super) fn span(&self) -> Result<Vec<Month>, SynthesiseError> {
        let months = i32::try_from(self.months).ok().filter(|months| MONTHS.contains(months));
        let months = months.ok_or(SynthesiseError::Options("the number of months must be from 1 to 240"))?;
        let first = self.end.plus(1 - months);
        Ok((0..months).map(|n| first.plus(n)).collect())
    }

    /// The scale in millionths.
    ///
    /// # Errors
    ///
    /// If the scale is out of range.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
    pub(super) fn per_million(&self) -> Result<usize, SynthesiseError> {
        if !SCALES.contains(&self.scale) {
            return Err(SynthesiseError::Options("the scale must be from 0.0001 to 2"));
        }
        Ok((self.scale * 1_000_000.0).round() as usize)
    }
}
