//! Dates, instants and periods.

use crate::column::MISSING_DATE;
use crate::period::Period;

use super::{Fault, ValueReader, known, parse};

/// A calendar date.
#[derive(Debug)]
pub(in crate::intake) struct Date;

const MILLIS_A_DAY: i64 = 86_400_000;
const MILLIS_A_MINUTE: i64 = 60_000;
/// Days of 0001-01-01 and 9999-12-31.
const DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

impl ValueReader for Date {
    type Value = i32;
    const MISSING: i32 = MISSING_DATE;
    const EXPECTED: &'static str = "date32, date64, timestamps or text";

    fn text(&mut self, text: &str) -> Result<i32, Fault> {
        parse::date(text).ok_or(&known::NOT_A_DATE)
    }

    fn whole(&mut self, _: i64) -> Option<Result<i32, Fault>> {
        None
    }

    fn days(&mut self, days: i32) -> Option<Result<i32, Fault>> {
        Some(if DAYS.contains(&days) { Ok(days) } else { Err(&known::NOT_A_DATE) })
    }

    fn plain_days(days: &[i32]) -> Option<&[i32]> {
        // Without an early exit, so that many days are compared at once.
        let outside = days.iter().fold(false, |any, day| any | !DAYS.contains(day));
        Some(days).filter(|_| !outside)
    }

    fn millis(&mut self, millis: i64, utc: bool) -> Option<Result<i32, Fault>> {
        if utc {
            return Some(parse::instant_of_millis(millis).map(parse::day_of_minute).ok_or(&known::NOT_A_DATE));
        }
        let days = i32::try_from(millis.div_euclid(MILLIS_A_DAY)).ok();
        Some(days.filter(|days| DAYS.contains(days)).ok_or(&known::NOT_A_DATE))
    }
}

/// An instant.
#[derive(Debug)]
pub(in crate::intake) struct Instant;

impl ValueReader for Instant {
    type Value = i32;
    const MISSING: i32 = MISSING_DATE;
    const EXPECTED: &'static str = "timestamps, dates or text";

    fn text(&mut self, text: &str) -> Result<i32, Fault> {
        if text.eq_ignore_ascii_case("unknown") {
            return Ok(MISSING_DATE);
        }
        parse::instant(text).ok_or(&known::NOT_AN_INSTANT)
    }

    fn whole(&mut self, _: i64) -> Option<Result<i32, Fault>> {
        None
    }

    fn days(&mut self, days: i32) -> Option<Result<i32, Fault>> {
        Some(days.checked_mul(1_440).ok_or(&known::NOT_AN_INSTANT))
    }

    fn millis(&mut self, millis: i64, utc: bool) -> Option<Result<i32, Fault>> {
        if utc {
            return Some(parse::instant_of_millis(millis).ok_or(&known::NOT_AN_INSTANT));
        }
        let minutes = i32::try_from(millis.div_euclid(MILLIS_A_MINUTE)).ok();
        Some(minutes.filter(|minutes| *minutes != MISSING_DATE).ok_or(&known::NOT_AN_INSTANT))
    }
}

/// A period.
#[derive(Debug)]
pub(in crate::intake) struct PeriodCode;

impl ValueReader for PeriodCode {
    type Value = u32;
    const MISSING: u32 = 0;
    const EXPECTED: &'static str = "text or dictionary-encoded text";

    fn text(&mut self, text: &str) -> Result<u32, Fault> {
        text.parse().map(Period::to_code).map_err(|_| &known::NOT_A_PERIOD)
    }
}
