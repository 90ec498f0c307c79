//! How the dates of a field are written in a file.

use jiff::civil::{Date, DateTime, date};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::{Span, ToSpan as _};

use crate::intake::{UNKNOWN, days_and_fraction, is_missing, is_unambiguous};
use crate::period::Period;

/// What stands before the day from which a spreadsheet or a statistics program counts.
const DAYS_SINCE: &str = "days since ";

/// The earliest year that a file can mean.
const EARLIEST: i16 = 1_000;

/// A format of dates.
#[derive(Clone, Debug)]
pub(super) enum DateFormat {
    /// The signs of strptime: `%d/%m/%Y %H:%M`.
    Signs(String),
    /// A number of days since a day, which has a fraction if there is a time of the day: `days since 1899-12-30`. The name is
    /// that of the CF conventions for time.
    DaysSince(Date),
}

impl DateFormat {
    /// Reads a format; `None` if the text is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        if let Some(day) = text.strip_prefix(DAYS_SINCE) {
            return day.parse().ok().map(Self::DaysSince);
        }
        let example = date(2017, 2, 28).at(23, 15, 0, 0);
        let right = text.contains('%') && strtime::format(text, example).is_ok();
        right.then(|| Self::Signs(text.to_owned()))
    }

    /// A date, an instant or a month of a file in the form of the contract; `None` if it is not in this format.
    pub(super) fn apply(&self, cell: &str, is_period: bool) -> Option<String> {
        match self {
            Self::Signs(signs) => by_signs(cell, signs, is_period),
            Self::DaysSince(origin) => {
                let at = days_after(*origin, cell)?;
                let day = at.date();
                Some(match is_period {
                    true => month(day),
                    false if cell.contains(['.', ',']) => format!("{at}"),
                    false => day.to_string(),
                })
            }
        }
    }
}

/// Whether a text of a file has one meaning without a format: it is in a form of the contract, or says that nothing is known.
pub(super) fn has_one_meaning(text: &str, is_period: bool) -> bool {
    let is_date = || if is_period { text.parse::<Period>().is_ok() } else { is_unambiguous(text) };
    is_missing(text) || text.eq_ignore_ascii_case(UNKNOWN) || is_date()
}

/// The signs of the day before those of the time; `None` if there is no time after a day.
fn without_time(signs: &str) -> Option<&str> {
    let hour = signs.find("%H").or_else(|| signs.find("%I"))?;
    let day = signs.get(..hour)?.trim_end_matches([' ', ',', ':']);
    // A T between day and time, and not the sign %T.
    let day = day.strip_suffix('T').filter(|day| !day.ends_with('%')).unwrap_or(day);
    (!day.is_empty()).then_some(day)
}

fn by_signs(cell: &str, signs: &str, is_period: bool) -> Option<String> {
    let parsed = BrokenDownTime::parse(signs, cell).ok();
    // A program leaves the time out where it is not known. The day is then written as the format says.
    let day_alone = || BrokenDownTime::parse(without_time(signs)?, cell).ok();
    let mut read = parsed.or_else(day_alone)?;
    if is_period {
        let day = read.day().unwrap_or(1);
        read.set_day(Some(day)).ok()?;
    }
    // `%Y` also reads the two digits of 17, which is no year of this exchange.
    let date = read.to_date().ok().filter(|date| date.year() >= EARLIEST)?;
    if is_period {
        return Some(month(date));
    }
    if read.hour().is_none() {
        return Some(date.to_string());
    }
    let offset = read.offset();
    let time = read.to_time().ok()?;
    let zone = offset.map(|offset| {
        let minutes = offset.seconds() / 60;
        format!("{}{:02}:{:02}", if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60)
    });
    Some(format!("{date}T{:02}:{:02}:{:02}{}", time.hour(), time.minute(), time.second(), zone.unwrap_or_default()))
}

fn month(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// The time after a number of days in digits, to the nearest second: a third of a day has no end in decimals.
fn days_after(origin: Date, cell: &str) -> Option<DateTime> {
    let (whole, fraction) = days_and_fraction(cell)?;
    let days: i64 = whole.parse().ok()?;
    let of_a_day: f64 = format!("0.{fraction}").parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "a day has 86,400 seconds")]
    let seconds = (of_a_day * 86_400.0).round() as i64;
    let days = Span::new().try_days(days).ok()?;
    origin.at(0, 0, 0, 0).checked_add(days).ok()?.checked_add(seconds.seconds()).ok()
}
