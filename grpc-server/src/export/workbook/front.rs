//! The sheets before the tables: cover, contents and notes.

use rust_xlsxwriter::{Url, Worksheet, XlsxError};

use super::layout::{Formats, lines, mark_table};
use super::selection::Selected;
use super::sheet_name;
use crate::export::notation::SHORTHAND;
use crate::export::summary::Measured;
use crate::export::{Described, VERSION};

/// What stands above a table.
const ONE_TABLE: &str = "This worksheet has one table.";

/// Width of a column of texts, in letters.
const WIDE: f64 = 80.0;

pub(super) fn cover(
    sheet: &mut Worksheet,
    described: &Described<'_>,
    selected: &Selected<'_>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    sheet.set_name("Cover")?.set_column_width(0, WIDE)?;
    let mut told = vec![
        format!("Release {}, from position {} of the ledger.", described.id, described.ledger_position),
        format!("Made by Peelian {VERSION}."),
        selected.extent.to_owned(),
        "Each worksheet after the notes has one table. A cell without a value has shorthand, which the worksheet Notes explains."
            .to_owned(),
        "Definitions, methods and quality are in metadata.html, and licences in LICENCE.txt, in the folder of the release."
            .to_owned(),
    ];
    told.extend(described.supersedes.map(|earlier| format!("Takes the place of release {earlier}.")));
    told.extend(described.reason.map(|reason| format!("Reason: {reason}")));
    if selected.observations.iter().flatten().any(|found| found.synthetic) {
        told.push("Some numbers are made up: they are computed from synthetic data, and describe nobody.".to_owned());
    }
    lines(sheet, described.title, &told, &formats.text, formats)?;
    Ok(())
}

pub(super) fn contents(sheet: &mut Worksheet, measures: &[Measured<'_>], formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name("Contents")?.set_column_width(0, 20)?.set_column_width(1, WIDE)?;
    let first = lines(sheet, "Contents", &[ONE_TABLE.to_owned()], &formats.line, formats)?;
    let notes = ("Notes".to_owned(), "Shorthand");
    let tables = measures.iter().enumerate().map(|(at, one)| (sheet_name(at), &*one.definition.title));
    let mut row = first;
    for (name, title) in std::iter::once(notes).chain(tables) {
        row += 1;
        let target = Url::new(format!("internal:'{name}'!A1")).set_text(&name);
        sheet.write_url_with_format(row, 0, target, &formats.link)?;
        sheet.write_string_with_format(row, 1, title, &formats.text)?;
    }
    mark_table(sheet, "contents", &["Worksheet".to_owned(), "Title".to_owned()], (first, row - first), formats)
}

pub(super) fn notes(sheet: &mut Worksheet, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name("Notes")?.set_column_width(0, 20)?.set_column_width(1, WIDE)?;
    let first = lines(sheet, "Shorthand", &[ONE_TABLE.to_owned()], &formats.line, formats)?;
    let mut row = first;
    for (mark, meaning) in SHORTHAND {
        row += 1;
        sheet.write_string_with_format(row, 0, mark, &formats.text)?;
        sheet.write_string_with_format(row, 1, meaning, &formats.text)?;
    }
    mark_table(sheet, "shorthand", &["Shorthand".to_owned(), "Meaning".to_owned()], (first, row - first), formats)
}
