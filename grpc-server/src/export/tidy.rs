//! `observations.csv`: one row for each observation, and one column for each fact about it.

use std::fmt::Display;

use csv::Writer;

use super::cells;
use super::columns::COLUMNS;
use super::error::ExportError;
use super::table::Part;

/// Name of the file.
pub(super) const NAME: &str = "observations.csv";

/// The file while it is written.
pub(super) struct Tidy(Writer<Vec<u8>>);

impl Tidy {
    pub(super) fn new() -> Result<Self, ExportError> {
        let mut out = Writer::from_writer(Vec::new());
        out.write_record(COLUMNS.iter().map(|column| column.name)).map_err(refused)?;
        Ok(Self(out))
    }

    pub(super) fn add(&mut self, part: &Part<'_>) -> Result<(), ExportError> {
        let columns = cells::columns(&part.table)?;
        let mut text = String::new();
        for row in 0..part.table.num_rows() {
            for (_, cells) in &columns {
                text.clear();
                cells.write(row, &mut text);
                self.0.write_field(&text).map_err(refused)?;
            }
            self.0.write_record(None::<&[u8]>).map_err(refused)?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, ExportError> {
        self.0.into_inner().map_err(refused)
    }
}

fn refused(error: impl Display) -> ExportError {
    ExportError::refused(NAME)(&error)
}
