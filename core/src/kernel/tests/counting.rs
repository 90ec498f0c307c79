//! Masks, groups and counts against straightforward loops over rows.

use proptest::collection::vec;
use proptest::prelude::*;

use super::rows::{Rows, clause, dimension, rows};
use super::threads;
use crate::kernel::{Batch, Clause, Column, Dimension, GroupIndex, KernelError, MaskProgram, Term, count};

fn naive(rows: &Rows, measures: usize, clauses: &[Clause], dimensions: &[Dimension]) -> Vec<u64> {
    let groups: usize = dimensions.iter().map(|dimension| dimension.size as usize).product();
    let mut counts = vec![0; groups * measures];
    for row in 0..rows.len() {
        let Some(group) = rows.group(row, dimensions) else {
            continue;
        };
        let mask = rows.mask(row, measures, clauses);
        for measure in (0..measures).filter(|measure| mask >> measure & 1 == 1) {
            counts[group * measures + measure] += 1;
        }
    }
    counts
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
                prop_assert_eq!(counts.values(), &expected);
            }
        }
    }
}

/// If a column has equal entries for all codes, it has one slot and fits every run. A column that is read in another way must
/// not join its run.
#[test]
fn a_column_that_tells_nothing_apart_changes_nothing() {
    let (plain, codes) = ([0_u8; 300], std::array::from_fn::<u8, 300, _>(|row| row.to_le_bytes()[0]));
    // Three kinds of code make a table; codes that all differ make a range; one edge makes steps.
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
}
