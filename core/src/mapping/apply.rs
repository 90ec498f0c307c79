//! Turns a file into CSV of the contract.

use super::date_format::{DateFormat, has_one_meaning};
use super::{ApplyError, Mapping};
use crate::contract::Kind;
use crate::intake::OTHER_FORMAT;
use crate::text_table::{Row, Sink, TextTable, Writer, as_windows_1252, is_heading, trimmed};

impl Mapping {
    /// The rows of a table of text as CSV with the fields of the dataset. A column that the mapping does not name keeps its
    /// heading. A value that does not fit its format is marked, so that it becomes a finding. The rows of a file in Windows-1252 are
    /// in Windows-1252 too, so that they get the same finding as the file.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] if the file is no table of text, or lacks a column that the mapping names.
    pub fn apply(&self, file: &[u8]) -> Result<Vec<u8>, ApplyError> {
        let mut mapped =
            Mapped { mapping: self, columns: Vec::new(), constants: Vec::new(), writer: Writer::default() };
        let mut table = TextTable::new();
        table.push(file, &mut mapped)?;
        let notes = table.finish(&mut mapped)?;
        let text = mapped.writer.finish();
        // What is doubtful about the letters of the file stays so, and is told.
        Ok(if notes.windows_1252 { as_windows_1252(text) } else { text })
    }

    /// The line that the headings of this mapping have in a file is the line with most of them.
    fn knows(&self, cell: &str) -> bool {
        self.columns.iter().any(|column| is_heading(cell, &column.heading))
            || self.dataset.position_of_heading(cell).is_some()
    }
}

/// A file while it is mapped.
struct Mapped<'m> {
    mapping: &'m Mapping,
    columns: Vec<Target<'m>>,
    constants: Vec<&'m str>,
    writer: Writer,
}

/// What becomes of a column.
#[derive(Clone, Copy)]
enum Target<'m> {
    LeftOut,
    As { values: Option<&'m std::collections::BTreeMap<String, String>>, format: Option<(&'m DateFormat, bool)> },
}

impl Sink for Mapped<'_> {
    type Error = ApplyError;
    type Part = ();

    fn known_headings(&self, cells: &[&str]) -> usize {
        cells.iter().filter(|cell| !cell.is_empty() && self.mapping.knows(cell)).count()
    }

    fn header(&mut self, headings: &[&str], line: u64) -> Result<(), ApplyError> {
        let mapping = self.mapping;
        let missing =
            mapping.columns.iter().find(|column| !headings.iter().any(|name| is_heading(name, &column.heading)));
        if let Some(column) = missing {
            return Err(ApplyError::NoColumn { column: column.heading.clone(), line: column.line });
        }
        let mut names: Vec<&str> = Vec::new();
        for heading in headings {
            let mapped = mapping.columns.iter().find(|column| is_heading(heading, &column.heading));
            let name = match mapped {
                Some(column) => column.field.unwrap_or(""),
                None => *heading,
            };
            let position = mapping.dataset.position_of_heading(name);
            let field = position.and_then(|position| mapping.dataset.fields.get(position));
            self.columns.push(match (name, field) {
                ("", _) => Target::LeftOut,
                (_, None) => Target::As { values: None, format: None },
                (_, Some(field)) => {
                    let name = field.name.as_str();
                    if let Some((field, _)) = mapping.constants.get_key_value(name) {
                        return Err(ApplyError::Twice { field });
                    }
                    let format = mapping.formats.get(name).map(|format| (format, matches!(field.kind, Kind::Period)));
                    Target::As { values: mapping.values.get(name), format }
                }
            });
            names.push(field.map_or(name, |field| field.name.as_str()));
        }
        names.extend(mapping.constants.keys().copied());
        self.constants = mapping.constants.values().map(String::as_str).collect();
        self.writer.row(line, names);
        Ok(())
    }

    fn row(&mut self, row: Row<'_>) -> Result<(), ApplyError> {
        let whole = row.len() == self.columns.len();
        let targets =
            self.columns.iter().copied().chain(std::iter::repeat(Target::As { values: None, format: None }));
        let mut cells: Vec<String> =
            row.cells().zip(targets).map(|(cell, target)| mapped(trimmed(cell), target)).collect();
        if whole {
            cells.extend(self.constants.iter().map(|constant| (*constant).to_owned()));
        }
        self.writer.row(row.line, cells.iter().map(String::as_str));
        Ok(())
    }
}

fn mapped(cell: &str, target: Target<'_>) -> String {
    let Target::As { values, format } = target else { return String::new() };
    if let Some(value) = values.and_then(|values| values.get(&cell.to_lowercase())) {
        return value.clone();
    }
    match format {
        Some((format, is_period)) if !cell.is_empty() => {
            // Another value could be read in an order that the mapping does not mean.
            let as_it_is = || has_one_meaning(cell, is_period).then(|| cell.to_owned());
            format.apply(cell, is_period).or_else(as_it_is).unwrap_or_else(|| format!("{OTHER_FORMAT}{cell}"))
        }
        _ => cell.to_owned(),
    }
}
