//! The axes of a breakdown, and the cells that they make.

use std::collections::BTreeSet;

use crate::cel::FieldPath;
use crate::contract::{Dataset, Kind};
use crate::kernel::NONE;
use crate::measure::{Breakdown, BreakdownCodes, Definition};
use crate::reference::Reference;

/// Code of the subjects without a value.
pub const NOT_SUPPLIED: &str = "not_supplied";

/// One value of a breakdown.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct BreakdownValue {
    /// Dimension: `sex`.
    pub dimension: String,
    /// Code: `female`. `not_supplied` for the subjects without a value.
    pub code: String,
    /// Label of the code.
    pub label: String,
}

/// One member of each dimension that is a set: the field, and the position of the member's bit.
pub(crate) type Members = [(FieldPath, usize)];

/// The dimensions of one breakdown of one measure. A cell is a combination of one code of each, the last varying
/// fastest; without a dimension there is one cell, the total.
#[derive(Clone, Debug)]
pub(crate) struct BreakdownAxes(pub(crate) Vec<Axis>);

/// One dimension.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// Name in a query.
    pub(crate) name: String,
    /// Field of the records; `None` for a dimension that only submitted figures have.
    pub(crate) field: Option<FieldPath>,
    /// Codes in the order of their numbers, then the subjects without a value.
    pub(crate) codes: Vec<AxisCode>,
    /// Whether a subject can have several codes.
    pub(crate) multi_valued: bool,
}

/// One code of a dimension.
#[derive(Clone, Debug)]
pub(crate) struct AxisCode {
    pub(crate) code: String,
    pub(crate) label: String,
    /// The number that the column stores; for a set, the position of the code's bit.
    pub(crate) stored: usize,
    /// Whether the code is part of an answer even if no subject has it.
    pub(crate) always: bool,
}

impl BreakdownAxes {
    /// The dimensions with these names; `None` where one is not offered.
    pub(crate) fn new(reference: &Reference, definition: &Definition, names: &[String]) -> Option<Self> {
        let axes =
            names.iter().map(|name| definition.breakdown(name).map(|breakdown| Axis::new(reference, breakdown)));
        axes.collect::<Option<Vec<_>>>().map(Self)
    }

    /// Adds the words of dimensions that have no list, as they stand in figures.
    pub(crate) fn with_words(mut self, texts: &[&str]) -> Self {
        for axis in self.0.iter_mut().filter(|axis| axis.codes.is_empty()) {
            let parts = texts.iter().flat_map(|text| text.split(';')).filter_map(|part| part.split_once('='));
            let words: BTreeSet<&str> = parts.filter(|(name, _)| *name == axis.name).map(|(_, word)| word).collect();
            let code =
                |word: &str| AxisCode { code: word.to_owned(), label: word.to_owned(), stored: 0, always: false };
            axis.codes = words.into_iter().map(code).collect();
        }
        self
    }

    /// Whether records have every dimension.
    pub(crate) fn in_records(&self) -> bool {
        self.0.iter().all(|axis| axis.field.is_some())
    }

    /// The dimension of one field of a dataset.
    pub(crate) fn of_field(reference: &Reference, field: FieldPath) -> Self {
        let (name, label) = (field.field.to_owned(), String::new());
        let codes = BreakdownCodes::Field(field);
        Self(vec![Axis::new(reference, &Breakdown { name, codes, label, multi_valued: false })])
    }

    /// The same dimensions as fields of the rows of another dataset, or of the rows that those refer to; `None` where
    /// it has no such field.
    pub(crate) fn of_dataset(&self, dataset: &'static Dataset) -> Option<Self> {
        let mut axes = self.clone();
        for axis in &mut axes.0 {
            let field = axis.field?;
            if dataset.field(field.field).is_some() {
                axis.field = Some(FieldPath { dataset: dataset.id.as_str(), referenced: false, ..field });
            } else if dataset.reference_to(field.dataset).is_some() {
                axis.field = Some(FieldPath { referenced: true, ..field });
            } else {
                return None;
            }
        }
        Some(axes)
    }

    /// Number of cells.
    pub(crate) fn cells(&self) -> usize {
        self.0.iter().map(|axis| axis.codes.len()).product()
    }

    /// Number of combinations of the dimensions of which a subject has one code.
    pub(crate) fn single_count(&self) -> usize {
        self.0.iter().filter(|axis| !axis.multi_valued).map(|axis| axis.codes.len()).product()
    }

    /// Every combination of members of the dimensions that are sets; a single empty one where there is none.
    pub(crate) fn combinations(&self) -> impl Iterator<Item = Vec<(FieldPath, usize)>> {
        let sets: Vec<&Axis> = self.0.iter().filter(|axis| axis.multi_valued).collect();
        let combinations: usize = sets.iter().map(|axis| axis.codes.len()).product();
        (0..combinations).map(move |combination| members(&sets, combination))
    }

    /// The cell of a combination of single codes, given the members of the sets.
    pub(crate) fn cell_of(&self, mut single: usize, members: &Members) -> usize {
        let mut codes = Vec::with_capacity(self.0.len());
        for axis in self.0.iter().rev() {
            let member = members.iter().find(|(field, _)| axis.multi_valued && Some(*field) == axis.field);
            let at = match member {
                Some((_, stored)) => axis.codes.iter().position(|code| code.stored == *stored).unwrap_or(0),
                None => {
                    let at = single % axis.codes.len();
                    single /= axis.codes.len();
                    at
                }
            };
            codes.push((at, axis.codes.len()));
        }
        codes.iter().rev().fold(0, |cell, (at, len)| cell * len + at)
    }

    /// For each combination of single codes its cell, given the members of the sets.
    pub(crate) fn cells_of(&self, members: &Members) -> Vec<usize> {
        (0..self.single_count()).map(|single| self.cell_of(single, members)).collect()
    }

    /// The codes of a cell, one for each dimension.
    pub(crate) fn codes(&self, mut cell: usize) -> Vec<&AxisCode> {
        let mut codes: Vec<&AxisCode> = Vec::with_capacity(self.0.len());
        for axis in self.0.iter().rev() {
            codes.push(&axis.codes[cell % axis.codes.len()]);
            cell /= axis.codes.len();
        }
        codes.reverse();
        codes
    }

    /// The values of a cell for the reader.
    pub(crate) fn values(&self, cell: usize) -> Vec<BreakdownValue> {
        let codes = self.codes(cell);
        let named = self.0.iter().zip(codes).map(|(axis, code)| BreakdownValue {
            dimension: axis.name.clone(),
            code: code.code.clone(),
            label: code.label.clone(),
        });
        named.collect()
    }

    /// Whether a cell is part of an answer even if it is empty.
    pub(crate) fn always(&self, cell: usize) -> bool {
        self.codes(cell).iter().all(|code| code.always)
    }

    /// The cell with these codes, one for each dimension.
    pub(crate) fn cell(&self, codes: &[&str]) -> Option<usize> {
        let mut cell = 0;
        for (axis, code) in self.0.iter().zip(codes) {
            cell = cell * axis.codes.len() + axis.codes.iter().position(|known| known.code == *code)?;
        }
        (codes.len() == self.0.len()).then_some(cell)
    }
}

/// The members of one combination: the field of each set and the position of the bit.
fn members(sets: &[&Axis], mut combination: usize) -> Vec<(FieldPath, usize)> {
    let mut members = Vec::with_capacity(sets.len());
    for axis in sets.iter().rev() {
        members.extend(axis.field.map(|field| (field, axis.codes[combination % axis.codes.len()].stored)));
        combination /= axis.codes.len();
    }
    members.reverse();
    members
}

impl Axis {
    fn new(reference: &Reference, breakdown: &Breakdown) -> Self {
        let kind = match &breakdown.codes {
            BreakdownCodes::Field(path) | BreakdownCodes::Contract(path) => {
                let field = path.declared();
                field.map(|field| field.kind.clone())
            }
            BreakdownCodes::List(list) => Some(Kind::OpenCode(list.clone())),
            // The words are read from the figures.
            BreakdownCodes::Published => None,
        };
        let field = breakdown.field();
        let code = |code: &str, label: &str, stored, always| AxisCode {
            code: code.to_owned(),
            label: label.to_owned(),
            stored,
            always,
        };
        let mut codes: Vec<AxisCode> = match &kind {
            Some(Kind::Code(set)) => {
                set.codes().iter().map(|c| code(&c.code, &c.label, c.number.into(), true)).collect()
            }
            Some(Kind::Set(set)) => {
                let bit = |number: u8| usize::from(number).saturating_sub(1);
                set.codes().iter().map(|c| code(&c.code, &c.label, bit(c.number), true)).collect()
            }
            Some(Kind::Flag) => vec![code("no", "No", 1, true), code("yes", "Yes", 2, true)],
            Some(Kind::Integer(max)) => {
                (0..=usize::from(*max)).map(|n| code(&n.to_string(), &n.to_string(), n + 1, false)).collect()
            }
            Some(Kind::OpenCode(list)) => reference.codes.list(list).map_or_else(Vec::new, |list| {
                let entries = list.iter();
                entries.map(|e| code(e.code(), e.label(), usize::from(e.index()) + 1, false)).collect()
            }),
            Some(Kind::Area) => {
                let areas = reference.areas.iter();
                areas.map(|(id, area)| code(area.code(), area.name(), id.index() + 1, false)).collect()
            }
            _ => Vec::new(),
        };
        if field.is_some() && !breakdown.multi_valued && codes.iter().all(|code| code.stored != 0) {
            codes.push(code(NOT_SUPPLIED, "Not supplied", 0, false));
        }
        Self { name: breakdown.name.clone(), field, codes, multi_valued: breakdown.multi_valued }
    }

    /// Position of each stored code among the codes.
    pub(crate) fn positions(&self) -> Vec<u32> {
        let largest = self.codes.iter().map(|code| code.stored).max().unwrap_or(0);
        let mut table = vec![NONE; largest + 1];
        for (position, code) in (0..).zip(&self.codes) {
            table[code.stored] = position;
        }
        table
    }
}
