//! `tables.xlsx`: the release as a workbook that people with assistive technology can read.
//!
//! Source: Analysis Function, "Releasing statistics in spreadsheets": a cover sheet, a table of contents and notes come first;
//! each sheet has one table, which is marked as a table and begins in column A; no cell is merged; no row or column is empty
//! within a table; a cell without a value has shorthand; headings state units; names of sheets have no spaces.

mod front;
mod layout;
mod measure;
pub(super) mod selection;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::error::ExportError;
use super::summary::Measured;
use super::{Described, VERSION};
use layout::Formats;
use selection::select;

/// Name of the file.
pub(super) const NAME: &str = "tables.xlsx";

/// The instant that the workbook states. The bytes must not depend on the day on which they are made.
const CREATED: (u16, u8, u8) = (2000, 1, 1);

/// The file.
pub(super) fn workbook(described: &Described<'_>, measures: &[Measured<'_>]) -> Result<Vec<u8>, ExportError> {
    write(described, measures).map_err(|error| ExportError::refused(NAME)(&error))
}

fn write(described: &Described<'_>, measures: &[Measured<'_>]) -> Result<Vec<u8>, XlsxError> {
    let (year, month, day) = CREATED;
    let properties = DocProperties::new()
        .set_title(described.title)
        .set_subject(described.id)
        .set_author(format!("Peelian {VERSION}"))
        .set_creation_datetime(&ExcelDateTime::from_ymd(year, month, day)?);
    let mut book = Workbook::new();
    book.set_properties(&properties);
    let formats = Formats::new();
    let selected = select(measures);
    front::cover(book.add_worksheet(), described, &selected, &formats)?;
    front::contents(book.add_worksheet(), measures, &formats)?;
    front::notes(book.add_worksheet(), &formats)?;
    for (at, (measured, observations)) in measures.iter().zip(&selected.observations).enumerate() {
        measure::sheet(book.add_worksheet(), at, measured, observations, &formats)?;
    }
    book.save_to_buffer()
}

/// Name of the sheet of a measure, by its place.
fn sheet_name(at: usize) -> String {
    format!("Table_{}", at + 1)
}
