//! The axes of a breakdown, and its cells.

use std::collections::BTreeSet;

use crate::cel::FieldPath;
use crate::contract::Dataset;
use crate::kernel::NONE;
use crate::measure::{Breakdown, BreakdownCode, BreakdownCodes, Definition, Listed};
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
///
/// Whatever the order of a query's dimensions, their order here is the same, so that the counts are made once.
#[derive(Clone, Debug)]
pub(crate) struct BreakdownAxes {
    /// In the order of their fields and names.
    axes: Vec<Axis>,
    /// For each dimension of the query, in its order, the position among `axes`.
    asked: Vec<usize>,
}

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
        axes.collect::<Option<Vec<_>>>().map(Self::in_order)
    }

    /// The dimensions of a query in their own order.
    fn in_order(asked: Vec<Axis>) -> Self {
        let mut axes: Vec<(usize, Axis)> = asked.into_iter().enumerate().collect();
        axes.sort_by(|(_, a), (_, b)| (a.field, &a.name).cmp(&(b.field, &b.name)));
        let mut places: Vec<(usize, usize)> = axes.iter().map(|(asked, _)| *asked).zip(0..).collect();
        places.sort_unstable();
        let asked = places.into_iter().map(|(_, place)| place).collect();
        Self { axes: axes.into_iter().map(|(_, axis)| axis).collect(), asked }
    }

    /// No dimension: the total.
    pub(crate) fn total() -> Self {
        Self { axes: Vec::new(), asked: Vec::new() }
    }

    /// Whether there is no dimension.
    pub(crate) fn is_total(&self) -> bool {
        self.axes.is_empty()
    }

    /// The dimensions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Axis> {
        self.axes.iter()
    }

    /// The fields of the records that are dimensions.
    pub(crate) fn fields(&self) -> impl Iterator<Item = FieldPath> {
        self.axes.iter().filter_map(|axis| axis.field)
    }

    /// Adds the codes of dimensions that have no list, as figures state them.
    pub(crate) fn with_words(mut self, texts: &[&str]) -> Self {
        for axis in self.axes.iter_mut().filter(|axis| axis.codes.is_empty()) {
            let parts = texts.iter().flat_map(|text| text.split(';')).filter_map(|part| part.split_once('='));
            let words: BTreeSet<&str> = parts.filter(|(name, _)| *name == axis.name).map(|(_, word)| word).collect();
            let code = |word: &str| BreakdownCode {
                code: word.to_owned(),
                label: word.to_owned(),
                stored: 0,
                listed: Listed::IfUsed,
            };
            axis.codes = words.into_iter().map(code).collect();
        }
        self
    }

    /// Whether records have every dimension.
    pub(crate) fn in_records(&self) -> bool {
        self.axes.iter().all(|axis| axis.field.is_some())
    }

    /// The dimension of one field of a dataset.
    pub(crate) fn of_field(reference: &Reference, field: FieldPath) -> Self {
        let (name, label) = (field.field.to_owned(), String::new());
        let codes = BreakdownCodes::Field(field);
        Self::in_order(vec![Axis::new(
            reference,
            &Breakdown { name, codes, label, multi_valued: false, only: Vec::new() },
        )])
    }

    /// The same dimensions as fields of another dataset's rows, or of the rows to which those refer; `None` if a field
    /// does not exist there.
    pub(crate) fn of_dataset(&self, dataset: &'static Dataset) -> Option<Self> {
        let mut axes = self.clone();
        for axis in &mut axes.axes {
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
        self.axes.iter().map(|axis| axis.codes.len()).fold(1, usize::saturating_mul)
    }

    /// The cells in the order of the query: its last dimension varies fastest.
    pub(crate) fn cells_as_asked(&self) -> impl Iterator<Item = usize> {
        (0..self.cells()).map(|mut number| {
            let mut positions = vec![0; self.axes.len()];
            for place in self.asked.iter().rev() {
                let codes = self.axes[*place].codes.len();
                (positions[*place], number) = (number % codes, number / codes);
            }
            self.axes.iter().zip(positions).fold(0, |cell, (axis, position)| cell * axis.codes.len() + position)
        })
    }

    /// Number of combinations of the dimensions that are no sets. A subject has one code of each.
    pub(crate) fn single_count(&self) -> usize {
        let single = self.axes.iter().filter(|axis| !axis.multi_valued);
        single.map(|axis| axis.codes.len()).fold(1, usize::saturating_mul)
    }

    /// All combinations of members of the dimensions that are sets. If there are no sets, the only combination is
    /// empty.
    pub(crate) fn combinations(&self) -> impl Iterator<Item = Vec<(FieldPath, usize)>> {
        let sets: Vec<&Axis> = self.axes.iter().filter(|axis| axis.multi_valued).collect();
        let combinations: usize = sets.iter().map(|axis| axis.codes.len()).product();
        (0..combinations).map(move |combination| members(&sets, combination))
    }

    /// The cell of a combination of single codes together with members of the sets.
    pub(crate) fn cell_of(&self, mut single: usize, members: &Members) -> usize {
        let mut codes = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
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
        let mut codes: Vec<&BreakdownCode> = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            codes.push(&axis.codes[cell % axis.codes.len()]);
            cell /= axis.codes.len();
        }
        codes.reverse();
        codes
    }

    /// The codes of a cell with their labels, in the order of the query's dimensions.
    pub(crate) fn values(&self, cell: usize) -> Vec<BreakdownValue> {
        let codes = self.codes(cell);
        let named = self.asked.iter().map(|place| BreakdownValue {
            dimension: self.axes[*place].name.clone(),
            code: codes[*place].code.clone(),
            label: codes[*place].label.clone(),
        });
        named.collect()
    }

    /// When an answer has a cell.
    pub(crate) fn listed(&self, cell: usize) -> Listed {
        let codes = self.codes(cell);
        if codes.iter().any(|code| code.listed == Listed::Never) {
            Listed::Never
        } else if codes.iter().all(|code| code.listed == Listed::Always) {
            Listed::Always
        } else {
            Listed::IfUsed
        }
    }

    /// The cell that has the codes of a cell of other axes. Dimensions of those that are not among these are left out. `None` if
    /// a dimension or a code is not known there.
    pub(crate) fn same_cell(&self, other: &Self, cell: usize) -> Option<usize> {
        let codes = other.codes(cell);
        let code = |axis: &Axis| {
            let at = other.axes.iter().position(|known| known.name == axis.name)?;
            Some(codes[at].code.as_str())
        };
        self.cell(&self.axes.iter().map(code).collect::<Option<Vec<&str>>>()?)
    }

    /// The cell with these codes, one for each dimension.
    pub(crate) fn cell(&self, codes: &[&str]) -> Option<usize> {
        let mut cell = 0;
        for (axis, code) in self.axes.iter().zip(codes) {
            cell = cell * axis.codes.len() + axis.codes.iter().position(|known| known.code == *code)?;
        }
        (codes.len() == self.axes.len()).then_some(cell)
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
