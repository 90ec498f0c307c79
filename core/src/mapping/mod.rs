//! A mapping says how the file of a local system becomes rows of a dataset: which column is which field, which value is which
//! code, how dates are written, and what is the same in all rows.
//!
//! ```toml
//! [columns]                      # a heading of the file = a field; "" leaves the column out
//! "Site of treatment" = "site_code"
//! "Comments" = ""
//!
//! [values.assault_method]        # a value of the file = the value of the field
//! "Stabbed" = "03"
//!
//! [formats]                      # how the dates of a field are written: the signs of strptime, or days since a day
//! arrival_at = "%d/%m/%Y %H:%M"
//! assault_at = "days since 1899-12-30"
//!
//! [constants]                    # a field that the file does not have = the value of all rows
//! assault_location_type = "99"
//! ```
//!
//! The mapped rows are CSV of the contract. Each row stays in its line and each column in its place, so that a finding names
//! the place in the original file.
//!
//! ```
//! use peelian_core::contract::Contract;
//! use peelian_core::mapping::Mapping;
//!
//! let dataset = Contract::get().known_dataset("local_priority")?;
//! let mapping = Mapping::read(
//!     "columns = {Place = \"borough\", Since = \"valid_from\"}\nformats = {valid_from = \"%d/%m/%Y\"}",
//!     dataset,
//! )?;
//! let mapped = mapping.apply(b"Place;Since;priority_1\nE09000028;01/04/2017;robbery_personal\n")?;
//! assert_eq!(mapped, b"borough,valid_from,priority_1\nE09000028,2017-04-01,robbery_personal\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apply;
mod date_format;
mod draft;
mod error;
mod file;

pub use crate::intake::OTHER_FORMAT;
pub use draft::draft;
pub use error::{ApplyError, MappingError};

use std::collections::BTreeMap;

use crate::contract::Dataset;
use date_format::DateFormat;

/// How a file becomes rows of a dataset. See the [module](self).
#[derive(Clone, Debug)]
pub struct Mapping {
    dataset: &'static Dataset,
    columns: Vec<Column>,
    /// For each field, the value for each value of the file, in lower case.
    values: BTreeMap<&'static str, BTreeMap<String, String>>,
    formats: BTreeMap<&'static str, DateFormat>,
    constants: BTreeMap<&'static str, String>,
}

/// A column of the file.
#[derive(Clone, Debug)]
struct Column {
    heading: String,
    /// The line of the mapping.
    line: usize,
    /// The field; `None` if the column is left out.
    field: Option<&'static str>,
}

#[cfg(test)]
mod tests;
