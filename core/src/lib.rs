//! Peelian's core: what a measure is and how it is computed.

pub mod kernel;
