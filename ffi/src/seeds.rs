//! The measures, areas and codes that are compiled into the library.

use std::sync::{Arc, LazyLock};

use peelian_core::Core;

use crate::error::{Error, Outcome};

static CORE: LazyLock<Result<Arc<Core>, String>> =
    LazyLock::new(|| Core::from_seeds().map(Arc::new).map_err(|error| error.to_string()));

/// The core with these measures, areas and codes. The first call loads it.
pub(crate) fn core() -> Outcome<&'static Arc<Core>> {
    CORE.as_ref().map_err(Error::internal)
}
