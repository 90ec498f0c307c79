//! Calendar months, and days counted from 1970-01-01 as Arrow's `date32` counts them.

use std::fmt;

use jiff::Span;
use jiff::civil::{Date, date};

const EPOCH: Date = date(1970, 1, 1);
/// 0001-01-01 and 9999-12-31 in days since 1970-01-01.
const FIRST_DAY: i32 = -719_162;
const LAST_DAY: i32 = 2_932_896;

/// A calendar month, stored as the number of months since January 1970.
///
/// The years 1 to 9999 are representable. Arithmetic stops at either end and does not wrap.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month(i32);

impl Month {
    /// January of year 1.
    pub const MIN: Self = Self(-1969 * 12);
    /// December of year 9999.
    pub const MAX: Self = Self(8029 * 12 + 11);

    /// The month of a year (1 to 9999) by its number (1 to 12), or `None` outside those.
    #[must_use]
    pub fn new(year: i32, number: i32) -> Option<Self> {
        let valid = (1..=9999).contains(&year) && (1..=12).contains(&number);
        valid.then(|| Self((year - 1970) * 12 + number - 1))
    }

    /// The month of a number of months since January 1970, limited to the representable range.
    #[must_use]
    pub fn from_index(index: i32) -> Self {
        Self(index.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Months since January 1970; negative before.
    #[must_use]
    pub const fn index(self) -> i32 {
        self.0
    }

    /// The month of a date, limited to the years 1 to 9999.
    #[must_use]
    pub fn of(date: Date) -> Self {
        Self::from_index((i32::from(date.year()) - 1970) * 12 + i32::from(date.month()) - 1)
    }

    /// The month of a day. The day is counted from 1970-01-01.
    ///
    /// Fast enough for whole columns: it has no branch on the calendar, and all divisions are by
    /// constants. Days outside the years 1 to 9999 are limited to these years. The method is from
    /// Neri and Schneider, "Euclidean affine functions and their application to calendar
    /// algorithms", Software: Practice and Experience 53 (2023).
    #[must_use]
    pub fn of_days(days: i32) -> Self {
        // Days since 0000-03-01, so that the leap day ends a year; never negative after the clamp.
        let day = (days.clamp(FIRST_DAY, LAST_DAY) + 719_468).cast_unsigned();
        let quarter_day = 4 * day + 3;
        let century = quarter_day / 146_097;
        let day_of_century = quarter_day % 146_097 / 4;
        // 2_939_745 / 2^32 is 4 / 1461 from above: the upper half of the product is the year of
        // the century, the lower half the fraction of it that has passed.
        let product = 2_939_745 * u64::from(4 * day_of_century + 3);
        let year = u64::from(100 * century) + (product >> 32);
        let day_of_year = (product & 0xFFFF_FFFF) / 2_939_745 / 4;
        // 3 for March to 14 for the next February, so that no special case is needed below.
        let number = (2_141 * day_of_year + 197_913) >> 16;
        let months = i32::try_from(year * 12 + number).unwrap_or(i32::MAX);
        Self(months - 1970 * 12 - 1)
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> i32 {
        1970 + self.0.div_euclid(12)
    }

    /// The number of the month in its year, 1 to 12.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0.rem_euclid(12) + 1
    }

    /// The first day of the month.
    #[must_use]
    pub fn first_day(self) -> Date {
        EPOCH.saturating_add(Span::new().months(self.0))
    }

    /// The last day of the month.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.first_day().last_of_month()
    }

    /// The first day of the month in days since 1970-01-01.
    #[must_use]
    pub const fn first_day_number(self) -> i32 {
        // Years that begin in March, so that the leap day ends a year.
        let shifted = self.0 + 1970 * 12 - 2;
        let (year, month) = (shifted.div_euclid(12), shifted.rem_euclid(12));
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        365 * year + leap_days + (153 * month + 2) / 5 - 719_468
    }

    /// The month `n` months later (earlier if negative), stopping at the representable range.
    #[must_use]
    pub fn plus(self, n: i32) -> Self {
        Self::from_index(self.0.saturating_add(n))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.number())
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The same day of the month a number of calendar months later, in days since 1970-01-01; earlier if the number is
/// negative. If that month has no such day, it is the last day of the month.
///
/// ```
/// use peelian_core::period::{date_of_days, days_of_date, months_later};
///
/// let day = days_of_date("2015-12-31".parse()?);
/// assert_eq!(date_of_days(months_later(day, 18)), Some("2017-06-30".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn months_later(day: i32, months: i32) -> i32 {
    let month = Month::of_days(day);
    let then = month.plus(months);
    let last = then.plus(1).first_day_number() - 1;
    (then.first_day_number() + (day - month.first_day_number())).min(last)
}

/// Days from 1970-01-01 to a date, negative before it, as in Arrow's `date32`.
#[must_use]
pub fn days_of_date(date: Date) -> i32 {
    // `until` in days cannot fail: any two dates are fewer days apart than a span may hold.
    EPOCH.until(date).map_or(0, |span| span.get_days())
}

/// The date of a number of days since 1970-01-01, or `None` outside the years -9999 to 9999.
#[must_use]
pub fn date_of_days(days: i32) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(days).ok()?).ok()
}
