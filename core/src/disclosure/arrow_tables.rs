//! Tables of Arrow: what an analyst's table says, and what is made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch, StringArray, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Schema, UInt64Type};
use arrow::error::ArrowError;

use super::result::{Enclosure, Protected, ProtectedCell};
use super::table::{Codes, Contribution, Earlier, Share, Table, Use};
use super::{Audit, Dimension, DisclosureError, Policy, PublishedCell, PublishedShare, Status, audit, protect};

/// Why a table of Arrow cannot be protected or audited.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The table contradicts itself or its dimensions.
    #[error(transparent)]
    Disclosure(#[from] DisclosureError),
    /// A column is missing or has values that are not possible.
    #[error("{0}")]
    Column(String),
    /// Arrow refuses.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

/// A dimension of a table: the name of its column, and the codes that are sums of others. The other codes of the column are
/// the finest.
#[derive(Clone, Debug, Default)]
pub struct DimensionColumn {
    /// Name of the column.
    pub name: String,
    /// Finest codes that may be missing in the table.
    pub codes: Vec<String>,
    /// Code of the sum of all finest codes.
    pub total: Option<String>,
    /// Whether a case may have several of the codes: see [`Dimension::flags`].
    pub flags: bool,
    /// Hierarchies, each with its pairs of code and parent.
    pub hierarchies: Vec<Vec<(String, String)>>,
    /// Other sums with their members.
    pub groups: Vec<(String, Vec<String>)>,
    /// Codes whose cells are not published.
    pub hidden: Vec<String>,
}

/// What is counted in the rows of a table, and what else is known of it.
#[derive(Clone, Debug, Default)]
pub struct RowColumns {
    /// Column of counts; `None` if each row is one case.
    pub count: Option<String>,
    /// Column that names who contributes a row's value, in a table of magnitudes.
    pub contributor: Option<String>,
    /// The tables that are published, each as names of dimensions; empty for one of all dimensions.
    pub publish: Vec<Vec<String>>,
    /// Cells that must be published.
    pub keep: Vec<Codes>,
    /// Cells that the agency withholds.
    pub withhold: Vec<Codes>,
    /// Percentages that are published beside the cells.
    pub shares: Vec<Share>,
}

/// A table that was published earlier, and the rows that were revised since, with their counts then.
pub type EarlierTable = (RecordBatch, Option<RecordBatch>);

/// A protected table.
#[derive(Debug)]
pub struct ProtectedTable {
    /// All that is known of the cells: their codes, `value`, `status`, `reason`, `low` and `high`. Not for publication.
    pub cells: RecordBatch,
    /// The cells as they may be published: their codes, `value` and `status`.
    pub published: RecordBatch,
    /// Percentages and what protection cost.
    pub protected: Protected,
}

/// Protects a table of Arrow: see [`protect`].
///
/// # Errors
/// If a column is missing or has impossible values, or the table contradicts itself.
pub fn protect_table(
    rows: &RecordBatch,
    dimensions: &[DimensionColumn],
    columns: &RowColumns,
    earlier: &[EarlierTable],
    policy: &Policy,
) -> Result<ProtectedTable, TableError> {
    let names: Vec<String> = dimensions.iter().map(|one| one.name.clone()).collect();
    let protected = protect(&counts(rows, dimensions, columns, earlier)?, policy)?;
    let (cells, published) = (cells_table(&names, &protected.cells)?, published_table(&names, &protected.cells)?);
    Ok(ProtectedTable { cells, published, protected })
}

/// Attacks a published table of Arrow: see [`audit`]. Returns every suppressed cell with its codes, `status`, `low` and `high`.
///
/// # Errors
/// As [`protect_table`].
pub fn audit_table(
    published: &RecordBatch,
    dimensions: &[DimensionColumn],
    shares: &[PublishedShare],
    policy: &Policy,
) -> Result<(RecordBatch, Audit), TableError> {
    let names: Vec<String> = dimensions.iter().map(|one| one.name.clone()).collect();
    let cells = published_cells(published, &names)?;
    let finest = |at: usize| cells.iter().map(|cell| cell.codes[at].clone()).collect();
    let found = audit(&core_dimensions(dimensions, finest)?, &cells, shares, policy.knowledge())?;
    let mut columns = code_columns(&names, found.enclosed.iter().map(|one| &one.codes));
    columns.push(text("status", found.enclosed.iter().map(|one| Some(one.status.letter().to_string()))));
    columns.extend(ends(found.enclosed.iter().map(|one| Some(one.interval))));
    Ok((batch_of(columns)?, found))
}

/// The dimensions. Their finest codes are those of the table that are no sums of others.
fn core_dimensions(
    dimensions: &[DimensionColumn],
    found: impl Fn(usize) -> BTreeSet<String>,
) -> Result<Vec<Dimension>, DisclosureError> {
    let dimension = |(at, one): (usize, &DimensionColumn)| {
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
    dimensions: &[DimensionColumn],
    rows: &RowColumns,
    earlier: &[EarlierTable],
) -> Result<Table, TableError> {
    let names: Vec<String> = dimensions.iter().map(|one| one.name.clone()).collect();
    let codes = codes(batch, &names)?;
    let finest = |at: usize| codes.iter().map(|row: &Codes| row[at].clone()).collect();
    let mut counts = Table::new(core_dimensions(dimensions, finest)?)?;
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
    for share in &rows.shares {
        counts.add_share(share.clone())?;
    }
    for (cells, revised) in earlier {
        let mut then = Earlier::default();
        for cell in published_cells(cells, &names)? {
            then.cells.insert(cell.codes, cell.value.is_some());
        }
        if let Some(revised) = revised {
            let name = rows.count.as_deref().unwrap_or("count");
            then.revised = self::codes(revised, &names)?.into_iter().zip(whole(revised, name)?).collect();
        }
        counts.add_earlier(then)?;
    }
    Ok(counts)
}

/// The cells of a published table: its codes, its column `value`, and its column `status`.
fn published_cells(batch: &RecordBatch, names: &[String]) -> Result<Vec<PublishedCell>, TableError> {
    let values = cast(column(batch, "value")?, &DataType::UInt64)?;
    let values = values.as_primitive::<UInt64Type>();
    let statuses = texts(batch, "status")?;
    let cell = |(row, (codes, status)): (usize, (Codes, String))| {
        let letter = status.chars().next().filter(|_| status.chars().count() == 1);
        let unknown = || TableError::Column(format!("row {row}: the table has the unknown status `{status}`"));
        let status = letter.and_then(Status::from_letter).ok_or_else(unknown)?;
        let value = values.is_valid(row).then(|| i64::try_from(values.value(row)).unwrap_or(i64::MAX));
        Ok(PublishedCell { codes, value, status })
    };
    codes(batch, names)?.into_iter().zip(statuses).enumerate().map(cell).collect()
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, TableError> {
    batch.column_by_name(name).ok_or_else(|| TableError::Column(format!("the table has no column `{name}`")))
}

/// A column as texts, without missing ones.
fn texts(batch: &RecordBatch, name: &str) -> Result<Vec<String>, TableError> {
    let texts = cast(column(batch, name)?, &DataType::Utf8)?;
    let text = |(row, text): (usize, Option<&str>)| {
        text.map(str::to_owned).ok_or_else(|| TableError::Column(format!("row {row} has no `{name}`")))
    };
    texts.as_string::<i32>().iter().enumerate().map(text).collect()
}

/// The codes of the rows, one for each dimension.
fn codes(batch: &RecordBatch, names: &[String]) -> Result<Vec<Codes>, TableError> {
    let columns = names.iter().map(|name| texts(batch, name)).collect::<Result<Vec<_>, _>>()?;
    Ok((0..batch.num_rows()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect())
}

/// A column of whole numbers that are not negative.
fn whole(batch: &RecordBatch, name: &str) -> Result<Vec<u64>, TableError> {
    let given = column(batch, name)?;
    let numbers = cast(given, &DataType::UInt64)?;
    let numbers = numbers.as_primitive::<UInt64Type>();
    // A cast makes numbers missing that are no such numbers, and cuts fractions off.
    let back = cast(&numbers.clone(), &DataType::Float64)?;
    let given = cast(given, &DataType::Float64)?;
    let same = back.as_primitive::<Float64Type>().iter();
    let same = same.zip(given.as_primitive::<Float64Type>().iter());
    for (row, (whole, given)) in same.enumerate() {
        let is_whole = matches!((whole, given), (Some(whole), Some(given)) if whole.total_cmp(&given).is_eq());
        if !is_whole {
            return Err(TableError::Column(format!("row {row}: `{name}` is no whole number of 0 or more")));
        }
    }
    Ok(numbers.values().to_vec())
}

/// A column whose texts are numbered in their order.
fn numbered(batch: &RecordBatch, name: &str) -> Result<Vec<u64>, TableError> {
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
