//! In which form a command prints, and where to.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::table;

/// A form of a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// A table for people.
    Table,
    /// CSV with a header.
    Csv,
    /// JSON, with the fields of the contract.
    Json,
}

/// The form of a list, and the file that it is written to.
#[derive(Args, Debug)]
pub struct Listed {
    /// Form of the output.
    #[arg(long, short, default_value = "table")]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) to: Destination,
}

/// Where a command writes.
#[derive(Args, Debug)]
pub(crate) struct Destination {
    /// File to write to, in place of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// A column of a list.
#[derive(Clone, Copy, Debug)]
pub struct ListColumn {
    title: &'static str,
    name: &'static str,
    numbers: bool,
}

impl ListColumn {
    /// A column of texts: its title in a table, and its name in CSV.
    #[must_use]
    pub const fn texts(title: &'static str, name: &'static str) -> Self {
        Self { title, name, numbers: false }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn numbers(title: &'static str, name: &'static str) -> Self {
        Self { title, name, numbers: true }
    }
}

impl Listed {
    /// Prints rows of texts. JSON is made only if it is asked for.
    ///
    /// # Errors
    ///
    /// If the JSON cannot be made, or if the output cannot be written.
    pub fn print<const N: usize>(
        &self,
        columns: [ListColumn; N],
        rows: &[[String; N]],
        json: impl FnOnce() -> serde_json::Result<Value>,
    ) -> io::Result<()> {
        match self.format {
            Format::Csv => self.to.write_csv(columns.map(|column| column.name), rows.iter().cloned()),
            Format::Json => self.to.write_json(&json()?),
            Format::Table => {
                let columns = columns.map(|column| (column.title, column.numbers));
                self.to.write(&table::listed(columns, rows, self.to.is_standard()))
            }
        }
    }
}

impl Destination {
    /// Whether the output goes to standard output, which can be a terminal.
    pub(crate) fn is_standard(&self) -> bool {
        self.output.is_none()
    }

    /// The file, or standard output.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Write>> {
        let Some(path) = &self.output else { return Ok(Box::new(io::stdout().lock())) };
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        Ok(Box::new(io::BufWriter::new(File::create(path).map_err(named)?)))
    }

    /// Writes a text and a line end.
    pub(crate) fn write(&self, text: &str) -> io::Result<()> {
        let mut out = self.open()?;
        writeln!(out, "{text}")?;
        out.flush()
    }

    /// Writes JSON for people to read, with a line end.
    pub(crate) fn write_json(&self, value: &Value) -> io::Result<()> {
        let mut out = self.open()?;
        serde_json::to_writer_pretty(&mut out, value)?;
        writeln!(out)?;
        out.flush()
    }

    /// Writes records as CSV, the headings first.
    pub(crate) fn write_csv<const N: usize>(
        &self,
        headings: [&str; N],
        records: impl IntoIterator<Item = [String; N]>,
    ) -> io::Result<()> {
        let mut out = csv::Writer::from_writer(self.open()?);
        out.write_record(headings)?;
        for record in records {
            out.write_record(record)?;
        }
        out.flush()
    }
}
