//! Disclosure control of a caller's own table. Python names columns and rules. The core protects and attacks.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::error::ArrowError;
use peelian_core::disclosure::{
    BaseRule, Codes, DimensionColumn, Dominance, GroupRule, Policy, PublishedShare, RowColumns, Share, Summary,
    Verdict, audit_table as audit_columns, protect_table as protect_columns,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3_arrow::PyRecordBatchReader;

use crate::errors::{Failure, detached};
use crate::table::Table;

/// A dimension: the name of its column, and the codes that are sums of others.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct DimensionArgument {
    name: String,
    codes: Vec<String>,
    total: Option<String>,
    flags: bool,
    hierarchies: Vec<Vec<(String, String)>>,
    groups: Vec<(String, Vec<String>)>,
    hidden: Vec<String>,
}

/// A policy, with its rules.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct PolicyArgument {
    max_n: u64,
    zeros_published: bool,
    reasons_published: bool,
    width: Option<u64>,
    rounding: Option<u64>,
    group: Option<(String, u64)>,
    base: Option<(String, String, u64)>,
    nk: Option<(usize, f64)>,
    p: Option<f64>,
}

impl PolicyArgument {
    fn policy(self) -> Policy {
        let default = Policy::small_counts(self.max_n);
        let nk = self.nk.map(|(n, k)| Dominance::NK { n, k });
        Policy {
            zeros_published: self.zeros_published,
            reasons_published: self.reasons_published,
            width: self.width.unwrap_or(default.width),
            rounding: self.rounding,
            group: self.group.map(|(dimension, k)| GroupRule { k, dimension }),
            base: self.base.map(|(dimension, code, least)| BaseRule { dimension, code, least }),
            dominance: nk.or(self.p.map(|p| Dominance::P { p })),
            ..default
        }
    }
}

/// What is counted, and what else is known of the table.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct RowsArgument {
    count: Option<String>,
    contributor: Option<String>,
    publish: Vec<Vec<String>>,
    keep: Vec<Codes>,
    withhold: Vec<Codes>,
    shares: Vec<ShareArgument>,
}

/// A percentage: the codes of its numerator and of its denominator, and its decimals.
type ShareArgument = (Codes, Codes, u32);

/// A published percentage: its parts, its value and its decimals.
type PublishedShareArgument = (Codes, Codes, f64, u32);

/// A table that was published earlier: its cells, and the rows that were revised since.
type EarlierArgument = (PyRecordBatchReader, Option<PyRecordBatchReader>);

/// Protects a table. Returns its cells, the same as they may be published, and what protection cost.
#[pyfunction]
pub(crate) fn protect_table<'py>(
    py: Python<'py>,
    table: PyRecordBatchReader,
    dimensions: Vec<DimensionArgument>,
    policy: PolicyArgument,
    rows: RowsArgument,
    earlier: Vec<EarlierArgument>,
) -> PyResult<Bound<'py, PyDict>> {
    let dimensions: Vec<DimensionColumn> = dimensions.into_iter().map(Into::into).collect();
    let found = detached(py, || {
        let before = |(cells, revised): EarlierArgument| Ok((read(cells)?, revised.map(read).transpose()?));
        let earlier = earlier.into_iter().map(before).collect::<Result<Vec<_>, Failure>>()?;
        Ok(protect_columns(&read(table)?, &dimensions, &rows.into(), &earlier, &policy.policy())?)
    })?;
    let made = PyDict::new(py);
    made.set_item("cells", Table::new(found.cells))?;
    made.set_item("published", Table::new(found.published))?;
    made.set_item("shares", found.protected.shares.iter().map(|one| one.value).collect::<Vec<_>>())?;
    made.set_item("summary", summarised(py, &found.protected.summary)?)?;
    Ok(made)
}

/// Attacks a published table. Returns the interval of each suppressed cell, and which are not protected.
#[pyfunction]
pub(crate) fn audit_table<'py>(
    py: Python<'py>,
    table: PyRecordBatchReader,
    dimensions: Vec<DimensionArgument>,
    policy: PolicyArgument,
    shares: Vec<PublishedShareArgument>,
) -> PyResult<Bound<'py, PyDict>> {
    let dimensions: Vec<DimensionColumn> = dimensions.into_iter().map(Into::into).collect();
    let share =
        |(numerator, denominator, value, decimals)| PublishedShare { numerator, denominator, value, decimals };
    let shares: Vec<PublishedShare> = shares.into_iter().map(share).collect();
    let (batch, found) = detached(py, || Ok(audit_columns(&read(table)?, &dimensions, &shares, &policy.policy())?))?;
    let made = PyDict::new(py);
    made.set_item("enclosed", Table::new(batch))?;
    made.set_item("recoverable", found.recoverable)?;
    made.set_item("narrow", found.narrow)?;
    made.set_item("small", found.small)?;
    Ok(made)
}

impl From<DimensionArgument> for DimensionColumn {
    fn from(one: DimensionArgument) -> Self {
        let DimensionArgument { name, codes, total, flags, hierarchies, groups, hidden } = one;
        Self { name, codes, total, flags, hierarchies, groups, hidden }
    }
}

impl From<RowsArgument> for RowColumns {
    fn from(one: RowsArgument) -> Self {
        let RowsArgument { count, contributor, publish, keep, withhold, shares } = one;
        let share = |(numerator, denominator, decimals)| Share { numerator, denominator, decimals };
        Self { count, contributor, publish, keep, withhold, shares: shares.into_iter().map(share).collect() }
    }
}

fn read(reader: PyRecordBatchReader) -> Result<RecordBatch, Failure> {
    let reader = reader.into_reader().map_err(|error| Failure::Argument(error.to_string()))?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, ArrowError>>()?;
    Ok(concat_batches(&schema, &batches)?)
}

fn summarised<'py>(py: Python<'py>, summary: &Summary) -> PyResult<Bound<'py, PyDict>> {
    let made = PyDict::new(py);
    let numbers = [
        ("cells", summary.cells),
        ("primary", summary.primary),
        ("secondary", summary.secondary),
        ("further", summary.further),
        ("released", summary.released),
        ("components", summary.components),
        ("largest_component", summary.largest_component),
    ];
    for (name, number) in numbers {
        made.set_item(name, number)?;
    }
    made.set_item("suppressed_sum", summary.suppressed_sum)?;
    made.set_item("sum", summary.sum)?;
    let unprotected: &[Codes] = match &summary.verdict {
        Verdict::Safe => &[],
        Verdict::Unsafe(cells) => cells,
    };
    made.set_item("unprotected", unprotected.to_vec())?;
    Ok(made)
}
