//! Rows that arrive as the bytes of a table of text, in chunks cut at any byte.

use super::findings::Place;
use super::header::{EMPTY, ROW_LABELS, is_row_label, must_have};
use super::parts::{Part, PartReader};
use super::registry as known;
use super::{IntakeError, TableBuilder};
use crate::contract::Dataset;
use crate::parallel;
use crate::text_table::{
    LONGEST_RECORD, Notes, Row, Shape, Sink, Taken, TextError, TextTable, column_letters, trimmed,
};

/// Parts of a text for each thread that are read at a time. A thread that is slower takes fewer of them.
const PARTS_A_THREAD: usize = 1 << 5;

/// The state between two chunks.
#[derive(Debug)]
pub(super) struct CsvDecoder {
    table: TextTable,
    columns: Columns,
}

/// What is known of the columns.
#[derive(Debug, Default)]
struct Columns {
    /// The field of each column.
    header: Vec<usize>,
    /// A reader of parts for each thread, once there are parts.
    readers: Vec<PartReader>,
}

impl CsvDecoder {
    pub(super) fn new() -> Self {
        Self { table: TextTable::new(), columns: Columns::default() }
    }

    /// Reads the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8], table_builder: &mut TableBuilder) -> Result<(), IntakeError> {
        self.table.push(bytes, &mut Rows { columns: &mut self.columns, table_builder })
    }

    /// Ends the content.
    pub(super) fn finish(mut self, table_builder: &mut TableBuilder) -> Result<(), IntakeError> {
        let notes = self.table.finish(&mut Rows { columns: &mut self.columns, table_builder })?;
        table_builder.tell(&notes);
        table_builder.check_text_bytes()
    }
}

/// Where the rows of a text go.
struct Rows<'a> {
    columns: &'a mut Columns,
    table_builder: &'a mut TableBuilder,
}

impl Sink for Rows<'_> {
    type Error = IntakeError;
    type Part = Part;

    fn known_headings(&self, cells: &[&str]) -> usize {
        known_headings(self.table_builder.dataset, cells)
    }

    fn header(&mut self, headings: &[&str], _: u64) -> Result<(), IntakeError> {
        self.columns.header = self.table_builder.resolve(headings)?;
        let dataset = self.table_builder.dataset;
        self.table_builder.findings.places.set_columns(dataset, &self.columns.header);
        Ok(())
    }

    fn row(&mut self, row: Row<'_>) -> Result<(), IntakeError> {
        self.table_builder.push_texts(&self.columns.header, row)
    }

    fn leaves_out_asides(&self) -> bool {
        self.table_builder.needs_several_values()
    }

    fn rows_of(part: &Part) -> usize {
        part.rows()
    }

    fn parts_at_once(&self) -> usize {
        PARTS_A_THREAD.saturating_mul(self.table_builder.threads.get())
    }

    fn read_parts(&mut self, shape: &Shape, texts: &[&[u8]]) -> Vec<Part> {
        let Columns { header, readers } = &mut *self.columns;
        while readers.len() < self.table_builder.threads.get().min(texts.len()) {
            readers.push(PartReader::new(self.table_builder, header, shape));
        }
        parallel::map_with(texts, readers, |reader, text| reader.read(text))
    }

    fn part(&mut self, part: Part, line: u64) -> Result<Taken, IntakeError> {
        self.table_builder.push_part(part, line)
    }
}

/// The number of cells that are names of fields of a dataset.
pub(super) fn known_headings(dataset: &Dataset, cells: &[&str]) -> usize {
    cells.iter().filter(|cell| dataset.position_of_heading(cell).is_some()).count()
}

impl From<TextError> for IntakeError {
    fn from(error: TextError) -> Self {
        match error {
            TextError::NotText { position } => Self::NotUtf8 { position },
            TextError::OtherFile { kind, advice } => Self::OtherFile { kind, advice },
            TextError::TooLong { line } => Self::RecordTooLong { line, limit: LONGEST_RECORD },
            TextError::Empty => Self::NoHeader,
        }
    }
}

impl TableBuilder {
    /// Appends one row of texts. `header` has the field of each text.
    fn push_texts(&mut self, header: &[usize], texts: Row<'_>) -> Result<(), IntakeError> {
        self.admit(1)?;
        let row = self.rows;
        self.rows += 1;
        self.findings.places.set_line(row, texts.line);
        if texts.len() != header.len() {
            self.ragged(row, header.len(), texts.len());
            return Ok(());
        }
        for (column, (position, value)) in header.iter().zip(texts.cells()).enumerate() {
            if matches!(*position, ROW_LABELS | EMPTY) {
                check_unnamed(*position, column, value)?;
            }
            self.with(*position, |builder, context| builder.text(row, value, context));
        }
        if row.is_multiple_of(1_024) { self.check_text_bytes() } else { Ok(()) }
    }

    /// Whether a row with one value is never right.
    fn needs_several_values(&self) -> bool {
        let needed = self.dataset.fields.iter().filter(|field| must_have(self.dataset, field, self.mode));
        needed.count() > 1
    }

    /// Raises the findings about how a text is written.
    fn tell(&mut self, notes: &Notes) {
        let whole = Place { row: None, field: None };
        if notes.windows_1252 {
            self.findings.raise(&known::WINDOWS_1252, whole, String::new, String::new);
        }
        if notes.above {
            let detail = || format!("The headings are in line {}; what is above them is left out.", notes.header);
            self.findings.raise(&known::ABOVE_HEADER, whole, String::new, detail);
        }
        if let Some((line, count)) = notes.repeated {
            let detail = || match count {
                1 => format!("Line {line} repeats the headings and is left out."),
                _ => format!("{count} lines repeat the headings and are left out, the first is line {line}."),
            };
            self.findings.raise(&known::HEADER_AGAIN, whole, String::new, detail);
        }
        if let Some((line, count)) = notes.below {
            let detail = || match count {
                1 => format!("Line {line}, below the rows, has a note or a total and is left out."),
                _ => format!(
                    "{count} lines below the rows, from line {line} on, have notes or totals and are left out."
                ),
            };
            self.findings.raise(&known::BELOW_ROWS, whole, String::new, detail);
        }
    }
}

/// Checks the value of a column without a heading.
pub(super) fn check_unnamed(position: usize, column: usize, value: &str) -> Result<(), IntakeError> {
    if may_be_unnamed(position, value) {
        return Ok(());
    }
    Err(IntakeError::NoHeading { column: column_letters(column) })
}

/// Whether a column without a heading may have a value: labels of rows in the first column, and nothing in others.
pub(super) fn may_be_unnamed(position: usize, value: &str) -> bool {
    let value = trimmed(value);
    value.is_empty() || (position == ROW_LABELS && is_row_label(value))
}

/// The column names of a dataset as a CSV header line, without the end of the line.
#[must_use]
pub fn csv_header(dataset: &Dataset) -> String {
    let names: Vec<&str> = dataset.submitted().map(|field| field.name.as_str()).collect();
    names.join(",")
}
