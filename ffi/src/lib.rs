//! The C library: the core's measures and methods for programs that are not written in Rust or Python.
//!
//! `include/peelian.h` is generated from this crate, comments and all, so the comments of what it exports speak to
//! readers of C. The conventions that all functions keep are at its head; `cbindgen.toml` has them.
//!
//! Within: a function of the interface turns pointers into references ([`pointer`]), and runs its work inside
//! [`guard`], which catches panics, turns an `Err` into a status and an error object, and writes outputs on success.
#![expect(unsafe_code, reason = "a C interface exports symbols and reads and writes through its callers' pointers")]
#![expect(unreachable_pub, reason = "what the interface has is reached by its C name")]

// In this order the header has them.
mod version;

mod error;

mod findings;

mod interval;

mod catalogue;

mod records;

mod receipt;

mod query;

mod local;

mod compute;

mod result;

mod explanation;

mod client;

mod pseudonym;

// What they share.
mod guard;
mod pointer;
mod texts;
mod views;
