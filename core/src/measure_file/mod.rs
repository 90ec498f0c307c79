//! The TOML file of a measure: its variants, and the look-up of its names and expressions.
//!
//! A text that is looked up or compiled keeps its place in the file, so that an error names the line.

mod checker;
mod error;
mod fields;
mod populations;
mod variants;

pub(crate) use checker::Checker;
pub use error::DefinitionError;
pub(crate) use fields::Fields;
pub(crate) use populations::Populations;

pub(crate) use error::{fault, parse_fault};
pub(crate) use variants::{Variant, expand};

/// A text with its place in the file.
pub(crate) type Text = toml::Spanned<String>;

/// A table with its place in the file, before it is read into its form.
pub(crate) type Table<'f> = toml::Spanned<toml::de::DeTable<'f>>;
