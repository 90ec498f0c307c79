//! Ranges of periods of one kind.

use std::fmt;
use std::str::FromStr;

use super::{Month, Period, PeriodError, PeriodKind};

/// Periods of one kind from the first to the last, both included.
///
/// Written `2016-03..2017-02`; a single period is a range of one.
///
/// ```
/// use peelian_core::period::PeriodRange;
///
/// let range: PeriodRange = "2016/17-Q1..2016/17-Q4".parse()?;
/// assert_eq!(range.iter().count(), 4);
/// # Ok::<(), peelian_core::period::PeriodError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeriodRange {
    first: Period,
    last: Period,
}

impl PeriodRange {
    /// The range from one period to another of the same kind.
    ///
    /// # Errors
    /// [`PeriodError::MixedKinds`] or [`PeriodError::Reversed`].
    pub fn new(from: Period, to: Period) -> Result<Self, PeriodError> {
        if from.kind() != to.kind() {
            return Err(PeriodError::MixedKinds { from, from_kind: from.kind(), to, to_kind: to.kind() });
        }
        if to < from {
            return Err(PeriodError::Reversed { from, to });
        }
        Ok(Self { first: from, last: to })
    }

    /// The latest `n` periods of a kind that lie wholly in the available months. Fewer if the available
    /// months have fewer such periods.
    ///
    /// # Errors
    /// [`PeriodError::NoPeriods`] if `n` is 0, [`PeriodError::NoneAvailable`] if not even one
    /// period lies wholly in the available months.
    pub fn latest(kind: PeriodKind, n: u32, (first, last): (Month, Month)) -> Result<Self, PeriodError> {
        let back = i32::try_from(n).unwrap_or(i32::MAX).saturating_sub(1);
        if back < 0 {
            return Err(PeriodError::NoPeriods);
        }
        let whole = |period: Period| first <= period.first() && period.last() <= last;
        let mut newest = Period::containing(kind, last);
        if newest.last() > last {
            newest = newest.plus(-1);
        }
        if !whole(newest) {
            return Err(PeriodError::NoneAvailable { kind, first, last });
        }
        let reach = (newest.first().index() - first.index()) / kind.step();
        Self::new(newest.plus(-back.min(reach)), newest)
    }

    /// The kind of every period in the range.
    #[must_use]
    pub const fn kind(&self) -> PeriodKind {
        self.first.kind()
    }

    /// The first period.
    #[must_use]
    pub const fn first(&self) -> Period {
        self.first
    }

    /// The last period.
    #[must_use]
    pub const fn last(&self) -> Period {
        self.last
    }

    /// The periods in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Period> + Clone + use<> {
        let first = self.first;
        (0..self.steps()).map(move |n| first.plus(n))
    }

    /// Number of periods; never 0.
    #[must_use]
    pub fn count(&self) -> usize {
        usize::try_from(self.steps()).unwrap_or(0)
    }

    fn steps(&self) -> i32 {
        (self.last.first().index() - self.first.first().index()) / self.kind().step() + 1
    }
}

impl From<Period> for PeriodRange {
    fn from(period: Period) -> Self {
        Self { first: period, last: period }
    }
}

impl FromStr for PeriodRange {
    type Err = PeriodError;

    /// Reads `from..to`, or one period.
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        match text.split_once("..") {
            Some((from, to)) => Self::new(from.parse()?, to.parse()?),
            None => text.parse().map(|period: Period| period.into()),
        }
    }
}

impl fmt::Display for PeriodRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return write!(f, "{}", self.first);
        }
        write!(f, "{}..{}", self.first, self.last)
    }
}
