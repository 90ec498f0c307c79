//! Values that a row must have.

use arrow::array::Array;

use crate::cel::Predicate;
use crate::column::{Column, MISSING_DATE};
use crate::contract::{Field, Kind};
use crate::intake::header::must_have;
use crate::parallel;

use super::{Check, Mode, known};

impl Check<'_> {
    /// Required fields, and fields that other values of the row require.
    pub(super) fn presence(&mut self) {
        let table = self.table;
        let columns: Vec<(usize, &Field, &Column)> = table.fields().collect();
        // An empty set is a value. A column that was not read is empty.
        let counts =
            |field: &Field, column: &Column| !matches!(field.kind, Kind::Set(_)) && column.len() == table.rows;
        let missing = parallel::map(columns.len(), 1, table.threads, |range| {
            let of = |(_, field, column): &(usize, &Field, &Column)| counts(field, column) && has_missing(column);
            columns.get(range.start).is_some_and(of)
        });
        for ((position, field, column), _) in columns.into_iter().zip(missing).filter(|(_, missing)| *missing) {
            let condition = field.options.required_when.as_str();
            if must_have(self.table.dataset, field, self.declared.mode) {
                let rows = (0..self.table.rows).filter(|row| column.is_missing(*row)).collect();
                self.missing(position, rows, "");
            } else if !condition.is_empty()
                && self.table.whole
                && self.declared.mode != Mode::Delete
                && let Some(asked) = self.holds(condition)
            {
                let asked = asked.iter().enumerate().filter(|(row, asked)| **asked && column.is_missing(*row));
                let rows = self.readable(condition, asked.map(|(row, _)| row).collect());
                self.missing(position, rows, condition);
            }
        }
    }

    fn missing(&mut self, position: usize, rows: Vec<usize>, condition: &str) {
        let table = self.table;
        let Some(field) = table.dataset.fields.get(position) else { return };
        let known = if condition.is_empty() { &known::REQUIRED } else { &known::REQUIRED_HERE };
        for row in rows.into_iter().filter(|row| !table.is_settled(position, *row)) {
            let needed = || match condition {
                "" if table.dataset.options.period_fields.contains(&field.name) => {
                    "It says in which period the row counts: leave the row out until it has one.".to_owned()
                }
                "" => String::new(),
                _ => format!("Needed if {condition}."),
            };
            self.raise(known, row, field, needed);
        }
    }

    /// The truth of an expression for each row; `None` if it cannot be compiled. A test compiles every expression of the
    /// contract.
    pub(super) fn holds(&self, source: &str) -> Option<Vec<bool>> {
        let table = self.table;
        let predicate = Predicate::compile(source, table.dataset, self.reference).ok()?;
        let gathered = self.references.gather_all(&predicate.fields());
        Some(predicate.evaluate(table.rows, &|path| {
            if path.referenced {
                gathered.iter().find(|(known, _)| known == path).map(|(_, column)| column)
            } else {
                table.column(path.field)
            }
        }))
    }
}

/// Whether any value is missing.
fn has_missing(column: &Column) -> bool {
    match column {
        Column::U8(values) => values.contains(&0),
        Column::U16(values) => values.contains(&0),
        Column::U32(values) => values.contains(&0),
        Column::I32(values) => values.contains(&MISSING_DATE),
        Column::U64(values) => values.contains(&0),
        Column::F64(values) => values.iter().any(|value| value.is_nan()),
        Column::Text(values) => values.null_count() > 0,
    }
}
