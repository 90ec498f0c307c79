//! Checks of rows that need more than the contract: the remit of the agency, the definitions of measures.

use jiff::civil::Date;

use crate::column::Column;
use crate::contract::{Dataset, Field};
use crate::reference::Reference;

use super::Table;
use super::derive::date_at;
use super::registry::Known;

/// Reports a fault of a row: the finding, the row from 0, the field (empty for the row as a whole), and what is wrong.
pub type Raise<'r> = dyn FnMut(&'static Known, usize, &'static str, &dyn Fn() -> String) + 'r;

/// A further check of the rows of a submission. It runs before keys are compared, so that a row which it refuses takes part
/// in no key, reference or deletion.
pub trait RowCheck: Sync {
    /// Checks the rows.
    fn check(&self, rows: &CheckedRows<'_>, raise: &mut Raise<'_>);

    /// What is to be told of all rows together: the finding, and its detail.
    fn of_all(&self, _rows: &CheckedRows<'_>) -> Option<(&'static Known, String)> {
        None
    }
}

/// Rows whose values were checked one by one.
pub struct CheckedRows<'a> {
    pub(super) table: &'a Table,
    pub(super) days: &'a [i32],
    pub(super) area: Option<(&'static Field, Column)>,
    pub(super) reference: &'a Reference,
}

impl CheckedRows<'_> {
    /// The dataset.
    #[must_use]
    pub fn dataset(&self) -> &'static Dataset {
        self.table.dataset
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.table.rows
    }

    /// The column of a field; `None` if it was not read.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.table.column(name)
    }

    /// Whether the value of a field has a finding of its own.
    #[must_use]
    pub fn is_settled(&self, name: &str, row: usize) -> bool {
        self.table.dataset.position(name).is_some_and(|position| self.table.is_settled(position, row))
    }

    /// The day that places a row in a period.
    #[must_use]
    pub fn day(&self, row: usize) -> Option<Date> {
        self.days.get(row).and_then(|day| date_at(*day))
    }

    /// Areas and code lists.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        self.reference
    }

    /// The field with the area or site that each row is about, and its values. The field can be one of the rows referred to.
    #[must_use]
    pub fn area(&self) -> Option<(&'static Field, &Column)> {
        self.area.as_ref().map(|(field, column)| (*field, column))
    }
}
