//! Weighted sums of a survey, by group and primary sampling unit.
//!
//! Few groups without sampling units are summed in one dense table per thread. Otherwise each thread has hash tables by
//! range of groups: the tables of one range are merged on one thread, so that the ranges together are in order.

use std::num::NonZeroUsize;
use std::ops::Range;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::KernelError;
use super::column::{BLOCK, Batch};
use super::group::GroupIndex;
use super::mask::MaskProgram;
use crate::parallel;
use crate::stats::survey::WeightedSums;

/// Rows that a thread takes at a time.
const CHUNK: usize = 8 * BLOCK;

/// Groups up to which each thread has a dense table: 8 MiB of sums.
const MAX_DENSE_GROUPS: usize = 1 << 17;

/// Ranges of groups that are merged on different threads.
const RANGES: u32 = 64;

/// The columns of a survey, of one value for each row of the batch.
#[derive(Debug, Clone, Copy)]
pub struct SurveyColumns<'a> {
    /// Weights, in units of [`WEIGHT_UNIT`](crate::stats::survey::WEIGHT_UNIT).
    pub weights: &'a [u64],
    /// Keys of the primary sampling units. `None` if the survey has no sampling units.
    pub units: Option<&'a [u64]>,
}

/// The measures of a [`MaskProgram`] that decide how a respondent is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurveyMeasures {
    /// Number of the measure that selects the eligible respondents.
    pub eligible: usize,
    /// Number of the measure that selects the respondents who gave the answer counted.
    pub counted: usize,
    /// Number of the measure that selects the denominator exceptions: they are left out unless they are counted. `None`
    /// if there are no exceptions.
    pub excepted: Option<usize>,
}

/// The sums over the respondents of one group and one sampling unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurveySums {
    /// Number of the group.
    pub group: u32,
    /// Key of the primary sampling unit; 0 if the survey has no sampling units.
    pub unit: u64,
    /// The sums.
    pub sums: WeightedSums,
}

/// Sums the weights of the selected respondents by group and sampling unit, in the order of both. Groups and units without
/// respondents are left out.
///
/// A respondent is an eligible row in a group, unless it is excepted and not counted. `sum_wx` is the sum over the counted
/// respondents.
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use peelian_core::kernel::{
///     Batch, Clause, Column, Dimension, GroupIndex, MaskProgram, SurveyColumns, SurveyMeasures, Term, weighted,
/// };
/// use peelian_core::stats::survey::WeightedSums;
///
/// // Measure 0: answered (1 or 2). Measure 1: answered yes (1).
/// let answer = Term { column: 0, table: vec![0, 0b11, 0b01] };
/// let program = MaskProgram::new(2, &[Clause { concerned: 0b11, terms: vec![answer] }])?;
/// let groups = GroupIndex::new(&[Dimension { column: 1, table: vec![0, 1], size: 2 }])?;
/// let batch = Batch::new(4, vec![Column::U8(&[1, 2, 0, 1]), Column::U8(&[0, 0, 1, 0])], None)?;
/// let measures = SurveyMeasures { eligible: 0, counted: 1, excepted: None };
/// let columns = SurveyColumns { weights: &[5, 2, 9, 1], units: None };
/// let sums = weighted(&program, measures, &groups, &batch, columns, NonZeroUsize::MIN)?;
/// assert_eq!(sums.len(), 1);
/// assert_eq!(sums[0].sums, WeightedSums { n: 3, sum_w: 8, sum_w2: 30, sum_wx: 6 });
/// # Ok::<(), peelian_core::kernel::KernelError>(())
/// ```
///
/// # Errors
/// [`KernelError::UnknownColumn`]; [`KernelError::UnknownMeasure`]; [`KernelError::UnequalLengths`] if a column of the
/// survey has another length than the batch; [`KernelError::WeightsOverflow`] if a sum is above 2^128 - 1.
pub fn weighted(
    program: &MaskProgram,
    measures: SurveyMeasures,
    groups: &GroupIndex,
    batch: &Batch<'_>,
    columns: SurveyColumns<'_>,
    threads: NonZeroUsize,
) -> Result<Vec<SurveySums>, KernelError> {
    program.check(batch)?;
    groups.check(batch)?;
    let lengths = [("weights", Some(columns.weights)), ("units", columns.units)];
    for (what, column) in lengths.into_iter().filter_map(|(what, column)| Some((what, column?))) {
        if column.len() != batch.rows() {
            return Err(KernelError::UnequalLengths { what, found: column.len(), expected: batch.rows() });
        }
    }
    let task =
        Task { program, bits: Bits::new(program, measures)?, groups, batch, weights: columns.weights, threads };
    let dense = MAX_DENSE_GROUPS.min(batch.rows());
    match columns.units {
        None if groups.groups() as usize <= dense => task.dense(),
        None => task.hashed(|_| 0),
        Some(units) => task.hashed(|row| units[row]),
    }
}

struct Task<'a> {
    program: &'a MaskProgram,
    bits: Bits,
    groups: &'a GroupIndex,
    batch: &'a Batch<'a>,
    weights: &'a [u64],
    threads: NonZeroUsize,
}

/// The measures as bits of a row's mask.
struct Bits {
    eligible: u64,
    counted: u64,
    excepted: u64,
}

/// The sums by group and unit.
type Table = HashMap<(u32, u64), WeightedSums, FixedState>;

impl Bits {
    fn new(program: &MaskProgram, measures: SurveyMeasures) -> Result<Self, KernelError> {
        let bit = |measure: usize| {
            let known = program.measures();
            if measure < known {
                Ok(1 << measure)
            } else {
                Err(KernelError::UnknownMeasure { measure, measures: known })
            }
        };
        let excepted = measures.excepted.map_or(Ok(0), bit)?;
        Ok(Self { eligible: bit(measures.eligible)?, counted: bit(measures.counted)?, excepted })
    }

    fn respondent(&self, mask: u64) -> bool {
        mask & self.eligible != 0 && (mask & self.excepted == 0 || self.counted(mask))
    }

    fn counted(&self, mask: u64) -> bool {
        mask & self.counted != 0
    }
}

impl Task<'_> {
    fn dense(&self) -> Result<Vec<SurveySums>, KernelError> {
        let init = || Ok(vec![WeightedSums::default(); self.groups.groups() as usize]);
        let tables = self.fold(init, |sums, row, group, counted| {
            sums[group as usize].add(self.weights[row], counted).map_err(|_| KernelError::WeightsOverflow)
        })?;
        let mut tables = tables.into_iter();
        let mut total = tables.next().unwrap_or_default();
        for table in tables {
            for (sums, part) in total.iter_mut().zip(table).filter(|(_, part)| part.n > 0) {
                *sums = merged(sums, &part)?;
            }
        }
        let found = (0..).zip(total).filter(|(_, sums)| sums.n > 0);
        Ok(found.map(|(group, sums)| SurveySums { group, unit: 0, sums }).collect())
    }

    fn hashed(&self, unit: impl Fn(usize) -> u64 + Sync) -> Result<Vec<SurveySums>, KernelError> {
        // Each range has a power of two of groups, so that a shift finds the range.
        let shift = self.groups.groups().div_ceil(RANGES).next_power_of_two().trailing_zeros();
        let ranges = (self.groups.groups() >> shift) + 1;
        let init = || Ok((0..ranges).map(|_| Table::default()).collect());
        let states: Vec<Vec<Table>> = self.fold(init, |tables: &mut Vec<Table>, row, group, counted| {
            let sums = tables[(group >> shift) as usize].entry((group, unit(row))).or_default();
            sums.add(self.weights[row], counted).map_err(|_| KernelError::WeightsOverflow)
        })?;
        let mut by_range: Vec<Vec<Table>> = (0..ranges).map(|_| Vec::with_capacity(states.len())).collect();
        for (range, table) in states.into_iter().flat_map(|tables| tables.into_iter().enumerate()) {
            by_range[range].push(table);
        }
        let mut sorted = vec![Ok(Vec::new()); by_range.len()];
        parallel::each(by_range.into_iter().zip(&mut sorted), self.threads, |(tables, sorted)| {
            *sorted = sort(tables)
        });
        let mut all = Vec::new();
        for sums in sorted {
            all.append(&mut sums?);
        }
        Ok(all)
    }

    /// Folds the respondents into one state per thread. `add` gets the row, its group and whether it is counted.
    fn fold<S: Send>(
        &self,
        init: impl Fn() -> Result<S, KernelError> + Sync,
        add: impl Fn(&mut S, usize, u32, bool) -> Result<(), KernelError> + Sync,
    ) -> Result<Vec<S>, KernelError> {
        let states = parallel::fold(self.batch.rows(), CHUNK, self.threads, &init, |state, rows| {
            let Ok(sums) = state else { return };
            if let Err(error) = self.respondents(rows, |row, group, counted| add(sums, row, group, counted)) {
                *state = Err(error);
            }
        });
        states.into_iter().collect()
    }

    fn respondents(
        &self,
        rows: Range<usize>,
        mut visit: impl FnMut(usize, u32, bool) -> Result<(), KernelError>,
    ) -> Result<(), KernelError> {
        let (mut masks, mut groups) = ([0; BLOCK], [0; BLOCK]);
        let outside = self.groups.groups();
        let end = rows.end;
        for start in rows.step_by(BLOCK) {
            let len = BLOCK.min(end - start);
            let (masks, groups) = (&mut masks[..len], &mut groups[..len]);
            self.program.block(self.batch, start, masks);
            self.groups.block(self.batch, start, groups);
            for ((row, &mut mask), &mut group) in (start..).zip(masks).zip(groups) {
                if self.bits.respondent(mask) && group < outside {
                    visit(row, group, self.bits.counted(mask))?;
                }
            }
        }
        Ok(())
    }
}

fn merged(sums: &WeightedSums, part: &WeightedSums) -> Result<WeightedSums, KernelError> {
    sums.merged(part).map_err(|_| KernelError::WeightsOverflow)
}

/// Merges the tables of one range of groups, and puts their sums in order.
fn sort(tables: Vec<Table>) -> Result<Vec<SurveySums>, KernelError> {
    let mut tables = tables.into_iter();
    let mut total = tables.next().unwrap_or_default();
    for (key, part) in tables.flatten() {
        let sums = total.entry(key).or_default();
        *sums = merged(sums, &part)?;
    }
    let mut sorted: Vec<SurveySums> =
        total.into_iter().map(|((group, unit), sums)| SurveySums { group, unit, sums }).collect();
    sorted.sort_unstable_by_key(|found| (found.group, found.unit));
    Ok(sorted)
}
