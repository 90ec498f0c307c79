//! Stub.

pub mod stats;
