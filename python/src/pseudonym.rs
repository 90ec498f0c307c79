//! Pseudonyms of persons. Python reads the files and draws the random bytes. The core makes the pseudonyms.

use std::collections::BTreeMap;

use peelian_core::pseudonym::{
    Column, CsvColumns, CsvPseudonymiser, Domain, Identity, Keyring, LinkageKey, NotIdentified, Part,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::arguments::{day, unknown};
use crate::errors::{Failure, detached};

/// The columns of a CSV: raw columns by part, columns to drop, and the names of the two new columns.
type Columns = (Vec<(String, String)>, Vec<String>, String, String);

/// The keys of a file, without their secrets.
#[pyfunction]
pub(crate) fn linkage_keys<'py>(py: Python<'py>, keys: &str) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for key in ring(keys)?.keys() {
        let told = PyDict::new(py);
        told.set_item("id", key.id())?;
        told.set_item("name", key.name())?;
        told.set_item("domain", key.domain().id())?;
        told.set_item("identity", key.identity().id())?;
        told.set_item("created_on", key.created_on().to_string())?;
        told.set_item("parts", key.identity().parts().iter().map(|part| part.id()).collect::<Vec<_>>())?;
        list.append(told)?;
    }
    Ok(list)
}

/// The text of a file of keys with one more key.
#[pyfunction]
pub(crate) fn add_linkage_key(
    py: Python<'_>,
    keys: &str,
    name: &str,
    domain: &str,
    identity: &str,
    created_on: &str,
    secret: &[u8],
) -> PyResult<String> {
    let mut held = if keys.is_empty() { Keyring::default() } else { ring(keys)? };
    let domain = Domain::from_id(domain)
        .ok_or_else(|| unknown("domain", domain, &Domain::ALL.map(Domain::id).join(", ")).into_exception(py))?;
    let identity = Identity::from_id(identity).ok_or_else(|| {
        unknown("identity", identity, &Identity::ALL.map(Identity::id).join(", ")).into_exception(py)
    })?;
    let key = LinkageKey::new(name, domain, identity, day(created_on)?, secret);
    held.add(key.map_err(|error| refused(&error))?).map_err(|error| refused(&error))?;
    Ok(held.format().as_str().to_owned())
}

/// Pseudonyms of rows. Each column is a part of the identity.
#[pyfunction]
pub(crate) fn pseudonyms<'py>(
    py: Python<'py>,
    keys: &str,
    key: Option<&str>,
    columns: Vec<(String, Vec<Option<PyBackedStr>>)>,
) -> PyResult<(String, Vec<Option<String>>, Bound<'py, PyDict>)> {
    let ring = ring(keys)?;
    let key = ring.key(key).map_err(|error| refused(&error))?;
    let parts = columns.iter().map(|(name, _)| part(py, name)).collect::<PyResult<Vec<_>>>()?;
    let made = detached(py, || {
        let values: Vec<Vec<Option<&str>>> =
            columns.iter().map(|(_, values)| values.iter().map(Option::as_deref).collect()).collect();
        let given: Vec<Column<'_>> =
            parts.iter().zip(&values).map(|(part, values)| Column { part: *part, values }).collect();
        key.columns(&given).map_err(|error| Failure::Argument(error.to_string()))
    })?;
    let rows = made.rows.iter().map(|row| row.as_ref().ok().map(ToString::to_string)).collect();
    let without = counts(py, &made.without())?;
    Ok((made.key_id, rows, without))
}

/// A CSV with pseudonyms in place of its raw columns, the number of rows with one, and the reasons for the others.
#[pyfunction]
pub(crate) fn pseudonymise_csv<'py>(
    py: Python<'py>,
    keys: &str,
    key: Option<&str>,
    content: PyBackedBytes,
    columns: Columns,
) -> PyResult<Bound<'py, PyDict>> {
    let ring = ring(keys)?;
    let key = ring.key(key).map_err(|error| refused(&error))?;
    let (raw, dropped, pseudonym, key_id) = columns;
    let raw = raw.into_iter().map(|(name, column)| Ok((part(py, &name)?, column))).collect::<PyResult<Vec<_>>>()?;
    let columns = CsvColumns { raw, dropped, pseudonym, key_id };
    let (out, summary) = detached(py, || {
        let mut out = Vec::with_capacity(content.len());
        let mut stream = CsvPseudonymiser::new(key, columns).map_err(|error| Failure::Argument(error.to_string()))?;
        stream.push(&content, &mut out).map_err(|error| Failure::Argument(error.to_string()))?;
        let summary = stream.finish(&mut out).map_err(|error| Failure::Argument(error.to_string()))?;
        Ok((out, summary))
    })?;
    let made = PyDict::new(py);
    made.set_item("content", PyBytes::new(py, &out))?;
    made.set_item("key_id", key.id())?;
    made.set_item("rows", summary.rows)?;
    made.set_item("pseudonyms", summary.pseudonyms)?;
    made.set_item("without", counts(py, &summary.without)?)?;
    Ok(made)
}

fn ring(keys: &str) -> PyResult<Keyring> {
    Keyring::parse(keys).map_err(|error| refused(&error))
}

fn part(py: Python<'_>, name: &str) -> PyResult<Part> {
    let known = || unknown("part of an identity", name, &Part::ALL.map(Part::id).join(", "));
    Part::ALL.into_iter().find(|part| part.id() == name).ok_or_else(|| known().into_exception(py))
}

fn counts<'py>(py: Python<'py>, without: &BTreeMap<NotIdentified, u64>) -> PyResult<Bound<'py, PyDict>> {
    let counts = PyDict::new(py);
    for (why, count) in without {
        counts.set_item(why.to_string(), count)?;
    }
    Ok(counts)
}

/// These messages of the core contain no value and no secret.
fn refused(error: &dyn std::error::Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}
