//! `peelian-server limits`.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io::Write as _;

use clap::Args;
use peelian::page_size;
use peelian_core::contract::stated_limits;

use crate::limits::{FIXED, SETTINGS, Setting};

/// Prints every limit of a server: its default, the reason for it, and what a caller beyond it gets.
///
/// The output is Markdown. docs/limits.md has it.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  peelian-server limits > docs/limits.md")]
pub(crate) struct PrintLimits {}

const HEAD: &str = "\
# Limits

`peelian-server limits` prints this page from the program's own limits.

## Limits that an operator can set

A limit is set by its flag, by a variable of the environment, or by its name in the configuration file: `max_rows` is \
`--max-rows`, `PEELIAN_MAX_ROWS` and `max_rows = 1000000`.

The memory of the process (`memory`) is limited as a whole. 128 MiB of it are for the program itself. The rest is the divided \
memory, of which each part has sixteenths; one sixteenth is for what calls need for a moment. The limit of a part can be set by \
itself.

| limit | default | what is limited | why so much | beyond it |
|---|---|---|---|---|
";

const FIXED_HEAD: &str = "
## Limits that nobody can set

| size | what is limited | why so much | beyond it |
|---|---|---|---|
";

const FIELDS_HEAD: &str = "
## Fields of requests

The contract states them (`peelian.annotations.v1.limit`). They are checked before anything is built. Beyond them: \
INVALID_ARGUMENT, LIMIT_EXCEEDED. A field that holds each element once refuses an element that comes twice.

| message | field | elements | bytes of each | each once |
|---|---|---|---|---|
";

impl PrintLimits {
    /// Prints them.
    #[expect(clippy::unused_self, reason = "every command runs on its arguments")]
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        std::io::stdout().write_all(page()?.as_bytes())?;
        Ok(())
    }
}

/// The page.
fn page() -> Result<String, fmt::Error> {
    let mut page = HEAD.to_owned();
    for setting in SETTINGS {
        let Setting { name, what, why, error, .. } = setting;
        writeln!(page, "| `{name}` | {} | {what} | {why} | {error} |", setting.stated_default())?;
    }
    page.push_str(FIXED_HEAD);
    for fixed in FIXED {
        writeln!(page, "| {} | {} | {} | {} |", (fixed.size)(), fixed.what, fixed.why, fixed.error)?;
    }
    for (size, what) in [
        (page_size::LARGEST, "Largest page of every list but that of observations."),
        (page_size::LARGEST_OF_OBSERVATIONS, "Largest page of observations."),
    ] {
        writeln!(page, "| {size} items | {what} | It fits into a message. | none: the page is shorter |")?;
    }
    page.push_str(FIELDS_HEAD);
    for stated in stated_limits() {
        let message = stated.message.trim_start_matches("peelian.v1.");
        let number = |most: u32| if most == 0 { String::new() } else { most.to_string() };
        let (elements, bytes) = (number(stated.limit.items), number(stated.limit.length));
        let once = if stated.limit.distinct { "yes" } else { "" };
        writeln!(page, "| `{message}` | `{}` | {elements} | {bytes} | {once} |", stated.field)?;
    }
    Ok(page)
}
