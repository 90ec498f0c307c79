//! How sheets look: formats, and a table that readers of screens find.

use rust_xlsxwriter::{Format, FormatAlign, Table, TableColumn, TableStyle, Worksheet, XlsxError};

/// Font and size that people with poor sight read well.
const FONT: (&str, f64) = ("Arial", 12.0);
/// Size of a title.
const TITLE_SIZE: f64 = 16.0;

/// The formats of all sheets.
pub(super) struct Formats {
    /// A title.
    pub(super) title: Format,
    /// A text that is broken into lines of its column.
    pub(super) text: Format,
    /// A line above a table. It goes on over the next columns, because the first is narrow.
    pub(super) line: Format,
    /// A heading of a table.
    pub(super) head: Format,
    /// A link.
    pub(super) link: Format,
    /// Shorthand in place of a number.
    pub(super) mark: Format,
}

impl Formats {
    pub(super) fn new() -> Self {
        let plain = plain();
        Self {
            title: plain.clone().set_bold().set_font_size(TITLE_SIZE),
            text: plain.clone().set_text_wrap().set_align(FormatAlign::Top),
            head: plain.clone().set_bold().set_text_wrap().set_align(FormatAlign::Top),
            line: plain.clone(),
            link: Format::new().set_hyperlink().set_font_name(FONT.0).set_font_size(FONT.1).set_text_wrap(),
            mark: plain.set_align(FormatAlign::Right),
        }
    }

    /// The format of numbers that are shown in this way.
    pub(super) fn number(shown: &str) -> Format {
        plain().set_num_format(shown)
    }
}

fn plain() -> Format {
    Format::new().set_font_name(FONT.0).set_font_size(FONT.1)
}

/// Writes a title and lines of text into the first column. Returns the number of rows.
pub(super) fn lines(
    sheet: &mut Worksheet,
    title: &str,
    lines: &[String],
    format: &Format,
    formats: &Formats,
) -> Result<u32, XlsxError> {
    sheet.write_string_with_format(0, 0, title, &formats.title)?;
    let mut row = 1;
    for line in lines {
        sheet.write_string_with_format(row, 0, line, format)?;
        row += 1;
    }
    Ok(row)
}

/// Marks rows as a table, and keeps its headings in sight. `first` is the row of the headings, and `rows` is the number of rows
/// below them.
pub(super) fn mark_table(
    sheet: &mut Worksheet,
    name: &str,
    heads: &[String],
    (first, rows): (u32, u32),
    formats: &Formats,
) -> Result<(), XlsxError> {
    let columns: Vec<TableColumn> =
        heads.iter().map(|head| TableColumn::new().set_header(head).set_header_format(&formats.head)).collect();
    let table = Table::new()
        .set_name(name)
        .set_columns(&columns)
        .set_autofilter(false)
        .set_banded_rows(false)
        .set_style(TableStyle::None);
    let last = u16::try_from(heads.len()).unwrap_or(u16::MAX).saturating_sub(1);
    sheet.add_table(first, 0, first + rows, last, &table)?;
    sheet.set_freeze_panes(first + 1, 0)?;
    Ok(())
}
