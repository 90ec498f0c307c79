//! Rows that arrive as messages.

use peelian::{FieldSink, Record};

use super::context::{Context, Told};
use super::{IntakeError, TableBuilder};

impl TableBuilder {
    /// Appends typed rows.
    pub(super) fn push_rows<R: Record>(&mut self, rows: &[R]) -> Result<(), IntakeError> {
        if R::FULL_NAME != self.dataset.message {
            return Err(IntakeError::OtherRecord {
                dataset: &self.dataset.id,
                expected: &self.dataset.message,
                got: R::FULL_NAME,
            });
        }
        self.admit(rows.len())?;
        for row in rows {
            let at = self.rows;
            row.visit(&mut Sink { table_builder: self, row: at });
            self.rows += 1;
        }
        self.check_text_bytes()
    }
}

/// Reads the fields of one row. Values of derived fields are ignored.
struct Sink<'a> {
    table_builder: &'a mut TableBuilder,
    row: usize,
}

macro_rules! hand_over {
    ($self:ident, $index:ident, $call:ident, $value:expr) => {
        if let Some(Some(field_builder)) = $self.table_builder.columns.get_mut($index) {
            let told = Told::Findings(&mut $self.table_builder.findings);
            let (settled, suppressed) = (&mut field_builder.settled, &mut field_builder.suppressed);
            let mut context = Context { told, field: field_builder.field, settled, suppressed };
            field_builder.builder.$call($self.row, $value, &mut context);
        }
    };
}

impl FieldSink for Sink<'_> {
    fn text(&mut self, index: usize, value: &str) {
        hand_over!(self, index, text, value);
    }

    fn code(&mut self, index: usize, value: i32) {
        hand_over!(self, index, code, value);
    }

    fn codes(&mut self, index: usize, values: &[i32]) {
        hand_over!(self, index, codes, values);
    }

    fn flag(&mut self, index: usize, value: Option<bool>) {
        hand_over!(self, index, flag, value);
    }

    fn integer(&mut self, index: usize, value: Option<i32>) {
        hand_over!(self, index, whole, value.map(i64::from));
    }

    fn number(&mut self, index: usize, value: Option<f64>) {
        hand_over!(self, index, number, value);
    }
}
