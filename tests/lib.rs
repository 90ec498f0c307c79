//! Tests of what spans the crates: the arrows between them, and what lies in the repository.
//!
//! What spans the doors is tested from outside, by `tests/run`: the C library from C, the Python package from Python,
//! and the server by a client that shares no code with it.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod repository;
#[cfg(test)]
mod rooms;

/// The folder of the repository.
#[cfg(test)]
fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
