//! Weighted sums against a straightforward loop over rows.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::rows::{Rows, clause, dimension, rows};
use super::threads;
use crate::kernel::{
    Batch, Clause, Column, Dimension, GroupIndex, KernelError, MaskProgram, SurveyColumns, SurveyMeasures,
    SurveySums, weighted,
};
use crate::stats::survey::WeightedSums;

fn naive(
    rows: &Rows,
    (measures, clauses): (SurveyMeasures, &[Clause]),
    dimensions: &[Dimension],
    has_units: bool,
) -> Vec<SurveySums> {
    let mut found: BTreeMap<(u32, u64), WeightedSums> = BTreeMap::new();
    for row in 0..rows.len() {
        let Some(group) = rows.group(row, dimensions) else { continue };
        let mask = rows.mask(row, 3, clauses);
        let satisfies = |measure: usize| mask >> measure & 1 == 1;
        let counted = satisfies(measures.counted);
        if satisfies(measures.eligible) && (counted || !measures.excepted.is_some_and(satisfies)) {
            let unit = if has_units { rows.units[row] } else { 0 };
            let sums = found.entry((u32::try_from(group).unwrap(), unit)).or_default();
            sums.add(rows.weights[row], counted).unwrap();
        }
    }
    found.into_iter().map(|((group, unit), sums)| SurveySums { group, unit, sums }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn sums_agree_with_loops_whatever_threads_and_order(
        rows in rows(),
        clauses in vec(clause(), 0..4),
        dimensions in vec(dimension(), 0..4),
        has_units in any::<bool>(),
        excepted in proptest::option::of(Just(2_usize)),
        stride in prop::sample::select(vec![1_usize, 7919, 104_729]),
    ) {
        let program = MaskProgram::new(3, &clauses).unwrap();
        let groups = GroupIndex::new(&dimensions).unwrap();
        let measures = SurveyMeasures { eligible: 0, counted: 1, excepted };
        let expected = naive(&rows, (measures, &clauses), &dimensions, has_units);
        let order: Vec<usize> = (0..rows.len()).map(|row| row * stride % rows.len()).collect();
        let reordered = rows.permuted(&order);
        for count_of_threads in [1, 2, 3, 8] {
            for rows in [&rows, &reordered] {
                let columns = SurveyColumns { weights: &rows.weights, units: has_units.then_some(&rows.units) };
                let threads = threads(count_of_threads);
                let found = weighted(&program, measures, &groups, &rows.batch(), columns, threads).unwrap();
                prop_assert_eq!(&found, &expected);
            }
        }
    }
}

const PLAIN: SurveyMeasures = SurveyMeasures { eligible: 0, counted: 0, excepted: None };

/// Several chunks of rows, so that several threads have a state: by a dense table, by hash tables because groups are
/// many, and by sampling unit.
#[test]
fn many_rows_are_summed_on_many_threads() {
    const ROWS: u32 = 100_000;
    let narrow: Vec<u8> = (0..ROWS).map(|row| (row.wrapping_mul(40_503) >> 8).to_le_bytes()[0]).collect();
    let wide: Vec<u16> = (0..ROWS).map(|row| u16::try_from(row.wrapping_mul(2_654_435_761) >> 16).unwrap()).collect();
    let weights: Vec<u64> = (0..ROWS).map(|row| u64::from(row) * 1_000_003).collect();
    let units: Vec<u64> = (0..ROWS).map(|row| u64::from(row % 701)).collect();
    let columns = vec![Column::U8(&narrow), Column::U16(&wide)];
    let batch = Batch::new(weights.len(), columns, None).unwrap();
    let identity = |column, size: u32| Dimension { column, table: (0..size).collect(), size };
    let program = MaskProgram::new(1, &[]).unwrap();
    for (dimensions, units) in [
        (vec![identity(0, 256)], None),
        (vec![identity(0, 256), identity(1, 65_536)], None),
        (vec![identity(0, 256)], Some(&units)),
    ] {
        let groups = GroupIndex::new(&dimensions).unwrap();
        let group_of = groups.rows(&batch, threads(1)).unwrap();
        let mut expected: BTreeMap<(u32, u64), WeightedSums> = BTreeMap::new();
        for (row, group) in group_of.iter().enumerate() {
            let unit = units.map_or(0, |units| units[row]);
            expected.entry((*group, unit)).or_default().add(weights[row], true).unwrap();
        }
        let columns = SurveyColumns { weights: &weights, units: units.map(Vec::as_slice) };
        for count_of_threads in [1, 2, 5] {
            let found = weighted(&program, PLAIN, &groups, &batch, columns, threads(count_of_threads)).unwrap();
            let found: Vec<_> = found.iter().map(|found| ((found.group, found.unit), found.sums)).collect();
            assert_eq!(found, expected.iter().map(|(place, sums)| (*place, *sums)).collect::<Vec<_>>());
        }
    }
}

/// Each square is 2^126: three sum to less than 2^128, and four do not.
#[test]
fn a_sum_out_of_range_is_refused() {
    let program = MaskProgram::new(1, &[]).unwrap();
    let all = GroupIndex::new(&[]).unwrap();
    let sums = |rows: usize, units: Option<&[u64]>| {
        let weights = vec![1 << 63; rows];
        let batch = Batch::new(rows, vec![], None).unwrap();
        weighted(&program, PLAIN, &all, &batch, SurveyColumns { weights: &weights, units }, threads(2))
    };
    assert_eq!(sums(3, None).unwrap()[0].sums.sum_w2, 3 << 126);
    assert_eq!(sums(4, None), Err(KernelError::WeightsOverflow));
    assert_eq!(sums(4, Some(&[1, 1, 2, 1])).unwrap().len(), 2);
    assert_eq!(sums(4, Some(&[1; 4])), Err(KernelError::WeightsOverflow));
}

/// The sums of each thread are in range, and those of all threads together are not.
#[test]
fn a_sum_of_threads_out_of_range_is_refused() {
    const ROWS: usize = 1 << 15;
    let program = MaskProgram::new(1, &[]).unwrap();
    let all = GroupIndex::new(&[]).unwrap();
    let weights: Vec<u64> = (0..ROWS).map(|row| if row.is_multiple_of(1 << 13) { 1 << 63 } else { 1 }).collect();
    let batch = Batch::new(ROWS, vec![], None).unwrap();
    for units in [None, Some(vec![7; ROWS])] {
        let columns = SurveyColumns { weights: &weights, units: units.as_deref() };
        for count_of_threads in [1, 2] {
            let refused = weighted(&program, PLAIN, &all, &batch, columns, threads(count_of_threads));
            assert_eq!(refused, Err(KernelError::WeightsOverflow));
        }
    }
}

#[test]
fn bad_requests_are_refused() {
    let program = MaskProgram::new(2, &[]).unwrap();
    let all = GroupIndex::new(&[]).unwrap();
    let batch = Batch::new(2, vec![], None).unwrap();
    let sums = |measures, weights, units| {
        weighted(&program, measures, &all, &batch, SurveyColumns { weights, units }, threads(1))
    };
    let refused = sums(PLAIN, &[1], None);
    assert_eq!(refused, Err(KernelError::UnequalLengths { what: "weights", found: 1, expected: 2 }));
    let refused = sums(PLAIN, &[1, 1], Some(&[1, 2, 3]));
    assert_eq!(refused, Err(KernelError::UnequalLengths { what: "units", found: 3, expected: 2 }));
    let refused = sums(SurveyMeasures { excepted: Some(2), ..PLAIN }, &[1, 1], None);
    assert_eq!(refused, Err(KernelError::UnknownMeasure { measure: 2, measures: 2 }));
    let refused = sums(SurveyMeasures { counted: 64, ..PLAIN }, &[1, 1], None);
    assert_eq!(refused, Err(KernelError::UnknownMeasure { measure: 64, measures: 2 }));
}
