//! Why a definition is refused, and where in its file.

use peelian_seeds::SeedFile;

/// Why a definition was refused: the file, the line and the reason.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct DefinitionError {
    /// Path below `seeds/`: `measures/knife-crime-offences.toml`.
    pub file: String,
    /// Line in the file, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// A fault at a byte of a file.
pub(crate) fn fault(file: &SeedFile, at: usize, reason: String) -> DefinitionError {
    let before = file.text.as_bytes().iter().take(at);
    let line = 1 + before.filter(|byte| **byte == b'\n').count();
    DefinitionError { file: file.path.clone(), line, reason }
}

/// What the TOML parser says, in one line.
pub(crate) fn parse_fault(file: &SeedFile, error: &toml::de::Error) -> DefinitionError {
    let at = error.span().map_or(0, |span| span.start);
    fault(file, at, error.message().replace('\n', "; "))
}
