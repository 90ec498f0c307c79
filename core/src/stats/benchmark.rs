//! The words for an area against a benchmark: better, similar or worse.
//!
//! Only [`against_number`] is a test: the benchmark is a fixed number, and the interval of the area excludes it. Two intervals that
//! do not overlap differ, but two that overlap can differ too, so [`against_interval`] is cautious. Use
//! [`change_word`](super::difference::change_word) on a difference or a ratio for a test of two areas.

use super::error::finite;
use super::{Interval, StatsError};

/// The direction that is an improvement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// Higher values are better.
    Higher,
    /// Lower values are better.
    Lower,
    /// Neither: values are higher or lower, and nothing is judged.
    #[default]
    Neither,
}

/// Where an area lies against a benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Position {
    /// The whole interval is above the benchmark.
    Higher,
    /// The whole interval is below the benchmark.
    Lower,
    /// Neither can be said.
    Similar,
}

impl Position {
    /// The word for display: "higher", "lower" or "similar" if no direction is wanted, and "better", "worse" or "similar"
    /// otherwise.
    ///
    /// ```
    /// use peelian_core::stats::benchmark::{Position, Wanted};
    ///
    /// assert_eq!(Position::Lower.word(Wanted::Neither), "lower");
    /// assert_eq!(Position::Lower.word(Wanted::Lower), "better");
    /// assert_eq!(Position::Lower.word(Wanted::Higher), "worse");
    /// ```
    #[must_use]
    pub const fn word(self, wanted: Wanted) -> &'static str {
        match (self, wanted) {
            (Self::Similar, _) => "similar",
            (Self::Higher, Wanted::Neither) => "higher",
            (Self::Lower, Wanted::Neither) => "lower",
            (Self::Higher, Wanted::Higher) | (Self::Lower, Wanted::Lower) => "better",
            (Self::Higher, Wanted::Lower) | (Self::Lower, Wanted::Higher) => "worse",
        }
    }
}

/// The position of an area against a benchmark that is a fixed number: a target, a standard, the value of a nation that is large
/// against the area. A benchmark on a limit is similar.
///
/// # Errors
///
/// [`StatsError::NotFinite`] for the benchmark.
///
/// ```
/// use peelian_core::stats::{benchmark::{against_number, Position}, proportion::wilson};
///
/// assert_eq!(against_number(&wilson(12.0, 100.0, 0.95)?, 0.25)?, Position::Lower);
/// assert_eq!(against_number(&wilson(12.0, 100.0, 0.95)?, 0.15)?, Position::Similar);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn against_number(area: &Interval, benchmark: f64) -> Result<Position, StatsError> {
    let benchmark = finite("benchmark", benchmark)?;
    Ok(position(area, benchmark, benchmark))
}

/// The position of an area against a benchmark with an interval. Intervals that touch overlap.
///
/// This is not a test at the level of the intervals: two 95% intervals of equal width fail to overlap by chance in fewer than one
/// case of a hundred (Schenker and Gentleman 2001, American Statistician 55:182-186).
///
/// # Errors
///
/// [`StatsError::ConfidenceDiffers`] for intervals of different confidence.
///
/// ```
/// use peelian_core::stats::{benchmark::{against_interval, Position}, proportion::wilson};
///
/// let (area, nation) = (wilson(12.0, 100.0, 0.95)?, wilson(2_500.0, 10_000.0, 0.95)?);
/// assert_eq!(against_interval(&area, &nation)?, Position::Lower);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn against_interval(area: &Interval, benchmark: &Interval) -> Result<Position, StatsError> {
    if area.confidence.total_cmp(&benchmark.confidence).is_ne() {
        return Err(StatsError::ConfidenceDiffers(area.confidence, benchmark.confidence));
    }
    Ok(position(area, benchmark.lower, benchmark.upper))
}

fn position(area: &Interval, lower: f64, upper: f64) -> Position {
    if area.lower > upper {
        Position::Higher
    } else if area.upper < lower {
        Position::Lower
    } else {
        Position::Similar
    }
}
