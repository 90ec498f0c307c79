//! Codes of closed and open lists, sets of codes, flags and areas.

use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::contract::{CodeSet, Field};
use crate::reference::{Areas, CodeList, Level};

use super::{Fault, ValueReader, known};

/// A code of a closed list.
#[derive(Debug)]
pub(in crate::intake) struct Code {
    codes: Arc<CodeSet>,
    /// The spellings of the contract. Other spellings are looked up without regard to case.
    spellings: HashMap<String, u8, FixedState>,
    /// For each number, whether there is a code with it.
    numbers: [bool; 256],
}

impl Code {
    pub(in crate::intake) fn new(codes: &Arc<CodeSet>) -> Self {
        let spellings = codes.codes().iter().map(|code| (code.code.clone(), code.number)).collect();
        let mut numbers = [false; 256];
        for code in codes.codes() {
            numbers[usize::from(code.number)] = true;
        }
        Self { codes: Arc::clone(codes), spellings, numbers }
    }

    /// The code with this number.
    pub(in crate::intake) fn numbered(&self, number: i32) -> Result<u8, Fault> {
        u8::try_from(number).ok().filter(|number| self.numbers[usize::from(*number)]).ok_or(&known::NOT_A_CODE)
    }
}

impl ValueReader for Code {
    type Value = u8;
    const MISSING: u8 = 0;
    const EXPECTED: &'static str = "text or dictionary-encoded text";

    fn text(&mut self, text: &str) -> Result<u8, Fault> {
        let known = self.spellings.get(text).copied();
        known.or_else(|| self.codes.get(text).map(|code| code.number)).ok_or(&known::NOT_A_CODE)
    }

    fn flag(&mut self, flag: bool) -> Option<Result<u8, Fault>> {
        Some(self.text(if flag { "true" } else { "false" }))
    }
}

/// Codes of a closed list, separated by semicolons or bars in text.
#[derive(Debug)]
pub(in crate::intake) struct Set(Code);

impl Set {
    pub(in crate::intake) fn new(codes: &Arc<CodeSet>) -> Self {
        Self(Code::new(codes))
    }

    /// The set of the codes with these numbers.
    pub(in crate::intake) fn numbered(&self, numbers: &[i32]) -> Result<u16, Fault> {
        numbers.iter().try_fold(0, |set, number| Ok(set | bit(self.0.numbered(*number)?)?))
    }
}

/// The bit of the code with this number.
fn bit(number: u8) -> Result<u16, Fault> {
    let shift = u32::from(number).checked_sub(1);
    shift.and_then(|shift| 1_u16.checked_shl(shift)).ok_or(&known::NOT_A_CODE)
}

impl ValueReader for Set {
    type Value = u16;
    const MISSING: u16 = 0;
    const EXPECTED: &'static str = "lists of text, or text with semicolons between the codes";

    fn text(&mut self, text: &str) -> Result<u16, Fault> {
        let mut codes = text.split([';', '|']).map(str::trim_ascii).filter(|code| !code.is_empty());
        codes.try_fold(0, |set, code| Ok(set | bit(self.0.text(code)?)?))
    }

    fn joined(one: u16, other: u16) -> Option<u16> {
        Some(one | other)
    }
}

/// Yes or no.
#[derive(Debug)]
pub(in crate::intake) struct Flag;

impl ValueReader for Flag {
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

/// A code of an open list, stored as its index plus 1.
#[derive(Debug)]
pub(in crate::intake) struct OpenCode {
    spellings: HashMap<String, u16, FixedState>,
}

impl OpenCode {
    pub(in crate::intake) fn new(list: &CodeList) -> Self {
        let codes = list.iter().filter_map(|entry| Some((entry.code().to_owned(), entry.index().checked_add(1)?)));
        Self { spellings: codes.collect() }
    }
}

impl ValueReader for OpenCode {
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

/// An area, stored as its number plus 1.
#[derive(Debug)]
pub(in crate::intake) struct Area {
    areas: Arc<Areas>,
    level: Option<Level>,
}

impl Area {
    pub(in crate::intake) fn new(field: &Field, areas: &Arc<Areas>) -> Self {
        Self { areas: Arc::clone(areas), level: Level::from_id(&field.options.area_level) }
    }
}

impl ValueReader for Area {
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
