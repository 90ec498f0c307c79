//! The error of a definition: its file, its line and the reason.

use peelian_seeds::SeedFile;

/// The reason why a definition is refused, with its place.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct DefinitionError {
    /// Path below `seeds/`: `measures/knife-crime-offences.toml`.
    pub file: String,
    /// Line in the file, counted from 1.
    pub line: usize,
    /// The reason.
    pub reason: String,
}

/// Makes an error for a byte of a file.
pub(crate) fn fault(file: &SeedFile, at: usize, reason: String) -> DefinitionError {
    let before = file.text.as_bytes().iter().take(at);
    let line = 1 + before.filter(|byte| **byte == b'\n').count();
    DefinitionError { file: file.path.clone(), line, reason }
}

/// The error of the TOML parser in one line.
pub(crate) fn parse_fault(file: &SeedFile, error: &toml::de::Error) -> DefinitionError {
    let at = error.span().map_or(0, |span| span.start);
    fault(file, at, error.message().replace('\n', "; "))
}
