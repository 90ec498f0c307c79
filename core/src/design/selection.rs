//! The populations of a design, named: one list for the catalogue and for the explanation of a value.

use super::RowBasis;
use crate::cel::Predicate;

/// A named population: an expression, and what it leaves of the rows where the explanation of a value counts it.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Name: `denominator`, or the identifier of a stage.
    pub name: String,
    /// The expression as the definition has it.
    pub expression: String,
    /// The step of the selection; `None` for a population that is no step.
    pub step: Option<SelectionStep>,
}

/// A step by which rows are selected.
#[derive(Clone, Debug)]
pub struct SelectionStep {
    /// The rows.
    pub rows: RowBasis,
    /// Rows left after the step.
    pub left: Predicate,
    /// Whether the step selects from all rows, rather than from the rows that the step before left.
    pub from_all: bool,
}

impl Selection {
    /// A population that is no step.
    #[must_use]
    pub fn named(name: &str, expression: &Predicate) -> Self {
        Self { name: name.to_owned(), expression: expression.source().to_owned(), step: None }
    }

    /// The same as a step after which these rows are left.
    #[must_use]
    pub fn leaving(self, rows: RowBasis, left: Predicate) -> Self {
        Self { step: Some(SelectionStep { rows, left, from_all: false }), ..self }
    }

    /// A population that selects from all rows by one expression.
    #[must_use]
    pub fn of_subjects(name: &str, subjects: &super::Subjects) -> Self {
        let (rows, left) = (subjects.rows, subjects.population.clone());
        Self { step: Some(SelectionStep { rows, left, from_all: true }), ..Self::named(name, &subjects.population) }
    }
}
