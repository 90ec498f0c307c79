//! The rows of one dataset: as Python gives them, and as they are read.

use std::num::NonZeroUsize;

use jiff::civil::Date;
use peelian_core::engine::{LocalContent, LocalRows};
use pyo3::prelude::*;

use crate::arguments::{self, Covers};
use crate::content::{Content, Rows};
use crate::errors::Failure;

/// One dataset's rows: its identifier, the rows, and the days that they report on.
pub(crate) type DatasetArgument = (String, Content, Covers);

/// One dataset's rows before they are read.
pub(crate) struct DatasetContent {
    dataset: String,
    content: Content,
    covers: Option<(Date, Date)>,
}

/// One dataset's rows.
pub(crate) struct DatasetRows {
    pub(crate) dataset: String,
    rows: Rows,
    covers: Option<(Date, Date)>,
}

impl DatasetContent {
    /// Reads the days that the rows report on.
    pub(crate) fn new((dataset, content, covers): DatasetArgument) -> PyResult<Self> {
        Ok(Self { dataset, content, covers: arguments::covers(covers)? })
    }

    /// Reads the rows, on up to `threads` threads.
    pub(crate) fn read(self, threads: NonZeroUsize) -> Result<DatasetRows, Failure> {
        Ok(DatasetRows { dataset: self.dataset, rows: self.content.read(threads)?, covers: self.covers })
    }
}

impl DatasetRows {
    /// The rows as the core takes them.
    pub(crate) fn rows(&self, synthetic: bool) -> LocalRows<'_> {
        let content = match &self.rows {
            Rows::Csv(bytes) => LocalContent::Csv(bytes),
            Rows::Arrow(bytes) => LocalContent::Arrow(bytes),
            Rows::Batches(batches) => LocalContent::Batches(batches),
        };
        LocalRows { covers: self.covers, synthetic, ..LocalRows::new(&self.dataset, content) }
    }
}
