//! Why synthetic records were not, or not all, written.

use std::path::{Path, PathBuf};

/// Why synthetic records were not, or not all, written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SynthesiseError {
    /// An option is out of range.
    #[error("{0}")]
    Options(&'static str),
    /// A file could not be written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Rows could not be written as CSV.
    #[error("the rows cannot be written as CSV: {0}")]
    Csv(String),
    /// The contract has no such dataset, or the reference data have no such code list.
    #[error("there is no dataset or code list `{0}`")]
    NoDataset(&'static str),
    /// The reference data have no such class of offence.
    #[error("there is no class of offence `{0}`")]
    NoClass(&'static str),
}

impl SynthesiseError {
    pub(super) fn file(path: &Path, error: std::io::Error) -> Self {
        Self::File { path: path.to_owned(), error }
    }
}
