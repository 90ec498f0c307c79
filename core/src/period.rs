//! Months and the reporting periods made of them.
//!
//! Every period is a whole number of calendar months, so that monthly figures add up to figures of
//! any period. Financial years run from April to March, and quarters are quarters of financial years,
//! as the police, the Mayor's Office and the Ministry of Justice publish them.
//!
//! | kind | written | also read as |
//! |---|---|---|
//! | month | `2017-02` | |
//! | financial quarter | `2016/17-Q2` (July to September 2016) | |
//! | rolling year, the 12 months ending | `R12-2017-02` | `R12:2017-02`, `R12-2016/17-Q2` |
//! | calendar year | `CY2016` | `2016` |
//! | financial year | `2016/17` | `FY2016/17` |
//!
//! ```
//! use peelian_core::period::Period;
//!
//! let year: Period = "R12-2017-02".parse()?;
//! assert_eq!(year.start_date().to_string(), "2016-03-01");
//! assert_eq!(year.previous_window().to_string(), "R12-2016-02");
//! # Ok::<(), peelian_core::period::PeriodError>(())
//! ```

mod code;
mod month;
mod parse;
mod range;
mod span;

pub use month::{Month, date_of_days, days_of_date, months_later};
pub use parse::PeriodError;
pub use range::PeriodRange;
pub use span::MonthSpan;

use std::fmt;

use jiff::civil::Date;

/// The kind of a [`Period`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PeriodKind {
    /// One calendar month.
    Month,
    /// One quarter of a financial year: Q1 is April to June, Q4 January to March.
    Quarter,
    /// The 12 months that end with the named month.
    RollingYear,
    /// January to December.
    CalendarYear,
    /// April to March.
    FinancialYear,
}

impl PeriodKind {
    /// Every kind, shortest first.
    pub const ALL: [Self; 5] =
        [Self::Month, Self::Quarter, Self::RollingYear, Self::CalendarYear, Self::FinancialYear];

    /// Every kind in the order in which one is chosen where any will do: the longest first, and of the years the one that can
    /// end in any month.
    pub const LONGEST_FIRST: [Self; 5] =
        [Self::RollingYear, Self::FinancialYear, Self::CalendarYear, Self::Quarter, Self::Month];

    /// The kind's code: `M`, `Q`, `R12`, `CY` or `FY`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Month => "M",
            Self::Quarter => "Q",
            Self::RollingYear => "R12",
            Self::CalendarYear => "CY",
            Self::FinancialYear => "FY",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Number of months in a period of this kind: 1, 3 or 12.
    #[must_use]
    pub const fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::RollingYear | Self::CalendarYear | Self::FinancialYear => 12,
        }
    }

    /// Whether a period of this kind is a year long, so that seasons do not tell two of them apart.
    #[must_use]
    pub const fn is_year(self) -> bool {
        self.months() == 12
    }

    /// Months from one period of this kind to the next. A rolling year moves a month at a time, so
    /// neighbours in a series overlap; the others do not.
    #[must_use]
    pub const fn step(self) -> i32 {
        match self {
            Self::RollingYear => 1,
            _ => self.months(),
        }
    }

    /// An example in canonical form, for messages and help.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Month => "2017-02",
            Self::Quarter => "2016/17-Q2",
            Self::RollingYear => "R12-2017-02",
            Self::CalendarYear => "CY2016",
            Self::FinancialYear => "2016/17",
        }
    }
}

impl fmt::Display for PeriodKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Month => "month",
            Self::Quarter => "financial quarter",
            Self::RollingYear => "rolling year",
            Self::CalendarYear => "calendar year",
            Self::FinancialYear => "financial year",
        })
    }
}

/// A reporting period: a kind and the months it spans.
///
/// Ordered by kind, then by time. [`fmt::Display`] writes the canonical form, which parses back to
/// the same period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    kind: PeriodKind,
    first: Month,
    last: Month,
}

impl Period {
    /// The period of a kind that contains a month. For a rolling year, the period that ends with it.
    #[must_use]
    pub fn containing(kind: PeriodKind, month: Month) -> Self {
        let index = month.index();
        let first = match kind {
            PeriodKind::Month => index,
            PeriodKind::Quarter => index - index.rem_euclid(3),
            PeriodKind::RollingYear => index - 11,
            PeriodKind::CalendarYear => index - index.rem_euclid(12),
            // The number of a month counts from a January. The financial year starts three months later.
            PeriodKind::FinancialYear => index - (index - 3).rem_euclid(12),
        };
        Self::starting(kind, first)
    }

    /// One calendar month.
    #[must_use]
    pub fn month(month: Month) -> Self {
        Self::containing(PeriodKind::Month, month)
    }

    /// The 12 months that end with a month.
    #[must_use]
    pub fn rolling_year(last: Month) -> Self {
        Self::containing(PeriodKind::RollingYear, last)
    }

    fn starting(kind: PeriodKind, first: i32) -> Self {
        Self { kind, first: Month::from_index(first), last: Month::from_index(first + kind.months() - 1) }
    }

    /// The kind of the period.
    #[must_use]
    pub const fn kind(self) -> PeriodKind {
        self.kind
    }

    /// Its first month.
    #[must_use]
    pub const fn first(self) -> Month {
        self.first
    }

    /// Its last month.
    #[must_use]
    pub const fn last(self) -> Month {
        self.last
    }

    /// Its first day.
    #[must_use]
    pub fn start_date(self) -> Date {
        self.first.first_day()
    }

    /// Its last day, included in the period.
    #[must_use]
    pub fn end_date(self) -> Date {
        self.last.last_day()
    }

    /// Its months in order.
    pub fn months(self) -> impl DoubleEndedIterator<Item = Month> + Clone {
        (self.first.index()..=self.last.index()).map(Month::from_index)
    }

    /// Whether a month lies in the period.
    #[must_use]
    pub fn contains(self, month: Month) -> bool {
        self.first <= month && month <= self.last
    }

    /// The window of the same length that ends just before this one. For a rolling year these are the
    /// 12 months before, so that the two windows share no month.
    #[must_use]
    pub fn previous_window(self) -> Self {
        self.moved(-self.kind.months())
    }

    /// The same period one year earlier, so that the season is the same.
    #[must_use]
    pub fn same_period_last_year(self) -> Self {
        self.moved(-12)
    }

    /// The period `n` steps later in a series of its kind (earlier if `n` is negative). A rolling year
    /// moves by a month, and every other kind by its own length.
    #[must_use]
    pub fn plus(self, n: i32) -> Self {
        self.moved(self.kind.step().saturating_mul(n))
    }

    fn moved(self, months: i32) -> Self {
        Self::starting(self.kind, self.first.plus(months).index())
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let financial_year = |f: &mut fmt::Formatter<'_>| {
            let year = self.first.plus(-3).year();
            write!(f, "{year:04}/{:02}", (year + 1) % 100)
        };
        match self.kind {
            PeriodKind::Month => write!(f, "{}", self.first),
            PeriodKind::Quarter => {
                financial_year(f)?;
                write!(f, "-Q{}", (self.first.plus(-3).number() - 1) / 3 + 1)
            }
            PeriodKind::RollingYear => write!(f, "R12-{}", self.last),
            PeriodKind::CalendarYear => write!(f, "CY{:04}", self.first.year()),
            PeriodKind::FinancialYear => financial_year(f),
        }
    }
}

#[cfg(test)]
mod tests;
