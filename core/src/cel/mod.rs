//! Populations and rules: expressions in the Common Expression Language, compiled to tables.
//!
//! The language is CEL (<https://cel.dev>), which protobuf validation also uses. The `cel` crate parses it. A subset is
//! supported: `&&`, `||`, `!`, comparisons with constants, `in`, `== null`, flags by their name. Each comparison then depends
//! on one field. A field has few codes, so a comparison becomes a table from code to truth. No kernel evaluates an expression
//! or sees a string.
//!
//! ```text
//! knife_use in ['injured', 'threatened'] && knife_selected && record_status != 'cancelled'
//! 'race' in flag_hate          a set has a member
//! flag_hate == []              a set is empty
//! age >= 10 && age < 18        false if the age is missing
//! victim_pid != null           there is a value
//! crime.flag_da == 'yes'       a field of the row that this row refers to
//! ```
//!
//! A missing value is not equal to any constant, and neither above nor below it. `!=` and `!` are plain negations, so
//! `sex != 'male'` is true if the sex is missing. Write `sex != null && sex != 'male'` to exclude missing values.

mod compile;
mod predicate;

pub use compile::CelError;
pub use predicate::{Clause, FieldPath, Literal, Predicate, Table};

#[cfg(test)]
mod tests;
