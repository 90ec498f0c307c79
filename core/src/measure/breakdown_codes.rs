//! The codes of a dimension, from the contract, the code lists or the areas.

use crate::contract::Kind;
use crate::reference::Reference;

use super::{Breakdown, BreakdownCodes};

/// Code for subjects without a value.
pub const NOT_SUPPLIED: &str = "not_supplied";

/// One code of a dimension.
#[derive(Clone, Debug)]
pub struct BreakdownCode {
    /// Code: `female`.
    pub code: String,
    /// Label for people.
    pub label: String,
    /// The number that the column stores. For a set, the position of the code's bit.
    pub(crate) stored: usize,
    /// Whether the code is part of every answer, even if no subject has it.
    pub(crate) always: bool,
}

impl Breakdown {
    /// The codes in the order of their numbers, then the code for subjects without a value. `None` for the publisher's own
    /// words, which are in no list.
    #[must_use]
    pub fn codes(&self, reference: &Reference) -> Option<Vec<BreakdownCode>> {
        let kind = match &self.codes {
            BreakdownCodes::Field(path) | BreakdownCodes::Contract(path) => {
                path.declared().map(|field| field.kind.clone())
            }
            BreakdownCodes::List(list) => Some(Kind::OpenCode(list.clone())),
            BreakdownCodes::Published => return None,
        };
        let mut codes = kind.map_or_else(Vec::new, |kind| codes_of(&kind, reference));
        let in_records = self.field().is_some();
        if in_records && !self.multi_valued && codes.iter().all(|code| code.stored != 0) {
            codes.push(code(NOT_SUPPLIED, "Not supplied", 0, false));
        }
        Some(codes)
    }
}

fn codes_of(kind: &Kind, reference: &Reference) -> Vec<BreakdownCode> {
    match kind {
        Kind::Code(set) => set.codes().iter().map(|c| code(&c.code, &c.label, c.number.into(), true)).collect(),
        Kind::Set(set) => {
            let bit = |number: u8| usize::from(number).saturating_sub(1);
            set.codes().iter().map(|c| code(&c.code, &c.label, bit(c.number), true)).collect()
        }
        Kind::Flag => vec![code("no", "No", 1, true), code("yes", "Yes", 2, true)],
        Kind::Integer(max) => {
            (0..=usize::from(*max)).map(|n| code(&n.to_string(), &n.to_string(), n + 1, false)).collect()
        }
        Kind::OpenCode(list) => reference.codes.list(list).map_or_else(Vec::new, |list| {
            let entries = list.iter();
            entries.map(|e| code(e.code(), e.label(), usize::from(e.index()) + 1, false)).collect()
        }),
        Kind::Area => {
            let areas = reference.areas.iter();
            areas.map(|(id, area)| code(area.code(), area.name(), id.index() + 1, false)).collect()
        }
        _ => Vec::new(),
    }
}

fn code(code: &str, label: &str, stored: usize, always: bool) -> BreakdownCode {
    BreakdownCode { code: code.to_owned(), label: label.to_owned(), stored, always }
}
