//! Arguments as Python gives them: days, threads, and names from a list.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use jiff::civil::Date;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::Failure;

/// The first and the last day that rows report on, as texts.
pub(crate) type Covers = Option<(String, String)>;

/// The days that rows report on.
pub(crate) fn covers(given: Covers) -> PyResult<Option<(Date, Date)>> {
    given.map(|(first, last)| Ok((day(&first)?, day(&last)?))).transpose()
}

/// A day, written as 2017-02-28.
pub(crate) fn day(text: &str) -> PyResult<Date> {
    text.parse().map_err(|_| PyValueError::new_err(format!("{text:?} is not a day: write it as 2017-02-28")))
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
