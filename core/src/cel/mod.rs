//! Populations and rules: expressions in the Common Expression Language, compiled to tables.
//!
//! The language is CEL (<https://cel.dev>), which protobuf's own validation uses; the `cel` crate parses it. Of the
//! language a subset is taken: `&&`, `||`, `!`, comparisons with constants, `in`, `== null`, flags by their name. Each
//! comparison then depends on one field, and a field has few codes, so it becomes a table from code to truth: no
//! kernel evaluates an expression or sees a string.
//!
//! ```text
//! knife_use in ['injured', 'threatened'] && knife_selected && record_status != 'cancelled'
//! 'race' in flag_hate          a set has a member
//! flag_hate == []              a set is empty
//! age >= 10 && age < 18        false where the age is missing
//! victim_pid != null           there is a value
//! crime.flag_da == 'yes'       a field of the row that this row refers to
//! ```
//!
//! A missing value equals no constant and lies on neither side of one; `!=` and `!` are the plain negations, so
//! `sex != 'male'` holds where the sex is missing. Say `sex != null && sex != 'male'` where that matters.

mod compile;
mod predicate;

pub use compile::CelError;
pub use predicate::{Clause, FieldPath, Literal, Predicate, Table};

#[cfg(test)]
mod tests;
