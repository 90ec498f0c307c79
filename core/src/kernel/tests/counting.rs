//! Masks, groups, counts and weighted sums against straightforward loops over rows.

use proptest::collection::vec;
use proptest::prelude::*;

use super::threads;
use crate::kernel::{
    Batch, Clause, Column, Dimension, GroupIndex, KernelError, MAX_WEIGHT, MaskProgram, NONE, Term, WeightedSums,
    count, weighted,
};

/// Two columns of bytes, then two of 16-bit codes.
#[derive(Debug, Clone)]
struct Rows {
    narrow: [Vec<u8>; 2],
    wide: [Vec<u16>; 2],
    weights: Vec<u64>,
    selection: Option<Vec<u64>>,
}

impl Rows {
    fn len(&self) -> usize {
        self.weights.len()
    }

    fn batch(&self) -> Batch<'_> {
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

    fn mask(&self, row: usize, measures: usize, clauses: &[Clause]) -> u64 {
        let passes = |measure: usize, clause: &Clause| {
            let literal =
                |term: &Term| term.table.get(self.code(term.column, row)).is_some_and(|b| b >> measure & 1 == 1);
            clause.concerned >> measure & 1 == 0 || clause.terms.iter().any(literal)
        };
        (0..measures)
            .filter(|&measure| self.selected(row) && clauses.iter().all(|clause| passes(measure, clause)))
            .fold(0, |mask, measure| mask | 1 << measure)
    }

    fn group(&self, row: usize, dimensions: &[Dimension]) -> Option<usize> {
        dimensions.iter().try_fold(0, |index, dimension| {
            let position = *dimension.table.get(self.code(dimension.column, row))?;
            (position != NONE).then(|| index * dimension.size as usize + position as usize)
        })
    }

    fn permuted(&self, order: &[usize]) -> Self {
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
            selection,
        }
    }
}

/// Rows enough to cross several blocks; codes mostly small, some at the end of their range.
fn rows() -> impl Strategy<Value = Rows> {
    let byte = prop_oneof![8 => 0..6_u8, 1 => 250..=255_u8];
    let wide = prop_oneof![8 => 0..40_u16, 1 => 255..258_u16, 1 => 65_530..=65_535_u16];
    let row = (byte.clone(), byte, wide.clone(), wide, 0..3_000_000_000_u64);
    (vec(row, 1..60), 1..150_usize, proptest::option::of(vec(any::<u64>(), 150))).prop_map(|(few, times, bits)| {
        // Proptest is slow at long vectors: repeat a few rows, in an order that mixes them.
        let many: Vec<_> = (0..few.len() * times).map(|row| few[row * 7 % few.len()]).collect();
        Rows {
            narrow: [many.iter().map(|r| r.0).collect(), many.iter().map(|r| r.1).collect()],
            wide: [many.iter().map(|r| r.2).collect(), many.iter().map(|r| r.3).collect()],
            weights: many.iter().map(|r| r.4).collect(),
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

fn clause() -> impl Strategy<Value = Clause> {
    let term = (0..4_usize).prop_flat_map(|column| {
        (table_len(column), vec(any::<u64>(), 13))
            .prop_map(move |(len, bits)| Term { column, table: bits.iter().copied().cycle().take(len).collect() })
    });
    (any::<u64>(), vec(term, 0..4)).prop_map(|(concerned, terms)| Clause { concerned, terms })
}

fn dimension() -> impl Strategy<Value = Dimension> {
    (0..4_usize, 1..7_u32, 0..30_usize).prop_flat_map(|(column, size, low)| {
        let position = prop_oneof![4 => 0..size, 1 => Just(NONE)];
        (table_len(column), vec(position, 11)).prop_map(move |(len, positions)| {
            let known = positions.iter().copied().cycle().take(len.saturating_sub(low));
            let table = std::iter::repeat_n(NONE, low.min(len)).chain(known).collect();
            Dimension { column, table, size }
        })
    })
}

fn naive(rows: &Rows, measures: usize, clauses: &[Clause], dimensions: &[Dimension]) -> Vec<WeightedSums> {
    let groups: usize = dimensions.iter().map(|dimension| dimension.size as usize).product();
    let mut sums = vec![WeightedSums::default(); groups * measures];
    for row in 0..rows.len() {
        let Some(group) = rows.group(row, dimensions) else {
            continue;
        };
        let mask = rows.mask(row, measures, clauses);
        for measure in (0..measures).filter(|measure| mask >> measure & 1 == 1) {
            let weight = u128::from(rows.weights[row]);
            sums[group * measures + measure].merge(&WeightedSums { n: 1, sum_w: weight, sum_w2: weight * weight });
        }
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn kernels_agree_with_loops_whatever_threads_and_order(
        rows in rows(),
        measures in prop_oneof![Just(0_usize), 1..9_usize, 9..17_usize, 17..33_usize, 33..=64_usize],
        clauses in vec(clause(), 0..6),
        dimensions in vec(dimension(), 0..4),
        stride in prop::sample::select(vec![1_usize, 7919, 104_729]),
    ) {
        let program = MaskProgram::new(measures, &clauses).unwrap();
        let groups = GroupIndex::new(&dimensions).unwrap();
        let expected = naive(&rows, measures, &clauses, &dimensions);
        // A permutation: the strides are primes above 150, so they divide no number of rows.
        let order: Vec<usize> = (0..rows.len()).map(|row| row * stride % rows.len()).collect();
        let reordered = rows.permuted(&order);

        let mut masks = vec![0; rows.len()];
        program.evaluate(&rows.batch(), 0..rows.len(), &mut masks).unwrap();
        let wanted: Vec<u64> = (0..rows.len()).map(|row| rows.mask(row, measures, &clauses)).collect();
        prop_assert_eq!(&masks, &wanted);
        let from = rows.len() / 3;
        program.evaluate(&rows.batch(), from..rows.len(), &mut masks[from..]).unwrap();
        prop_assert_eq!(&masks, &wanted);

        for count_of_threads in [1, 2, 3, 8] {
            for rows in [&rows, &reordered] {
                let counts = count(&program, &groups, &rows.batch(), threads(count_of_threads)).unwrap();
                prop_assert_eq!(counts.values(), expected.iter().map(|sums| sums.n).collect::<Vec<_>>());
                let sums =
                    weighted(&program, &groups, &rows.batch(), &rows.weights, threads(count_of_threads)).unwrap();
                prop_assert_eq!(&sums, &expected);
            }
        }
    }
}

/// A column of which no code is told from another has one slot, and fits into every run: it must not draw one in that is
/// read in another way.
#[test]
fn a_column_that_tells_nothing_apart_changes_nothing() {
    let (plain, codes) = ([0_u8; 300], std::array::from_fn::<u8, 300, _>(|row| row.to_le_bytes()[0]));
    // Of three kinds of code a table is made; of codes that all differ, a range; of one edge, steps.
    let tables: [fn(u64) -> u64; 3] = [|code| code % 3, |code| code + 1, |code| u64::from(code > 9)];
    for table in tables {
        let told = Term { column: 1, table: (0..256).map(table).collect() };
        for nothing in [0, 2] {
            let nothing = Term { column: nothing, table: Vec::new() };
            let clause = Clause { concerned: u64::MAX, terms: vec![nothing, told.clone()] };
            let program = MaskProgram::new(64, &[clause]).unwrap();
            let columns = vec![Column::U8(&plain), Column::U8(&codes), Column::U8(&plain)];
            let batch = Batch::new(300, columns, None).unwrap();
            let mut masks = [0; 300];
            program.evaluate(&batch, 0..300, &mut masks).unwrap();
            let expected = codes.map(|code| told.table[usize::from(code)]);
            assert_eq!(masks, expected);
        }
    }
}

/// More groups than fit one table of counters: the rows are partitioned by group.
#[test]
fn many_groups_are_partitioned() {
    let rows = 300_000_u32;
    let code16: Vec<u16> =
        (0..rows).map(|row| u16::try_from(row.wrapping_mul(2_654_435_761) >> 20).unwrap()).collect();
    let code8: Vec<u8> = (0..rows).map(|row| u8::try_from(row.wrapping_mul(40_503) >> 8 & 0xff).unwrap()).collect();
    let batch = Batch::new(rows as usize, vec![Column::U16(&code16), Column::U8(&code8)], None).unwrap();
    let identity = |column, size: u32| Dimension { column, table: (0..size).collect(), size };
    let groups = GroupIndex::new(&[identity(0, 4096), identity(1, 250)]).unwrap();
    for measures in [3, 12, 40] {
        let table = (0..256_u64).map(|code| code.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let clause = Clause { concerned: u64::MAX, terms: vec![Term { column: 1, table }] };
        let program = MaskProgram::new(measures, std::slice::from_ref(&clause)).unwrap();
        let mut expected = vec![0; groups.groups() as usize * measures];
        for (&wide, &narrow) in code16.iter().zip(&code8).filter(|(_, narrow)| **narrow < 250) {
            let mask = clause.terms[0].table[usize::from(narrow)];
            for measure in (0..measures).filter(|measure| mask >> measure & 1 == 1) {
                expected[(usize::from(wide) * 250 + usize::from(narrow)) * measures + measure] += 1;
            }
        }
        for count_of_threads in [1, 3] {
            let counts = count(&program, &groups, &batch, threads(count_of_threads)).unwrap();
            assert_eq!(counts.values(), expected);
        }
    }
}

#[test]
fn batches_merge() {
    let program = MaskProgram::new(1, &[]).unwrap();
    let groups = GroupIndex::new(&[Dimension { column: 0, table: vec![0, 1], size: 2 }]).unwrap();
    let counts = |codes: &[u8]| {
        let batch = Batch::new(codes.len(), vec![Column::U8(codes)], None).unwrap();
        count(&program, &groups, &batch, threads(1)).unwrap()
    };
    let mut sum = counts(&[0, 1, 1]);
    sum.merge(&counts(&[1, 0, 7])).unwrap();
    assert_eq!(sum, counts(&[0, 1, 1, 1, 0, 7]));
    assert_eq!(sum.group(1), Some(&[3][..]));
    assert_eq!(sum.group(2), None);
}

#[test]
fn bad_requests_are_refused() {
    let unequal = Batch::new(2, vec![Column::U8(&[1])], None);
    assert!(matches!(unequal, Err(KernelError::UnequalLengths { found: 1, expected: 2, .. })));
    assert!(matches!(Batch::new(65, vec![], Some(&[0])), Err(KernelError::UnequalLengths { .. })));
    assert!(matches!(MaskProgram::new(65, &[]), Err(KernelError::TooManyMeasures { measures: 65 })));
    let outside = Dimension { column: 0, table: vec![0, 2], size: 2 };
    let refused = GroupIndex::new(&[outside]);
    assert!(matches!(refused, Err(KernelError::PositionOutOfRange { code: 1, position: 2, size: 2 })));
    let huge = Dimension { column: 0, table: vec![0], size: u32::MAX };
    assert!(matches!(GroupIndex::new(&[huge.clone(), huge]), Err(KernelError::TooManyCells { .. })));

    let batch = Batch::new(1, vec![Column::U8(&[0])], None).unwrap();
    let far = Clause { concerned: 1, terms: vec![Term { column: 3, table: vec![1] }] };
    let program = MaskProgram::new(1, &[far]).unwrap();
    let all = GroupIndex::new(&[]).unwrap();
    let refused = count(&program, &all, &batch, threads(1));
    assert_eq!(refused, Err(KernelError::UnknownColumn { column: 3, columns: 1 }));
    let any = MaskProgram::new(1, &[]).unwrap();
    assert_eq!(
        weighted(&any, &all, &batch, &[MAX_WEIGHT + 1], threads(1)),
        Err(KernelError::WeightTooLarge { row: 0 })
    );
}
