//! Predicates as a mask program of the kernel, and the columns that the program reads.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Part, Rows};
use crate::cel::{CelError, FieldPath, Literal, Predicate};
use crate::column::Column;
use crate::contract::{Contract, Derivation, Kind};
use crate::intake::attribute_table;
use crate::kernel;
use crate::reference::Reference;

/// A column of codes that programs and groups read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Source {
    /// The codes of a field.
    Codes(FieldPath),
    /// 1 if a field has a value, 0 if it has none.
    Presence(FieldPath),
}

/// A builder of a program from the conditions of several measures.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    reference: &'a Reference,
    sources: Vec<Source>,
    clauses: Vec<kernel::Clause>,
    bits: usize,
}

/// The columns of one part. The program refers to their order.
pub(crate) struct Columns(Vec<Held>);

enum Held {
    Column(Arc<Column>),
    Presence(Vec<u8>),
}

impl<'a> Program<'a> {
    pub(crate) fn new(reference: &'a Reference) -> Self {
        Self { reference, sources: Vec::new(), clauses: Vec::new(), bits: 0 }
    }

    /// Position of a field's codes among the columns.
    pub(crate) fn column_of(&mut self, path: FieldPath) -> usize {
        self.position(Source::Codes(path))
    }

    fn position(&mut self, source: Source) -> usize {
        self.sources.iter().position(|known| *known == source).unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        })
    }

    /// Adds a measure: the rows that the predicate selects and whose sets have these members.
    pub(crate) fn push(&mut self, predicate: &Predicate, members: &[(FieldPath, usize)]) -> Result<(), CelError> {
        let bit = 1_u64 << self.bits;
        for literals in predicate.clauses()? {
            let terms = literals.iter().map(|literal| self.term(literal, bit)).collect();
            self.clauses.push(kernel::Clause { concerned: bit, terms });
        }
        for (path, member) in members {
            let codes = self.codes(path);
            let members = match path.declared().map(|field| &field.kind) {
                Some(Kind::Set(set)) => u8::try_from(member + 1).map_or(0, |number| set.bits(number)),
                _ => 0,
            };
            let table = (0..codes).map(|code| if code & members == 0 { 0 } else { bit }).collect();
            let column = self.column_of(*path);
            self.clauses.push(kernel::Clause { concerned: bit, terms: vec![kernel::Term { column, table }] });
        }
        self.bits += 1;
        Ok(())
    }

    fn term(&mut self, literal: &Literal, bit: u64) -> kernel::Term {
        let entry = |truth: bool| if truth { bit } else { 0 };
        match literal {
            Literal::Codes(path, table) => {
                let truths = table.truths();
                let (path, truths) = match self.at_source(path, truths) {
                    Some((source, truths)) => (source, Cow::Owned(truths)),
                    None => (*path, Cow::Borrowed(&truths[..self.codes(path).min(truths.len())])),
                };
                let table = truths.iter().map(|truth| entry(*truth)).collect();
                kernel::Term { column: self.column_of(path), table }
            }
            Literal::Present(path, present) => {
                let column = self.position(Source::Presence(*path));
                kernel::Term { column, table: vec![entry(!present), entry(*present)] }
            }
        }
    }

    /// Turns a condition on an attribute of a code into a condition on the code. Then the column of the attribute is
    /// neither made nor read.
    fn at_source(&self, path: &FieldPath, truths: &[bool]) -> Option<(FieldPath, Vec<bool>)> {
        let dataset = Contract::get().dataset(path.dataset)?;
        let field = dataset.field(path.field)?;
        let Some(Derivation::Attribute(how)) = &field.derivation else { return None };
        let values = attribute_table(dataset, field, how, self.reference)?;
        let source = FieldPath { field: &dataset.field(&how.field)?.name, ..*path };
        // A code is its place in the list plus 1. A row without a code has no attribute.
        let truth = |value: &u8| truths.get(usize::from(*value)).copied().unwrap_or(false);
        Some((source, std::iter::once(&0).chain(&values).map(truth).collect()))
    }

    /// Number of codes that a field's column can hold.
    fn codes(&self, path: &FieldPath) -> usize {
        let field = path.declared();
        match field.map(|field| &field.kind) {
            Some(Kind::Code(codes)) => usize::from(codes.largest()) + 1,
            Some(Kind::Set(codes)) => 1 << codes.largest().min(16),
            Some(Kind::Flag) => 3,
            Some(Kind::Integer(max)) => usize::from(*max) + 2,
            Some(Kind::OpenCode(list)) => self.reference.codes.list(list).map_or(0, |list| list.len()) + 1,
            Some(Kind::Area) => self.reference.areas.len() + 1,
            _ => usize::from(u16::MAX) + 1,
        }
    }

    /// All fields that are read.
    pub(crate) fn fields(&self) -> Vec<FieldPath> {
        self.sources.iter().map(|(Source::Codes(path) | Source::Presence(path))| *path).collect()
    }

    /// Number of columns that are read.
    pub(crate) fn width(&self) -> usize {
        self.sources.len()
    }

    /// The program.
    pub(crate) fn compile(&self) -> Result<kernel::MaskProgram, kernel::KernelError> {
        kernel::MaskProgram::new(self.bits, &self.clauses)
    }

    /// The columns of a part.
    pub(crate) fn columns(&self, rows: &Rows, part: &Part) -> Columns {
        let held = self.sources.iter().map(|source| match source {
            Source::Codes(path) => Held::Column(rows.column(part, path)),
            Source::Presence(path) => {
                let column = rows.column(part, path);
                Held::Presence((0..column.len()).map(|row| u8::from(!column.is_missing(row))).collect())
            }
        });
        Columns(held.collect())
    }
}

impl Held {
    fn narrow(&self) -> kernel::Column<'_> {
        match self {
            Self::Presence(present) => kernel::Column::U8(present),
            Self::Column(column) => match &**column {
                Column::U8(codes) => kernel::Column::U8(codes),
                Column::U16(codes) => kernel::Column::U16(codes),
                // Other forms have no codes. The check of a definition refuses such a field.
                _ => kernel::Column::U8(&[]),
            },
        }
    }
}

impl Columns {
    /// The columns in the form that the kernel needs.
    pub(crate) fn borrowed(&self) -> Vec<kernel::Column<'_>> {
        self.0.iter().map(Held::narrow).collect()
    }
}
