//! Estimates: the parts of an estimate, and how each kind of value is estimated from counts.
//!
//! Counts are whole numbers and add up. Floating-point arithmetic begins here, after the last sum.

mod component;
mod estimators;
mod kinds;
mod missing;
mod state;

pub use component::{Component, ComponentKind};
pub use estimators::{
    Comparable, Estimated, LOW_BASE, Rule, UnitSums, check_base, count, count_to_f64, difference, rate, ratio, share,
    stated, stated_share, weighted_share, whole_number,
};
pub use kinds::{IntervalRule, ValueKind};
pub use missing::{MissingReason, Unavailable};
pub use state::State;
