//! Writes an empty workbook for the rows of a dataset: headings with notes, columns in the format of their field, and codes
//! to choose from.

mod choices;
mod codes;
mod note;

use rust_xlsxwriter::{DataValidation, DocProperties, ExcelDateTime, Format, Note, Workbook, Worksheet, XlsxError};

use super::WorkbookError;
use crate::contract::{Dataset, Field, Kind};
use crate::reference::Reference;

/// Last row of a sheet of Excel, from 0.
const LAST_ROW: u32 = 1_048_575;
/// Least width of a column of values, in letters.
const NARROW: f64 = 12.0;
/// Width of a note, and height of one of its lines, in pixels.
const NOTE: (u32, u32) = (360, 18);
/// Letters of a note that fit into its width.
const NOTE_LETTERS: usize = 50;
/// The day that the workbook states. The bytes must not depend on the day on which they are made.
const CREATED: (u16, u8, u8) = (2000, 1, 1);

/// An empty workbook (.xlsx) for the rows of a dataset. The first sheet has a column for each field that is submitted, and a
/// note on its heading with the meaning of the field. Columns of codes and identifiers are text, so that a spreadsheet keeps
/// leading zeros, and columns of dates have the format of a date. The sheet `Codes` has each code with its meaning, and the
/// cells of a column of codes offer them. The same dataset gives the same bytes.
///
/// # Errors
///
/// [`WorkbookError::Unwritable`] if the workbook exceeds a limit of Excel.
///
/// ```
/// use peelian_core::contract::Contract;
/// use peelian_core::reference::Reference;
/// use peelian_core::workbook::{Expected, sheet_as_text, template};
///
/// let dataset = Contract::get().known_dataset("local_priority")?;
/// let workbook = template(dataset, &Reference::from_seeds()?)?;
/// let text = sheet_as_text(&workbook, None, Expected::Dataset(dataset))?;
/// assert!(text.starts_with(b"borough,valid_from,"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn template(dataset: &Dataset, reference: &Reference) -> Result<Vec<u8>, WorkbookError> {
    write(dataset, reference).map_err(|error| WorkbookError::Unwritable(error.to_string()))
}

fn write(dataset: &Dataset, reference: &Reference) -> Result<Vec<u8>, XlsxError> {
    let (year, month, day) = CREATED;
    let mut book = Workbook::new();
    book.set_properties(
        &DocProperties::new()
            .set_title(&dataset.options.title)
            .set_author("Peelian")
            .set_creation_datetime(&ExcelDateTime::from_ymd(year, month, day)?),
    );
    let fields: Vec<&Field> = dataset.submitted().collect();
    let (mut rows, mut codes) = (Worksheet::new(), Worksheet::new());
    let offered = codes::write(&mut codes, &fields, reference)?;
    rows.set_name(&dataset.id)?.set_freeze_panes(1, 0)?;
    for ((column, field), offered) in (0..).zip(fields).zip(offered) {
        write_column(&mut rows, column, field, offered)?;
    }
    book.push_worksheet(rows);
    book.push_worksheet(codes);
    book.save_to_buffer()
}

fn write_column(
    sheet: &mut Worksheet,
    column: u16,
    field: &Field,
    offered: Option<DataValidation>,
) -> Result<(), XlsxError> {
    let letters = u32::try_from(field.name.len()).unwrap_or(u32::MAX);
    sheet.set_column_width(column, (f64::from(letters) + 2.0).max(NARROW))?;
    sheet.set_column_format(column, &Format::new().set_num_format(number_format(&field.kind)))?;
    sheet.write_string_with_format(0, column, &field.name, &heading_format())?;
    let text = note::text(field, offered.as_ref().map(|_| codes::SHEET));
    let lines = text.lines().map(|line| 1 + line.chars().count() / NOTE_LETTERS).sum::<usize>();
    let (width, height) = NOTE;
    let height = height * u32::try_from(lines + 1).unwrap_or(u32::MAX);
    sheet.insert_note(0, column, &Note::new(text).add_author_prefix(false).set_width(width).set_height(height))?;
    if let Some(offered) = offered {
        sheet.add_data_validation(1, column, LAST_ROW, column, &offered)?;
    }
    Ok(())
}

fn heading_format() -> Format {
    Format::new().set_num_format("@").set_bold()
}

/// The format of a column. Text keeps leading zeros, and a spreadsheet does not make a date of it.
const fn number_format(kind: &Kind) -> &'static str {
    match kind {
        Kind::Date => "yyyy-mm-dd",
        Kind::Timestamp => "yyyy-mm-dd hh:mm",
        Kind::Integer(_) | Kind::Number | Kind::Weight => "General",
        Kind::Key
        | Kind::Pseudonym
        | Kind::Text
        | Kind::Code(_)
        | Kind::Set(_)
        | Kind::Flag
        | Kind::OpenCode(_)
        | Kind::Area
        | Kind::Period => "@",
    }
}

#[cfg(test)]
mod tests;
