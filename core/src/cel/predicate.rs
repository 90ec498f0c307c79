//! A compiled expression: truth tables joined by "and" and "or".

use std::fmt;
use std::sync::Arc;

use super::CelError;
use crate::column::{Column, MISSING_DATE};
use crate::contract::{Contract, Field};

/// Most clauses that the conjunctive form of one expression may have.
const MAX_CLAUSES: usize = 256;

/// A field that an expression reads.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FieldPath {
    /// Dataset of the field.
    pub dataset: &'static str,
    /// Whether it is a field of the row that this row refers to.
    pub referenced: bool,
    /// Name of the field.
    pub field: &'static str,
}

impl FieldPath {
    /// The field in the contract.
    #[must_use]
    pub fn declared(&self) -> Option<&'static Field> {
        Contract::get().dataset(self.dataset)?.field(self.field)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.referenced { write!(f, "{}.{}", self.dataset, self.field) } else { f.write_str(self.field) }
    }
}

/// The truth of each code of a field. Codes beyond the end of the table are false.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Table(Arc<[bool]>);

impl Table {
    /// A table of `codes` codes, from the truth of each.
    pub(super) fn new(codes: usize, truth: impl FnMut(usize) -> bool) -> Self {
        Self((0..codes).map(truth).collect())
    }

    pub(super) fn negated(&self) -> Self {
        Self(self.0.iter().map(|truth| !truth).collect())
    }

    /// The truth of each code: 256 codes for a field stored as `u8`, and 65,536 for a field stored as `u16`.
    #[must_use]
    pub fn truths(&self) -> &[bool] {
        &self.0
    }
}

/// A condition on one field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Literal {
    /// The table has the truth of the code of the field.
    Codes(FieldPath, Table),
    /// The field has a value, or has none.
    Present(FieldPath, bool),
}

impl Literal {
    /// The field.
    #[must_use]
    pub fn field(&self) -> &FieldPath {
        match self {
            Self::Codes(field, _) | Self::Present(field, _) => field,
        }
    }

    fn negated(&self) -> Self {
        match self {
            Self::Codes(field, table) => Self::Codes(*field, table.negated()),
            Self::Present(field, present) => Self::Present(*field, !present),
        }
    }

    /// The truth of each row of the column of the field.
    fn evaluate(&self, column: &Column) -> Vec<bool> {
        match (self, column) {
            (Self::Codes(_, table), Column::U8(codes)) => {
                codes.iter().map(|code| table.0[usize::from(*code)]).collect()
            }
            (Self::Codes(_, table), Column::U16(codes)) => {
                codes.iter().map(|code| table.0[usize::from(*code)]).collect()
            }
            (Self::Codes(..), _) => vec![false; column.len()],
            (Self::Present(_, present), Column::I32(values)) => {
                values.iter().map(|value| (*value != MISSING_DATE) == *present).collect()
            }
            (Self::Present(_, present), column) => {
                (0..column.len()).map(|row| column.is_missing(row) != *present).collect()
            }
        }
    }
}

/// At least one of its literals holds.
pub type Clause = Vec<Literal>;

#[derive(Clone, Debug)]
pub(super) enum Node {
    Constant(bool),
    Literal(Literal),
    All(Vec<Node>),
    Any(Vec<Node>),
}

impl Node {
    pub(super) fn negated(&self) -> Self {
        match self {
            Self::Constant(truth) => Self::Constant(!truth),
            Self::Literal(literal) => Self::Literal(literal.negated()),
            Self::All(nodes) => Self::Any(nodes.iter().map(Self::negated).collect()),
            Self::Any(nodes) => Self::All(nodes.iter().map(Self::negated).collect()),
        }
    }

    fn literals<'n>(&'n self, found: &mut Vec<&'n Literal>) {
        match self {
            Self::Constant(_) => {}
            Self::Literal(literal) => found.push(literal),
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().for_each(|node| node.literals(found)),
        }
    }

    fn clauses(&self) -> Result<Vec<Clause>, CelError> {
        let clauses = match self {
            Self::Constant(true) => Vec::new(),
            Self::Constant(false) => vec![Clause::new()],
            Self::Literal(literal) => vec![vec![literal.clone()]],
            Self::All(nodes) => nodes.iter().map(Self::clauses).collect::<Result<Vec<_>, _>>()?.concat(),
            Self::Any(nodes) => {
                let mut product = vec![Clause::new()];
                for node in nodes {
                    let right = node.clauses()?;
                    if product.len() * right.len() > MAX_CLAUSES {
                        return Err(CelError::TooComplex(MAX_CLAUSES));
                    }
                    product = product
                        .iter()
                        .flat_map(|left| right.iter().map(|clause| [left.as_slice(), clause].concat()))
                        .collect();
                }
                product
            }
        };
        if clauses.len() > MAX_CLAUSES { Err(CelError::TooComplex(MAX_CLAUSES)) } else { Ok(clauses) }
    }

    fn evaluate<'c>(&self, rows: usize, column: &dyn Fn(&FieldPath) -> Option<&'c Column>) -> Vec<bool> {
        let joined = |nodes: &[Node], start: bool, join: fn(&mut bool, bool)| {
            let mut truth = vec![start; rows];
            for node in nodes {
                let other = node.evaluate(rows, column);
                truth.iter_mut().zip(other).for_each(|(truth, other)| join(truth, other));
            }
            truth
        };
        match self {
            Self::Constant(truth) => vec![*truth; rows],
            // A column that is absent has no values.
            Self::Literal(literal) => match column(literal.field()) {
                Some(column) => literal.evaluate(column),
                None => vec![literal.holds_for_missing(); rows],
            },
            Self::All(nodes) => joined(nodes, true, |truth, other| *truth &= other),
            Self::Any(nodes) => joined(nodes, false, |truth, other| *truth |= other),
        }
    }
}

impl Literal {
    /// The truth if the value is missing.
    #[must_use]
    pub fn holds_for_missing(&self) -> bool {
        match self {
            Self::Codes(_, table) => table.0.first().copied().unwrap_or(false),
            Self::Present(_, present) => !present,
        }
    }
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Predicate {
    pub(super) source: String,
    pub(super) root: Node,
}

impl Predicate {
    /// The predicate that is true for every row.
    #[must_use]
    pub fn always() -> Self {
        Self { source: "true".to_owned(), root: Node::Constant(true) }
    }

    /// The predicate that is true if a field has a value.
    #[must_use]
    pub fn present(field: FieldPath) -> Self {
        Self { source: format!("{field} != null"), root: Node::Literal(Literal::Present(field, true)) }
    }

    /// The expression.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The conjunction of both predicates.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let source = match (self.source.as_str(), other.source.as_str()) {
            ("true", right) => right.to_owned(),
            (left, "true") => left.to_owned(),
            (left, right) => format!("({left}) && ({right})"),
        };
        Self { source, root: Node::All(vec![self.root.clone(), other.root.clone()]) }
    }

    /// The negation of the predicate.
    #[must_use]
    pub fn not(&self) -> Self {
        Self { source: format!("!({})", self.source), root: self.root.negated() }
    }

    /// All fields that the expression reads, without repetition.
    #[must_use]
    pub fn fields(&self) -> Vec<FieldPath> {
        let mut literals = Vec::new();
        self.root.literals(&mut literals);
        let mut fields: Vec<_> = literals.into_iter().map(|literal| *literal.field()).collect();
        fields.sort();
        fields.dedup();
        fields
    }

    /// The expression in conjunctive form, as the kernel takes it: a conjunction of clauses, and each clause is a disjunction of
    /// literals.
    ///
    /// # Errors
    ///
    /// [`CelError::TooComplex`] if the form has more than 256 clauses.
    pub fn clauses(&self) -> Result<Vec<Clause>, CelError> {
        self.root.clauses()
    }

    /// The truth of each of `rows` rows. `column` returns the column of a field, or `None` if no row has a value.
    #[must_use]
    pub fn evaluate<'c>(&self, rows: usize, column: &dyn Fn(&FieldPath) -> Option<&'c Column>) -> Vec<bool> {
        self.root.evaluate(rows, column)
    }
}

/// The name of a field in the contract, which is static.
pub(super) fn path(dataset: &str, referenced: bool, field: &str) -> Option<FieldPath> {
    let dataset = Contract::get().dataset(dataset)?;
    let field = dataset.field(field)?;
    Some(FieldPath { dataset: dataset.id.as_str(), referenced, field: field.name.as_str() })
}
