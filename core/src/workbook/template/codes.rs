//! The sheet of codes, from which the cells of the other sheet offer theirs.

use jiff::civil::Date;
use rust_xlsxwriter::{DataValidation, Format, Formula, Worksheet, XlsxError};

use super::choices::Choices;
use super::heading_format;
use crate::contract::Field;
use crate::reference::Reference;

/// Name of the sheet.
pub(super) const SHEET: &str = "Codes";
/// Headings of the sheet, with the widths of the columns in letters.
const COLUMNS: [(&str, f64); 5] =
    [("Field", 28.0), ("Code", 24.0), ("Meaning", 60.0), ("First day", 12.0), ("Last day", 12.0)];

/// Writes the sheet of codes. Returns what the cells of each field offer.
pub(super) fn write(
    sheet: &mut Worksheet,
    fields: &[&Field],
    reference: &Reference,
) -> Result<Vec<Option<DataValidation>>, XlsxError> {
    sheet.set_name(SHEET)?.set_freeze_panes(1, 0)?;
    let text = Format::new().set_num_format("@");
    for (column, (heading, width)) in (0..).zip(COLUMNS) {
        sheet.write_string_with_format(0, column, heading, &heading_format())?;
        sheet.set_column_width(column, width)?.set_column_format(column, &text)?;
    }
    let mut next = 1;
    let mut offered = Vec::new();
    for field in fields {
        let choices = Choices::of(field, reference);
        let first = next;
        for choice in &choices.codes {
            let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
            let cells =
                [&field.name, &choice.code, &choice.meaning, &day(choice.validity.from), &day(choice.validity.to)];
            for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                sheet.write_string_with_format(next, column, cell, &text)?;
            }
            next += 1;
        }
        offered.push(if first == next { None } else { Some(drop_down(first + 1, next, choices.only)?) });
    }
    Ok(offered)
}

/// A list of the codes in lines of the sheet of codes. `only` tells that a cell takes nothing else.
fn drop_down(first: u32, last: u32, only: bool) -> Result<DataValidation, XlsxError> {
    DataValidation::new()
        .allow_list_formula(Formula::new(format!("={SHEET}!$B${first}:$B${last}")))
        .show_error_message(only)
        .set_error_title("Not a code")?
        .set_error_message(format!("Choose a code of the list. The sheet {SHEET} has the meaning of each."))
}
