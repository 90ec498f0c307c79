//! The commands of a client of an exchange, and what they print.
//!
//! `peelian-server` and `peelian` both have the commands of [`release`]. They run the code of this crate, so their options, their
//! output and their exit codes are the same. The other modules are what commands of a client share: how a server is named, how
//! observations are shown, and which exit code a failure has.
//!
//! The modules stand in the order in which they use each other: a module imports only modules above it.

mod layout;
pub mod table;

pub mod notes;

mod arguments;

mod failure;

mod json;

mod program;

pub mod release;

pub use arguments::{CellArguments, DEFAULT_ADDRESS, DEFAULT_AREA, QueryArguments, ServerArgument, on_one_thread};
pub use failure::{Failure, REFUSED, UNREACHABLE, WRONG_COMMAND, exit_code};
pub use program::named;
