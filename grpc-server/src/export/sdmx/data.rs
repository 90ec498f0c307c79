//! `sdmx.csv`.

use std::fmt::Display;

use csv::Writer;
use peelian_core::engine::Observation;

use super::codes::{area, breakdown, frequency, measure, time_period};
use super::{AGENCY, FLOW, FREQ, PERIOD_KIND, TIME, VALUE, VERSION};
use crate::export::cells::{self, Cells};
use crate::export::columns::{COLUMNS, Column, Sdmx};
use crate::export::error::ExportError;
use crate::export::table::Part;

/// Name of the file.
pub(in crate::export) const NAME: &str = "sdmx.csv";

/// The file while it is written.
pub(in crate::export) struct Data(Writer<Vec<u8>>);

impl Data {
    pub(in crate::export) fn new() -> Result<Self, ExportError> {
        let mut out = Writer::from_writer(Vec::new());
        let attributes =
            COLUMNS.iter().filter(|column| is_attribute(column)).map(|column| column.name.to_uppercase());
        let fixed = ["STRUCTURE", "STRUCTURE_ID", "ACTION"].into_iter();
        let header = fixed.chain(dimensions()).chain([VALUE]).map(str::to_owned).chain(attributes);
        out.write_record(header).map_err(refused)?;
        Ok(Self(out))
    }

    pub(in crate::export) fn add(&mut self, part: &Part<'_>) -> Result<(), ExportError> {
        let columns = cells::columns(&part.table)?;
        let values = columns.iter().filter(|(column, _)| column.sdmx == Sdmx::Value);
        let written: Vec<&Cells<'_>> =
            values.chain(columns.iter().filter(|(column, _)| is_attribute(column))).map(|(_, cells)| cells).collect();
        let structure = format!("{AGENCY}:{FLOW}({VERSION})");
        let mut text = String::new();
        for (row, found) in part.observations.iter().enumerate() {
            for field in ["dataflow", &structure, "I"] {
                self.0.write_field(field).map_err(refused)?;
            }
            for code in key(found) {
                self.0.write_field(code).map_err(refused)?;
            }
            for cells in &written {
                text.clear();
                cells.write(row, &mut text);
                self.0.write_field(&text).map_err(refused)?;
            }
            self.0.write_record(None::<&[u8]>).map_err(refused)?;
        }
        Ok(())
    }

    pub(in crate::export) fn finish(self) -> Result<Vec<u8>, ExportError> {
        self.0.into_inner().map_err(refused)
    }
}

/// The identifiers of the dimensions, in their order.
pub(super) fn dimensions() -> impl Iterator<Item = &'static str> {
    let of_columns = COLUMNS.iter().filter_map(|column| match column.sdmx {
        Sdmx::Dimension(id) => Some(id),
        _ => None,
    });
    [FREQ, PERIOD_KIND].into_iter().chain(of_columns).chain([TIME])
}

/// The codes of an observation, in the order of [`dimensions`].
fn key(found: &Observation) -> [String; 7] {
    [
        frequency(found.period.kind()).to_owned(),
        found.period.kind().code().to_owned(),
        measure(&found.measure),
        area(&found.area),
        breakdown(found),
        found.basis.id().to_owned(),
        time_period(found.period),
    ]
}

/// Whether a column is an attribute.
pub(super) fn is_attribute(column: &Column) -> bool {
    matches!(column.sdmx, Sdmx::Attribute | Sdmx::Coded)
}

fn refused(error: impl Display) -> ExportError {
    ExportError::refused(NAME)(&error)
}
