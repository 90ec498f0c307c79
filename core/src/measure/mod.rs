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

mod catalogue;
mod check;
mod definition;
mod design;
mod dimensions;
mod expand;
mod fields;
mod levels;
mod raw;
mod reads;
mod resolve;

pub use catalogue::{Catalogue, DefinitionError};
pub use definition::{
    Breakdown, BreakdownCodes, Definition, Disclosure, GeoBasis, IntervalRule, Polarity, RateBasis, Source, Standing,
    ValueKind,
};
pub use design::{
    Completeness, Design, Funnel, FunnelBasis, Gap, Group, Place, Population, RepeatResult, RepeatRule, RepeatShare,
    Residents, Step, Subjects, Window,
};

#[cfg(test)]
mod tests;
