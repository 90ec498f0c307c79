//! Identifiers and pseudonyms.

use crate::column::key_of;

use super::{Fault, Tally, ValueReader, known, parse};

/// An identifier.
#[derive(Clone, Debug)]
pub(in crate::intake) struct Key {
    pub(in crate::intake) max_length: usize,
    pub(in crate::intake) tally: Tally,
}

impl ValueReader for Key {
    type Value = u64;
    const MISSING: u64 = 0;
    const EXPECTED: &'static str = "text or whole numbers";
    const REPEATS: bool = false;

    fn text(&mut self, text: &str) -> Result<u64, Fault> {
        if parse::is_missing(text) {
            return Err(&known::REQUIRED);
        }
        // A text has at least as many bytes as characters.
        if text.len() > self.max_length && text.chars().count() > self.max_length {
            return Err(&known::TOO_LONG);
        }
        self.tally.see(text);
        Ok(key_of(text))
    }

    fn tally(&mut self) -> Option<&mut Tally> {
        Some(&mut self.tally)
    }
}

/// A keyed pseudonym. Letter case does not matter.
#[derive(Clone, Debug)]
pub(in crate::intake) struct Pseudonym;

impl ValueReader for Pseudonym {
    type Value = u64;
    const MISSING: u64 = 0;
    const EXPECTED: &'static str = "text";
    const REPEATS: bool = false;

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
