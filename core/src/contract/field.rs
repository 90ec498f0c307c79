//! One field of a dataset.

use std::sync::Arc;

use peelian::annotations::v1::Field as Options;
use peelian::annotations::v1::derived::How;

use super::CodeSet;

/// One field of a dataset.
#[derive(Debug)]
pub struct Field {
    /// Name, as in the CSV header.
    pub name: String,
    /// Description, from the comment of the field.
    pub description: String,
    /// Kind: how it is written and stored.
    pub kind: Kind,
    /// Options of the contract besides the type.
    pub options: Options,
    /// How it is derived from other fields, if it is not submitted.
    pub derivation: Option<Derivation>,
}

/// How the value of a field is derived from other fields.
pub type Derivation = How;

/// How a field is written and stored. See [`crate::column::Column`] for the stored forms.
#[derive(Clone, Debug)]
pub enum Kind {
    /// The partner's own identifier, stored as a 64-bit key.
    Key,
    /// A keyed pseudonym, stored as a 64-bit key.
    Pseudonym,
    /// A calendar date.
    Date,
    /// An instant, stored as local minutes.
    Timestamp,
    /// A survey weight.
    Weight,
    /// A number.
    Number,
    /// Text.
    Text,
    /// One code of a closed list.
    Code(Arc<CodeSet>),
    /// Any codes of a closed list.
    Set(Arc<CodeSet>),
    /// Yes or no.
    Flag,
    /// A whole number from 0 to this maximum.
    Integer(u16),
    /// A code of the open list with this name.
    OpenCode(String),
    /// An area.
    Area,
    /// A period.
    Period,
}

/// Whether a row must have a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Presence {
    /// Every row.
    Required,
    /// Rows for which `required_when` of the field is true.
    Conditional,
    /// No row.
    Optional,
}

impl Kind {
    /// Whether codes are stored in 8 bits and not in 16. For codes, sets, flags and whole numbers.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        match self {
            Self::Code(_) | Self::Flag => true,
            Self::Set(codes) => codes.largest() <= 8,
            Self::Integer(max) => *max < 255,
            _ => false,
        }
    }

    /// Name of the type in the data dictionary.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Pseudonym => "pseudonym",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Weight => "weight",
            Self::Number => "number",
            Self::Text => "text",
            Self::Code(_) | Self::OpenCode(_) => "code",
            Self::Set(_) => "set",
            Self::Flag => "boolean",
            Self::Integer(_) => "integer",
            Self::Area => "area",
            Self::Period => "period",
        }
    }
}

impl Field {
    /// Whether every row must have a value.
    #[must_use]
    pub fn required(&self) -> bool {
        self.options.required
    }

    /// The headings under which files have the field: its name and its aliases.
    pub fn headings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.options.aliases.iter().map(String::as_str))
    }

    /// The condition under which a row must have a value.
    #[must_use]
    pub fn presence(&self) -> Presence {
        if self.options.required {
            Presence::Required
        } else if self.options.required_when.is_empty() {
            Presence::Optional
        } else {
            Presence::Conditional
        }
    }

    /// Dataset that the value refers to.
    #[must_use]
    pub fn references(&self) -> Option<&str> {
        Some(self.options.references.as_str()).filter(|dataset| !dataset.is_empty())
    }

    /// Whether findings never quote the value.
    #[must_use]
    pub fn personal(&self) -> bool {
        self.options.personal
    }

    /// Whether the value is checked and then dropped.
    #[must_use]
    pub fn transient(&self) -> bool {
        self.options.transient
    }

    /// Longest text allowed, in characters.
    #[must_use]
    pub fn max_length(&self) -> usize {
        const DEFAULT: u32 = 64;
        let length = if self.options.max_length == 0 { DEFAULT } else { self.options.max_length };
        usize::try_from(length).unwrap_or(usize::MAX)
    }
}
