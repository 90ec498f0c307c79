//! The core of Peelian: what an outcome measure is and how it is computed.
//!
//! The core has no I/O, no async code, no clock, no network, no environment and no randomness. So the same input gives
//! the same bits through every interface and on every machine.

pub mod cel;
pub mod column;
pub mod contract;
pub mod design;
pub mod disclosure;
pub mod engine;
pub mod estimate;
mod identifier;
pub mod intake;
pub mod kernel;
pub mod mapping;
pub mod measure;
mod measure_file;
pub mod parallel;
pub mod period;
pub mod pseudonym;
pub mod reference;
pub mod release;
mod seeds;
pub mod sources;
pub mod stats;
pub mod submission;
mod text_table;
pub mod wire;
pub mod workbook;

pub use seeds::{Core, SeedError};
