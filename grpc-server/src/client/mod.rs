//! Parts that the commands which call a server share: their arguments, and tables of observations with notes.

mod arguments;
mod layout;
pub(crate) mod notes;
mod release_folder;
pub(crate) mod table;

pub(crate) use arguments::{CellArguments, DEFAULT_AREA, QueryArguments, ServerArgument, on_one_thread};
pub(crate) use release_folder::{release_name, write_release};
