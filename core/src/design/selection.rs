//! The named populations of a design. The catalogue and the explanation of a value use the same list.

use super::RowBasis;
use crate::cel::Predicate;

/// A named population: its expression, and the rows that it leaves if the explanation of a value counts it.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Name: `denominator`, or the identifier of a stage.
    pub name: String,
    /// The expression as the definition states it.
    pub expression: String,
    /// The step of the selection; `None` if the population is not a step.
    pub step: Option<SelectionStep>,
}

/// A step by which rows are selected.
#[derive(Clone, Debug)]
pub struct SelectionStep {
    /// The rows.
    pub rows: RowBasis,
    /// Expression that selects the rows left after the step.
    pub left: Predicate,
    /// Whether the step selects from all rows, and not from the rows that the step before left.
    pub from_all: bool,
}

impl Selection {
    /// A population that is not a step.
    #[must_use]
    pub fn named(name: &str, expression: &Predicate) -> Self {
        Self { name: name.to_owned(), expression: expression.source().to_owned(), step: None }
    }

    /// The same population as a step. The expression `left` selects the rows left after it.
    #[must_use]
    pub fn leaving(self, rows: RowBasis, left: Predicate) -> Self {
        Self { step: Some(SelectionStep { rows, left, from_all: false }), ..self }
    }

    /// A population that is a step: one expression selects from all rows.
    #[must_use]
    pub fn of_subjects(name: &str, subjects: &super::Subjects) -> Self {
        let (rows, left) = (subjects.rows, subjects.population.clone());
        Self { step: Some(SelectionStep { rows, left, from_all: true }), ..Self::named(name, &subjects.population) }
    }
}
