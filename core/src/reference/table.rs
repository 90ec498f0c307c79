//! Seed files in CSV: comment lines before the header, then typed cells. Errors name the file and the
//! line.

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::civil::Date;
use peelian_seeds::SeedFile;

use super::{ReferenceError, Validity};

/// A parsed seed file.
#[derive(Debug)]
pub(super) struct Table {
    file: String,
    version: u32,
    source: String,
    columns: Vec<String>,
    records: Vec<StringRecord>,
}

/// One row of a [`Table`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'t> {
    table: &'t Table,
    record: &'t StringRecord,
}

impl Table {
    pub(super) fn parse(seed: &SeedFile) -> Result<Self, ReferenceError> {
        let fail = |line, reason: String| ReferenceError { file: seed.path.clone(), line, reason };
        let version = comment(&seed.text, "version")
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| fail(1, "no `# version:` line with a whole number".to_owned()))?;
        let source = comment(&seed.text, "source")
            .ok_or_else(|| fail(1, "no `# source:` line that names the publisher".to_owned()))?;
        let from_csv = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            fail(line, error.to_string())
        };
        let mut reader = ReaderBuilder::new().comment(Some(b'#')).trim(Trim::All).from_reader(seed.text.as_bytes());
        let columns: Vec<String> = reader.headers().map_err(from_csv)?.iter().map(str::to_owned).collect();
        if let Some(twice) = first_repeated(&columns) {
            return Err(fail(1, format!("column `{twice}` appears twice")));
        }
        let records = reader.records().collect::<Result<Vec<_>, _>>().map_err(from_csv)?;
        Ok(Self { file: seed.path.clone(), version, source: source.to_owned(), columns, records })
    }

    pub(super) fn version(&self) -> u32 {
        self.version
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.records.iter().map(|record| Row { table: self, record })
    }

    /// An error about the file as a whole.
    pub(super) fn error(&self, reason: impl Into<String>) -> ReferenceError {
        ReferenceError { file: self.file.clone(), line: 1, reason: reason.into() }
    }
}

impl<'t> Row<'t> {
    /// The cell, or `None` if it is empty.
    pub(super) fn optional(&self, column: &str) -> Result<Option<&'t str>, ReferenceError> {
        let index = self.table.columns.iter().position(|name| name == column);
        let cell = index.and_then(|index| self.record.get(index));
        let cell = cell.ok_or_else(|| self.table.error(format!("no column `{column}`")))?;
        Ok(Some(cell).filter(|cell| !cell.is_empty()))
    }

    /// The cell, which must not be empty.
    pub(super) fn text(&self, column: &str) -> Result<&'t str, ReferenceError> {
        self.optional(column)?.ok_or_else(|| self.error(format!("`{column}` is empty")))
    }

    /// The cell at a position, empty if there is none.
    pub(super) fn cell(&self, index: usize) -> &'t str {
        self.record.get(index).unwrap_or("")
    }

    pub(super) fn date(&self, column: &str) -> Result<Option<Date>, ReferenceError> {
        self.optional(column)?
            .map(|text| {
                text.parse().map_err(|_| self.error(format!("`{column}` is `{text}`, not a date YYYY-MM-DD")))
            })
            .transpose()
    }

    pub(super) fn flag(&self, column: &str) -> Result<bool, ReferenceError> {
        match self.text(column)? {
            "true" => Ok(true),
            "false" => Ok(false),
            text => Err(self.error(format!("`{column}` is `{text}`, not true or false"))),
        }
    }

    /// A count in the cell at a position.
    pub(super) fn count(&self, index: usize) -> Result<u32, ReferenceError> {
        let text = self.cell(index);
        let column = self.table.columns.get(index).map_or("", String::as_str);
        text.parse().map_err(|_| self.error(format!("`{column}` is `{text}`, not a whole number")))
    }

    /// The dates in `valid_from` and `valid_to`.
    pub(super) fn validity(&self) -> Result<Validity, ReferenceError> {
        let (from, to) = (self.date("valid_from")?, self.date("valid_to")?);
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            return Err(self.error(format!("valid_to {to} is before valid_from {from}")));
        }
        Ok(Validity { from, to })
    }

    /// An error about this row.
    pub(super) fn error(&self, reason: impl Into<String>) -> ReferenceError {
        ReferenceError {
            file: self.table.file.clone(),
            line: self.record.position().map_or(1, csv::Position::line),
            reason: reason.into(),
        }
    }
}

/// The value of a `# name: value` line before the header.
fn comment<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines()
        .map_while(|line| line.strip_prefix('#'))
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim())
        .filter(|value| !value.is_empty())
}

fn first_repeated(names: &[String]) -> Option<&str> {
    let repeated = |(i, name): &(usize, &String)| names.iter().take(*i).any(|n| n == *name);
    let found = names.iter().enumerate().find(repeated);
    found.map(|(_, name)| name.as_str())
}
