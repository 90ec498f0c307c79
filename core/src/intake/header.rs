//! Matches the columns of a file with the fields of its dataset.

use strsim::levenshtein;

use crate::contract::{Dataset, Field};

use super::Mode;
use super::direct_identifier;
use super::error::IntakeError;
use super::quote;

/// The position in [`Dataset::fields`] of each column of a file.
pub(super) fn resolve(dataset: &'static Dataset, mode: Mode, names: &[&str]) -> Result<Vec<usize>, IntakeError> {
    let positions = positions(dataset, names.iter().copied())?;
    let missing =
        |(position, field): &(usize, &Field)| must_have(dataset, field, mode) && !positions.contains(position);
    let columns: Vec<&str> =
        dataset.fields.iter().enumerate().filter(missing).map(|(_, field)| field.name.as_str()).collect();
    if columns.is_empty() { Ok(positions) } else { Err(IntakeError::MissingColumns { columns }) }
}

/// The position in [`Dataset::fields`] of each column of a file that may lack columns.
pub(super) fn positions<'n>(
    dataset: &'static Dataset,
    names: impl Iterator<Item = &'n str>,
) -> Result<Vec<usize>, IntakeError> {
    let mut positions = Vec::new();
    for (index, name) in names.enumerate() {
        let position = position(dataset, name.trim(), index)?;
        if position != NOT_READ && positions.contains(&position) {
            let column = dataset.fields.get(position).map_or("", |field| field.name.as_str());
            return Err(IntakeError::RepeatedColumn { column });
        }
        positions.push(position);
    }
    Ok(positions)
}

/// Longest name that is compared with the names of fields, in bytes: the cost grows with its length.
const LONGEST_COMPARED: usize = 64;

/// A column of a file that is not read.
pub(super) const NOT_READ: usize = usize::MAX;

/// The first column of a CSV file, if it has no heading. pandas and R write the labels of rows there. It is not read, but it
/// must hold nothing else: see [`is_row_label`].
pub(super) const ROW_LABELS: usize = usize::MAX - 1;

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
    let named = |name: &&str| dataset.fields.iter().position(|field| field.name.eq_ignore_ascii_case(name.trim()));
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

fn position(dataset: &'static Dataset, name: &str, index: usize) -> Result<usize, IntakeError> {
    let found = dataset.fields.iter().position(|field| field.name.eq_ignore_ascii_case(name));
    match found.and_then(|position| Some((position, dataset.fields.get(position)?))) {
        Some((_, field)) if field.derivation.is_some() => Err(IntakeError::DerivedColumn { column: &field.name }),
        Some((position, _)) => Ok(position),
        None if name.is_empty() && index == 0 => Ok(ROW_LABELS),
        None if is_row_labels(name) => Ok(NOT_READ),
        None => Err(unknown(dataset, name, index)),
    }
}

fn unknown(dataset: &'static Dataset, name: &str, index: usize) -> IntakeError {
    let kind = direct_identifier::in_text(name).or_else(|| direct_identifier::in_column_name(name));
    if let Some(kind) = kind {
        return IntakeError::IdentifierColumn { column: quote::column_place(name, index), kind };
    }
    let nearest = Some(name.to_lowercase()).filter(|name| name.len() <= LONGEST_COMPARED).and_then(|name| {
        let distances = dataset.submitted().map(|field| (levenshtein(&name, &field.name), field.name.as_str()));
        distances.min().filter(|(distance, name)| *distance <= name.len().div_ceil(3)).map(|(_, name)| name)
    });
    IntakeError::UnknownColumn { dataset: &dataset.id, column: quote::column(name, index), nearest }
}
