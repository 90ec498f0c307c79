//! Codes of closed and open lists, sets of codes, flags and areas.

use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::contract::{CodeSet, Field};
use crate::reference::{Areas, CodeList, Level};

use super::{Fault, ValueReader, known};
use crate::text_table::heading_key;

/// A code of a closed list.
#[derive(Clone, Debug)]
pub(in crate::intake) struct Code {
    codes: Arc<CodeSet>,
    /// The spellings of the contract. Other spellings are looked up without regard to case.
    spellings: Arc<HashMap<String, u8, FixedState>>,
    /// For each number, whether there is a code with it.
    numbers: [bool; 256],
}

impl Code {
    pub(in crate::intake) fn new(codes: &Arc<CodeSet>) -> Self {
        let mut spellings: HashMap<String, u8, FixedState> =
            codes.codes().iter().map(|code| (code.code.clone(), code.number)).collect();
        let numbered = codes.codes().iter().map(|code| (code.code.as_str(), code.number));
        spellings.extend(without_zeros(numbered, |text| codes.get(text).is_some()));
        let mut numbers = [false; 256];
        for code in codes.codes() {
            numbers[usize::from(code.number)] = true;
        }
        Self { codes: Arc::clone(codes), spellings: Arc::new(spellings), numbers }
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
        let find = |text: &str| {
            let known = self.spellings.get(text).copied();
            known.or_else(|| self.codes.get(text).map(|code| code.number))
        };
        find(text).or_else(|| find(without_fraction(text)?)).ok_or(&known::NOT_A_CODE)
    }

    fn flag(&mut self, flag: bool) -> Option<Result<u8, Fault>> {
        Some(self.text(if flag { "true" } else { "false" }))
    }
}

/// Spellings of codes without their leading zeros, which spreadsheets take off: 3 is 03 if there is no other 3.
fn without_zeros<'c, V: Copy + PartialEq>(
    codes: impl Iterator<Item = (&'c str, V)>,
    is_known: impl Fn(&str) -> bool,
) -> Vec<(String, V)> {
    let mut spellings: Vec<(String, V)> = Vec::new();
    let mut twice = Vec::new();
    for (code, value) in codes {
        let short = code.trim_start_matches('0');
        let is_shorter = short.len() < code.len() && short.starts_with(|letter: char| letter.is_ascii_digit());
        if !is_shorter || is_known(short) {
            continue;
        }
        if spellings.iter().any(|(known, other)| known == short && *other != value) {
            twice.push(short.to_owned());
        }
        spellings.push((short.to_owned(), value));
    }
    spellings.retain(|(short, _)| !twice.contains(short));
    spellings
}

/// The digits of a number that a tool wrote with an empty fraction: 3.0.
fn without_fraction(text: &str) -> Option<&str> {
    text.strip_suffix(".0").filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Codes of a closed list, separated by semicolons or bars in text.
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug)]
pub(in crate::intake) struct Flag;

impl ValueReader for Flag {
    type Value = u8;
    const MISSING: u8 = 0;
    const EXPECTED: &'static str = "booleans or text";

    fn text(&mut self, text: &str) -> Result<u8, Fault> {
        let any = |spellings: &[&str]| spellings.iter().any(|spelling| text.eq_ignore_ascii_case(spelling));
        if any(&["true", "yes", "y", "t", "1", "1.0"]) {
            Ok(2)
        } else if any(&["false", "no", "n", "f", "0", "0.0"]) {
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
#[derive(Clone, Debug)]
pub(in crate::intake) struct OpenCode {
    spellings: Arc<HashMap<String, u16, FixedState>>,
    /// Codes by the letters and digits of their labels. A label of several codes is none.
    labels: Arc<HashMap<String, Option<u16>, FixedState>>,
}

impl OpenCode {
    pub(in crate::intake) fn new(list: &CodeList) -> Self {
        let codes = || list.iter().filter_map(|entry| Some((entry, entry.index().checked_add(1)?)));
        let mut spellings: HashMap<String, u16, FixedState> =
            codes().map(|(entry, number)| (entry.code().to_owned(), number)).collect();
        let numbered = codes().map(|(entry, number)| (entry.code(), number));
        spellings.extend(without_zeros(numbered, |text| list.get(text).is_some()));
        let mut labels: HashMap<String, Option<u16>, FixedState> = HashMap::default();
        for (entry, number) in codes() {
            let same = labels.entry(heading_key(entry.label())).or_insert(Some(number));
            if *same != Some(number) {
                *same = None;
            }
        }
        Self { spellings: Arc::new(spellings), labels: Arc::new(labels) }
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
            .or_else(|| find(without_fraction(text)?))
            .or_else(|| self.labels.get(&heading_key(text)).copied().flatten())
            .ok_or(&known::NOT_LISTED)
    }
}

/// An area, stored as its number plus 1.
#[derive(Clone, Debug)]
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
        let found = found.or_else(|| self.areas.by_name(text));
        let area = found.ok_or(&known::NOT_AN_AREA)?;
        if self.level.is_some_and(|level| self.areas.get(area).level() != level) {
            return Err(&known::WRONG_LEVEL);
        }
        area.get().checked_add(1).ok_or(&known::NOT_AN_AREA)
    }
}
