//! Closed code lists: the values of an enum.

use std::collections::HashMap;

use jiff::civil::Date;

/// One code of a closed list.
#[derive(Clone, Debug)]
pub struct Code {
    /// The code: `injured`.
    pub code: String,
    /// Number of the enum value. The code is stored as this number, so it never changes.
    pub number: u8,
    /// Label for people.
    pub label: String,
    /// Other spellings that files use.
    pub aliases: Vec<String>,
    /// First day on which the code may be used.
    pub valid_from: Option<Date>,
    /// Smallest and largest number in the band, if the codes are bands.
    pub band: Option<(i32, i32)>,
    /// Code of the broader group.
    pub group: Option<String>,
}

/// The codes of one enum.
#[derive(Clone, Debug)]
pub struct CodeSet {
    codes: Vec<Code>,
    spellings: HashMap<String, usize>,
}

impl CodeSet {
    pub(super) fn new(codes: Vec<Code>) -> Self {
        let mut spellings = HashMap::new();
        for (index, code) in codes.iter().enumerate() {
            for spelling in code.aliases.iter().chain([&code.code]) {
                spellings.insert(spelling.to_lowercase(), index);
            }
        }
        Self { codes, spellings }
    }

    /// The codes in the order of their numbers. Only a band for "not known" has the number 0.
    #[must_use]
    pub fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// The code with this spelling, without regard to case.
    #[must_use]
    pub fn get(&self, spelling: &str) -> Option<&Code> {
        let index = self.spellings.get(spelling).or_else(|| self.spellings.get(&spelling.to_lowercase()))?;
        self.codes.get(*index)
    }

    /// The code with this number.
    #[must_use]
    pub fn by_number(&self, number: u8) -> Option<&Code> {
        self.codes.iter().find(|code| code.number == number)
    }

    /// The bits that a code has in a column of sets: its own, and those of the codes of which it is the broader group. A
    /// subject with one of these is a member of the group.
    #[must_use]
    pub fn bits(&self, number: u8) -> usize {
        let Some(whole) = self.by_number(number) else { return 0 };
        let is_part = |part: &&Code| part.number == number || part.group.as_deref() == Some(whole.code.as_str());
        self.codes.iter().filter(is_part).fold(0, |bits, part| bits | 1 << part.number.saturating_sub(1))
    }

    /// Largest number.
    #[must_use]
    pub fn largest(&self) -> u8 {
        self.codes.iter().map(|code| code.number).max().unwrap_or(0)
    }
}
