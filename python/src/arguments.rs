//! Arguments as Python gives them: what rows report on, days, threads, and names from a list.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use jiff::civil::Date;
use peelian_core::Core;
use peelian_core::reference::AreaId;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::Failure;

/// What the rows of a dataset report on, from a dictionary: first and last day, areas by code or name, and the agency.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct ScopeArguments {
    period: Option<(String, String)>,
    areas: Option<Vec<String>>,
    agency: Option<String>,
}

/// What the rows of a dataset report on.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) covers: Option<(Date, Date)>,
    pub(crate) areas: Option<Vec<AreaId>>,
    pub(crate) agency: Option<String>,
}

impl ScopeArguments {
    /// Reads the days, and looks up the areas.
    pub(crate) fn read(self, core: &Core) -> Result<Scope, Failure> {
        let covers = self.period.map(|(first, last)| Ok::<_, Failure>((read_day(&first)?, read_day(&last)?)));
        let area = |name: String| {
            let found = core.reference.areas.resolve_name(&name);
            found.map(|found| found.id()).map_err(|unknown| Failure::Argument(unknown.to_string()))
        };
        let areas = self.areas.map(|names| names.into_iter().map(area).collect::<Result<_, _>>());
        Ok(Scope { covers: covers.transpose()?, areas: areas.transpose()?, agency: self.agency })
    }
}

/// A day, written as 2017-02-28.
pub(crate) fn day(text: &str) -> PyResult<Date> {
    read_day(text).map_err(|failure| PyValueError::new_err(failure.to_string()))
}

fn read_day(text: &str) -> Result<Date, Failure> {
    text.parse().map_err(|_| Failure::Argument(format!("{text:?} is not a day: write it as 2017-02-28")))
}

/// The number of threads given. Without one, as many as the machine runs at once.
pub(crate) fn threads_or_all(threads: Option<NonZeroUsize>) -> NonZeroUsize {
    threads.or_else(|| available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// The value of an enum of the contract whose name, without its prefix and in lower case, is this.
pub(crate) fn named<T>(prefix: &str, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    read(&format!("{prefix}_{}", name.to_uppercase())).filter(|_| name != "unspecified")
}

/// The refusal of a name that is not one of those known.
pub(crate) fn unknown(what: &str, name: &str, known: &str) -> Failure {
    Failure::Argument(format!("{name:?} is not a {what}: write one of {known}"))
}
