//! Lays texts out as a table that fits a width. No word is cut, so no number loses a digit and no label is lost.

use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, Width, presets,
};

/// Spaces on both sides of a column together.
const PADDING: u16 = 2;
/// Space between two columns, in place of a line.
const BETWEEN: u16 = 1;

/// Longest word that is kept whole in every table. Numbers, dates and labels are shorter; hashes and expressions are not.
const LONGEST_WHOLE_WORD: u16 = 24;

/// A column of a table: its name, and whether it has numbers, which are aligned to the right.
pub(crate) struct Column<'n> {
    pub(crate) name: &'n str,
    pub(crate) numbers: bool,
    /// Whether the column stays in the table if all rows have the same text.
    pub(crate) stays: bool,
}

/// An empty table with a header: rules above, below and under the header, and none between rows.
#[must_use]
pub fn plain(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()));
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    table
}

/// A right-aligned cell, for numbers.
#[must_use]
pub fn right(text: impl ToString) -> Cell {
    Cell::new(text.to_string()).set_alignment(CellAlignment::Right)
}

/// The table with columns that are wide enough for their words. Only very long words, such as hashes, are cut.
#[must_use]
pub fn whole_words(table: Table) -> Table {
    words_up_to(table, LONGEST_WHOLE_WORD)
}

fn words_up_to(mut table: Table, longest: u16) -> Table {
    let widths = longest_words(&table);
    for (column, width) in table.column_iter_mut().zip(widths) {
        let least = width.min(longest).saturating_add(PADDING);
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
    }
    table
}

/// Rows as text that fits the width. Without a width, each row is one line.
///
/// A column with one text in all rows becomes a line above the table, and an empty column is left out. If the table is too
/// narrow for its words, each row becomes a block of lines.
pub(crate) fn fitting<'n, const N: usize>(
    columns: &[Column<'n>; N],
    rows: &[[String; N]],
    width: Option<u16>,
) -> String {
    let same = |at: usize| rows.iter().all(|row| rows.first().is_some_and(|first| first.get(at) == row.get(at)));
    let text = |row: &[String; N], at: usize| row.get(at).cloned().unwrap_or_default();
    let empty = |at: usize| rows.iter().all(|row| text(row, at).is_empty());
    let columns = columns.iter().enumerate();
    let filled = columns.filter(|(at, column)| column.stays || !empty(*at));
    let (above, beside): (Vec<_>, Vec<_>) =
        filled.partition(|(at, column)| rows.len() > 1 && !column.stays && same(*at));
    let named = |row: &[String; N], columns: &[(usize, &Column<'n>)]| {
        columns.iter().map(|(at, column)| (column.name, text(row, *at))).collect::<Vec<_>>()
    };

    let mut table = plain(&beside.iter().map(|(_, column)| column.name).collect::<Vec<_>>());
    for row in rows {
        table.add_row(beside.iter().map(|(at, column)| {
            let cell = Cell::new(text(row, *at));
            if column.numbers { cell.set_alignment(CellAlignment::Right) } else { cell }
        }));
    }
    let mut parts: Vec<String> =
        rows.first().filter(|_| !above.is_empty()).map(|row| lines(&named(row, &above), width)).into_iter().collect();
    if width.is_none_or(|width| least_width(&table) <= width) {
        parts.push(with_width(words_up_to(table, u16::MAX), width).to_string());
    } else {
        parts.extend(rows.iter().map(|row| format!("\n{}", lines(&named(row, &beside), width))));
    }
    parts.join("\n").trim_start_matches('\n').to_owned()
}

/// Names and texts, one pair after another. A text that does not fit the width continues below itself.
pub(crate) fn lines(pairs: &[(&str, String)], width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    for (name, text) in pairs.iter().filter(|(_, text)| !text.is_empty()) {
        table.add_row([Cell::new(format!("{name}:")), Cell::new(text)]);
    }
    if let Some(names) = table.column_mut(0) {
        names.set_constraint(ColumnConstraint::ContentWidth);
    }
    with_width(table, width).trim_fmt()
}

/// A text whose lines are broken between words where it does not fit the width.
pub(crate) fn wrapped(text: &str, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).add_row([text]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    with_width(table, width).trim_fmt()
}

fn with_width(mut table: Table, width: Option<u16>) -> Table {
    match width {
        Some(width) => table.set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table
}

/// The least width of a table in which no word is cut.
fn least_width(table: &Table) -> u16 {
    let whole = |sum: u16, width: u16| sum.saturating_add(width).saturating_add(PADDING + BETWEEN);
    longest_words(table).into_iter().fold(0, whole).saturating_sub(BETWEEN)
}

/// The width of the longest word of each column, with its heading.
fn longest_words(table: &Table) -> Vec<u16> {
    let longest = |text: &str| text.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0);
    let of_column = |index: usize| {
        let cells = table.column_cells_with_header_iter(index).flatten();
        u16::try_from(cells.map(|cell| longest(&cell.content())).max().unwrap_or(0)).unwrap_or(u16::MAX)
    };
    (0..table.column_iter().count()).map(of_column).collect()
}
