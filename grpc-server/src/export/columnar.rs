//! `observations.arrow` and `observations.parquet`: the same columns and bits as `observations.csv`.

use std::fmt::Display;

use arrow::datatypes::SchemaRef;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::error::ExportError;
use super::table::Part;

/// Name of the file of Arrow.
pub(super) const ARROW: &str = "observations.arrow";
/// Name of the file of Parquet.
pub(super) const PARQUET: &str = "observations.parquet";

/// Both files while they are written.
pub(super) struct Columnar {
    arrow: FileWriter<Vec<u8>>,
    parquet: ArrowWriter<Vec<u8>>,
}

impl Columnar {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self, ExportError> {
        let options = IpcWriteOptions::default();
        let options = options.try_with_compression(Some(CompressionType::LZ4_FRAME)).map_err(refused(ARROW))?;
        let arrow = FileWriter::try_new_with_options(Vec::new(), schema, options).map_err(refused(ARROW))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::LZ4_RAW)
            .set_created_by(concat!("peelian ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let parquet =
            ArrowWriter::try_new(Vec::new(), SchemaRef::clone(schema), Some(properties)).map_err(refused(PARQUET))?;
        Ok(Self { arrow, parquet })
    }

    pub(super) fn add(&mut self, part: &Part<'_>) -> Result<(), ExportError> {
        self.arrow.write(&part.table).map_err(refused(ARROW))?;
        self.parquet.write(&part.table).map_err(refused(PARQUET))?;
        // Each part is a group of rows, so that no more than one part is in memory before it is compressed.
        self.parquet.flush().map_err(refused(PARQUET))
    }

    /// The bytes of Arrow, and those of Parquet.
    pub(super) fn finish(self) -> Result<(Vec<u8>, Vec<u8>), ExportError> {
        Ok((self.arrow.into_inner().map_err(refused(ARROW))?, self.parquet.into_inner().map_err(refused(PARQUET))?))
    }
}

fn refused<E: Display>(file: &'static str) -> impl Fn(E) -> ExportError {
    move |error| ExportError::refused(file)(&error)
}
