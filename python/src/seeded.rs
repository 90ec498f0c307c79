//! The core with the seeds that the package carries.

use std::sync::{Arc, LazyLock};

use peelian_core::Core;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

static CORE: LazyLock<Result<Arc<Core>, String>> =
    LazyLock::new(|| Core::from_seeds().map(Arc::new).map_err(|error| error.to_string()));

/// The core. Every call shares it.
pub(crate) fn core() -> PyResult<&'static Arc<Core>> {
    CORE.as_ref().map_err(|error| PyRuntimeError::new_err(error.clone()))
}
