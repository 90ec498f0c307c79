//! Some columns of rows on their own, for whoever must place rows before they are checked.

use arrow::array::RecordBatch;

use crate::column::Column;
use crate::contract::{Dataset, Field};
use crate::reference::Reference;

use super::cells::{Context, cells, read};
use super::findings::Findings;
use super::header;
use super::marks::Marks;
use super::{IntakeError, Mode};

/// The values of some fields in their canonical form; missing where a value cannot be read, which is a finding once
/// the rows are checked.
///
/// # Errors
///
/// [`IntakeError`] where the columns are not those of the dataset.
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
        let mut cells = cells(&dataset.id, field, reference)?;
        let (mut findings, mut settled) = (Findings::new(0), Marks::default());
        let mut context = Context { findings: &mut findings, field, settled: &mut settled };
        let column = positions.iter().position(|at| dataset.position(&field.name) == Some(*at));
        if let Some(array) = column.and_then(|at| batch.columns().get(at)) {
            read(cells.as_mut(), 0, array, &mut context)?;
        }
        cells.fill(batch.num_rows());
        Ok(cells.finish().0)
    });
    found.collect()
}
