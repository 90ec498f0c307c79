//! Days and times in the forms of people, spreadsheets and databases, beside the forms of the contract.
//!
//! A local time without an offset is London's clock. A day, a month and a year with slashes can be read in two orders; the
//! whole column decides, or the value is refused.

use std::fmt;

use super::parse::{MINUTES_A_DAY, day_number};

/// A text with a day, and perhaps a time of the day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Written {
    /// A day since 1970-01-01, and the minute of the day.
    At(i32, i32),
    /// A day whose order of day and month is not known.
    Either(Slashed),
}

/// Day, month and year as numbers, the year last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Slashed {
    first: i32,
    second: i32,
    year: i32,
    minute: i32,
}

/// Which of two numbers is the day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

impl Slashed {
    /// The day since 1970-01-01 and the minute of the day; `None` if the calendar has no such day.
    pub(super) fn at(self, order: Order) -> Option<(i32, i32)> {
        let (day, month) = match order {
            Order::DayFirst => (self.first, self.second),
            Order::MonthFirst => (self.second, self.first),
        };
        Some((day_number(self.year, month, day)?, self.minute))
    }

    /// The only order in which it can be read; `None` if there are two or none.
    fn only(self) -> Option<Order> {
        match (self.first > 12, self.second > 12) {
            (true, false) => Some(Order::DayFirst),
            (false, true) => Some(Order::MonthFirst),
            _ => None,
        }
    }
}

impl fmt::Display for Slashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}/{:02}/{}", self.first, self.second, self.year)?;
        if self.minute > 0 { write!(f, " {:02}:{:02}", self.minute / 60, self.minute % 60) } else { Ok(()) }
    }
}

/// The order that a whole column leaves, and the place of the first value that decides it.
pub(super) fn order(values: impl Iterator<Item = Slashed>) -> Option<(Order, usize)> {
    let mut found: Option<(Order, usize)> = None;
    for (at, value) in values.enumerate() {
        match (value.only(), found) {
            (Some(order), Some((known, _))) if order != known => return None,
            (Some(order), None) => found = Some((order, at)),
            _ => {}
        }
    }
    found
}

/// Reads a day, and perhaps a time of the day without an offset: `2017-02-28 23:15`, `2017-02-28T23:15:00.000`, `28/02/2017`,
/// `28-Feb-2017`.
pub(super) fn written(text: &str) -> Option<Written> {
    let (date, minute) = match split_time(text) {
        Some((date, time)) => (date, minute_of(time)?),
        None => (text, 0),
    };
    let parts: Vec<&str> = date.split(['-', '/', '.', ' ']).collect();
    let &[first, second, third] = parts.as_slice() else { return None };
    if first.len() == 4 {
        if second.len() != 2 || third.len() != 2 {
            return None;
        }
        let day = day_number(digits(first)?, digits(second)?, digits(third)?)?;
        return Some(Written::At(day, minute));
    }
    let year = digits(third).filter(|_| third.len() == 4)?;
    if let Some(month) = month_named(second) {
        return Some(Written::At(day_number(year, month, digits(first)?)?, minute));
    }
    let (first, second) = (digits(first)?, digits(second)?);
    let possible = (1..=31).contains(&first) && (1..=31).contains(&second) && (first <= 12 || second <= 12);
    possible.then_some(Written::Either(Slashed { first, second, year, minute }))
}

/// Whether a text has the form of a day, with or without a time, whatever its numbers.
pub(super) fn has_form(text: &str) -> bool {
    let (date, time) = split_time(text).map_or((text, None), |(date, time)| (date, Some(time)));
    let parts: Vec<&str> = date.split(['-', '/', '.']).collect();
    let numeric = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_date =
        parts.iter().all(numeric) && matches!(lengths.as_slice(), [1 | 2, 1 | 2, 2 | 4] | [4, 1 | 2, 1 | 2]);
    let is_time = |time: &str| {
        time.len() <= 15
            && time.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'Z' | b'+' | b'-'))
    };
    is_date && time.is_none_or(is_time)
}

/// Whether a text can be a number of days, perhaps with a part of a day, as programs store dates: `42767`, `42767.96875`.
pub(super) fn is_day_number(text: &str) -> bool {
    days_and_fraction(text).is_some_and(|(whole, _)| whole.len() == 5)
}

/// The digits of a number of days, and those of the part of a day after it; `None` if a text is none.
pub(crate) fn days_and_fraction(text: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (are_digits(whole) && are_digits(fraction)).then_some((whole, fraction))
}

/// What stands before a value that is not in the format that a mapping names, so that it is read in no other.
pub const OTHER_FORMAT: &str = "not in the format of the mapping: ";

/// Day and time, if a text has both. A space can also stand between the parts of a day.
fn split_time(text: &str) -> Option<(&str, &str)> {
    let colon = text.find(':')?;
    let before = text.get(..colon)?;
    let at = before.rfind([' ', 'T'])?;
    Some((text.get(..at)?.trim_ascii_end(), text.get(at + 1..)?))
}

/// The minute of the day of `9:05`, `23:15`, `23:15:00` or `23:15:00.000`.
fn minute_of(time: &str) -> Option<i32> {
    let mut parts = time.split(':');
    let (hour, minute) = (digits(parts.next()?)?, digits(parts.next().filter(|part| part.len() == 2)?)?);
    let second = parts.next().unwrap_or("00");
    let (whole, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let second = digits(whole).filter(|_| whole.len() == 2)?;
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let right = parts.next().is_none() && is_fraction && hour < 24 && minute < 60 && second < 60;
    right.then_some(hour * 60 + minute)
}

/// A number of at most four digits.
fn digits(text: &str) -> Option<i32> {
    let right = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}

/// The number of a month from its name or the first three letters of it.
pub(super) fn month_named(text: &str) -> Option<i32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let text = text.to_ascii_lowercase();
    let is_it = |month: &&str| {
        text == **month || (text.len() == 3 && month.starts_with(&text)) || text == "sept" && month.starts_with(&text)
    };
    let at = MONTHS.iter().position(is_it)?;
    i32::try_from(at + 1).ok()
}

/// A local minute since 1970-01-01 00:00.
pub(super) fn local_minute(day: i32, minute: i32) -> Option<i32> {
    day.checked_mul(MINUTES_A_DAY)?.checked_add(minute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::parse::date;

    fn at(text: &str) -> Option<(i32, i32)> {
        match written(text)? {
            Written::At(day, minute) => Some((day, minute)),
            Written::Either(_) => None,
        }
    }

    #[test]
    fn days_and_times_of_databases_are_read() {
        let day = date("2017-02-28").unwrap();
        for (text, minute) in [
            ("2017-02-28", 0),
            ("2017/02/28", 0),
            ("28-Feb-2017", 0),
            ("28 February 2017", 0),
            ("28-FEB-2017 23:15", 1_395),
            ("2017-02-28 00:00:00", 0),
            ("2017-02-28T23:15", 1_395),
            ("2017-02-28 23:15:59.123", 1_395),
            ("2017-02-28 9:05", 545),
        ] {
            assert_eq!(at(text), Some((day, minute)), "{text}");
        }
        for wrong in [
            "2017-02-30",
            "2017-2-28",
            "28-Feb-17",
            "2017-02",
            "2017-02-28 24:00",
            "2017-02-28 23:5",
            "2017-02-28 23:15:00+00:00",
            "23:15",
            "Feb-2017",
            "28/13/2017x",
            "32/01/2017",
            "13/13/2017",
            "2017-02-28 23",
            "",
        ] {
            assert_eq!(written(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_column_decides_the_order_of_day_and_month() {
        let column = |texts: &[&str]| {
            let values = texts.iter().map(|text| match written(text).unwrap() {
                Written::Either(slashed) => slashed,
                Written::At(..) => panic!("{text}"),
            });
            order(values)
        };
        assert_eq!(column(&["01/02/2017", "28/02/2017"]), Some((Order::DayFirst, 1)));
        assert_eq!(column(&["2/28/2017", "01/02/2017"]), Some((Order::MonthFirst, 0)));
        assert_eq!(column(&["01/02/2017", "03.04.2017"]), None);
        assert_eq!(column(&["28/02/2017", "02/28/2017"]), None);
        let Some(Written::Either(slashed)) = written("1/2/2017 23:15") else { panic!("two orders") };
        assert_eq!(slashed.at(Order::DayFirst), Some((date("2017-02-01").unwrap(), 1_395)));
        assert_eq!(slashed.at(Order::MonthFirst), Some((date("2017-01-02").unwrap(), 1_395)));
        assert_eq!(slashed.to_string(), "01/02/2017 23:15");
    }

    #[test]
    fn forms_are_known_without_their_meaning() {
        for text in ["30/02/2017", "2017-02-30 25:00", "1.2.17", "2017-02-28T23:15:00+01:00"] {
            assert!(has_form(text), "{text}");
        }
        for text in ["Jo Bloggs", "020 7946 0000", "1-2", "2017-02-28 at home: no", "12345-1-1"] {
            assert!(!has_form(text), "{text}");
        }
    }
}
