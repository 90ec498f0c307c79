//! Why a mapping, or a file for a mapping, is refused.

use crate::text_table::TextError;

/// Why a mapping is refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line} of the mapping: {reason}")]
pub struct MappingError {
    /// Line of the mapping, from 1.
    pub line: usize,
    /// The reason, and what to do.
    pub reason: String,
}

/// Why a file cannot be mapped. No message quotes a value of the file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ApplyError {
    /// The file is not a table of text.
    #[error("the file cannot be read: {0}")]
    NotATable(String),
    /// The mapping names a column that the file does not have.
    #[error("the file has no column `{column}`, which line {line} of the mapping names")]
    NoColumn {
        /// The column.
        column: String,
        /// Line of the mapping, from 1.
        line: usize,
    },
    /// A field has a column and a constant.
    #[error("`{field}` is a column of the file and a constant of the mapping: leave one of the two out")]
    Twice {
        /// The field.
        field: &'static str,
    },
}

impl From<TextError> for ApplyError {
    fn from(error: TextError) -> Self {
        Self::NotATable(error.to_string())
    }
}
