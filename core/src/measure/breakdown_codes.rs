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
    /// Whether an answer has the code.
    pub(crate) listed: Listed,
}

/// When an answer has a code of a breakdown. A figure that was submitted for the code is always in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Listed {
    /// Also if no subject has it: the value is 0, or missing.
    Always,
    /// If a row has it.
    IfUsed,
    /// No subject can have it. A 0 would be no count.
    Never,
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
        for code in codes.iter_mut().filter(|_| !self.only.is_empty()) {
            if !self.only.contains(&code.code) {
                code.listed = Listed::Never;
            }
        }
        let in_records = self.field().is_some();
        if in_records && !self.multi_valued && codes.iter().all(|code| code.stored != 0) {
            codes.push(code(NOT_SUPPLIED, "Not supplied", 0, Listed::IfUsed));
        }
        Some(codes)
    }
}

fn codes_of(kind: &Kind, reference: &Reference) -> Vec<BreakdownCode> {
    match kind {
        Kind::Code(set) => {
            set.codes().iter().map(|c| code(&c.code, &c.label, c.number.into(), Listed::Always)).collect()
        }
        Kind::Set(set) => {
            let bit = |number: u8| usize::from(number).saturating_sub(1);
            set.codes().iter().map(|c| code(&c.code, &c.label, bit(c.number), Listed::Always)).collect()
        }
        Kind::Flag => vec![code("no", "No", 1, Listed::Always), code("yes", "Yes", 2, Listed::Always)],
        Kind::Integer(max) => {
            (0..=usize::from(*max)).map(|n| code(&n.to_string(), &n.to_string(), n + 1, Listed::IfUsed)).collect()
        }
        Kind::OpenCode(list) => reference.codes.list(list).map_or_else(Vec::new, |list| {
            let entries = list.iter();
            entries.map(|e| code(e.code(), e.label(), usize::from(e.index()) + 1, Listed::IfUsed)).collect()
        }),
        Kind::Area => {
            let areas = reference.areas.iter();
            areas.map(|(id, area)| code(area.code(), area.name(), id.index() + 1, Listed::IfUsed)).collect()
        }
        _ => Vec::new(),
    }
}

fn code(code: &str, label: &str, stored: usize, listed: Listed) -> BreakdownCode {
    BreakdownCode { code: code.to_owned(), label: label.to_owned(), stored, listed }
}
