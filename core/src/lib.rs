//! The core of Peelian: what an outcome measure is and how it is computed.
//!
//! No I/O, no async, no clock, no network, no environment, no randomness: the same input gives the same bits through
//! every door and on every machine.

pub mod cel;
pub mod column;
pub mod contract;
pub mod engine;
pub mod kernel;
pub mod period;
pub mod reference;
pub mod stats;
