//! The release in SDMX: `sdmx.csv` has the data as SDMX-CSV 2.0, and `sdmx-structure.xml` their structure as SDMX-ML 3.0.
//!
//! Source: SDMX 3.0, sections 3 (structures) and 6 (technical notes, with the forms of a time period).

mod codes;
mod data;
mod structure;

pub(super) use codes::Codes;
pub(super) use data::{Data, NAME as DATA};
pub(super) use structure::{NAME as STRUCTURE, structure};

/// Agency of all structures.
const AGENCY: &str = "PEELIAN";
/// Identifier of the data structure and of its dataflow.
const FLOW: &str = "OUTCOMES";
/// Version of all structures. A change of dimensions or attributes raises it.
const VERSION: &str = "1.0.0";

/// Dimensions that no column has. The frequency tells rolling years, which come each month, from calendar years.
const FREQ: &str = "FREQ";
/// See [`FREQ`].
const PERIOD_KIND: &str = "PERIOD_KIND";
/// The dimension of time.
const TIME: &str = "TIME_PERIOD";
/// The measure.
const VALUE: &str = "OBS_VALUE";
