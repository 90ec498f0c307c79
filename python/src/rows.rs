//! The rows of one dataset: as Python gives them, and as they are read.

use std::num::NonZeroUsize;

use peelian_core::Core;
use peelian_core::engine::{LocalContent, LocalRows};

use crate::arguments::{Scope, ScopeArguments};
use crate::content::{Content, Rows};
use crate::errors::Failure;

/// One dataset's rows: its identifier, the rows, and what they report on.
pub(crate) type DatasetArgument = (String, Content, ScopeArguments);

/// One dataset's rows before they are read.
pub(crate) struct DatasetContent {
    dataset: String,
    content: Content,
    scope: Scope,
}

/// One dataset's rows.
pub(crate) struct DatasetRows {
    pub(crate) dataset: String,
    rows: Rows,
    scope: Scope,
}

impl DatasetContent {
    /// Reads what the rows report on.
    pub(crate) fn new((dataset, content, scope): DatasetArgument, core: &Core) -> Result<Self, Failure> {
        Ok(Self { dataset, content, scope: scope.read(core)? })
    }

    /// Reads the rows, on up to `threads` threads.
    pub(crate) fn read(self, threads: NonZeroUsize) -> Result<DatasetRows, Failure> {
        Ok(DatasetRows { dataset: self.dataset, rows: self.content.read(threads)?, scope: self.scope })
    }
}

impl DatasetRows {
    /// The rows as the core takes them.
    pub(crate) fn rows(&self, synthetic: bool) -> LocalRows<'_> {
        let content = match &self.rows {
            Rows::Csv(bytes) => LocalContent::Csv(bytes),
            Rows::File(file) => LocalContent::Pieces(file),
            Rows::Arrow(bytes) => LocalContent::Arrow(bytes),
            Rows::Batches(batches) => LocalContent::Batches(batches),
        };
        let Scope { covers, areas, agency } = &self.scope;
        LocalRows {
            covers: *covers,
            areas: areas.as_deref(),
            agency: agency.as_deref(),
            synthetic,
            ..LocalRows::new(&self.dataset, content)
        }
    }
}
