//! Consecutive months by their numbers.

use super::Month;

/// Consecutive calendar months.
///
/// ```
/// use peelian_core::period::MonthSpan;
///
/// let months = MonthSpan::between(564, 566);
/// assert_eq!(months.count, 3);
/// assert_eq!(months.ends(), Some((564, 566)));
/// // 2017-02-28 lies in the second of these months; 2016-12-31 in none.
/// assert_eq!((months.code(17_225), months.code(17_166)), (2, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct MonthSpan {
    /// Index of the first month: months since January 1970.
    pub first: i32,
    /// Number of months.
    pub count: usize,
}

impl MonthSpan {
    /// The months from `first` to `last`, both included; none if `last` is before `first`.
    #[must_use]
    pub fn between(first: i32, last: i32) -> Self {
        Self { first, count: usize::try_from(i64::from(last) - i64::from(first) + 1).unwrap_or(0) }
    }

    /// Index of the first and of the last month; `None` if there are no months.
    #[must_use]
    pub fn ends(self) -> Option<(i32, i32)> {
        let count = i32::try_from(self.count).ok().filter(|count| *count > 0)?;
        Some((self.first, self.first.checked_add(count - 1)?))
    }

    /// The place of a day's month among these months, counted from 1; 0 for a day in none of them. The day is counted from
    /// 1970-01-01.
    #[must_use]
    pub fn code(self, day: i32) -> u16 {
        let month = Month::of_days(day).index().checked_sub(self.first).and_then(|at| usize::try_from(at).ok());
        month.filter(|month| *month < self.count).and_then(|month| u16::try_from(month + 1).ok()).unwrap_or(0)
    }
}
