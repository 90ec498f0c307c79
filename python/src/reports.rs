//! Reports of checked rows, as dictionaries.

use peelian_core::contract::Severity;
use peelian_core::engine::partial::Tally;
use peelian_core::intake::Findings;
use peelian_core::wire;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::messages;

/// The report of rows that were read in one place.
pub(crate) fn of_rows<'py>(
    py: Python<'py>,
    received: u64,
    rejected: u64,
    findings: &Findings,
) -> PyResult<Bound<'py, PyDict>> {
    report(py, (received, rejected), |severity| findings.total(severity), &kept_findings(py, findings)?)
}

/// The report of rows that were counted in partitions.
pub(crate) fn of_tally<'py>(py: Python<'py>, tally: &Tally) -> PyResult<Bound<'py, PyDict>> {
    report(py, (tally.received, tally.rejected), |severity| tally.total(severity), &tally_findings(py, tally)?)
}

fn report<'py>(
    py: Python<'py>,
    (received, rejected): (u64, u64),
    total: impl Fn(Severity) -> u64,
    findings: &Bound<'py, PyList>,
) -> PyResult<Bound<'py, PyDict>> {
    let report = PyDict::new(py);
    report.set_item("received", received)?;
    report.set_item("rejected", rejected)?;
    report.set_item("errors", total(Severity::Error))?;
    report.set_item("warnings", total(Severity::Warning))?;
    report.set_item("infos", total(Severity::Info))?;
    report.set_item("findings", findings)?;
    Ok(report)
}

/// The findings that were kept, each as a dictionary.
pub(crate) fn kept_findings<'py>(py: Python<'py>, findings: &Findings) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for finding in findings.kept() {
        list.append(messages::to_python(py, "peelian.v1.Finding", &wire::finding(finding))?)?;
    }
    Ok(list)
}

/// The findings of a tally, each as a dictionary. There is one for each code.
pub(crate) fn tally_findings<'py>(py: Python<'py>, tally: &Tally) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for finding in tally.findings() {
        list.append(messages::to_python(py, "peelian.v1.Finding", &finding)?)?;
    }
    Ok(list)
}
