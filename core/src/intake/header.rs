//! Matches the columns of a file with the fields of its dataset.

use strsim::levenshtein;

use crate::contract::{Dataset, Field};
use crate::text_table::{heading_key, trimmed};

use super::Mode;
use super::direct_identifier;
use super::error::{IntakeError, UnknownColumn};
use super::quote;

/// The position in [`Dataset::fields`] of each column of a file.
pub(super) fn resolve(dataset: &'static Dataset, mode: Mode, names: &[&str]) -> Result<Vec<usize>, IntakeError> {
    let found = found(dataset, names)?;
    let missing =
        |(position, field): &(usize, &Field)| must_have(dataset, field, mode) && !found.positions.contains(position);
    let missing: Vec<&str> =
        dataset.fields.iter().enumerate().filter(missing).map(|(_, field)| field.name.as_str()).collect();
    if found.positions.iter().all(|position| *position >= EMPTY) {
        // Nothing is a heading: one column is enough to say so.
        let columns = found.unknown.into_iter().take(1).collect();
        return Err(IntakeError::UnknownColumns { dataset: &dataset.id, columns, missing: Vec::new() });
    }
    match (found.unknown.is_empty(), missing.is_empty()) {
        (true, true) => Ok(found.positions),
        (true, false) => Err(IntakeError::MissingColumns { columns: missing }),
        (false, _) => Err(IntakeError::UnknownColumns { dataset: &dataset.id, columns: found.unknown, missing }),
    }
}

/// The position in [`Dataset::fields`] of each column of a file that may lack columns.
pub(super) fn positions<'n>(
    dataset: &'static Dataset,
    names: impl Iterator<Item = &'n str>,
) -> Result<Vec<usize>, IntakeError> {
    let Found { positions, unknown } = found(dataset, &names.collect::<Vec<_>>())?;
    if unknown.is_empty() {
        return Ok(positions);
    }
    Err(IntakeError::UnknownColumns { dataset: &dataset.id, columns: unknown, missing: Vec::new() })
}

/// The columns of a file.
struct Found {
    /// The position of each.
    positions: Vec<usize>,
    /// Those that are no fields.
    unknown: Vec<UnknownColumn>,
}

fn found(dataset: &'static Dataset, names: &[&str]) -> Result<Found, IntakeError> {
    let mut found = Found { positions: Vec::new(), unknown: Vec::new() };
    // In a file without headings, a value stands in place of a name.
    let known = names.iter().filter(|name| dataset.position_of_heading(name).is_some()).count();
    let are_names = known * 2 > names.len();
    for (index, name) in names.iter().enumerate() {
        let name = trimmed(name);
        let Some(position) = position(dataset, name, index)? else {
            found.unknown.push(unknown(dataset, name, index, are_names)?);
            continue;
        };
        if position < EMPTY && found.positions.contains(&position) {
            let column = dataset.fields.get(position).map_or("", |field| field.name.as_str());
            return Err(IntakeError::RepeatedColumn { column });
        }
        found.positions.push(position);
    }
    Ok(found)
}

/// Longest name that is compared with the names of fields, in bytes: the cost grows with its length.
const LONGEST_COMPARED: usize = 64;

/// A column of a file that is not read.
pub(super) const NOT_READ: usize = usize::MAX;

/// The first column of a CSV file, if it has no heading. pandas and R write the labels of rows there. It is not read, but it
/// must hold nothing else: see [`is_row_label`].
pub(super) const ROW_LABELS: usize = usize::MAX - 1;

/// Another column without a heading. It must hold nothing. All positions from this one on are no fields.
pub(super) const EMPTY: usize = usize::MAX - 2;

/// The column in which pyarrow keeps the labels of a pandas frame, if they have no name:
/// <https://arrow.apache.org/docs/python/pandas.html#handling-pandas-indexes>. Further levels of labels are not left out
/// in silence: they may divide the rows.
const PANDAS_LABELS: &str = "__index_level_0__";

/// Whether a column of an Arrow table holds labels of rows, which are not read.
pub(super) fn is_row_labels(name: &str) -> bool {
    name == PANDAS_LABELS
}

/// Whether a value can be the label of a row: a whole number, or nothing. Other values could be of persons, even if they are
/// not read: an NHS number has ten digits, so a label has at most nine.
pub(super) fn is_row_label(value: &str) -> bool {
    value.len() <= 9 && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// The position in [`Dataset::fields`] of each column whose field is read, or [`NOT_READ`]. Other columns may have any name.
pub(super) fn resolve_part(
    dataset: &'static Dataset,
    names: &[&str],
    is_read: impl Fn(usize) -> bool,
) -> Result<Vec<usize>, IntakeError> {
    let named = |name: &&str| dataset.position_of_heading(trimmed(name));
    let positions: Vec<usize> =
        names.iter().map(|name| named(name).filter(|position| is_read(*position)).unwrap_or(NOT_READ)).collect();
    let mut missing = Vec::new();
    for (position, field) in dataset.fields.iter().enumerate().filter(|(position, _)| is_read(*position)) {
        match positions.iter().filter(|known| **known == position).count() {
            0 if field.required() => missing.push(field.name.as_str()),
            0 | 1 => {}
            _ => return Err(IntakeError::RepeatedColumn { column: &field.name }),
        }
    }
    if missing.is_empty() { Ok(positions) } else { Err(IntakeError::MissingColumns { columns: missing }) }
}

/// Whether every row must have a value of the field. A deletion needs only the key.
pub(super) fn must_have(dataset: &Dataset, field: &Field, mode: Mode) -> bool {
    if mode == Mode::Delete {
        let in_key = dataset.options.key.contains(&field.name);
        return in_key && field.required();
    }
    field.required() && field.derivation.is_none()
}

/// The position of a column; `None` if it is no field.
fn position(dataset: &'static Dataset, name: &str, index: usize) -> Result<Option<usize>, IntakeError> {
    let found = dataset.position_of_heading(name);
    match found.and_then(|position| Some((position, dataset.fields.get(position)?))) {
        Some((_, field)) if field.derivation.is_some() => Err(IntakeError::DerivedColumn { column: &field.name }),
        Some((position, _)) => Ok(Some(position)),
        None if name.is_empty() => Ok(Some(if index == 0 { ROW_LABELS } else { EMPTY })),
        None if is_row_labels(name) => Ok(Some(NOT_READ)),
        None => Ok(None),
    }
}

/// What is told of a column that is no field. A column of direct identifiers refuses the file.
fn unknown(
    dataset: &'static Dataset,
    name: &str,
    index: usize,
    are_names: bool,
) -> Result<UnknownColumn, IntakeError> {
    let kind = direct_identifier::in_text(name).or_else(|| direct_identifier::in_column_name(name));
    if let Some(kind) = kind {
        return Err(IntakeError::IdentifierColumn { column: quote::column_place(name, index), kind });
    }
    let nearest = measured(dataset, name);
    // A heading beside others can still be a value, or have a name of a person in it, unless it is almost that of a field.
    let column = match nearest {
        Some((letters, _)) if are_names && letters <= MOST_OTHER_LETTERS => quote::heading(name, index),
        _ if are_names => quote::unnamed_column(name, index),
        _ => quote::column(name, index),
    };
    Ok(UnknownColumn { column, nearest: nearest.map(|(_, field)| field) })
}

/// Most letters in which a heading that is repeated may differ from the name of a field: fewer than most names of people have.
const MOST_OTHER_LETTERS: usize = 6;

/// The field with the name or alias that is nearest to a heading, if one is near.
pub(crate) fn nearest(dataset: &'static Dataset, heading: &str) -> Option<&'static str> {
    measured(dataset, heading).map(|(_, field)| field)
}

/// The field that is nearest to a heading, with the number of letters in which they differ.
fn measured(dataset: &'static Dataset, heading: &str) -> Option<(usize, &'static str)> {
    let key = Some(heading_key(heading)).filter(|key| key.len() <= LONGEST_COMPARED)?;
    let names = dataset.submitted().flat_map(|field| {
        field.headings().map(|heading| (levenshtein(&key, &heading_key(heading)), field.name.as_str()))
    });
    names.min().filter(|(distance, _)| *distance <= key.len().div_ceil(3))
}
