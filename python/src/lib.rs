//! The Python package's compiled part, `peelian._peelian`.
//!
//! It is private: `python/peelian` is what users import, with the types and the documentation. Here values are handed
//! over and the GIL is released; what is computed, checked or sent is the core's and the contract's.

mod catalogue;
mod client;
mod content;
mod errors;
mod local;
mod messages;
mod partial;
mod pseudonym;
mod query;
mod stats;
mod table;

use std::sync::{Arc, LazyLock};

use peelian_core::Core;
use pyo3::prelude::*;

static CORE: LazyLock<Result<Arc<Core>, String>> =
    LazyLock::new(|| Core::from_seeds().map(Arc::new).map_err(|error| error.to_string()));

/// The core with the seeds that the package carries.
fn core() -> PyResult<&'static Arc<Core>> {
    CORE.as_ref().map_err(|error| pyo3::exceptions::PyRuntimeError::new_err(error.clone()))
}

#[pymodule]
mod _peelian {
    #[pymodule_export]
    use super::catalogue::{areas, code_lists, csv_header, datasets, measures, period_days};
    #[pymodule_export]
    use super::client::{Call, Connection, connect};
    #[pymodule_export]
    use super::local::{Local, check, compute, load, needed};
    #[pymodule_export]
    use super::partial::Plan;
    #[pymodule_export]
    use super::pseudonym::{add_linkage_key, linkage_keys, pseudonymise_csv, pseudonyms};
    #[pymodule_export]
    use super::stats::{Estimate, Estimates, effective_sample_size, newcombe, poisson, rate, rate_ratio, wilson};
    #[pymodule_export]
    use super::table::Table;

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name that Python packages use")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
