//! Dates of birth.

use jiff::civil::Date;
use zeroize::Zeroizing;

use super::Unusable;
use crate::pseudonym::wiped;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The letters of the full names after the first three.
const MONTH_ENDS: [&str; 12] = ["uary", "ruary", "ch", "il", "", "e", "y", "ust", "tember", "ober", "ember", "ember"];

/// First year of birth. No person in the records was born earlier, and systems that count days write earlier dates for a
/// missing date.
const FIRST_YEAR: i16 = 1900;

/// Last year of birth. A later year is a typing error.
const LAST_YEAR: i16 = 2199;

/// The first and the last day of many databases, which stand for a missing date.
const PLACEHOLDERS: [Date; 2] = [jiff::civil::date(1900, 1, 1), jiff::civil::date(9999, 12, 31)];

/// A date of birth as `YYYY-MM-DD`.
///
/// Accepts the international order (`1980-02-01`, `19800201`), the British order with the day first (`1/2/1980`, `01.02.1980`)
/// and a month by name (`1 February 1980`, `1st Feb 1980`). Refuses a two-digit year, and a date with the month first.
pub(in crate::pseudonym) fn date_of_birth(raw: &str) -> Result<Zeroizing<String>, Unusable> {
    let raw = raw.trim();
    if raw.is_empty() || raw == "-" {
        return Err(Unusable::Missing);
    }
    let date = day(without_midnight(raw)).ok_or(Unusable::NotADate)?;
    if PLACEHOLDERS.contains(&date) {
        return Err(Unusable::Placeholder);
    }
    if !(FIRST_YEAR..=LAST_YEAR).contains(&date.year()) {
        return Err(Unusable::NotADate);
    }
    let mut text = Zeroizing::new(String::with_capacity(16));
    for (number, digits) in [(i32::from(date.year()), 4), (date.month().into(), 2), (date.day().into(), 2)] {
        if !text.is_empty() {
            wiped::push(&mut text, '-');
        }
        for place in (0..digits).rev() {
            let digit = u32::try_from(number / 10_i32.pow(place) % 10).unwrap_or(0);
            wiped::push(&mut text, char::from_digit(digit, 10).unwrap_or('0'));
        }
    }
    Ok(text)
}

/// The date of a date and time of a database. A time other than midnight is kept, so that the value is refused: a date of birth
/// converted to universal time falls on the day before for half the year.
fn without_midnight(raw: &str) -> &str {
    let Some((date, time)) = raw.split_once(['T', ' ']) else { return raw };
    let time = time.trim().trim_end_matches('Z').trim_end_matches("+00:00");
    let midnight = time.contains(':') && time.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.'));
    if midnight { date } else { raw }
}

fn day(text: &str) -> Option<Date> {
    let mut parts = text.split(|sign: char| sign.is_whitespace() || matches!(sign, '-' | '/' | '.' | ','));
    let mut next = || parts.find(|part| !part.is_empty());
    let (first, second, third) = (next()?, next(), next());
    if next().is_some() {
        return None;
    }
    match (second, third) {
        (None, None) if first.len() == 8 => {
            let (year, rest) = first.split_at_checked(4)?;
            let (month, day) = rest.split_at_checked(2)?;
            date(year, month, day)
        }
        (Some(month), Some(day)) if first.len() == 4 => date(first, month, day),
        (Some(month), Some(year)) => date(year, month, first),
        _ => None,
    }
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    if year.len() != 4 {
        return None;
    }
    let month = number(month).or_else(|| named(month))?;
    let (day, ending) = day.split_at(day.bytes().take_while(u8::is_ascii_digit).count());
    if !ending.is_empty() && !["st", "nd", "rd", "th"].iter().any(|known| ending.eq_ignore_ascii_case(known)) {
        return None;
    }
    Date::new(number(year)?, i8::try_from(month).ok()?, i8::try_from(number(day)?).ok()?).ok()
}

/// A number of up to four digits, with no other characters.
fn number(text: &str) -> Option<i16> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The number of a month by its English name, complete or cut to three letters (also `Sept`).
fn named(text: &str) -> Option<i16> {
    let (start, rest) = text.split_at_checked(3)?;
    let at = MONTHS.iter().position(|month| start.eq_ignore_ascii_case(month))?;
    let whole = MONTH_ENDS.get(at)?;
    let ends = rest.is_empty() || rest.eq_ignore_ascii_case(whole) || (at == 8 && rest.eq_ignore_ascii_case("t"));
    if ends { i16::try_from(at + 1).ok() } else { None }
}
