//! The rows of other datasets that a submission refers to.

use crate::cel::FieldPath;
use crate::column::Column;
use crate::contract::{Contract, Dataset, Field};
use crate::intake::held::combine;

use super::{Check, Held, Table, known};

/// The rows referred to.
pub(super) struct References<'h> {
    held: &'h dyn Held,
    pub(super) of: Vec<Referenced>,
}

/// One reference field.
pub(super) struct Referenced {
    pub(super) field: &'static Field,
    pub(super) dataset: &'static Dataset,
    /// The row referred to, from 1; 0 if it is not held or if there is no reference.
    pub(super) positions: Vec<u32>,
}

impl<'h> References<'h> {
    pub(super) fn locate(table: &Table, held: &'h dyn Held) -> Self {
        // If only some fields are read, only the date that places a row is looked up.
        let needed = |other: &&str| table.whole || table.dataset.is_placed_by(other);
        let located = table.fields().filter_map(|(_, field, column)| {
            let dataset = Contract::get().dataset(field.references().filter(needed)?)?;
            // If the key of the other dataset has several fields, this dataset has the other fields under the same names.
            let parts: Vec<&Column> =
                dataset.options.key.iter().map(|name| table.column(name).unwrap_or(column)).collect();
            let mut positions = held.locate(&dataset.id, &combine(dataset, &parts, table.rows));
            positions.resize(table.rows, 0);
            Some(Referenced { field, dataset, positions })
        });
        Self { held, of: located.collect() }
    }

    pub(super) fn to(&self, dataset: &str) -> Option<&Referenced> {
        self.of.iter().find(|referenced| referenced.dataset.id == dataset)
    }

    /// The values of a field of the rows referred to.
    pub(super) fn gather(&self, dataset: &str, field: &str) -> Option<Column> {
        let positions = &self.to(dataset)?.positions;
        self.held.gather(dataset, field, positions).filter(|column| column.len() == positions.len())
    }

    /// The columns of the rows referred to that an expression reads.
    pub(super) fn gather_all(&self, paths: &[FieldPath]) -> Vec<(FieldPath, Column)> {
        let referenced = paths.iter().filter(|path| path.referenced);
        referenced.filter_map(|path| Some((*path, self.gather(path.dataset, path.field)?))).collect()
    }
}

impl Check<'_> {
    /// The rows referred to are held.
    pub(super) fn references_held(&mut self) {
        let table = self.table;
        let mut absent = Vec::new();
        for referenced in &self.references.of {
            let field = referenced.field;
            let Some(column) = table.column(&field.name) else { continue };
            let rows = referenced.positions.iter().enumerate().filter(|(_, position)| **position == 0);
            let rows = rows.map(|(row, _)| row).filter(|row| !column.is_missing(*row));
            absent.push((field, referenced.dataset, rows.collect::<Vec<_>>()));
        }
        for (field, dataset, rows) in absent {
            let known = if field.options.reference_optional { &known::NOT_HELD_YET } else { &known::NOT_HELD };
            for row in rows {
                self.raise(known, row, field, || format!("No such row of {} is held.", dataset.id));
            }
        }
    }
}
