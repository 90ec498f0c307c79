//! Rows, clauses and dimensions for the tests, with the masks and groups that a straightforward loop gives.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::kernel::{Batch, Clause, Column, Dimension, NONE, Term};

/// Two columns of bytes, then two of 16-bit codes.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    narrow: [Vec<u8>; 2],
    wide: [Vec<u16>; 2],
    pub(super) weights: Vec<u64>,
    /// Sampling units: few, so that several rows have the same.
    pub(super) units: Vec<u64>,
    selection: Option<Vec<u64>>,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    pub(super) fn batch(&self) -> Batch<'_> {
        let [a, b] = &self.narrow;
        let [c, d] = &self.wide;
        let columns = vec![Column::U8(a), Column::U8(b), Column::U16(c), Column::U16(d)];
        Batch::new(self.len(), columns, self.selection.as_deref()).expect("columns of equal length")
    }

    fn code(&self, column: usize, row: usize) -> usize {
        match column {
            0 | 1 => self.narrow[column][row].into(),
            _ => self.wide[column - 2][row].into(),
        }
    }

    fn selected(&self, row: usize) -> bool {
        self.selection.as_ref().is_none_or(|words| words[row / 64] >> (row % 64) & 1 == 1)
    }

    pub(super) fn mask(&self, row: usize, measures: usize, clauses: &[Clause]) -> u64 {
        let passes = |measure: usize, clause: &Clause| {
            let literal =
                |term: &Term| term.table.get(self.code(term.column, row)).is_some_and(|b| b >> measure & 1 == 1);
            clause.concerned >> measure & 1 == 0 || clause.terms.iter().any(literal)
        };
        (0..measures)
            .filter(|&measure| self.selected(row) && clauses.iter().all(|clause| passes(measure, clause)))
            .fold(0, |mask, measure| mask | 1 << measure)
    }

    pub(super) fn group(&self, row: usize, dimensions: &[Dimension]) -> Option<usize> {
        dimensions.iter().try_fold(0, |index, dimension| {
            let position = *dimension.table.get(self.code(dimension.column, row))?;
            (position != NONE).then(|| index * dimension.size as usize + position as usize)
        })
    }

    pub(super) fn permuted(&self, order: &[usize]) -> Self {
        fn pick<T: Copy>(column: &[T], order: &[usize]) -> Vec<T> {
            order.iter().map(|&row| column[row]).collect()
        }
        let selection = self.selection.as_ref().map(|_| {
            let mut words = vec![0; self.len().div_ceil(64)];
            for (to, _) in order.iter().enumerate().filter(|(_, from)| self.selected(**from)) {
                words[to / 64] |= 1 << (to % 64);
            }
            words
        });
        Self {
            narrow: self.narrow.each_ref().map(|column| pick(column, order)),
            wide: self.wide.each_ref().map(|column| pick(column, order)),
            weights: pick(&self.weights, order),
            units: pick(&self.units, order),
            selection,
        }
    }
}

/// Enough rows for several blocks. Codes are mostly small, and some are at the end of their range.
pub(super) fn rows() -> impl Strategy<Value = Rows> {
    let byte = prop_oneof![8 => 0..6_u8, 1 => 250..=255_u8];
    let wide = prop_oneof![8 => 0..40_u16, 1 => 255..258_u16, 1 => 65_530..=65_535_u16];
    let unit = prop_oneof![4 => 0..5_u64, 1 => any::<u64>()];
    let row = (byte.clone(), byte, wide.clone(), wide, 0..3_000_000_000_u64, unit);
    (vec(row, 1..60), 1..150_usize, proptest::option::of(vec(any::<u64>(), 150))).prop_map(|(few, times, bits)| {
        // Proptest is slow at long vectors: repeat a few rows, in an order that mixes them.
        let many: Vec<_> = (0..few.len() * times).map(|row| few[row * 7 % few.len()]).collect();
        Rows {
            narrow: [many.iter().map(|r| r.0).collect(), many.iter().map(|r| r.1).collect()],
            wide: [many.iter().map(|r| r.2).collect(), many.iter().map(|r| r.3).collect()],
            weights: many.iter().map(|r| r.4).collect(),
            units: many.iter().map(|r| r.5).collect(),
            selection: bits.map(|bits| bits.repeat(many.len() / (64 * bits.len()) + 1)),
        }
    })
}

fn table_len(column: usize) -> BoxedStrategy<usize> {
    match column {
        0 | 1 => prop_oneof![4 => 0..8_usize, 1 => Just(255), 1 => Just(256), 1 => Just(300)].boxed(),
        _ => prop_oneof![4 => 0..45_usize, 2 => Just(300), 1 => Just(65_535), 1 => Just(65_536)].boxed(),
    }
}

pub(super) fn clause() -> impl Strategy<Value = Clause> {
    let term = (0..4_usize).prop_flat_map(|column| {
        (table_len(column), vec(any::<u64>(), 13))
            .prop_map(move |(len, bits)| Term { column, table: bits.iter().copied().cycle().take(len).collect() })
    });
    (any::<u64>(), vec(term, 0..4)).prop_map(|(concerned, terms)| Clause { concerned, terms })
}

pub(super) fn dimension() -> impl Strategy<Value = Dimension> {
    (0..4_usize, 1..7_u32, 0..30_usize).prop_flat_map(|(column, size, low)| {
        let position = prop_oneof![4 => 0..size, 1 => Just(NONE)];
        (table_len(column), vec(position, 11)).prop_map(move |(len, positions)| {
            let known = positions.iter().copied().cycle().take(len.saturating_sub(low));
            let table = std::iter::repeat_n(NONE, low.min(len)).chain(known).collect();
            Dimension { column, table, size }
        })
    })
}
