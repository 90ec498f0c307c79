//! Counting kernels over raw narrow columns.
//!
//! A kernel never sees a string, a date in text or a definition: it takes codes (`u8`/`u16`), days, 64-bit keys and
//! fixed-point weights, and returns exact integer states. One pass answers many measures at once:
//!
//! 1. [`MaskProgram`] turns a row's codes into a bit per measure ("does this row belong to the population?");
//! 2. [`GroupIndex`] turns its keys (area, month, breakdown) into a dense index;
//! 3. [`count()`] and [`weighted()`] add the bits up by group; [`repeat()`] counts repeat victims.
//!
//! Every state is a sum of integers (or a set), so the result is the same bits whatever the number of threads, the
//! size of the chunks or the order of the rows.
//!
//! The hot loops use wrapping arithmetic where the comment beside them shows that it cannot wrap: the workspace builds
//! with overflow checks, which would stop the compiler from vectorising them.

mod column;
mod count;
mod error;
mod extremes;
mod group;
mod joint;
mod mask;
mod partition;
mod repeat;
mod slots;
#[cfg(test)]
mod tests;
mod weighted;

pub use column::{Batch, Column};
pub use count::{Counts, count};
pub use error::KernelError;
pub(crate) use extremes::extremes;
pub use group::{Dimension, GroupIndex, NONE};
pub use mask::{Clause, MAX_MEASURES, MaskProgram, Term};
pub use repeat::{
    Common, INDEX, MonthSpan, PRIOR, RepeatCounts, RepeatRule, RepeatVariant, RollingWindow, Victimisations, repeat,
};
pub use weighted::{MAX_WEIGHT, WEIGHT_UNIT, WeightedSums, weighted};
