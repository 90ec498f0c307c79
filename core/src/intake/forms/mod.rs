//! How a value of each kind of field is read into its canonical form.

mod codes;
mod dates;
mod keys;
mod numbers;

pub(super) use codes::{Area, Code, Flag, OpenCode, Set};
pub(super) use dates::{Date, Instant, PeriodCode};
pub(super) use keys::{Key, Pseudonym};
pub(super) use numbers::{Integer, Number, Weight};

use super::parse;
use super::registry::{self as known, Known};
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

    /// Whether many rows have the same text, so that it is worth remembering what it was read as; Arrow's texts are then
    /// checked as they are read. Not so for identifiers, of which each is also looked at by itself.
    const REPEATS: bool = true;

    /// Whether a value is [`Form::MISSING`].
    fn is_missing(value: Self::Value) -> bool {
        value == Self::MISSING
    }

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

    /// Days since 1970-01-01 that are values as they stand, if all of them are.
    fn plain_days(_: &[i32]) -> Option<&[Self::Value]> {
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
