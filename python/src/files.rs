//! Files of local systems: sheets of workbooks, mappings, drafts of mappings, and empty workbooks to fill in.

use std::borrow::Cow;

use peelian_core::contract::Contract;
use peelian_core::engine::LocalError;
use peelian_core::mapping::{self, Mapping};
use peelian_core::workbook::{Expected, is_workbook, sheet_as_text, template};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::{Failure, detached};
use crate::seeded::core;

/// A table of text or a sheet of a workbook, as CSV with the fields of a dataset if there is a mapping.
#[pyfunction]
#[pyo3(signature = (file, dataset, mapping = None, sheet = None))]
pub(crate) fn file_rows<'py>(
    py: Python<'py>,
    file: &[u8],
    dataset: &str,
    mapping: Option<&str>,
    sheet: Option<&str>,
) -> PyResult<Bound<'py, PyBytes>> {
    let rows = detached(py, || {
        let known = Contract::get().known_dataset(dataset).map_err(LocalError::from)?;
        let mapping = mapping.map(|text| Mapping::read(text, known)).transpose()?;
        let text = text_of(file, sheet, Expected::Dataset(known))?;
        Ok(match mapping {
            Some(mapping) => mapping.apply(&text)?,
            None => text.into_owned(),
        })
    })?;
    Ok(PyBytes::new(py, &rows))
}

/// A draft of a mapping of a file to a dataset.
#[pyfunction]
#[pyo3(signature = (file, dataset, sheet = None))]
pub(crate) fn draft_mapping(py: Python<'_>, file: &[u8], dataset: &str, sheet: Option<&str>) -> PyResult<String> {
    let reference = &core()?.reference;
    detached(py, || {
        let known = Contract::get().known_dataset(dataset).map_err(LocalError::from)?;
        let text = text_of(file, sheet, Expected::Dataset(known))?;
        Ok(mapping::draft(known, &text, reference)?)
    })
}

/// An empty workbook for the rows of a dataset.
#[pyfunction]
pub(crate) fn template_workbook<'py>(py: Python<'py>, dataset: &str) -> PyResult<Bound<'py, PyBytes>> {
    let reference = &core()?.reference;
    let workbook = detached(py, || {
        let known = Contract::get().known_dataset(dataset).map_err(LocalError::from)?;
        Ok(template(known, reference)?)
    })?;
    Ok(PyBytes::new(py, &workbook))
}

/// The fields of a dataset that have these headings; None for a heading of no field.
#[pyfunction]
pub(crate) fn fields_of(py: Python<'_>, dataset: &str, headings: Vec<String>) -> PyResult<Vec<Option<String>>> {
    let known = Contract::get().known_dataset(dataset);
    let known = known.map_err(|error| Failure::Rows(error.into()).into_exception(py))?;
    let field = |heading: &String| known.fields.get(known.position_of_heading(heading.trim())?);
    Ok(headings.iter().map(|heading| field(heading).map(|field| field.name.clone())).collect())
}

fn text_of<'f>(file: &'f [u8], sheet: Option<&str>, expected: Expected) -> Result<Cow<'f, [u8]>, Failure> {
    if is_workbook(file) {
        return Ok(Cow::Owned(sheet_as_text(file, sheet, expected)?));
    }
    match sheet {
        Some(_) => Err(Failure::Argument("the file is no workbook, so it has no sheets".to_owned())),
        None => Ok(Cow::Borrowed(file)),
    }
}
