//! The core of Peelian: what an outcome measure is and how it is computed.
//!
//! No I/O, no async, no clock, no network, no environment, no randomness: the same input gives the same bits through
//! every door and on every machine.

pub mod cel;
pub mod column;
pub mod contract;
pub mod design;
pub mod engine;
pub mod estimate;
mod identifier;
pub mod intake;
pub mod kernel;
pub mod measure;
mod measure_file;
pub mod parallel;
pub mod period;
pub mod pseudonym;
pub mod reference;
mod seeds;
pub mod sources;
pub mod stats;
pub mod wire;

pub use seeds::{Core, SeedError};
