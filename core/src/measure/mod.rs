//! The definitions of the measures. They are data: one TOML file for each measure. Loading checks them against the
//! contract.
//!
//! A file may hold variants of its measure. Each table under `variants` overrides keys of the file. Tables under
//! `across` are a second choice, which is crossed with the first. Loading makes one [`Definition`] for each
//! combination. Expressions are CEL: see [`crate::cel`]. In an expression, `${name}` stands for the expression of that
//! name in the file's `terms`.
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
//! There is no key for a target or a rating, because the plan sets none. A file that has one is refused.

mod breakdown_codes;
mod breakdowns;
mod catalogue;
mod check;
mod definition;
mod levels;
mod profile;
mod table;

pub(crate) use breakdown_codes::Listed;
pub use breakdown_codes::{BreakdownCode, NOT_SUPPLIED};
pub use catalogue::Catalogue;
pub use definition::{
    Breakdown, BreakdownCodes, Definition, Disclosure, GeoBasis, Polarity, RateBasis, Source, Standing,
};

pub use profile::{Profile, Profiles};

pub(crate) use definition::TallyName;

pub use crate::estimate::{IntervalRule, ValueKind};
pub use crate::measure_file::DefinitionError;

#[cfg(test)]
mod tests;
