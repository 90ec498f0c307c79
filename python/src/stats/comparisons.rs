//! One area among others: benchmarks, funnels, quantiles, and many comparisons at once.

use numpy::{IntoPyArray as _, PyArray1};
use peelian_core::stats::benchmark::{Wanted, against_interval, against_number};
use peelian_core::stats::composite::{self, Orientation, Variable};
use peelian_core::stats::funnel::{self, EventLimits, Significance};
use peelian_core::stats::multiple;
use peelian_core::stats::proportion::Proportion;
use peelian_core::stats::quantiles::{self as core_quantiles, First};
use peelian_core::stats::ratio::mover_wilson;
use peelian_core::stats::{self as core_stats, Interval, Method, StatsError};
use pyo3::prelude::*;

use super::samples::sample;
use super::{Estimate, Numbers, case, columns, each, evaluate, failure, shared_length};
use crate::arguments::unknown;
use crate::errors::Failure;

/// The kinds of funnel.
const KINDS: &str = "proportion, ratio, rate";

/// The word for an estimate against a benchmark, and the method of it.
#[pyclass(frozen, get_all, module = "peelian.stats")]
pub(crate) struct Compared {
    word: &'static str,
    method: &'static str,
    cautious: bool,
}

#[pymethods]
impl Compared {
    fn __repr__(&self) -> String {
        let Self { word, method, .. } = self;
        format!("Compared(word='{word}', method='{method}')")
    }
}

/// What an estimate is compared with.
#[derive(FromPyObject)]
pub(crate) enum Benchmark<'py> {
    Estimate(PyRef<'py, Estimate>),
    Number(f64),
}

/// The word for an estimate against a benchmark.
#[pyfunction]
pub(crate) fn compare(
    py: Python<'_>,
    estimate: PyRef<'_, Estimate>,
    benchmark: Benchmark<'_>,
    polarity: &str,
) -> PyResult<Compared> {
    let wanted = wanted(py, polarity)?;
    // Only the limits count here.
    let limits = |of: &Estimate| {
        if of.lower.is_nan() {
            Err(StatsError::NoInterval)
        } else {
            Interval::new(of.lower, of.upper, of.confidence, Method::Wilson)
        }
    };
    let area = limits(&estimate).map_err(|error| failure(py, error))?;
    let (position, method, cautious) = match benchmark {
        Benchmark::Number(number) => (against_number(&area, number), "benchmark_in_interval", false),
        Benchmark::Estimate(other) => {
            (limits(&other).and_then(|other| against_interval(&area, &other)), "intervals_overlap", true)
        }
    };
    Ok(Compared { word: position.map_err(|error| failure(py, error))?.word(wanted), method, cautious })
}

/// The direction that is an improvement, by the name of a measure's polarity.
pub(super) fn wanted(py: Python<'_>, polarity: &str) -> PyResult<Wanted> {
    match polarity {
        "higher_is_better" => Ok(Wanted::Higher),
        "lower_is_better" => Ok(Wanted::Lower),
        "neutral" => Ok(Wanted::Neither),
        _ => Err(unknown("polarity", polarity, "higher_is_better, lower_is_better, neutral").into_exception(py)),
    }
}

/// The limits of a funnel for areas of a size.
#[pyfunction]
pub(crate) fn funnel_limits<'py>(
    py: Python<'py>,
    size: Numbers<'py>,
    baseline: f64,
    kind: &str,
    multiplier: f64,
    confidence: f64,
    dispersion: f64,
) -> PyResult<Bound<'py, PyAny>> {
    check_dispersion(py, kind, dispersion)?;
    let of_events = |found: EventLimits, centre| core_stats::Estimate::with_interval(centre, found.limits);
    match kind {
        "proportion" => evaluate(py, [size], confidence, |[n]| {
            let limits = funnel::dispersed_proportion_limits(baseline, n, multiplier, confidence, dispersion)?;
            Ok(core_stats::Estimate::with_interval(baseline * multiplier, limits))
        }),
        "ratio" => evaluate(py, [size], confidence, |[observed]| {
            Ok(of_events(funnel::ratio_limits(observed, baseline * multiplier, confidence)?, baseline * multiplier))
        }),
        "rate" => evaluate(py, [size], confidence, |[events]| {
            Ok(of_events(funnel::rate_limits(events, baseline, confidence)?, baseline))
        }),
        _ => Err(unknown("kind", kind, KINDS).into_exception(py)),
    }
}

/// The positions of areas against the limits of a funnel.
#[pyfunction]
pub(crate) fn funnel_position<'py>(
    py: Python<'py>,
    x: Numbers<'py>,
    n: Numbers<'py>,
    baseline: f64,
    kind: &str,
    multiplier: f64,
    dispersion: f64,
) -> PyResult<Bound<'py, PyAny>> {
    check_dispersion(py, kind, dispersion)?;
    let position = |[x, n]: [f64; 2]| -> Result<Significance, StatsError> {
        match kind {
            "proportion" => funnel::dispersed_proportion_significance(Proportion::new(x, n)?, baseline, dispersion),
            // The expected count times the baseline is the count that lies on the middle line.
            "ratio" => funnel::rate_significance(x, n, baseline, 1.0),
            _ => funnel::rate_significance(x, n, baseline, multiplier),
        }
    };
    let given = [x, n];
    let columns = columns(&given)?;
    let Some(count) = shared_length(&given)? else {
        let found = position(columns.map(|column| column.at(0))).map_err(|error| failure(py, error))?;
        return Ok(found.label().into_pyobject(py)?.into_any());
    };
    let label = |index| case(columns, index, position).map(|found| found.ok().map(Significance::label));
    let labels: Vec<Option<&str>> =
        (0..count).map(label).collect::<Result<_, Failure>>().map_err(|failure| failure.into_exception(py))?;
    labels.into_pyobject(py)
}

/// Refuses kinds that there are not, and an over-dispersion for limits that have none.
fn check_dispersion(py: Python<'_>, kind: &str, dispersion: f64) -> PyResult<()> {
    let plain = dispersion.total_cmp(&1.0).is_eq();
    match kind {
        "proportion" => Ok(()),
        "ratio" | "rate" if plain => Ok(()),
        "ratio" | "rate" => {
            let text = format!("a dispersion is for proportions: the limits of a {kind} are exact, so leave it at 1");
            Err(Failure::Argument(text).into_exception(py))
        }
        _ => Err(unknown("kind", kind, KINDS).into_exception(py)),
    }
}

/// The dispersion of areas around a baseline.
#[pyfunction]
pub(crate) fn over_dispersion(
    py: Python<'_>,
    x: Numbers<'_>,
    n: Numbers<'_>,
    baseline: f64,
    winsorised: f64,
) -> PyResult<f64> {
    let given = [x, n];
    let count = shared_length(&given)?.unwrap_or(1);
    let areas = each(py, &given, count, |[x, n]| Proportion::new(x, n))?;
    funnel::over_dispersion(&areas, baseline, winsorised).map_err(|error| failure(py, error))
}

/// The ratio of two proportions.
#[pyfunction]
pub(crate) fn risk_ratio<'py>(
    py: Python<'py>,
    x1: Numbers<'py>,
    n1: Numbers<'py>,
    x2: Numbers<'py>,
    n2: Numbers<'py>,
    confidence: f64,
) -> PyResult<Bound<'py, PyAny>> {
    evaluate(py, [x1, n1, x2, n2], confidence, |[x1, n1, x2, n2]| {
        mover_wilson(Proportion::new(x1, n1)?, Proportion::new(x2, n2)?, confidence)
    })
}

/// The p-value of the gap between two proportions.
#[pyfunction]
pub(crate) fn gap_p_value(py: Python<'_>, x1: f64, n1: f64, x2: f64, n2: f64) -> PyResult<f64> {
    let gap = || Ok(multiple::gap_p_value(Proportion::new(x1, n1)?, Proportion::new(x2, n2)?));
    gap().map_err(|error| failure(py, error))
}

/// Holm's adjustment of p-values.
#[pyfunction]
pub(crate) fn holm<'py>(py: Python<'py>, p_values: Numbers<'py>) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let adjusted = multiple::holm(sample(&p_values, "p-value")?).map_err(|error| failure(py, error))?;
    Ok(adjusted.into_pyarray(py))
}

/// The quantile of each value.
#[pyfunction]
pub(crate) fn quantiles(py: Python<'_>, values: Numbers<'_>, k: u32, first: &str) -> PyResult<Vec<Option<u32>>> {
    let first = match first {
        "highest" => First::Highest,
        "lowest" => First::Lowest,
        _ => return Err(unknown("first quantile", first, "highest, lowest").into_exception(py)),
    };
    core_quantiles::quantiles(sample(&values, "value")?, k, first).map_err(|error| failure(py, error))
}

/// An index of areas from several variables: numerators and denominators, a weight for each variable, and the positions of those of
/// which a low rate adds.
#[pyfunction]
pub(crate) fn composite_index(
    py: Python<'_>,
    variables: Vec<(Numbers<'_>, Numbers<'_>)>,
    weights: Option<Vec<f64>>,
    low_adds: Vec<usize>,
) -> PyResult<Vec<f64>> {
    let weights = weights.unwrap_or_else(|| vec![1.0; variables.len()]);
    if weights.len() != variables.len() || low_adds.iter().any(|at| *at >= variables.len()) {
        let message =
            format!("there are {} variables: give a weight for each, and positions below that", variables.len());
        return Err(pyo3::exceptions::PyValueError::new_err(message));
    }
    let mut recipe = Vec::with_capacity(variables.len());
    for (at, ((numerators, denominators), weight)) in variables.iter().zip(&weights).enumerate() {
        recipe.push(Variable {
            numerators: sample(numerators, "numerator")?,
            denominators: sample(denominators, "denominator")?,
            orientation: if low_adds.contains(&at) { Orientation::LowAdds } else { Orientation::HighAdds },
            weight: *weight,
        });
    }
    composite::composite_index(&recipe).map_err(|error| failure(py, error))
}
