//! What an outcome measure is and how it is computed: no I/O, no clock, no environment, no randomness.

pub mod period;
