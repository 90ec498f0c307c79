//! Reads tables of text in the forms that people have them, in chunks cut at any byte.
//!
//! One reader serves submissions and publishers' files. It finds out how a file is written from its first bytes: the
//! encoding, the separator, the ends of lines, and the line of the headings. A comma-separated file in UTF-8 whose first
//! line has the headings is not copied on the way. What is not the usual form is told as [`Notes`].
//!
//! There are two ways to read rows, with the same result. [`plain`] finds the cells of many plain rows at once, in parts of a
//! text that several threads can read. All other rows, and the ends of chunks, go through [`csv_core`].
//!
//! - Encodings: UTF-8 and UTF-16, with or without a byte order mark, and Windows-1252.
//! - Lines end in LF, CRLF or CR. Cells are separated by commas, semicolons or tabs, or as a first line `sep=;` says.
//! - Titles and notes above the headings, empty rows, and cells without content beyond the last heading are left out. So is
//!   a line that repeats the headings.
//! - Lines are counted as a spreadsheet shows them: a cell with line breaks is in one line, and an empty line counts.

mod encoding;
mod layout;
mod lines;
mod marks;
mod plain;
mod reader;
mod words;
mod writer;

pub(crate) use encoding::as_windows_1252;
pub(crate) use plain::{Cells, MOST_ROWS, Scanner, Shape};
pub(crate) use reader::{Notes, Row, Sink, Taken, TextTable};
pub(crate) use words::{column_letters, heading_key, is_heading, trimmed};
pub(crate) use writer::Writer;

/// Most bytes in one line.
pub(crate) const LONGEST_RECORD: usize = 1 << 20;

/// Why bytes cannot be read as a table of text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum TextError {
    /// Bytes that are text in none of the encodings.
    #[error("byte {position} is text neither in UTF-8 nor in Windows-1252: save the file as UTF-8")]
    NotText {
        /// Position of the first such byte, from 0.
        position: u64,
    },
    /// Bytes of another kind of file.
    #[error("the content is {kind} and not a table of text: {advice}")]
    OtherFile {
        /// The kind: `a workbook (.xlsx)`.
        kind: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A line above the limit.
    #[error("line {line} is longer than {LONGEST_RECORD} bytes: look for a quote that is not closed")]
    TooLong {
        /// The line.
        line: u64,
    },
    /// Nothing but empty lines.
    #[error("it is empty")]
    Empty,
}

#[cfg(test)]
mod tests;
