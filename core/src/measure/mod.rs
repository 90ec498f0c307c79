//! The definitions of the measures: data, in one TOML file for each measure, checked against the contract when loaded.
//!
//! A file may hold variants of its measure: tables under `variants`, each overriding keys of the file, and under `across`
//! a second choice that is crossed with the first. Loading flattens them: one [`Definition`] for each. Expressions are
//! CEL, see [`crate::cel`]; a `${name}` in one stands for the expression of that name in the file's `terms`.
//!
//! ```
//! use peelian_core::Core;
//!
//! let core = Core::from_seeds()?;
//! let share = core.catalogue.get("repeat-victim-share").ok_or("no such measure")?;
//! assert_eq!(&*share.id, "repeat-victim-share.victims-prior-12m");
//! assert_eq!(&*share.unit, "person");
//! assert!(core.catalogue.get("repeat-victim-share.victims-rolling@1").is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! There is no field for a target or a rating, and a file with one is refused: the plan sets none.

mod breakdowns;
mod catalogue;
mod check;
mod definition;
mod levels;
mod table;

pub use catalogue::Catalogue;
pub use definition::{
    Breakdown, BreakdownCodes, Definition, Disclosure, GeoBasis, Polarity, RateBasis, Source, Standing,
};

pub use crate::estimate::{IntervalRule, ValueKind};
pub use crate::measure_file::DefinitionError;

#[cfg(test)]
mod tests;
