//! A fault in a file of policies.

/// A fault in a file of policies, with its place.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub(crate) struct Fault {
    /// The file.
    pub(super) file: String,
    /// Line, counted from 1.
    pub(super) line: usize,
    /// What is wrong.
    pub(super) reason: String,
}
