//! The plain rows of a part of a text, read column by column.
//!
//! Parts are read on several threads, each as if it had the first rows of the text. They are put together in their order, so
//! that the rows, the findings and their lines do not depend on the parts.

use std::any::Any;

use crate::text_table::{Scanner, Shape, Taken, column_letters};

use super::context::{Context, Told};
use super::csv::may_be_unnamed;
use super::faults::Faults;
use super::header::{EMPTY, ROW_LABELS};
use super::row_set::RowSet;
use super::{FieldBuilder, IntakeError, TableBuilder};

/// Faults after which a part ends. The rows after it are read one by one, so that faults take little memory.
const MOST_FAULTS: usize = 1 << 14;

/// Reads parts, one after the other.
#[derive(Debug)]
pub(super) struct PartReader {
    scanner: Scanner,
    /// The columns that are read.
    columns: Vec<PartColumn>,
    /// The position and the column of each column without a heading.
    unnamed: Vec<(usize, usize)>,
    keep_of_each: u64,
}

#[derive(Debug)]
struct PartColumn {
    column: usize,
    position: usize,
    field_builder: FieldBuilder,
}

/// The rows of a part.
#[derive(Debug)]
pub(super) struct Part {
    columns: Vec<FieldPart>,
    faults: Faults,
    taken: Taken,
    /// The first row in which a column without a heading has a value, and the column.
    unnamed: Option<(usize, usize)>,
}

/// The values of a field.
#[derive(Debug)]
struct FieldPart {
    position: usize,
    values: Box<dyn Any + Send>,
    settled: RowSet,
    suppressed: RowSet,
}

impl PartReader {
    /// A reader of rows whose columns are these fields.
    pub(super) fn new(table_builder: &TableBuilder, header: &[usize], shape: &Shape) -> Self {
        let columns = header.iter().enumerate();
        let read = columns.clone().filter_map(|(column, position)| {
            let like = table_builder.columns.get(*position)?.as_ref()?.like();
            Some(PartColumn { column, position: *position, field_builder: like })
        });
        let unnamed = columns.filter(|(_, position)| matches!(**position, ROW_LABELS | EMPTY));
        Self {
            scanner: Scanner::new(shape),
            columns: read.collect(),
            unnamed: unnamed.map(|(column, position)| (*position, column)).collect(),
            keep_of_each: table_builder.limits.max_findings_kept,
        }
    }

    /// Reads the plain rows at the start of a text, which is UTF-8.
    pub(super) fn read(&mut self, text: &[u8]) -> Part {
        let text = std::str::from_utf8(text).unwrap_or_default();
        let (mut taken, mut faults, mut refused) = (Taken::default(), Faults::new(self.keep_of_each), None);
        while faults.len() < MOST_FAULTS {
            let (rows, bytes) = self.scanner.next(text.get(taken.bytes..).unwrap_or_default());
            if bytes == 0 {
                break;
            }
            let wrong = self.unnamed.iter().filter_map(|(position, column)| {
                let cells = rows.column(*column);
                let row = (0..cells.len()).find(|row| !may_be_unnamed(*position, cells.get(*row)))?;
                Some((taken.rows + row, *column))
            });
            refused = wrong.min();
            if refused.is_some() {
                break;
            }
            for PartColumn { column, field_builder, .. } in &mut self.columns {
                faults.in_column(*column);
                let FieldBuilder { field, builder, settled, suppressed } = field_builder;
                let mut context = Context { told: Told::Faults(&mut faults), field, settled, suppressed };
                builder.cells(taken.rows, &rows.column(*column), &mut context);
            }
            faults.sort();
            taken = Taken { rows: taken.rows + rows.len(), bytes: taken.bytes + bytes };
        }
        let columns = self.columns.iter_mut().map(PartColumn::split).collect();
        Part { columns, faults, taken, unnamed: refused }
    }
}

impl Part {
    pub(super) fn rows(&self) -> usize {
        self.taken.rows
    }
}

impl PartColumn {
    fn split(&mut self) -> FieldPart {
        let FieldBuilder { builder, settled, suppressed, .. } = &mut self.field_builder;
        FieldPart {
            position: self.position,
            values: builder.split(),
            settled: std::mem::take(settled),
            suppressed: std::mem::take(suppressed),
        }
    }
}

impl FieldBuilder {
    /// A builder without values that reads in the same way.
    fn like(&self) -> Self {
        let (settled, suppressed) = (RowSet::default(), RowSet::default());
        Self { field: self.field, builder: self.builder.like(), settled, suppressed }
    }
}

impl TableBuilder {
    /// Reserves memory for all rows that are expected, by the first of them, so that columns do not grow step by step.
    fn reserve(&mut self, Taken { rows, bytes }: Taken) {
        /// Reserved for so many bytes of rows in a hundred, as some parts have shorter rows.
        const PERCENT: usize = 103;
        let expected = (self.expected_bytes / 100).saturating_mul(PERCENT) / (bytes / rows).max(1);
        let expected = expected.clamp(rows, self.limits.max_rows.max(rows));
        self.columns.iter_mut().flatten().for_each(|field_builder| field_builder.builder.reserve(expected));
    }

    /// Appends the rows of a part. `line` is the line of its first row.
    pub(super) fn push_part(&mut self, part: Part, line: u64) -> Result<Taken, IntakeError> {
        let Part { columns, faults, taken, unnamed } = part;
        if let Some((row, column)) = unnamed {
            self.admit(row + 1)?;
            return Err(IntakeError::NoHeading { column: column_letters(column) });
        }
        self.admit(taken.rows)?;
        if self.rows == 0 && taken.rows > 0 {
            self.reserve(taken);
        }
        let first = self.rows;
        self.rows += taken.rows;
        self.findings.places.set_lines(first, line, taken.rows);
        for FieldPart { position, values, settled, suppressed } in columns {
            if let Some(Some(field_builder)) = self.columns.get_mut(position) {
                field_builder.builder.append(values);
                field_builder.settled.append(first, &settled);
                field_builder.suppressed.append(first, &suppressed);
            }
        }
        faults.tell(first, &mut self.findings);
        self.check_text_bytes()?;
        Ok(taken)
    }
}
