//! Reads periods in the spellings of people and publishers.

use std::str::FromStr;

use super::{Month, Period, PeriodKind};

/// Why a period, or a range of periods, was refused. Each message names what is accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// The text has none of the accepted forms, or a part of it is out of range.
    #[error(
        "`{text}` is not a period: {reason}; accepted are 2017-02 (month), 2016/17-Q2 (financial \
         quarter), R12-2017-02 (12 months ending), CY2016 (calendar year) and 2016/17 (financial year)"
    )]
    NotAPeriod {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The two ends of a range are of different kinds.
    #[error("`{from}..{to}` runs from a {from_kind} to a {to_kind}: both ends must be of one kind")]
    MixedKinds {
        /// The first period.
        from: Period,
        /// Its kind.
        from_kind: PeriodKind,
        /// The last period.
        to: Period,
        /// Its kind.
        to_kind: PeriodKind,
    },
    /// The range ends before it begins.
    #[error("`{from}..{to}` ends before it begins: write the earlier period first")]
    Reversed {
        /// The first period.
        from: Period,
        /// The last period.
        to: Period,
    },
    /// The latest periods were requested, and no period is wholly available.
    #[error("no whole {kind} lies in the available months {first} to {last}")]
    NoneAvailable {
        /// The kind asked for.
        kind: PeriodKind,
        /// First month available.
        first: Month,
        /// Last month available.
        last: Month,
    },
    /// The latest 0 periods were asked for.
    #[error("the latest 0 periods were asked for: ask for 1 or more")]
    NoPeriods,
}

impl FromStr for Month {
    type Err = PeriodError;

    /// Reads `2017-02`.
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        month(text.trim()).map_err(|reason| not_a_period(text, reason))
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    /// Reads any of the forms in the [module's table](super); letter case and surrounding space
    /// do not matter.
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        period(&text.trim().to_ascii_uppercase()).map_err(|reason| not_a_period(text, reason))
    }
}

fn not_a_period(text: &str, reason: &'static str) -> PeriodError {
    PeriodError::NotAPeriod { text: text.to_owned(), reason }
}

/// Reads a period in upper case.
fn period(text: &str) -> Result<Period, &'static str> {
    if let Some(rest) = text.strip_prefix("R12") {
        let end = rest.strip_prefix(['-', ':']).ok_or("R12 is followed by - and the last month")?;
        let last = if end.contains('/') { quarter(end)?.last() } else { month(end)? };
        Ok(Period::rolling_year(last))
    } else if let Some(rest) = text.strip_prefix("CY") {
        calendar_year(rest)
    } else if let Some(rest) = text.strip_prefix("FY") {
        financial_year(rest)
    } else if text.contains("-Q") {
        quarter(text)
    } else if text.contains('/') {
        financial_year(text)
    } else if text.contains('-') {
        month(text).map(Period::month)
    } else {
        calendar_year(text)
    }
}

fn month(text: &str) -> Result<Month, &'static str> {
    let (year_text, number) = text.split_once('-').ok_or("a month is written YYYY-MM")?;
    let number = digits(number, 2).ok_or("a month is written YYYY-MM")?;
    Month::new(year(year_text)?, number).ok_or("the month must be 01 to 12")
}

fn calendar_year(text: &str) -> Result<Period, &'static str> {
    let january = Month::new(year(text)?, 1).ok_or("the year must be 1900 to 2199")?;
    Ok(Period::containing(PeriodKind::CalendarYear, january))
}

fn financial_year(text: &str) -> Result<Period, &'static str> {
    april(text).map(|april| Period::containing(PeriodKind::FinancialYear, april))
}

fn quarter(text: &str) -> Result<Period, &'static str> {
    let (year, quarter) = text.split_once("-Q").ok_or("a quarter is written YYYY/YY-Q and 1 to 4")?;
    let number = digits(quarter, 1)
        .filter(|n| (1..=4).contains(n))
        .ok_or("the quarter must be Q1 (April to June) to Q4 (January to March)")?;
    let first = april(year)?.plus(3 * (number - 1));
    Ok(Period::containing(PeriodKind::Quarter, first))
}

/// The April in which a financial year written `2016/17` begins.
fn april(text: &str) -> Result<Month, &'static str> {
    let (start, end) = text.split_once('/').ok_or("a financial year is written YYYY/YY")?;
    let start = year(start)?;
    let end = digits(end, 2).ok_or("a financial year is written YYYY/YY")?;
    if end != (start + 1) % 100 {
        return Err("a financial year ends in the year after it begins, as in 2016/17");
    }
    Month::new(start, 4).ok_or("the year must be 1900 to 2199")
}

fn year(text: &str) -> Result<i32, &'static str> {
    let year = digits(text, 4).ok_or("a year has four digits")?;
    // A year such as 0217 is a slip of the finger, not a period that anyone reports.
    (1900..=2199).contains(&year).then_some(year).ok_or("the year must be 1900 to 2199")
}

/// A number of exactly this many digits. A sign or a space is not a digit.
fn digits(text: &str, length: usize) -> Option<i32> {
    let right = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}
