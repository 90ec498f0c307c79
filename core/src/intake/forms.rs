//! How a value of each kind of field is read into its canonical form.

use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::column::{MISSING_DATE, key_of};
use crate::contract::{CodeSet, Field};
use crate::period::Period;
use crate::reference::{Areas, CodeList, Level};

use super::findings::{self as known, Known};
use super::parse;
use super::tripwire::Tally;

/// Why a value cannot be read.
pub(super) type Fault = &'static Known;

/// Reads the values of one field. A value that is supplied and reads as [`Form::MISSING`] is one that says "not known".
pub(super) trait Form {
    /// Canonical value.
    type Value: Copy + PartialEq;
    /// The value that means "missing".
    const MISSING: Self::Value;
    /// What Arrow types it can be read from, for messages.
    const EXPECTED: &'static str;

    /// Reads text, trimmed and not empty.
    fn text(&mut self, text: &str) -> Result<Self::Value, Fault>;

    /// Reads a whole number.
    fn whole(&mut self, number: i64) -> Option<Result<Self::Value, Fault>> {
        Some(self.text(&number.to_string()))
    }

    /// Reads a number.
    fn number(&mut self, number: f64) -> Option<Result<Self::Value, Fault>> {
        parse::whole(number).and_then(|number| self.whole(number))
    }

    /// Reads a truth value.
    fn flag(&mut self, _: bool) -> Option<Result<Self::Value, Fault>> {
        None
    }

    /// Reads days since 1970-01-01.
    fn days(&mut self, _: i32) -> Option<Result<Self::Value, Fault>> {
        None
    }

    /// Reads milliseconds since 1970-01-01 00:00, UTC or local.
    fn millis(&mut self, _: i64, _utc: bool) -> Option<Result<Self::Value, Fault>> {
        None
    }

    /// Two sets together.
    fn joined(_: Self::Value, _: Self::Value) -> Option<Self::Value> {
        None
    }

    /// What the values look like together.
    fn tally(&self) -> Tally {
        Tally::default()
    }
}

/// An identifier.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) max_length: usize,
    pub(super) tally: Tally,
}

impl Form for Key {
    type Value = u64;
    const MISSING: u64 = 0;
    const EXPECTED: &'static str = "text or whole numbers";

    fn text(&mut self, text: &str) -> Result<u64, Fault> {
        // Bytes are at least as many as characters.
        if text.len() > self.max_length && text.chars().count() > self.max_length {
            return Err(&known::TOO_LONG);
        }
        self.tally.see(text);
        Ok(key_of(text))
    }

    fn tally(&self) -> Tally {
        self.tally
    }
}

/// A keyed pseudonym. Letter case does not matter.
#[derive(Debug)]
pub(super) struct Pseudonym;

impl Form for Pseudonym {
    type Value = u64;
    const MISSING: u64 = 0;
    const EXPECTED: &'static str = "text";

    fn text(&mut self, text: &str) -> Result<u64, Fault> {
        if !(32..=128).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(&known::NOT_A_PSEUDONYM);
        }
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Ok(key_of(&text.to_ascii_lowercase()));
        }
        Ok(key_of(text))
    }

    fn whole(&mut self, _: i64) -> Option<Result<u64, Fault>> {
        None
    }
}

/// A calendar date.
#[derive(Debug)]
pub(super) struct Date;

const MILLIS_A_DAY: i64 = 86_400_000;
const MILLIS_A_MINUTE: i64 = 60_000;
/// Days of 0001-01-01 and 9999-12-31.
const DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

impl Form for Date {
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
pub(super) struct Instant;

impl Form for Instant {
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

/// A survey weight.
#[derive(Debug)]
pub(super) struct Weight;

impl Form for Weight {
    type Value = u64;
    const MISSING: u64 = 0;
    const EXPECTED: &'static str = "numbers";

    fn text(&mut self, text: &str) -> Result<u64, Fault> {
        let number = parse::number(text).ok_or(&known::NOT_A_NUMBER)?;
        parse::weight(number).ok_or(&known::NOT_A_WEIGHT)
    }

    fn number(&mut self, number: f64) -> Option<Result<u64, Fault>> {
        Some(parse::weight(number).ok_or(&known::NOT_A_WEIGHT))
    }
}

/// A number.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
}

impl Form for Number {
    type Value = f64;
    const MISSING: f64 = f64::NAN;
    const EXPECTED: &'static str = "numbers";

    fn text(&mut self, text: &str) -> Result<f64, Fault> {
        let number = parse::number(text).ok_or(&known::NOT_A_NUMBER)?;
        self.number(number).unwrap_or(Err(&known::NOT_A_NUMBER))
    }

    fn number(&mut self, number: f64) -> Option<Result<f64, Fault>> {
        Some(if !number.is_finite() {
            Err(&known::NOT_A_NUMBER)
        } else if self.min.is_some_and(|min| number < min) {
            Err(&known::TOO_SMALL)
        } else if self.max.is_some_and(|max| number > max) {
            Err(&known::TOO_LARGE)
        } else {
            Ok(number)
        })
    }
}

/// A code of a closed list.
#[derive(Debug)]
pub(super) struct Code(pub(super) Arc<CodeSet>);

impl Code {
    /// The code with this number.
    pub(super) fn numbered(codes: &CodeSet, number: i32) -> Result<u8, Fault> {
        let code = u8::try_from(number).ok().and_then(|number| codes.by_number(number));
        code.map(|code| code.number).ok_or(&known::NOT_A_CODE)
    }
}

impl Form for Code {
    type Value = u8;
    const MISSING: u8 = 0;
    const EXPECTED: &'static str = "text or dictionary-encoded text";

    fn text(&mut self, text: &str) -> Result<u8, Fault> {
        self.0.get(text).map(|code| code.number).ok_or(&known::NOT_A_CODE)
    }

    fn flag(&mut self, flag: bool) -> Option<Result<u8, Fault>> {
        Some(self.text(if flag { "true" } else { "false" }))
    }
}

/// Codes of a closed list. Text separates them by semicolons or bars.
#[derive(Debug)]
pub(super) struct Set(pub(super) Arc<CodeSet>);

impl Set {
    /// The bit of the code with this number.
    pub(super) fn bit(number: u8) -> Result<u16, Fault> {
        let shift = u32::from(number).checked_sub(1);
        shift.and_then(|shift| 1_u16.checked_shl(shift)).ok_or(&known::NOT_A_CODE)
    }
}

impl Form for Set {
    type Value = u16;
    const MISSING: u16 = 0;
    const EXPECTED: &'static str = "lists of text, or text with semicolons between the codes";

    fn text(&mut self, text: &str) -> Result<u16, Fault> {
        let codes = text.split([';', '|']).map(str::trim_ascii).filter(|code| !code.is_empty());
        codes.into_iter().try_fold(0, |set, code| {
            let code = self.0.get(code).ok_or(&known::NOT_A_CODE)?;
            Ok(set | Self::bit(code.number)?)
        })
    }

    fn joined(one: u16, other: u16) -> Option<u16> {
        Some(one | other)
    }
}

/// Yes or no.
#[derive(Debug)]
pub(super) struct Flag;

impl Form for Flag {
    type Value = u8;
    const MISSING: u8 = 0;
    const EXPECTED: &'static str = "booleans or text";

    fn text(&mut self, text: &str) -> Result<u8, Fault> {
        let any = |spellings: &[&str]| spellings.iter().any(|spelling| text.eq_ignore_ascii_case(spelling));
        if any(&["true", "yes", "y", "t", "1"]) {
            Ok(2)
        } else if any(&["false", "no", "n", "f", "0"]) {
            Ok(1)
        } else {
            Err(&known::NOT_A_FLAG)
        }
    }

    fn flag(&mut self, flag: bool) -> Option<Result<u8, Fault>> {
        Some(Ok(1 + u8::from(flag)))
    }
}

/// A whole number, held plus 1.
#[derive(Debug)]
pub(super) struct Integer {
    pub(super) min: i64,
    pub(super) max: u16,
}

impl Form for Integer {
    type Value = u16;
    const MISSING: u16 = 0;
    const EXPECTED: &'static str = "whole numbers or text";

    fn text(&mut self, text: &str) -> Result<u16, Fault> {
        let number = text.parse().map_err(|_| &known::NOT_WHOLE)?;
        self.whole(number).unwrap_or(Err(&known::NOT_WHOLE))
    }

    fn whole(&mut self, number: i64) -> Option<Result<u16, Fault>> {
        Some(if number < self.min {
            Err(&known::TOO_SMALL)
        } else if number > i64::from(self.max) {
            Err(&known::TOO_LARGE)
        } else {
            u16::try_from(number + 1).map_err(|_| &known::TOO_SMALL)
        })
    }

    fn number(&mut self, number: f64) -> Option<Result<u16, Fault>> {
        Some(parse::whole(number).and_then(|number| self.whole(number)).unwrap_or(Err(&known::NOT_WHOLE)))
    }
}

/// A code of an open list, held as its index plus 1.
#[derive(Debug)]
pub(super) struct OpenCode {
    spellings: HashMap<String, u16, FixedState>,
}

impl OpenCode {
    pub(super) fn new(list: &CodeList) -> Self {
        let codes = list.iter().filter_map(|entry| Some((entry.code().to_owned(), entry.index().checked_add(1)?)));
        Self { spellings: codes.collect() }
    }
}

impl Form for OpenCode {
    type Value = u16;
    const MISSING: u16 = 0;
    const EXPECTED: &'static str = "text or dictionary-encoded text";

    fn text(&mut self, text: &str) -> Result<u16, Fault> {
        let find = |text: &str| self.spellings.get(text).copied();
        find(text)
            .or_else(|| find(&text.to_ascii_uppercase()))
            .or_else(|| find(&text.to_ascii_lowercase()))
            .ok_or(&known::NOT_LISTED)
    }
}

/// An area, held as its number plus 1.
#[derive(Debug)]
pub(super) struct Area {
    areas: Arc<Areas>,
    level: Option<Level>,
}

impl Area {
    pub(super) fn new(field: &Field, areas: &Arc<Areas>) -> Self {
        Self { areas: Arc::clone(areas), level: Level::from_id(&field.options.area_level) }
    }
}

impl Form for Area {
    type Value = u16;
    const MISSING: u16 = 0;
    const EXPECTED: &'static str = "text or dictionary-encoded text";

    fn text(&mut self, text: &str) -> Result<u16, Fault> {
        let found = self.areas.by_code(text).or_else(|| self.areas.by_code(&text.to_ascii_uppercase()));
        let area = found.ok_or(&known::NOT_AN_AREA)?;
        if self.level.is_some_and(|level| self.areas.get(area).level() != level) {
            return Err(&known::WRONG_LEVEL);
        }
        area.get().checked_add(1).ok_or(&known::NOT_AN_AREA)
    }
}

/// A period.
#[derive(Debug)]
pub(super) struct PeriodCode;

impl Form for PeriodCode {
    type Value = u32;
    const MISSING: u32 = 0;
    const EXPECTED: &'static str = "text or dictionary-encoded text";

    fn text(&mut self, text: &str) -> Result<u32, Fault> {
        text.parse().map(Period::to_code).map_err(|_| &known::NOT_A_PERIOD)
    }
}
