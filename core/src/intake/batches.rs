//! Record batches that are in memory already: read column by column, on several threads.

use std::num::NonZeroUsize;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use super::arrow_cells::is_text;
use super::cells::{Context, read};
use super::findings::Findings;
use super::{Growing, Growth, IntakeError, ipc};
use crate::parallel;

/// The arrays of one field with the row that each begins at.
type Arrays<'a> = Vec<(usize, &'a dyn Array)>;

impl Growing {
    /// Appends the rows of record batches.
    pub(super) fn push_batches(&mut self, batches: &[RecordBatch], threads: NonZeroUsize) -> Result<(), IntakeError> {
        self.threads = threads;
        let mut arrays: Vec<Arrays<'_>> = self.columns.iter().map(|_| Arrays::new()).collect();
        for batch in batches {
            self.admit(batch.num_rows())?;
            let columns = ipc::columns(batch.schema_ref(), self)?;
            // Of an array without rows, as a slice may be, Arrow's own check can be wrong, and nothing is read.
            let columns = columns.into_iter().zip(batch.columns()).filter(|_| batch.num_rows() > 0);
            for (position, array) in columns {
                if let Some(arrays) = arrays.get_mut(position) {
                    arrays.push((self.rows, array));
                }
            }
            self.rows += batch.num_rows();
        }
        let keep_of_each = self.limits.max_findings_kept;
        let wanted = self.columns.iter_mut().zip(&arrays);
        let mut wanted: Vec<_> = wanted
            .filter_map(|(growth, arrays)| Some((growth.as_mut()?, arrays, Findings::new(keep_of_each), Ok(()))))
            .collect();
        parallel::each(wanted.iter_mut(), threads, |(growth, arrays, findings, done)| {
            *done = growth.push_arrays(arrays, findings);
        });
        for (_, _, findings, done) in wanted {
            done?;
            self.findings.absorb(findings);
        }
        self.check_text_bytes()
    }
}

impl Growth {
    fn push_arrays(&mut self, arrays: &Arrays<'_>, findings: &mut Findings) -> Result<(), IntakeError> {
        let mut context = Context { findings, field: self.field, settled: &mut self.settled };
        let checks_texts = self.cells.checks_texts();
        if let [.., (first, last)] = arrays.as_slice() {
            self.cells.reserve(first + last.len());
        }
        for (row, array) in arrays {
            check(*array, checks_texts).map_err(invalid)?;
            // A batch may lack a column that others have.
            self.cells.fill(*row);
            if let Err(error) = read(self.cells.as_mut(), *row, *array, &mut context) {
                // What was left to be checked as it is read may be why.
                return array.to_data().validate_full().map_err(invalid).and(Err(error));
            }
        }
        Ok(())
    }
}

fn invalid(error: ArrowError) -> IntakeError {
    IntakeError::Arrow { reason: error.to_string() }
}

/// Checks that an array is what Arrow says it must be, as far as reading it relies on it: the keys of a dictionary of
/// texts, and perhaps texts, are checked as they are read.
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
