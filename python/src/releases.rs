//! Releases without a connection: the commands of the command line, and the check of a folder.

use std::ffi::OsString;
use std::path::PathBuf;

use peelian::client::release_folder::verify;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::detached;

/// Name of the program in its help.
const PROGRAM: &str = "peelian";

/// Runs `peelian COMMAND ARGUMENTS`. Returns the exit code, and the message of a failure.
#[pyfunction]
pub(crate) fn client_command(py: Python<'_>, arguments: Vec<OsString>) -> (u8, Option<String>) {
    py.detach(|| peelian_commands::run(PROGRAM, arguments))
}

/// Checks that the folder of a release is as it was published. `key` is the public key of the publisher.
#[pyfunction]
pub(crate) fn verify_release<'py>(
    py: Python<'py>,
    folder: PathBuf,
    key: Option<String>,
) -> PyResult<Bound<'py, PyDict>> {
    let checked = detached(py, || Ok(verify(&folder, key.as_deref())?))?;
    let told = PyDict::new(py);
    told.set_item("release", checked.release)?;
    told.set_item("files", checked.files)?;
    told.set_item("public_key", checked.public_key)?;
    Ok(told)
}
