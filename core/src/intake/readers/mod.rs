//! Converts a value of each kind of field to its canonical form.

mod codes;
mod dates;
mod keys;
mod numbers;

pub(super) use codes::{Area, Code, Flag, OpenCode, Set};
pub(super) use dates::{Date, Instant, PeriodCode};
pub(super) use keys::{Key, Pseudonym};
pub(super) use numbers::{Integer, Number, Weight};

use super::direct_identifier::Tally;
use super::loose::{self, Slashed};
use super::parse;
use super::registry::{self as known, Known};
use crate::text_table::trimmed;

/// Why a value cannot be read.
pub(super) type Fault = &'static Known;

/// Reads the values of one field. A supplied value that is read as [`ValueReader::MISSING`] says "not known".
pub(super) trait ValueReader: Clone {
    /// Canonical value.
    type Value: Copy + PartialEq;
    /// The value that means "missing".
    const MISSING: Self::Value;
    /// The Arrow types that the field can be read from, for messages.
    const EXPECTED: &'static str;

    /// Whether many rows have the same text, so that the values of texts are cached. The texts of Arrow arrays are then checked
    /// as they are read. `false` for identifiers, because each of them is also counted in the tally.
    const REPEATS: bool = true;

    /// Whether a value can have a note: see [`ValueReader::note`].
    const NOTES: bool = false;

    /// Whether a value is [`ValueReader::MISSING`].
    fn is_missing(value: Self::Value) -> bool {
        value == Self::MISSING
    }

    /// Reads text, trimmed and not empty.
    fn text(&mut self, text: &str) -> Result<Self::Value, Fault>;

    /// What is to be told of the value that was read last, although it is right.
    fn note(&mut self) -> Option<Fault> {
        None
    }

    /// Reads a day since 1970-01-01 and a minute of the day.
    fn at(&mut self, _day: i32, _minute: i32) -> Result<Self::Value, Fault> {
        Err(&known::NOT_A_DATE)
    }

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

    /// Days since 1970-01-01 as values, if they need no conversion and all are valid.
    fn plain_days(_: &[i32]) -> Option<&[Self::Value]> {
        None
    }

    /// Reads milliseconds since 1970-01-01 00:00, UTC or local.
    fn millis(&mut self, _: i64, _utc: bool) -> Option<Result<Self::Value, Fault>> {
        None
    }

    /// The union of two sets.
    fn joined(_: Self::Value, _: Self::Value) -> Option<Self::Value> {
        None
    }

    /// Reads short texts, given as views, without a cache. Returns whether all of them were read: otherwise the values must not
    /// be used.
    fn shorts(_: &[u128], _: &mut [Self::Value]) -> bool {
        false
    }

    /// The tally of the values by the shapes of direct identifiers, if the field has one.
    fn tally(&mut self) -> Option<&mut Tally> {
        None
    }
}

/// Reads a text of a file. `None` if it is empty, or a mark that stands where there is no value; otherwise the text without
/// space around it.
pub(super) fn supplied<'t, F: ValueReader>(
    reader: &mut F,
    text: &'t str,
) -> Option<(&'t str, Result<F::Value, Fault>)> {
    let text = trimmed(text);
    if text.is_empty() {
        return None;
    }
    match reader.text(text) {
        // A code of a list can be spelled like such a mark.
        Err(_) if parse::is_missing(text) => None,
        read => Some((text, read)),
    }
}

/// The day of a text whose order of day and month is decided by the column.
pub(super) fn slashed(text: &str) -> Option<Slashed> {
    match loose::written(text)? {
        loose::Written::Either(slashed) => Some(slashed),
        loose::Written::At(..) => None,
    }
}
