//! Observations as one tidy table.

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, RecordBatch, StringArray, UInt32Array, UInt64Array,
};
use arrow::compute::concat_batches;
use arrow::error::ArrowError;

use super::table_lists as lists;
use super::{Comparison, Observation};
use crate::engine::query::BreakdownValue;
use crate::estimate::MissingReason;
use crate::parallel;
use crate::period::days_of_date;

/// Number of observations that a thread converts at a time. With fewer in all, another thread is not worth its cost.
const CHUNK: usize = 2_048;

/// The same as [`to_arrow`], on `threads` threads, for thousands of observations.
///
/// # Errors
///
/// None in practice: the parts have one schema.
pub fn to_arrow_on(observations: &[Observation], threads: NonZeroUsize) -> Result<RecordBatch, ArrowError> {
    if observations.len() <= CHUNK {
        return to_arrow(observations);
    }
    let parts = parallel::map(observations.len(), CHUNK, threads, |range| to_arrow(&observations[range]));
    let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
    match parts.first() {
        Some(first) => concat_batches(first.schema_ref(), &parts),
        None => to_arrow(&[]),
    }
}

/// Observations as a table with one row each. Codes and their labels have a column each. A missing value is null, and
/// its marker has a column.
///
/// The schema is the same for every query. Breakdowns are written as `dimension=code` and as labels, joined by
/// semicolons. The first comparison has its own columns. Four list columns have all comparisons, components, alternatives
/// and companions.
///
/// # Errors
///
/// None in practice: the columns are made together.
pub fn to_arrow(observations: &[Observation]) -> Result<RecordBatch, ArrowError> {
    let text = |of: &dyn Fn(&Observation) -> Cow<'_, str>| -> ArrayRef {
        Arc::new(observations.iter().map(|found| Some(of(found))).collect::<StringArray>())
    };
    let number = |of: &dyn Fn(&Observation) -> Option<f64>| -> ArrayRef {
        Arc::new(observations.iter().map(of).collect::<Float64Array>())
    };
    let day = |of: &dyn Fn(&Observation) -> jiff::civil::Date| -> ArrayRef {
        Arc::new(observations.iter().map(|found| Some(days_of_date(of(found)))).collect::<Date32Array>())
    };
    let optional = |of: &dyn Fn(&Observation) -> Option<&str>| -> ArrayRef {
        Arc::new(observations.iter().map(of).collect::<StringArray>())
    };
    let counts = |of: &dyn Fn(&Observation) -> u32| -> ArrayRef {
        Arc::new(observations.iter().map(|found| Some(of(found))).collect::<UInt32Array>())
    };
    let bases = observations.iter().map(|found| found.unweighted_base).collect::<UInt64Array>();
    let synthetic = observations.iter().map(|found| Some(found.synthetic)).collect::<BooleanArray>();
    let positions = observations.iter().map(|found| Some(found.ledger_position)).collect::<UInt64Array>();
    RecordBatch::try_from_iter_with_nullable([
        ("measure", text(&|found| (*found.measure).into()), false),
        ("measure_label", text(&|found| (*found.title).into()), false),
        ("measure_version", counts(&|found| found.version), false),
        ("area", text(&|found| (*found.area).into()), false),
        ("area_label", text(&|found| (*found.area_name).into()), false),
        ("period", text(&|found| found.period.to_string().into()), false),
        ("period_kind", text(&|found| found.period.kind().to_string().into()), false),
        ("period_start", day(&|found| found.period.start_date()), false),
        ("period_end", day(&|found| found.period.end_date()), false),
        ("breakdown", text(&|found| breakdown(found).into()), false),
        ("breakdown_label", text(&|found| joined(found, |value| value.label.clone()).into()), false),
        ("basis", text(&|found| found.basis.id().into()), false),
        ("synthetic", Arc::new(synthetic), false),
        ("value", number(&|found| found.result.ok()), true),
        ("missing", optional(&|found| found.result.err().map(|reason| MissingReason::id(reason))), true),
        ("marker", text(&|found| (*found.marker).into()), false),
        ("value_kind", text(&|found| found.value_kind.id().into()), false),
        ("unit", text(&|found| (*found.unit).into()), false),
        ("numerator", number(&|found| found.numerator), true),
        ("denominator", number(&|found| found.denominator), true),
        ("lower", number(&|found| found.interval.map(|interval| interval.lower)), true),
        ("upper", number(&|found| found.interval.map(|interval| interval.upper)), true),
        ("confidence", number(&|found| found.interval.map(|interval| interval.confidence)), true),
        ("method", optional(&|found| found.interval.map(|interval| interval.method.id())), true),
        ("unweighted_base", Arc::new(bases), true),
        ("effective_n", number(&|found| found.effective_n), true),
        ("obs_status", text(&|found| found.obs_status.into()), false),
        ("conf_status", text(&|found| found.conf_status.into()), false),
        ("expected", counts(&|found| found.completeness.expected), false),
        ("received", counts(&|found| found.completeness.received), false),
        ("change", number(&|found| first(found)?.change.map(|(change, _)| change)), true),
        ("change_kind", optional(&|found| first(found)?.change.map(|(_, kind)| kind.id())), true),
        ("change_against", optional(&|found| first(found).map(|comparison| comparison.against.as_str())), true),
        ("change_lower", number(&|found| first(found)?.interval.map(|interval| interval.lower)), true),
        ("change_upper", number(&|found| first(found)?.interval.map(|interval| interval.upper)), true),
        ("change_verdict", optional(&|found| first(found).map(|comparison| comparison.verdict)), true),
        ("sources", text(&|found| found.sources.join("; ").into()), false),
        ("caveats", text(&|found| found.caveats.join("; ").into()), false),
        ("breaks", text(&|found| found.breaks.join("; ").into()), false),
        ("ledger_position", Arc::new(positions), false),
        ("release", text(&|found| (*found.release).into()), false),
        ("comparisons", lists::comparisons(observations), false),
        ("components", lists::components(observations), false),
        ("alternatives", lists::alternatives(observations), false),
        ("companions", lists::companions(observations), false),
    ])
}

fn first(found: &Observation) -> Option<&Comparison> {
    found.comparisons.first()
}

/// The codes of a breakdown: `sex=female;age_band=18_24`.
pub(super) fn breakdown(found: &Observation) -> String {
    joined(found, |value| format!("{}={}", value.dimension, value.code))
}

fn joined(found: &Observation, write: impl Fn(&BreakdownValue) -> String) -> String {
    found.breakdown.iter().map(write).collect::<Vec<_>>().join(";")
}
