//! Disclosure control: which cells of a table are suppressed, so that an outsider can neither work out a small count nor
//! enclose it too narrowly.
//!
//! All published tables are one linear system (`docs/adr/0027-published-tables-are-one-linear-system.md`): every published
//! cell is a sum of inner cells. So whatever several tables tell together is an equation like any other. [`protect()`]
//! suppresses cells in four steps:
//!
//! 1. Primary rules name the cells that are disclosive by themselves ([`Policy`]).
//! 2. Gaussian elimination suppresses further cells until none of them is a combination of published cells.
//! 3. Sums of ones stay unpublished, since they would give the ones away.
//! 4. For each primary cell, moves prove which other values are possible. Where they are too few, more is suppressed.
//!
//! [`audit()`] is an attacker. It reads a published table alone, and encloses every suppressed cell.

mod arrow_tables;
mod audit;
mod basis;
mod cost;
mod dimension;
mod elimination;
mod error;
mod fewest;
mod field;
mod interval;
mod linked;
mod moves;
mod policy;
mod programme;
mod protect;
mod result;
mod rule;
mod sets;
mod system;
mod table;
#[cfg(test)]
mod tests;

pub use arrow_tables::{
    DimensionColumn, EarlierTable, ProtectedTable, RowColumns, TableError, audit_table, protect_table,
};
pub use audit::{Audit, Enclosed, Knowledge, PublishedCell, PublishedShare, audit};
pub use dimension::Dimension;
pub use error::DisclosureError;
pub use linked::{Change, Fate, Fates, LinkedCounts, Standing};
pub use policy::{BaseRule, Dominance, GroupRule, Policy};
pub use protect::{protect, protect_with};
pub use result::{Enclosure, Protected, ProtectedCell, ProtectedShare, Reason, Status, Summary, Verdict};
pub(crate) use sets::Sets;
pub use table::{Codes, Contribution, Earlier, LARGEST, Share, Table, Use};

/// The steps of protection. Tests switch them off to show that each is needed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Steps {
    /// Step 2: no primary cell is a combination of published cells.
    pub exact: bool,
    /// Step 3: no set of ones is given away by its sum.
    pub singletons: bool,
    /// Step 4: no interval is too narrow.
    pub intervals: bool,
    /// Step 7: what was published earlier is known, and what was withheld stays protected.
    pub earlier: bool,
}

impl Steps {
    /// All steps.
    pub const ALL: Self = Self { exact: true, singletons: true, intervals: true, earlier: true };
    /// None: what a rule names is withheld, and nothing else.
    pub const NONE: Self = Self { exact: false, singletons: false, intervals: false, earlier: false };
}
