//! Dates, instants and periods.

use crate::column::MISSING_DATE;
use crate::period::Period;

use super::super::views::ten_bytes;
use super::loose::Written;
use super::parse::ClockShows;
use super::{Fault, ValueReader, known, loose, parse};

/// What is wrong with a text that is no day and no time.
fn unread(text: &str, otherwise: Fault) -> Fault {
    if text.starts_with(loose::OTHER_FORMAT) {
        &known::OTHER_FORMAT
    } else if loose::is_day_number(text) {
        &known::DAY_NUMBER
    } else {
        otherwise
    }
}

/// A calendar date.
#[derive(Clone, Debug)]
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
        if let Some(day) = parse::date(text) {
            return Ok(day);
        }
        match loose::written(text) {
            Some(Written::At(day, minute)) => self.at(day, minute),
            Some(Written::Either(_)) => Err(&known::DAY_ORDER),
            None => parse::local_day(text).ok_or_else(|| unread(text, &known::NOT_A_DATE)),
        }
    }

    fn at(&mut self, day: i32, _: i32) -> Result<i32, Fault> {
        if DAYS.contains(&day) { Ok(day) } else { Err(&known::NOT_A_DATE) }
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

    fn shorts(views: &[u128], days: &mut [i32]) -> bool {
        let mut all = true;
        for (day, view) in days.iter_mut().zip(views) {
            let read = if *view == 0 { Some(MISSING_DATE) } else { ten_bytes(*view).and_then(parse::date_of_bytes) };
            all &= read.is_some();
            *day = read.unwrap_or(MISSING_DATE);
        }
        all
    }

    fn millis(&mut self, millis: i64, utc: bool) -> Option<Result<i32, Fault>> {
        if utc {
            return Some(parse::instant_of_millis(millis).map(parse::day_of_minute).ok_or(&known::NOT_A_DATE));
        }
        let days = i32::try_from(millis.div_euclid(MILLIS_A_DAY)).ok();
        Some(days.filter(|days| DAYS.contains(days)).ok_or(&known::NOT_A_DATE))
    }
}

/// An instant. A local time without an offset is the clock of London.
#[derive(Clone, Debug, Default)]
pub(in crate::intake) struct Instant {
    /// Whether the clock shows the last value twice.
    twice: bool,
}

impl Instant {
    fn local(&mut self, minute: i32) -> Result<i32, Fault> {
        match parse::clock_shows(minute) {
            ClockShows::Never => return Err(&known::SKIPPED_TIME),
            shows => self.twice = shows == ClockShows::Twice,
        }
        Ok(minute)
    }
}

impl ValueReader for Instant {
    type Value = i32;
    const MISSING: i32 = MISSING_DATE;
    const EXPECTED: &'static str = "timestamps, dates or text";
    const NOTES: bool = true;

    fn text(&mut self, text: &str) -> Result<i32, Fault> {
        if text.eq_ignore_ascii_case(parse::UNKNOWN) {
            return Ok(MISSING_DATE);
        }
        if let Some(minute) = parse::instant(text) {
            return Ok(minute);
        }
        match loose::written(text) {
            Some(Written::At(day, minute)) => self.at(day, minute),
            Some(Written::Either(_)) => Err(&known::DAY_ORDER),
            None => Err(unread(text, &known::NOT_AN_INSTANT)),
        }
    }

    fn at(&mut self, day: i32, minute: i32) -> Result<i32, Fault> {
        let minute = loose::local_minute(day, minute).ok_or(&known::NOT_AN_INSTANT)?;
        self.local(minute)
    }

    fn note(&mut self) -> Option<Fault> {
        std::mem::take(&mut self.twice).then_some(&known::AMBIGUOUS_TIME)
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
        let minutes = minutes.filter(|minutes| *minutes != MISSING_DATE).ok_or(&known::NOT_AN_INSTANT);
        Some(minutes.and_then(|minutes| self.local(minutes)))
    }
}

/// A period.
#[derive(Clone, Debug)]
pub(in crate::intake) struct PeriodCode;

impl ValueReader for PeriodCode {
    type Value = u32;
    const MISSING: u32 = 0;
    const EXPECTED: &'static str = "text or dictionary-encoded text";

    fn text(&mut self, text: &str) -> Result<u32, Fault> {
        text.parse().map(Period::to_code).map_err(|_| unread(text, &known::NOT_A_PERIOD))
    }
}
