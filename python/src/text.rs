//! Values as texts for people. The core decides on digits and units.

use peelian::v1::MissingReason;
use peelian_core::wire;
use pyo3::prelude::*;

use crate::arguments::named;

/// A value in the unit of its kind. A value of an unknown kind is not rounded.
#[pyfunction]
pub(crate) fn value_text(kind: &str, value: f64) -> String {
    wire::value_kind_named(kind).map_or_else(|| value.to_string(), |kind| wire::value_text(kind, value))
}

/// The limits of an interval in the unit of the kind of value.
#[pyfunction]
pub(crate) fn interval_text(kind: &str, lower: f64, upper: f64) -> String {
    wire::value_kind_named(kind)
        .map_or_else(|| format!("{lower} to {upper}"), |kind| wire::interval_text(kind, lower, upper))
}

/// A numerator and its denominator.
#[pyfunction]
pub(crate) fn fraction_text(numerator: f64, denominator: f64) -> String {
    wire::fraction_text(numerator, denominator)
}

/// A change in the unit of its kind. A change of an unknown kind is not rounded.
#[pyfunction]
pub(crate) fn change_text(kind: &str, change: f64) -> String {
    wire::change_kind_named(kind).map_or_else(|| change.to_string(), |kind| wire::change_text(kind, change))
}

/// The reason for having no value, in two or three words.
#[pyfunction]
pub(crate) fn missing_text(reason: &str) -> &'static str {
    wire::missing_text(named("MISSING_REASON", reason, MissingReason::from_str_name).unwrap_or_default())
}
