//! The name of the program in its help.

use clap::Command;

/// What stands for the name of the program in the examples of this crate.
const PROGRAM: &str = "PROGRAM";

/// A command whose help has the name of the program in its examples, with all commands below it.
///
/// ```
/// let command = clap::Command::new("release").after_long_help("PROGRAM release list");
/// let named = peelian_commands::named(command, "peelian");
/// assert_eq!(named.get_after_long_help().unwrap().to_string(), "peelian release list");
/// ```
#[must_use]
pub fn named(command: Command, program: &str) -> Command {
    let examples = command.get_after_long_help().map(|help| help.to_string().replace(PROGRAM, program));
    let command = match examples {
        Some(examples) => command.after_long_help(examples),
        None => command,
    };
    command.mut_subcommands(|below| named(below, program))
}
