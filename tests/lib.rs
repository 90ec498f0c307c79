//! Tests across the crates: the dependencies between them, and the files of the repository.
//!
//! `tests/run` tests the interfaces from outside: the C library from C, the Python package from Python, and the server
//! with a client that shares no code with it.

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
