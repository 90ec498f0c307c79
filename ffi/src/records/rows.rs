//! Records that are set value by value.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayBuilder as _, ArrayRef, RecordBatch, RecordBatchOptions, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema};
use peelian_core::contract::Dataset;

use super::{Form, Records};
use crate::error::{Error, Outcome, Status};
use crate::guard::attempt;
use crate::pointer::{In, InOut, Out, Text};

/// The rows that are ended, and the current row. Every value is held as text, because every field can be read from text.
#[derive(Debug)]
pub(super) struct Rows {
    /// One for each field of the dataset.
    columns: Vec<Column>,
    rows: usize,
}

#[derive(Debug, Default)]
struct Column {
    /// Values of the rows that are ended. Missing values at the end are not written yet.
    ended: StringBuilder,
    /// Value of the current row.
    value: String,
    /// Whether the current row has a value.
    is_set: bool,
    /// Whether the program has set the field in any row.
    is_used: bool,
}

impl Rows {
    pub(super) fn new(dataset: &Dataset) -> Self {
        let columns = dataset.fields.iter().map(|_| Column::default()).collect();
        Self { columns, rows: 0 }
    }

    fn set(&mut self, position: usize, value: Option<fmt::Arguments<'_>>) {
        let Some(column) = self.columns.get_mut(position) else { return };
        column.value.clear();
        column.is_set = value.is_some();
        // A missing value counts too: the program knows the field.
        column.is_used = true;
        if let Some(value) = value {
            // Writing to a String does not fail.
            let _ = column.value.write_fmt(value);
        }
    }

    fn end_row(&mut self) {
        for column in self.columns.iter_mut().filter(|column| column.is_set) {
            column.pad(self.rows);
            column.ended.append_value(&column.value);
            column.is_set = false;
        }
        self.rows += 1;
    }

    /// The rows that are ended.
    pub(super) fn batch(&self, dataset: &Dataset) -> Outcome<RecordBatch> {
        let used = dataset.fields.iter().zip(&self.columns).filter(|(_, column)| column.is_used);
        let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = used
            .map(|(field, column)| {
                let mut ended = StringBuilder::new();
                let so_far = column.ended.finish_cloned();
                ended.append_array(&so_far).map(|()| ended.append_nulls(self.rows - so_far.len()))?;
                let array: ArrayRef = Arc::new(ended.finish());
                Ok((Field::new(&field.name, DataType::Utf8, true), array))
            })
            .collect::<Result<Vec<_>, arrow::error::ArrowError>>()
            .map_err(|error| Error::internal(error.to_string()))?
            .into_iter()
            .unzip();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
            .map_err(|error| Error::internal(error.to_string()))
    }
}

impl Column {
    /// Writes the missing values up to a row.
    fn pad(&mut self, rows: usize) {
        self.ended.append_nulls(rows.saturating_sub(self.ended.len()));
    }
}

/// Sets a value of the current row, or clears it.
fn set(records: InOut<'_, Records>, field: &Text<'_>, value: Option<fmt::Arguments<'_>>) -> Outcome<()> {
    let (records, field) = (records.get("records")?, field.get("field")?);
    let dataset = records.dataset;
    let known = dataset.position(field).filter(|at| dataset.fields.get(*at).is_some_and(|f| f.derivation.is_none()));
    let position = known.ok_or_else(|| {
        let names: Vec<&str> = dataset.submitted().map(|field| field.name.as_str()).collect();
        Error::argument(format!("{} has no field {field} to set; its fields are {}", dataset.id, names.join(", ")))
    })?;
    rows_of(records)?.set(position, value);
    Ok(())
}

fn rows_of(records: &mut Records) -> Outcome<&mut Rows> {
    match &mut records.form {
        Form::Rows(rows) => Ok(rows),
        _ => Err(Error::argument("these records are complete: only records of peelian_records_new() take values")),
    }
}

/// Sets a field of the current row to a text, as in a CSV file: a code, a date ("2017-02-01"), a reference, a number or a
/// set ("race;religion"). NULL leaves the value missing. If a field is set twice, the last value counts.
///
/// Values are checked when the records are validated, added or submitted.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if the dataset has no such field, if the exchange derives the field, or if the records
/// were not made by peelian_records_new().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_set_text(
    records: InOut<'_, Records>,
    field: Text<'_>,
    value: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || match value.optional("value")? {
        Some(value) => set(records, &field, Some(format_args!("{value}"))),
        None => set(records, &field, None),
    })
}

/// Sets a field of the current row to a whole number, with the rules of peelian_records_set_text().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_set_integer(
    records: InOut<'_, Records>,
    field: Text<'_>,
    value: i64,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || set(records, &field, Some(format_args!("{value}"))))
}

/// Sets a field of the current row to a number, with the rules of peelian_records_set_text(). NaN leaves the value
/// missing.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_set_number(
    records: InOut<'_, Records>,
    field: Text<'_>,
    value: f64,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || match value.is_nan() {
        true => set(records, &field, None),
        // This writes the shortest text that reads as the same number.
        false => set(records, &field, Some(format_args!("{value}"))),
    })
}

/// Sets a field of the current row to yes or no, with the rules of peelian_records_set_text().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_set_boolean(
    records: InOut<'_, Records>,
    field: Text<'_>,
    value: bool,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || set(records, &field, Some(format_args!("{value}"))))
}

/// Ends the current row. The next row begins with no value set.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if the records were not made by peelian_records_new().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_end_row(records: InOut<'_, Records>, error: Out<'_, *mut Error>) -> Status {
    attempt(error, || {
        rows_of(records.get("records")?)?.end_row();
        Ok(())
    })
}

/// The number of rows: those that are ended, or those of the Arrow data. 0 for a CSV file, which is not read yet, and
/// for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_row_count(records: In<'_, Records>) -> usize {
    records.view().map_or(0, |records| match &records.form {
        Form::Rows(rows) => rows.rows,
        Form::Batches(batches) => batches.iter().map(RecordBatch::num_rows).sum(),
        Form::Csv(_) => 0,
    })
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray as _;
    use peelian_core::contract::Contract;

    use super::*;

    #[test]
    fn rows_become_columns() {
        let dataset = Contract::get().dataset("local_priority").unwrap();
        let mut rows = Rows::new(dataset);
        rows.set(0, Some(format_args!("E09000028")));
        rows.set(0, Some(format_args!("E09000001")));
        rows.end_row();
        rows.end_row();
        rows.set(1, Some(format_args!("{}", 7)));
        rows.set(0, None);
        rows.end_row();
        rows.set(0, Some(format_args!("not ended")));
        let batch = rows.batch(dataset).unwrap();
        assert_eq!((batch.num_rows(), batch.num_columns()), (3, 2));
        let first = batch.column(0).as_string::<i32>();
        assert_eq!((first.value(0), first.is_null(1), first.is_null(2)), ("E09000001", true, true));
        assert_eq!(batch.column(1).as_string::<i32>().iter().collect::<Vec<_>>(), [None, None, Some("7")]);
    }

    #[test]
    fn rows_may_have_no_value_at_all() {
        let dataset = Contract::get().dataset("crime").unwrap();
        let mut rows = Rows::new(dataset);
        rows.end_row();
        assert_eq!(rows.batch(dataset).unwrap().num_rows(), 1);
    }
}
