//! Columns to Arrow IPC files and back.

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Date32Array, RecordBatch, UInt8Array, UInt16Array, UInt64Array};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Date32Type, UInt8Type, UInt16Type, UInt64Type};
use arrow::error::ArrowError;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use peelian_core::kernel::Column;

use crate::data::{Crimes, Victims};
use crate::queries::VictimColumns;

/// Rows per record batch in a file: DuckDB reads batches in parallel, so one large one would hold it back.
const BATCH_ROWS: usize = 122_880;

fn bytes(column: Vec<u8>) -> ArrayRef {
    Arc::new(UInt8Array::from(column))
}

fn keys(column: Vec<u64>) -> ArrayRef {
    Arc::new(UInt64Array::from(column))
}

/// The crimes' columns, in the order of the kernel's programs.
pub(crate) fn crimes_batch(crimes: Crimes) -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_from_iter([
        ("status", bytes(crimes.status)),
        ("crime_group", bytes(crimes.crime_group)),
        ("domestic", bytes(crimes.domestic)),
        ("hate", bytes(crimes.hate)),
        ("online", bytes(crimes.online)),
        ("knife", bytes(crimes.knife)),
        ("gun", bytes(crimes.gun)),
        ("injury", bytes(crimes.injury)),
        ("borough", bytes(crimes.borough)),
        ("month", Arc::new(UInt16Array::from(crimes.month)) as ArrayRef),
        ("sex", bytes(crimes.sex)),
        ("ethnicity", bytes(crimes.ethnicity)),
    ])
}

/// The victims' columns.
pub(crate) fn victims_batch(victims: Victims) -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_from_iter([
        ("person", keys(victims.person)),
        ("date", Arc::new(Date32Array::from(victims.date)) as ArrayRef),
        ("crime", keys(victims.crime)),
        ("incident", keys(victims.incident)),
        ("qualifies", bytes(victims.qualifies)),
        ("borough", bytes(victims.borough)),
    ])
}

/// Writes a batch, uncompressed, in pieces.
pub(crate) fn write(path: &Path, batch: &RecordBatch) -> Result<(), ArrowError> {
    let mut writer = FileWriter::try_new_buffered(File::create(path)?, &batch.schema())?;
    for start in (0..batch.num_rows()).step_by(BATCH_ROWS) {
        writer.write(&batch.slice(start, BATCH_ROWS.min(batch.num_rows() - start)))?;
    }
    writer.finish()
}

/// A table in memory.
pub(crate) struct Columns(pub(crate) RecordBatch);

impl Columns {
    /// Reads a file whole.
    pub(crate) fn read(path: &Path) -> Result<Self, ArrowError> {
        let reader = FileReader::try_new_buffered(File::open(path)?, None)?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>()?;
        Ok(Self(concat_batches(&schema, &batches)?))
    }

    /// All columns as codes.
    pub(crate) fn codes(&self) -> Result<Vec<Column<'_>>, Box<dyn Error>> {
        let mut codes = Vec::new();
        for column in self.0.columns() {
            codes.push(match column.data_type() {
                DataType::UInt8 => Column::U8(column.as_primitive::<UInt8Type>().values()),
                DataType::UInt16 => Column::U16(column.as_primitive::<UInt16Type>().values()),
                other => return Err(format!("{other} is no code").into()),
            });
        }
        Ok(codes)
    }

    /// The victims' columns by name.
    pub(crate) fn victims(&self) -> Result<VictimColumns<'_>, Box<dyn Error>> {
        let column = |name: &str| self.0.column_by_name(name).ok_or_else(|| format!("no column {name}"));
        Ok(VictimColumns {
            person: column("person")?.as_primitive::<UInt64Type>().values(),
            date: column("date")?.as_primitive::<Date32Type>().values(),
            crime: column("crime")?.as_primitive::<UInt64Type>().values(),
            incident: column("incident")?.as_primitive::<UInt64Type>().values(),
            qualifies: column("qualifies")?.as_primitive::<UInt8Type>().values(),
            borough: column("borough")?.as_primitive::<UInt8Type>().values(),
        })
    }
}
