//! The codes that a column offers.

use crate::contract::{CodeSet, Field, Kind};
use crate::reference::{Level, Reference, Validity};

/// The codes of a field.
pub(super) struct Choices {
    pub(super) codes: Vec<Choice>,
    /// Whether a value is one of these codes as it is written here. A set has several codes in one cell, and an area can have
    /// its name.
    pub(super) only: bool,
}

/// One code.
pub(super) struct Choice {
    pub(super) code: String,
    pub(super) meaning: String,
    pub(super) validity: Validity,
}

impl Choices {
    /// The codes of a field; none for a field of another kind, and for an area of any level.
    pub(super) fn of(field: &Field, reference: &Reference) -> Self {
        let codes = match &field.kind {
            Kind::Code(codes) | Kind::Set(codes) => closed(codes),
            Kind::OpenCode(list) => open(list, reference),
            Kind::Area => {
                Level::from_id(&field.options.area_level).map_or_else(Vec::new, |level| areas(level, reference))
            }
            Kind::Flag => [("true", "Yes"), ("false", "No")].map(|(code, meaning)| always(code, meaning)).into(),
            _ => Vec::new(),
        };
        Self { codes, only: !matches!(field.kind, Kind::Set(_) | Kind::Area) }
    }
}

fn always(code: &str, meaning: &str) -> Choice {
    Choice { code: code.to_owned(), meaning: meaning.to_owned(), validity: Validity::default() }
}

fn closed(codes: &CodeSet) -> Vec<Choice> {
    let valid_from = |from| Validity { from, to: None };
    let codes = codes.codes().iter();
    codes.map(|code| Choice { validity: valid_from(code.valid_from), ..always(&code.code, &code.label) }).collect()
}

fn open(list: &str, reference: &Reference) -> Vec<Choice> {
    let entries = reference.codes.list(list).into_iter().flat_map(|list| list.iter());
    entries.map(|entry| Choice { validity: entry.validity(), ..always(entry.code(), entry.label()) }).collect()
}

fn areas(level: Level, reference: &Reference) -> Vec<Choice> {
    let areas = reference.areas.at_level(level).map(|id| reference.areas.get(id));
    areas.map(|area| Choice { validity: area.validity(), ..always(area.code(), area.name()) }).collect()
}
