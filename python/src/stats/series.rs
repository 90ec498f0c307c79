//! Series: trends and process control.

use std::collections::BTreeMap;

use numpy::{IntoPyArray as _, PyArray1};
use peelian_core::stats::StatsError;
use peelian_core::stats::proportion::Proportion;
use peelian_core::stats::spc::{self as core_spc, Rebase, Settings};
use peelian_core::stats::trend::{self as core_trend, Point};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::comparisons::wanted;
use super::samples::sample;
use super::{Numbers, columns, failure, shared_length};
use crate::errors::Failure;

/// Whether a series rises or falls.
#[pyclass(frozen, get_all, module = "peelian.stats")]
pub(crate) struct Trend {
    direction: &'static str,
    slope: f64,
    chi_squared: f64,
    reason: &'static str,
    message: String,
}

#[pymethods]
impl Trend {
    fn __repr__(&self) -> String {
        let Self { direction, chi_squared, .. } = self;
        format!("Trend(direction='{direction}', chi_squared={chi_squared})")
    }
}

/// The trend of shares `x` of `n`, or of values `x` with limits. A point with a missing number is left out.
#[pyfunction]
pub(crate) fn trend(
    py: Python<'_>,
    x: Numbers<'_>,
    n: Option<Numbers<'_>>,
    limits: Option<(Numbers<'_>, Numbers<'_>)>,
    periods: Option<Vec<i64>>,
) -> PyResult<Trend> {
    let found = match (n, limits) {
        (Some(n), None) => {
            let points = points(py, [x, n], periods, |period, [x, n]| Ok((period, Proportion::new(x, n)?)))?;
            core_trend::of_shares(&points)
        }
        (None, Some((lower, upper))) => {
            let points = points(py, [x, lower, upper], periods, |period, [value, lower, upper]| {
                Ok(Point { period, value, lower, upper })
            })?;
            core_trend::of_values(&points)
        }
        _ => {
            return Err(PyValueError::new_err(
                "give either n, for shares, or lower and upper, for values with 95% limits",
            ));
        }
    };
    match found {
        Ok(found) => Ok(Trend {
            direction: found.direction.id(),
            slope: found.slope,
            chi_squared: found.chi_squared,
            reason: "",
            message: String::new(),
        }),
        Err(error) => {
            let reason = error.undefined().ok_or_else(|| failure(py, error))?;
            let (slope, chi_squared) = (f64::NAN, f64::NAN);
            Ok(Trend { direction: "cannot_be_calculated", slope, chi_squared, reason, message: error.to_string() })
        }
    }
}

/// The points of a series that have all numbers, in the order given.
fn points<T, const N: usize>(
    py: Python<'_>,
    given: [Numbers<'_>; N],
    periods: Option<Vec<i64>>,
    read: impl Fn(i64, [f64; N]) -> Result<T, StatsError>,
) -> PyResult<Vec<T>> {
    let count = shared_length(&given)?
        .ok_or_else(|| PyValueError::new_err("give arrays, with one number for each period"))?;
    let periods = periods.unwrap_or_else(|| (1..).take(count).collect());
    if periods.len() != count {
        return Err(PyValueError::new_err(format!("there are {} periods for {count} numbers", periods.len())));
    }
    let columns = columns(&given)?;
    let mut points = Vec::with_capacity(count);
    for (index, period) in periods.into_iter().enumerate() {
        let numbers = columns.map(|column| column.at(index));
        if numbers.iter().all(|number| !number.is_nan()) {
            let refused = |error| Failure::Stats { error, index: Some(index) }.into_exception(py);
            points.push(read(period, numbers).map_err(refused)?);
        }
    }
    Ok(points)
}

/// A part of a chart with limits of its own.
#[pyclass(frozen, get_all, module = "peelian.stats")]
#[derive(Clone)]
pub(crate) struct Phase {
    start: usize,
    reason: String,
    mean: f64,
    lower: f64,
    upper: f64,
    moving_range: f64,
    provisional: bool,
}

#[pymethods]
impl Phase {
    fn __repr__(&self) -> String {
        let Self { start, mean, lower, upper, .. } = self;
        format!("Phase(start={start}, mean={mean}, lower={lower}, upper={upper})")
    }
}

/// A chart of a series: its phases, and the limits and the variation of each point.
#[pyclass(frozen, get_all, module = "peelian.stats")]
pub(crate) struct Chart {
    mean: Py<PyArray1<f64>>,
    lower: Py<PyArray1<f64>>,
    upper: Py<PyArray1<f64>>,
    rule: Vec<Option<&'static str>>,
    variation: Vec<&'static str>,
    phases: Vec<Phase>,
    assurance: Option<&'static str>,
}

#[pymethods]
impl Chart {
    fn __len__(&self) -> usize {
        self.rule.len()
    }

    fn __repr__(&self) -> String {
        format!("Chart({} points, {} phases)", self.rule.len(), self.phases.len())
    }
}

/// The XmR chart of a series.
#[pyfunction]
pub(crate) fn spc(
    py: Python<'_>,
    values: Numbers<'_>,
    polarity: &str,
    screen_outliers: bool,
    fix_after: Option<usize>,
    rebase: BTreeMap<usize, String>,
    target: Option<f64>,
) -> PyResult<Chart> {
    let wanted = wanted(py, polarity)?;
    let values = sample(&values, "value")?;
    let rebases = rebase.into_iter().map(|(at, reason)| Rebase { at, reason }).collect();
    let settings = Settings { screen_outliers, fix_after, rebases, wanted };
    let index = values.iter().position(|value| !value.is_finite());
    let chart =
        core_spc::chart(values, &settings).map_err(|error| Failure::Stats { error, index }.into_exception(py))?;
    let assurance = target.map(|target| core_spc::assurance(&chart, target, wanted)).transpose();
    let assurance = assurance.map_err(|error| failure(py, error))?.flatten();
    let of_points = |of: fn(&core_spc::Phase) -> f64| {
        let limits: Vec<f64> =
            chart.points.iter().map(|point| chart.phases.get(point.phase).map_or(f64::NAN, of)).collect();
        limits.into_pyarray(py).unbind()
    };
    Ok(Chart {
        mean: of_points(|phase| phase.mean),
        lower: of_points(|phase| phase.lower),
        upper: of_points(|phase| phase.upper),
        rule: chart.points.iter().map(|point| point.rule.map(core_spc::Rule::id)).collect(),
        variation: chart.points.iter().map(|point| point.variation.id()).collect(),
        phases: chart.phases.iter().map(phase).collect(),
        assurance: assurance.map(core_spc::Assurance::id),
    })
}

fn phase(found: &core_spc::Phase) -> Phase {
    Phase {
        start: found.start,
        reason: found.reason.clone(),
        mean: found.mean,
        lower: found.lower,
        upper: found.upper,
        moving_range: found.moving_range,
        provisional: found.provisional,
    }
}
