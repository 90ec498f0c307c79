//! Some columns of rows alone, to place rows in partitions before they are checked.

use arrow::array::RecordBatch;

use crate::column::Column;
use crate::contract::{Dataset, Field, Severity};
use crate::reference::Reference;

use super::builder::read;
use super::context::{Context, Told};
use super::findings::Findings;
use super::header;
use super::new_builder::new_builder;
use super::row_set::RowSet;
use super::{IntakeError, Mode};

/// The texts that cannot be read as values of a field.
pub(crate) fn unreadable<'t>(
    reference: &Reference,
    dataset: &'static Dataset,
    field: &'static Field,
    texts: &[&'t str],
) -> Vec<&'t str> {
    let Ok(mut builder) = new_builder(&dataset.id, field, reference) else { return Vec::new() };
    let (mut settled, mut suppressed) = (RowSet::default(), RowSet::default());
    let mut is_wrong = |(row, text): (usize, &&'t str)| {
        let mut findings = Findings::default();
        let told = Told::Findings(&mut findings);
        let mut context = Context { told, field, settled: &mut settled, suppressed: &mut suppressed };
        builder.text(row, text, &mut context);
        findings.total(Severity::Error) > 0
    };
    texts.iter().enumerate().filter(|text| is_wrong(*text)).map(|(_, text)| *text).collect()
}

/// The values of some fields in their canonical form. A value that cannot be read is missing; it becomes a finding when the
/// rows are checked.
///
/// # Errors
///
/// [`IntakeError`] if the columns are not the columns of the dataset.
pub(crate) fn single_columns(
    reference: &Reference,
    dataset: &'static Dataset,
    fields: &[&'static Field],
    batch: &RecordBatch,
) -> Result<Vec<Column>, IntakeError> {
    let schema = batch.schema();
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let positions = header::resolve(dataset, Mode::ReplacePeriod, &names)?;
    let found = fields.iter().map(|field| {
        let mut builder = new_builder(&dataset.id, field, reference)?;
        let (mut findings, mut settled, mut suppressed) = (Findings::default(), RowSet::default(), RowSet::default());
        let told = Told::Findings(&mut findings);
        let mut context = Context { told, field, settled: &mut settled, suppressed: &mut suppressed };
        let column = positions.iter().position(|at| dataset.position(&field.name) == Some(*at));
        if let Some(array) = column.and_then(|at| batch.columns().get(at)) {
            read(builder.as_mut(), 0, array, &mut context)?;
        }
        builder.fill(batch.num_rows());
        builder.settle(builder.day_order().map(|(order, _)| order), &mut context);
        Ok(builder.finish().0)
    });
    found.collect()
}
