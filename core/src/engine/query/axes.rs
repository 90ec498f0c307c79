//! The axes of a breakdown, and its cells.

use std::collections::BTreeSet;

use crate::cel::FieldPath;
use crate::contract::Dataset;
use crate::kernel::NONE;
use crate::measure::{Breakdown, BreakdownCode, BreakdownCodes, Definition};
use crate::reference::Reference;

/// One value of a breakdown.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct BreakdownValue {
    /// Dimension: `sex`.
    pub dimension: String,
    /// Code: `female`. `not_supplied` for subjects without a value.
    pub code: String,
    /// Label of the code.
    pub label: String,
}

/// One member of each dimension that is a set: the field, and the position of the member's bit.
pub(crate) type Members = [(FieldPath, usize)];

/// The dimensions of one breakdown of one measure. A cell is a combination of one code of each dimension. The last
/// dimension varies fastest. Without dimensions there is one cell, the total.
#[derive(Clone, Debug)]
pub(crate) struct BreakdownAxes(pub(crate) Vec<Axis>);

/// One dimension.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// Name in a query.
    pub(crate) name: String,
    /// Field of the records; `None` for a dimension that only submitted figures have.
    pub(crate) field: Option<FieldPath>,
    /// Codes in the order of their numbers, then the code for subjects without a value.
    pub(crate) codes: Vec<BreakdownCode>,
    /// Whether a subject can have several codes.
    pub(crate) multi_valued: bool,
}

impl BreakdownAxes {
    /// The dimensions with these names; `None` if one of them is not offered.
    pub(crate) fn new(reference: &Reference, definition: &Definition, names: &[String]) -> Option<Self> {
        let axes =
            names.iter().map(|name| definition.breakdown(name).map(|breakdown| Axis::new(reference, breakdown)));
        axes.collect::<Option<Vec<_>>>().map(Self)
    }

    /// Adds the codes of dimensions that have no list, as figures state them.
    pub(crate) fn with_words(mut self, texts: &[&str]) -> Self {
        for axis in self.0.iter_mut().filter(|axis| axis.codes.is_empty()) {
            let parts = texts.iter().flat_map(|text| text.split(';')).filter_map(|part| part.split_once('='));
            let words: BTreeSet<&str> = parts.filter(|(name, _)| *name == axis.name).map(|(_, word)| word).collect();
            let code = |word: &str| BreakdownCode {
                code: word.to_owned(),
                label: word.to_owned(),
                stored: 0,
                always: false,
            };
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

    /// The same dimensions as fields of another dataset's rows, or of the rows to which those refer; `None` if a field
    /// does not exist there.
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

    /// Number of combinations of the dimensions that are no sets. A subject has one code of each.
    pub(crate) fn single_count(&self) -> usize {
        self.0.iter().filter(|axis| !axis.multi_valued).map(|axis| axis.codes.len()).product()
    }

    /// All combinations of members of the dimensions that are sets. If there are no sets, the only combination is
    /// empty.
    pub(crate) fn combinations(&self) -> impl Iterator<Item = Vec<(FieldPath, usize)>> {
        let sets: Vec<&Axis> = self.0.iter().filter(|axis| axis.multi_valued).collect();
        let combinations: usize = sets.iter().map(|axis| axis.codes.len()).product();
        (0..combinations).map(move |combination| members(&sets, combination))
    }

    /// The cell of a combination of single codes together with members of the sets.
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

    /// The cell of each combination of single codes together with members of the sets.
    pub(crate) fn cells_of(&self, members: &Members) -> Vec<usize> {
        (0..self.single_count()).map(|single| self.cell_of(single, members)).collect()
    }

    /// The codes of a cell, one for each dimension.
    pub(crate) fn codes(&self, mut cell: usize) -> Vec<&BreakdownCode> {
        let mut codes: Vec<&BreakdownCode> = Vec::with_capacity(self.0.len());
        for axis in self.0.iter().rev() {
            codes.push(&axis.codes[cell % axis.codes.len()]);
            cell /= axis.codes.len();
        }
        codes.reverse();
        codes
    }

    /// The codes of a cell with their labels.
    pub(crate) fn values(&self, cell: usize) -> Vec<BreakdownValue> {
        let codes = self.codes(cell);
        let named = self.0.iter().zip(codes).map(|(axis, code)| BreakdownValue {
            dimension: axis.name.clone(),
            code: code.code.clone(),
            label: code.label.clone(),
        });
        named.collect()
    }

    /// Whether a cell is part of every answer, even if it is empty.
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
        Self {
            name: breakdown.name.clone(),
            field: breakdown.field(),
            // The publisher's own words are read from the figures.
            codes: breakdown.codes(reference).unwrap_or_default(),
            multi_valued: breakdown.multi_valued,
        }
    }

    /// Position of each stored code among the codes of the axis.
    pub(crate) fn positions(&self) -> Vec<u32> {
        let largest = self.codes.iter().map(|code| code.stored).max().unwrap_or(0);
        let mut table = vec![NONE; largest + 1];
        for (position, code) in (0..).zip(&self.codes) {
            table[code.stored] = position;
        }
        table
    }
}
