//! Record batches in memory, read column by column on several threads.

use std::num::NonZeroUsize;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use super::arrow_types::is_text;
use super::builder::read;
use super::context::{Context, Told};
use super::findings::Findings;
use super::quote;
use super::{FieldBuilder, IntakeError, TableBuilder, ipc};
use crate::parallel;

/// The arrays of one field, each with its first row.
type Arrays<'a> = Vec<(usize, &'a dyn Array)>;

impl TableBuilder {
    /// Appends the rows of record batches.
    pub(super) fn push_batches(&mut self, batches: &[RecordBatch], threads: NonZeroUsize) -> Result<(), IntakeError> {
        self.threads = threads;
        let mut arrays: Vec<Arrays<'_>> = self.columns.iter().map(|_| Arrays::new()).collect();
        for batch in batches {
            self.admit(batch.num_rows())?;
            let columns = ipc::columns(batch.schema_ref(), self)?;
            // An array without rows is not read. Arrow's own check can refuse such an array, for example an empty slice.
            let columns = columns.into_iter().zip(batch.columns()).filter(|_| batch.num_rows() > 0);
            for (position, array) in columns {
                if let Some(arrays) = arrays.get_mut(position) {
                    arrays.push((self.rows, array));
                }
            }
            self.rows += batch.num_rows();
        }
        let wanted = self.columns.iter_mut().zip(&arrays);
        let mut wanted: Vec<_> = wanted
            .filter_map(|(field_builder, arrays)| {
                Some((field_builder.as_mut()?, arrays, self.findings.none_like(), Ok(())))
            })
            .collect();
        parallel::each(wanted.iter_mut(), threads, |(field_builder, arrays, findings, done)| {
            *done = field_builder.push_arrays(arrays, findings);
        });
        for (_, _, findings, done) in wanted {
            done?;
            self.findings.absorb(findings);
        }
        self.check_text_bytes()
    }
}

impl FieldBuilder {
    fn push_arrays(&mut self, arrays: &Arrays<'_>, findings: &mut Findings) -> Result<(), IntakeError> {
        let (settled, suppressed) = (&mut self.settled, &mut self.suppressed);
        let mut context = Context { told: Told::Findings(findings), field: self.field, settled, suppressed };
        let checks_texts = self.builder.checks_texts();
        if let [.., (first, last)] = arrays.as_slice() {
            self.builder.reserve(first + last.len());
        }
        for (row, array) in arrays {
            check(*array, checks_texts).map_err(invalid)?;
            // A batch may lack a column that other batches have.
            self.builder.fill(*row);
            if let Err(error) = read(self.builder.as_mut(), *row, *array, &mut context) {
                // The reason may be in the part that is only checked as it is read.
                return array.to_data().validate_full().map_err(invalid).and(Err(error));
            }
        }
        Ok(())
    }
}

fn invalid(error: ArrowError) -> IntakeError {
    IntakeError::Arrow { reason: quote::reason(&error.to_string()) }
}

/// Checks the invariants of an Arrow array that reading relies on. The keys of a dictionary of texts are checked as they are
/// read, and so are texts for some fields.
fn check(array: &dyn Array, checks_texts: bool) -> Result<(), ArrowError> {
    let data = array.to_data();
    match array.data_type() {
        DataType::Dictionary(_, values) if is_text(values) => {
            data.validate()?;
            data.child_data().iter().try_for_each(arrow::array::ArrayData::validate_full)
        }
        text if checks_texts && is_text(text) => data.validate(),
        _ => data.validate_full(),
    }
}
