//! The first and the last day of a column.

use std::num::NonZeroUsize;

use super::{MISSING_DATE, extremes};
use crate::parallel;

/// The first and the last of some days, without the missing days, and whether any day is missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DaySpan {
    pub(crate) first: i32,
    pub(crate) last: i32,
    pub(crate) missing: bool,
}

impl DaySpan {
    const EMPTY: Self = Self { first: i32::MAX, last: i32::MIN, missing: false };

    pub(crate) fn of(days: &[i32], threads: NonZeroUsize) -> Self {
        /// Days that a thread takes at a time.
        const CHUNK: usize = 1 << 17;
        let spans = parallel::map(days.len(), CHUNK, threads, |range| Self::of_some(&days[range]));
        spans.into_iter().fold(Self::EMPTY, Self::join)
    }

    fn of_some(days: &[i32]) -> Self {
        match extremes(days) {
            // A missing day is the least number.
            Some((MISSING_DATE, last)) => {
                let first = days.iter().copied().filter(|day| *day != MISSING_DATE).min();
                Self { first: first.unwrap_or(i32::MAX), last, missing: true }
            }
            Some((first, last)) => Self { first, last, missing: false },
            None => Self::EMPTY,
        }
    }

    pub(crate) fn join(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            missing: self.missing | other.missing,
        }
    }

    /// First and last day; `None` if every day is missing, or if there are no days.
    pub(crate) fn ends(self) -> Option<(i32, i32)> {
        (self.first <= self.last).then_some((self.first, self.last))
    }
}
