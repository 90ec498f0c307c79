//! Measures, profiles, datasets, agencies, areas and code lists, as messages of the contract.

use jiff::civil::Date;
use peelian_core::contract::Contract;
use peelian_core::intake;
use peelian_core::period::{PeriodError, PeriodRange};
use peelian_core::wire;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::arguments::day;
use crate::errors::Failure;
use crate::messages;
use crate::seeded::core;

/// Every measure.
#[pyfunction]
pub(crate) fn measures(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let measures = core()?.catalogue.iter().map(|definition| wire::measure(definition));
    list(py, measures.map(|measure| messages::to_python(py, "peelian.v1.Measure", &measure)))
}

/// Every profile.
#[pyfunction]
pub(crate) fn profiles(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let profiles = core()?.profiles.iter().map(wire::profile);
    list(py, profiles.map(|profile| messages::to_python(py, "peelian.v1.Profile", &profile)))
}

/// Every dataset with its fields, codes and rules.
#[pyfunction]
pub(crate) fn datasets(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let datasets = Contract::get().datasets().iter().map(|dataset| wire::dataset(dataset, true));
    list(py, datasets.map(|dataset| messages::to_python(py, "peelian.v1.Dataset", &dataset)))
}

/// Every agency that may submit, with its remits.
#[pyfunction]
pub(crate) fn agencies(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let reference = &core()?.reference;
    let agencies = reference.register.agencies().map(|agency| wire::agency(&reference.areas, agency));
    list(py, agencies.map(|agency| messages::to_python(py, "peelian.v1.Agency", &agency)))
}

/// Every open code list with its codes.
#[pyfunction]
pub(crate) fn code_lists(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let lists = core()?.reference.codes.iter().map(|list| wire::code_list(list, true));
    list(py, lists.map(|list| messages::to_python(py, "peelian.v1.CodeList", &list)))
}

/// Every area that exists on a day. Without a day, every area.
#[pyfunction]
#[pyo3(signature = (valid_on = None))]
pub(crate) fn areas<'py>(py: Python<'py>, valid_on: Option<&str>) -> PyResult<Bound<'py, PyList>> {
    let day = valid_on.map(day).transpose()?;
    let areas = &core()?.reference.areas;
    let found = areas.iter().filter(|(_, area)| day.is_none_or(|day| area.validity().contains(day)));
    list(py, found.map(|(id, _)| messages::to_python(py, "peelian.v1.Area", &wire::area(areas, id, day))))
}

/// The header line of a dataset's CSV. The error for an unknown dataset names all datasets.
#[pyfunction]
pub(crate) fn csv_header(py: Python<'_>, dataset: &str) -> PyResult<String> {
    let dataset = Contract::get().known_dataset(dataset);
    dataset.map(intake::csv_header).map_err(|error| Failure::Rows(error.into()).into_exception(py))
}

/// First and last day of a period, of a range of periods, or of two days joined by `..`.
#[pyfunction]
pub(crate) fn period_days(py: Python<'_>, text: &str) -> PyResult<(String, String)> {
    if let Some((Ok(first), Ok(last))) = text.split_once("..").map(|(a, b)| (a.parse::<Date>(), b.parse::<Date>())) {
        return Ok((first.to_string(), last.to_string()));
    }
    let range: PeriodRange =
        text.parse().map_err(|error: PeriodError| Failure::Query(error.into()).into_exception(py))?;
    Ok((range.first().start_date().to_string(), range.last().end_date().to_string()))
}

fn list<'py>(
    py: Python<'py>,
    items: impl Iterator<Item = PyResult<Bound<'py, PyDict>>>,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for item in items {
        list.append(item?)?;
    }
    Ok(list)
}
