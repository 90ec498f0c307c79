//! The TOML file of a measure: its variants, and how its names and expressions are looked up.
//!
//! Text that is looked up or compiled carries its place in the file, so that a fault names the line.

mod checker;
mod error;
mod fields;
mod variants;

pub(crate) use checker::Checker;
pub use error::DefinitionError;
pub(crate) use fields::Fields;

pub(crate) use error::fault;
pub(crate) use variants::{Variant, expand};

/// A text with its place.
pub(crate) type Text = toml::Spanned<String>;

/// A table that has not been read into its form yet, with its place.
pub(crate) type Table<'f> = toml::Spanned<toml::de::DeTable<'f>>;
