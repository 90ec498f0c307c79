//! The C library: the measures and methods of the core for programs that are not written in Rust or Python.
//!
//! `tests/header.rs` generates `include/peelian.h` from this crate. The comments of exported items become the comments of
//! the header, so they are written for readers of C. `cbindgen.toml` has the head of the header, with the conventions of
//! all functions.
//!
//! An exported function takes the argument types of [`pointer`], and runs its work inside [`guard`], which catches
//! panics, turns an `Err` into a status and an error object, and writes the outputs on success.
//!
//! The modules below stand in the order in which they use each other: a module imports only modules above it.
#![expect(unsafe_code, reason = "a C interface exports symbols and reads and writes through pointers of its callers")]
#![expect(unreachable_pub, reason = "programs reach the interface by the names of its symbols")]

// Arguments, texts and lists of C.
mod pointer;
mod texts;
mod views;

mod kept;

// Errors.
mod version;

mod findings;

mod error;

mod guard;

// What every computation uses.
mod seeds;
mod threads;

// Without records.
mod catalogue;
mod pseudonym;
mod statistics;

// What goes into a computation and what comes out of it.
mod records;

mod disclosure;

mod receipt;

mod query;

mod result;

mod explanation;

// What an exchange tells of itself.
mod release;

mod access;

mod report;

// Where the computation takes place.
mod local;

mod compute;

mod client;
