//! Counting kernels over raw narrow columns.
//!
//! A kernel never sees a string, a date in text or a definition. It takes codes (`u8` or `u16`), days, 64-bit keys and
//! fixed-point weights, and returns exact integer states. One pass counts for many measures at once:
//!
//! 1. [`MaskProgram`] turns the codes of a row into a bit for each measure: whether the row belongs to its population;
//! 2. [`GroupIndex`] turns the area, month and breakdown of a row into a dense index;
//! 3. [`count()`] adds up the bits by group, [`weighted()`] adds up weights, and [`repeat()`] counts repeat victims.
//!
//! Every state is a sum of integers, or a set. The result therefore has the same bits for any number of threads, any size
//! of the chunks and any order of the rows.
//!
//! The inner loops use wrapping arithmetic if a comment beside them shows that no value can wrap. The workspace builds with
//! overflow checks, and these would stop the compiler from vectorising the loops.

mod column;
mod count;
mod error;
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
pub use group::{Dimension, GroupIndex, NONE};
pub use mask::{Clause, MAX_MEASURES, MaskProgram, Term};
pub use repeat::{
    Common, INDEX, PRIOR, RepeatCounts, RepeatRule, RepeatVariant, RollingWindow, Victimisations, repeat,
};
pub use weighted::{SurveyColumns, SurveyMeasures, SurveySums, weighted};
