//! Weights, numbers and whole numbers.

use super::{Fault, ValueReader, known, parse};

/// A survey weight.
#[derive(Clone, Debug)]
pub(in crate::intake) struct Weight;

impl ValueReader for Weight {
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
#[derive(Clone, Debug)]
pub(in crate::intake) struct Number {
    pub(in crate::intake) min: Option<f64>,
    pub(in crate::intake) max: Option<f64>,
    /// Whether a mark of suppression can stand in place of the number.
    pub(in crate::intake) can_be_suppressed: bool,
}

impl ValueReader for Number {
    type Value = f64;
    const MISSING: f64 = f64::NAN;
    const EXPECTED: &'static str = "numbers";

    fn is_missing(value: f64) -> bool {
        value.is_nan()
    }

    fn text(&mut self, text: &str) -> Result<f64, Fault> {
        let number = parse::number(text).or_else(|| parse::grouped(text));
        let number = number.ok_or_else(|| {
            if self.can_be_suppressed && parse::is_suppressed(text) {
                &known::SUPPRESSED
            } else {
                &known::NOT_A_NUMBER
            }
        })?;
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

/// A whole number, stored as the number plus 1.
#[derive(Clone, Debug)]
pub(in crate::intake) struct Integer {
    pub(in crate::intake) min: i64,
    pub(in crate::intake) max: u16,
}

impl ValueReader for Integer {
    type Value = u16;
    const MISSING: u16 = 0;
    const EXPECTED: &'static str = "whole numbers or text";

    fn text(&mut self, text: &str) -> Result<u16, Fault> {
        // Tools without missing whole numbers write 21.0.
        let decimal = || parse::number(text).or_else(|| parse::grouped(text)).and_then(parse::whole);
        let number = text.parse().ok().or_else(decimal).ok_or(&known::NOT_WHOLE)?;
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
