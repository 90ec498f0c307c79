//! The dimensions of a breakdown, and the cells that they make.

use std::collections::BTreeSet;

use super::observation::BreakdownValue;
use super::rows::{Part, Rows};
use super::victims::codes;
use crate::cel::FieldPath;
use crate::contract::{Dataset, Kind};
use crate::kernel::NONE;
use crate::measure::{Breakdown, BreakdownCodes, Definition};
use crate::reference::Reference;

/// Code of the subjects without a value.
pub const NOT_SUPPLIED: &str = "not_supplied";

/// The dimensions of one breakdown of one measure. A cell is a combination of one code of each, the last varying
/// fastest; without a dimension there is one cell, the total.
#[derive(Clone, Debug)]
pub(super) struct Dims(pub(super) Vec<Dim>);

/// One dimension.
#[derive(Clone, Debug)]
pub(super) struct Dim {
    /// Name in a query.
    pub(super) name: String,
    /// Field of the records; `None` for a dimension that only submitted figures have.
    pub(super) field: Option<FieldPath>,
    /// Codes in the order of their numbers, then the subjects without a value.
    pub(super) codes: Vec<DimCode>,
    /// Whether a subject can have several codes.
    pub(super) multi_valued: bool,
}

/// One code of a dimension.
#[derive(Clone, Debug)]
pub(super) struct DimCode {
    pub(super) code: String,
    pub(super) label: String,
    /// The number that the column stores; for a set, the position of the code's bit.
    pub(super) stored: usize,
    /// Whether the code is part of an answer even if no subject has it.
    pub(super) always: bool,
}

impl Dims {
    /// The dimensions with these names; `None` where one is not offered.
    pub(super) fn new(reference: &Reference, definition: &Definition, names: &[String]) -> Option<Self> {
        let dims =
            names.iter().map(|name| definition.breakdown(name).map(|breakdown| Dim::new(reference, breakdown)));
        dims.collect::<Option<Vec<_>>>().map(Self)
    }

    /// Adds the words of dimensions that have no list, as they stand in figures.
    pub(super) fn with_words(mut self, texts: &[&str]) -> Self {
        for dim in self.0.iter_mut().filter(|dim| dim.codes.is_empty()) {
            let parts = texts.iter().flat_map(|text| text.split(';')).filter_map(|part| part.split_once('='));
            let words: BTreeSet<&str> = parts.filter(|(name, _)| *name == dim.name).map(|(_, word)| word).collect();
            let code =
                |word: &str| DimCode { code: word.to_owned(), label: word.to_owned(), stored: 0, always: false };
            dim.codes = words.into_iter().map(code).collect();
        }
        self
    }

    /// Whether records have every dimension.
    pub(super) fn in_records(&self) -> bool {
        self.0.iter().all(|dim| dim.field.is_some())
    }

    /// The dimension of one field of a dataset.
    pub(super) fn of_field(reference: &Reference, field: FieldPath, multi_valued: bool) -> Self {
        let (name, label) = (field.field.to_owned(), String::new());
        let codes = BreakdownCodes::Field(field);
        Self(vec![Dim::new(reference, &Breakdown { name, codes, label, multi_valued })])
    }

    /// The same dimensions as fields of the rows of another dataset, or of the rows that those refer to; `None` where
    /// it has no such field.
    pub(super) fn of_dataset(&self, dataset: &'static Dataset) -> Option<Self> {
        let mut dims = self.clone();
        for dim in &mut dims.0 {
            let field = dim.field?;
            if dataset.field(field.field).is_some() {
                dim.field = Some(FieldPath { dataset: dataset.id.as_str(), referenced: false, ..field });
            } else if dataset.reference_to(field.dataset).is_some() {
                dim.field = Some(FieldPath { referenced: true, ..field });
            } else {
                return None;
            }
        }
        Some(dims)
    }

    /// Number of cells.
    pub(super) fn cells(&self) -> usize {
        self.0.iter().map(|dim| dim.codes.len()).product()
    }

    /// Number of combinations of the dimensions of which a subject has one code.
    pub(super) fn single_count(&self) -> usize {
        self.0.iter().filter(|dim| !dim.multi_valued).map(|dim| dim.codes.len()).product()
    }

    /// For each row of a part its combination of those codes, or [`NONE`] where a code is not known.
    pub(super) fn single_cells(&self, rows: &Rows, part: &Part) -> Vec<u32> {
        let count = part.segment.batch.rows();
        let mut cells = vec![0; count];
        for dim in self.0.iter().filter(|dim| !dim.multi_valued) {
            let positions = dim.positions();
            let size = u32::try_from(dim.codes.len()).unwrap_or(NONE);
            let Some(field) = dim.field else { continue };
            for (cell, code) in cells.iter_mut().zip(codes(&rows.column(part, &field), count)) {
                let position = positions.get(usize::from(code)).copied().unwrap_or(NONE);
                let known = *cell != NONE && position != NONE;
                *cell = if known { *cell * size + position } else { NONE };
            }
        }
        cells
    }

    /// The codes of a cell, one for each dimension.
    pub(super) fn codes(&self, mut cell: usize) -> Vec<&DimCode> {
        let mut codes: Vec<&DimCode> = Vec::with_capacity(self.0.len());
        for dim in self.0.iter().rev() {
            codes.push(&dim.codes[cell % dim.codes.len()]);
            cell /= dim.codes.len();
        }
        codes.reverse();
        codes
    }

    /// The values of a cell for the reader.
    pub(super) fn values(&self, cell: usize) -> Vec<BreakdownValue> {
        let codes = self.codes(cell);
        let named = self.0.iter().zip(codes).map(|(dim, code)| BreakdownValue {
            dimension: dim.name.clone(),
            code: code.code.clone(),
            label: code.label.clone(),
        });
        named.collect()
    }

    /// Whether a cell is part of an answer even if it is empty.
    pub(super) fn always(&self, cell: usize) -> bool {
        self.codes(cell).iter().all(|code| code.always)
    }

    /// The cell with these codes, one for each dimension.
    pub(super) fn cell(&self, codes: &[&str]) -> Option<usize> {
        let mut cell = 0;
        for (dim, code) in self.0.iter().zip(codes) {
            cell = cell * dim.codes.len() + dim.codes.iter().position(|known| known.code == *code)?;
        }
        (codes.len() == self.0.len()).then_some(cell)
    }
}

impl Dim {
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
        let code = |code: &str, label: &str, stored, always| DimCode {
            code: code.to_owned(),
            label: label.to_owned(),
            stored,
            always,
        };
        let mut codes: Vec<DimCode> = match &kind {
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
    pub(super) fn positions(&self) -> Vec<u32> {
        let largest = self.codes.iter().map(|code| code.stored).max().unwrap_or(0);
        let mut table = vec![NONE; largest + 1];
        for (position, code) in (0..).zip(&self.codes) {
            table[code.stored] = position;
        }
        table
    }
}
