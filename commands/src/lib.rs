//! The commands of a client of an exchange, and what they print.
//!
//! `peelian-server` and `peelian` both have the commands of [`ClientCommand`] and of [`release`]. They run the code of this crate,
//! so their options, their output and their exit codes are the same. The other modules are what commands of a client share: how a
//! server is named, how a file is read, how observations and findings are shown, and which exit code a failure has.
//!
//! The modules stand in the order in which they use each other: a module imports only modules above it.

mod layout;
pub mod table;

pub mod notes;

mod failure;

mod arguments;

mod json;

mod program;

mod output;

mod labels;
mod long;

mod findings;
mod input_file;
mod receipt;

mod areas;
mod codes;
mod convert;
mod coverage;
mod explain;
mod pseudonymise;
mod query;
mod submissions;
mod submit;
mod validate;

pub mod release;

mod run;

pub use arguments::{CellArguments, DEFAULT_ADDRESS, DEFAULT_AREA, QueryArguments, ServerArgument, on_one_thread};
pub use failure::{EXIT_CODES, Failure, LEFT_OUT, REFUSED, UNREACHABLE, WRONG_COMMAND, exit_code, reader_left};
pub use output::{ListColumn, Listed};
pub use program::named;
pub use run::{ClientCommand, run};
