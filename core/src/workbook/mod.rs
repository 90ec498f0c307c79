//! Reads a sheet of a workbook (.xlsx, .xls, .ods) as a table of text, and writes an empty workbook for the rows of a dataset.
//!
//! The table has each row in the line and each cell in the column that a spreadsheet shows, so that findings about it name
//! the place in the workbook. A workbook is read by the program that sends its rows; an exchange receives text.

mod cells;
mod template;

pub use template::template;

use std::io::Cursor;

use calamine::{Data, Range, Reader as _, Sheets, open_workbook_auto_from_rs};

use crate::contract::Dataset;
use crate::intake::quote;
use crate::sources::Source;
use crate::text_table::{Writer, trimmed};

/// Rows of a sheet in which the headings are looked for.
const MOST_ROWS: usize = 60;

/// Why a workbook cannot be read or written. No message quotes a cell.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WorkbookError {
    /// The bytes are no workbook that can be read.
    #[error("the workbook cannot be read ({0}): save the sheet as CSV UTF-8, without a password")]
    Unreadable(String),
    /// There is no sheet with this name.
    #[error("the workbook has no sheet `{name}`; its sheets are {}", sheets.join(", "))]
    NoSheet {
        /// The name that was given.
        name: String,
        /// The names of all sheets.
        sheets: Vec<String>,
    },
    /// No sheet, or more than one, has the columns that are expected.
    #[error("{} of the sheets of the workbook have the columns that are expected: name one of {}", if *many { "several" } else { "none" }, sheets.join(", "))]
    WhichSheet {
        /// Whether more than one has them.
        many: bool,
        /// The names of the sheets to choose from.
        sheets: Vec<String>,
    },
    /// A workbook exceeds a limit of Excel.
    #[error("the workbook cannot be written: {0}")]
    Unwritable(String),
}

/// The columns that are expected of a sheet.
#[derive(Clone, Copy, Debug)]
pub enum Expected {
    /// Those of a dataset.
    Dataset(&'static Dataset),
    /// Those of a publisher's file.
    Published,
}

impl Expected {
    fn known(self, cells: &[&str]) -> usize {
        match self {
            Self::Dataset(dataset) => cells.iter().filter(|cell| dataset.position_of_heading(cell).is_some()).count(),
            Self::Published => Source::known_headings(cells),
        }
    }
}

/// Whether bytes are a workbook, or another archive that begins like one.
#[must_use]
pub fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0")
}

/// A sheet as CSV: the sheet with a name, or the only one with the columns that are expected. Dates are written
/// `2017-02-28`, instants `2017-02-28T23:15:00`, and the first day of a month in a column of periods `2017-02`.
///
/// # Errors
///
/// [`WorkbookError`].
pub fn sheet_as_text(bytes: &[u8], sheet: Option<&str>, expected: Expected) -> Result<Vec<u8>, WorkbookError> {
    let unreadable = |error: calamine::Error| WorkbookError::Unreadable(quote::reason(&error.to_string()));
    let mut workbook = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(unreadable)?;
    let sheets = workbook.sheet_names();
    let name = match sheet {
        Some(name) => {
            let found = sheets.iter().find(|known| known.trim().eq_ignore_ascii_case(name.trim()));
            found.cloned().ok_or_else(|| WorkbookError::NoSheet { name: name.to_owned(), sheets: sheets.clone() })?
        }
        None => choose(&mut workbook, &sheets, expected)?,
    };
    let range = workbook.worksheet_range(&name).map_err(unreadable)?;
    Ok(as_text(&range, expected))
}

/// The only sheet, or the only one with headings that are expected.
fn choose(
    workbook: &mut Sheets<Cursor<&[u8]>>,
    sheets: &[String],
    expected: Expected,
) -> Result<String, WorkbookError> {
    if let [only] = sheets {
        return Ok(only.clone());
    }
    let mut found: Vec<(usize, String)> = Vec::new();
    for name in sheets {
        // A sheet of a chart has no cells.
        let Ok(range) = workbook.worksheet_range(name) else { continue };
        let known = headings(&range, expected).map_or(0, |(known, _)| known);
        if known >= 2 {
            found.push((known, name.clone()));
        }
    }
    let most = found.iter().map(|(known, _)| *known).max().unwrap_or(0);
    found.retain(|(known, _)| *known == most);
    match found.as_slice() {
        [(_, only)] => Ok(only.clone()),
        [] => Err(WorkbookError::WhichSheet { many: false, sheets: sheets.to_vec() }),
        several => {
            let sheets = several.iter().map(|(_, name)| name.clone()).collect();
            Err(WorkbookError::WhichSheet { many: true, sheets })
        }
    }
}

/// The number of headings in the row with most of them, and its place in the range.
fn headings(range: &Range<Data>, expected: Expected) -> Option<(usize, usize)> {
    let known = |row: &[Data]| {
        let texts: Vec<String> = row.iter().map(|cell| cells::text(cell, false)).collect();
        expected.known(&texts.iter().map(|text| trimmed(text)).collect::<Vec<_>>())
    };
    let rows = range.rows().take(MOST_ROWS).enumerate().map(|(at, row)| (known(row), at));
    rows.filter(|(known, _)| *known > 0).max_by_key(|(known, at)| (*known, std::cmp::Reverse(*at)))
}

fn as_text(range: &Range<Data>, expected: Expected) -> Vec<u8> {
    let (first_row, first_column) = range.start().unwrap_or((0, 0));
    let before = usize::try_from(first_column).unwrap_or(0);
    let header = headings(range, expected).and_then(|(_, at)| range.rows().nth(at));
    let periods: Vec<bool> = header.unwrap_or_default().iter().map(|cell| cells::is_period(cell, expected)).collect();
    let mut writer = Writer::default();
    for (line, row) in (u64::from(first_row) + 1..).zip(range.rows()) {
        let months = periods.iter().copied().chain(std::iter::repeat(false));
        let texts: Vec<String> = row.iter().zip(months).map(|(cell, month)| cells::text(cell, month)).collect();
        if texts.iter().all(String::is_empty) {
            continue;
        }
        // The columns to the left of the first cell keep their places.
        writer.row(line, std::iter::repeat_n("", before).chain(texts.iter().map(String::as_str)));
    }
    writer.finish()
}

#[cfg(test)]
mod tests;
