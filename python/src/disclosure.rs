//! Disclosure control of a caller's own table. Python names columns and rules. The core protects and attacks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch, StringArray, UInt64Array};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use arrow::error::ArrowError;
use peelian_core::disclosure::{
    BaseRule, Codes, Contribution, Dimension, DisclosureError, Dominance, Earlier, Enclosure, GroupRule, Knowledge,
    Policy, Protected, ProtectedCell, PublishedCell, PublishedShare, Share, Status, Summary, Table as Counts, Use,
    Verdict, audit, protect,
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
    let names: Vec<String> = dimensions.iter().map(|one| one.name.clone()).collect();
    let (cells, published, shares, summary) = detached(py, || {
        let batch = read(table)?;
        let counts = counts(&batch, &dimensions, &rows, earlier)?;
        let Protected { cells, shares, summary } = protect(&counts, &policy.policy())?;
        Ok((cells_table(&names, &cells)?, published_table(&names, &cells)?, shares, summary))
    })?;
    let made = PyDict::new(py);
    made.set_item("cells", Table::new(cells))?;
    made.set_item("published", Table::new(published))?;
    made.set_item("shares", shares.iter().map(|one| one.value).collect::<Vec<_>>())?;
    made.set_item("summary", summarised(py, &summary)?)?;
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
    let names: Vec<String> = dimensions.iter().map(|one| one.name.clone()).collect();
    let (batch, found) = detached(py, || {
        let batch = read(table)?;
        let cells = published_cells(&batch, &names)?;
        let knowledge: Knowledge = policy.policy().knowledge();
        let finest = |at: usize| cells.iter().map(|cell| cell.codes[at].clone()).collect();
        let dimensions = core_dimensions(&dimensions, finest)?;
        let share =
            |(numerator, denominator, value, decimals)| PublishedShare { numerator, denominator, value, decimals };
        let shares: Vec<PublishedShare> = shares.into_iter().map(share).collect();
        let found = audit(&dimensions, &cells, &shares, knowledge)?;
        let codes = found.enclosed.iter().map(|one| &one.codes);
        let mut columns = code_columns(&names, codes);
        columns.push(text("status", found.enclosed.iter().map(|one| Some(one.status.letter().to_string()))));
        columns.extend(ends(found.enclosed.iter().map(|one| Some(one.interval))));
        Ok((batch_of(columns)?, found))
    })?;
    let made = PyDict::new(py);
    made.set_item("enclosed", Table::new(batch))?;
    made.set_item("recoverable", found.recoverable)?;
    made.set_item("narrow", found.narrow)?;
    Ok(made)
}

fn read(reader: PyRecordBatchReader) -> Result<RecordBatch, Failure> {
    let reader = reader.into_reader().map_err(|error| Failure::Argument(error.to_string()))?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, ArrowError>>()?;
    Ok(concat_batches(&schema, &batches)?)
}

/// The dimensions for the core. Their finest codes are those of the table that are no sums of others.
fn core_dimensions(
    dimensions: &[DimensionArgument],
    found: impl Fn(usize) -> BTreeSet<String>,
) -> Result<Vec<Dimension>, DisclosureError> {
    let dimension = |(at, one): (usize, &DimensionArgument)| {
        let parents = one.hierarchies.iter().flatten().map(|(_, parent)| parent);
        let sums: BTreeSet<&String> =
            parents.chain(one.groups.iter().map(|(code, _)| code)).chain(&one.total).collect();
        let mut codes = found(at);
        codes.extend(one.codes.iter().cloned());
        codes.retain(|code| !sums.contains(code));
        let mut dimension = match &one.total {
            Some(total) if one.flags => Dimension::flags(&*one.name, total, codes)?,
            _ => Dimension::new(&*one.name, codes)?,
        };
        for pairs in &one.hierarchies {
            dimension = dimension.hierarchy(pairs.iter().cloned())?;
        }
        for (code, members) in &one.groups {
            dimension = dimension.group(&**code, members)?;
        }
        if let Some(total) = one.total.as_ref().filter(|_| !one.flags) {
            dimension = dimension.total(&**total)?;
        }
        dimension.hidden(&one.hidden)
    };
    dimensions.iter().enumerate().map(dimension).collect()
}

fn counts(
    batch: &RecordBatch,
    dimensions: &[DimensionArgument],
    rows: &RowsArgument,
    earlier: Vec<EarlierArgument>,
) -> Result<Counts, Failure> {
    let names: Vec<String> = dimensions.iter().map(|one| one.name.clone()).collect();
    let codes = codes(batch, &names)?;
    let finest = |at: usize| codes.iter().map(|row: &Codes| row[at].clone()).collect();
    let mut counts = Counts::new(core_dimensions(dimensions, finest)?)?;
    let numbers = rows.count.as_ref().map(|name| whole(batch, name)).transpose()?;
    let contributors = rows.contributor.as_ref().map(|name| numbered(batch, name)).transpose()?;
    for (row, codes) in codes.iter().enumerate() {
        // Without a column of counts, each row is one case.
        let value = numbers.as_ref().map_or(1, |numbers| numbers[row]);
        match &contributors {
            Some(numbered) => counts.contribute(codes, Contribution { contributor: numbered[row], value })?,
            None => counts.add(codes, value)?,
        }
    }
    for table in &rows.publish {
        counts.publish(table)?;
    }
    for codes in &rows.keep {
        counts.set_use(codes, Use::Keep)?;
    }
    for codes in &rows.withhold {
        counts.set_use(codes, Use::Withhold)?;
    }
    for (numerator, denominator, decimals) in &rows.shares {
        let (numerator, denominator) = (numerator.clone(), denominator.clone());
        counts.add_share(Share { numerator, denominator, decimals: *decimals })?;
    }
    for (cells, revised) in earlier {
        let mut then = Earlier::default();
        for cell in published_cells(&read(cells)?, &names)? {
            then.cells.insert(cell.codes, cell.value.is_some());
        }
        if let Some(revised) = revised {
            let batch = read(revised)?;
            let name = rows.count.as_deref().unwrap_or("count");
            then.revised = self::codes(&batch, &names)?.into_iter().zip(whole(&batch, name)?).collect();
        }
        counts.add_earlier(then)?;
    }
    Ok(counts)
}

/// The cells of a published table: its codes, its column `value`, and its column `status`.
fn published_cells(batch: &RecordBatch, names: &[String]) -> Result<Vec<PublishedCell>, Failure> {
    let values = cast(column(batch, "value")?, &DataType::UInt64)?;
    let values = values.as_primitive::<UInt64Type>();
    let statuses = texts(batch, "status")?;
    let cell = |(row, (codes, status)): (usize, (Codes, String))| {
        let letter = status.chars().next().filter(|_| status.chars().count() == 1);
        let unknown = || Failure::Argument(format!("row {row}: the table has the unknown status `{status}`"));
        let status = letter.and_then(Status::from_letter).ok_or_else(unknown)?;
        let value = values.is_valid(row).then(|| i64::try_from(values.value(row)).unwrap_or(i64::MAX));
        Ok(PublishedCell { codes, value, status })
    };
    codes(batch, names)?.into_iter().zip(statuses).enumerate().map(cell).collect()
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, Failure> {
    batch.column_by_name(name).ok_or_else(|| Failure::Argument(format!("the table has no column `{name}`")))
}

/// A column as texts, without missing ones.
fn texts(batch: &RecordBatch, name: &str) -> Result<Vec<String>, Failure> {
    let texts = cast(column(batch, name)?, &DataType::Utf8)?;
    let text = |(row, text): (usize, Option<&str>)| {
        text.map(str::to_owned).ok_or_else(|| Failure::Argument(format!("row {row} has no `{name}`")))
    };
    texts.as_string::<i32>().iter().enumerate().map(text).collect()
}

/// The codes of the rows, one for each dimension.
fn codes(batch: &RecordBatch, names: &[String]) -> Result<Vec<Codes>, Failure> {
    let columns = names.iter().map(|name| texts(batch, name)).collect::<Result<Vec<_>, _>>()?;
    Ok((0..batch.num_rows()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect())
}

/// A column of whole numbers that are not negative.
fn whole(batch: &RecordBatch, name: &str) -> Result<Vec<u64>, Failure> {
    let given = column(batch, name)?;
    let numbers = cast(given, &DataType::UInt64)?;
    let numbers = numbers.as_primitive::<UInt64Type>();
    // A cast makes numbers missing that are no such numbers, and cuts fractions off.
    let back = cast(&numbers.clone(), &DataType::Float64)?;
    let given = cast(given, &DataType::Float64)?;
    let same = back.as_primitive::<arrow::datatypes::Float64Type>().iter();
    let same = same.zip(given.as_primitive::<arrow::datatypes::Float64Type>().iter());
    for (row, (whole, given)) in same.enumerate() {
        let is_whole = matches!((whole, given), (Some(whole), Some(given)) if whole.total_cmp(&given).is_eq());
        if !is_whole {
            return Err(Failure::Argument(format!("row {row}: `{name}` is no whole number of 0 or more")));
        }
    }
    Ok(numbers.values().to_vec())
}

/// A column whose texts are numbered in their order.
fn numbered(batch: &RecordBatch, name: &str) -> Result<Vec<u64>, Failure> {
    let texts = texts(batch, name)?;
    let known: BTreeSet<&String> = texts.iter().collect();
    let numbers: BTreeMap<&String, u64> = known.into_iter().zip(0..).collect();
    Ok(texts.iter().map(|text| numbers[text]).collect())
}

type NamedColumn = (Field, ArrayRef);

fn text<T: Into<String>>(name: &str, values: impl Iterator<Item = Option<T>>) -> NamedColumn {
    let array: StringArray = values.map(|value| value.map(Into::into)).collect();
    (Field::new(name, DataType::Utf8, true), Arc::new(array))
}

fn numbers(name: &str, values: impl Iterator<Item = Option<i64>>) -> NamedColumn {
    let array: UInt64Array = values.map(|value| value.and_then(|value| u64::try_from(value).ok())).collect();
    (Field::new(name, DataType::UInt64, true), Arc::new(array))
}

fn ends(intervals: impl Iterator<Item = Option<Enclosure>> + Clone) -> [NamedColumn; 2] {
    let low = numbers("low", intervals.clone().map(|one| one.map(|one| one.low)));
    [low, numbers("high", intervals.map(|one| one.map(|one| one.high)))]
}

fn code_columns<'a>(names: &[String], codes: impl Iterator<Item = &'a Codes> + Clone) -> Vec<NamedColumn> {
    let column = |(at, name): (usize, &String)| text(name, codes.clone().map(move |codes| Some(codes[at].clone())));
    names.iter().enumerate().map(column).collect()
}

fn batch_of(columns: Vec<NamedColumn>) -> Result<RecordBatch, ArrowError> {
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

/// All that is known of the cells. It is not for publication.
fn cells_table(names: &[String], cells: &[ProtectedCell]) -> Result<RecordBatch, ArrowError> {
    let mut columns = code_columns(names, cells.iter().map(|cell| &cell.codes));
    columns.push(numbers("value", cells.iter().map(|cell| cell.value)));
    columns.push(text("status", cells.iter().map(|cell| Some(cell.status.letter().to_string()))));
    columns.push(text("reason", cells.iter().map(|cell| cell.reason.map(|reason| reason.name()))));
    columns.extend(ends(cells.iter().map(|cell| cell.interval)));
    batch_of(columns)
}

/// The cells as they may be published.
fn published_table(names: &[String], cells: &[ProtectedCell]) -> Result<RecordBatch, ArrowError> {
    let mut columns = code_columns(names, cells.iter().map(|cell| &cell.codes));
    columns.push(numbers("value", cells.iter().map(|cell| cell.value)));
    columns.push(text("status", cells.iter().map(|cell| Some(cell.shown.letter().to_string()))));
    batch_of(columns)
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
