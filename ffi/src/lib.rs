//! The C library: the core's measures and methods for programs that are not written in Rust or Python.
//!
//! Conventions, which `include/peelian.h` states for its readers too: a function that can fail returns a [`Status`] and
//! writes its outputs only on success; NULL for a required pointer is [`Status::InvalidArgument`], never a crash; no
//! panic crosses the boundary.
#![expect(unsafe_code, reason = "a C interface exports symbols and writes through its callers' pointers")]

mod guard;
mod interval;
mod measure;
mod version;

pub use guard::Status;
pub use interval::{Interval, peelian_wilson};
pub use measure::{Question, peelian_measure};
pub use version::{peelian_abi_version, peelian_version};
