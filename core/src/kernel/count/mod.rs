//! How many rows of each group belong to each measure's population.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::column::Batch;
use super::group::GroupIndex;
use super::joint::Joint;
use super::mask::{BLOCK, Lane, Lanes, MaskProgram, Step, evaluate_block};
use super::partition::{Partitioned, Scattered};
use super::{KernelError, parallel};

/// Rows that a thread takes at a time: a multiple of the block, long enough that taking them costs nothing.
const CHUNK: usize = 32 * BLOCK;

/// Bytes of counters per thread up to which every thread has its own; beyond, rows are partitioned by group first.
const DENSE_LIMIT: usize = 8 << 20;

/// Rows partitioned together: bounds the memory of the partitioned strategy to some 16 bytes each.
const PARTITION_ROWS: usize = 1 << 22;

/// Cells (group by measure) per partition; their totals stay in the second-level cache.
const PARTITION_CELLS: usize = 1 << 16;

/// Cells that a result may have: 2 GiB of totals.
const MAX_CELLS: usize = 1 << 28;

/// A count per group and measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    groups: usize,
    measures: usize,
    values: Vec<u64>,
}

impl Counts {
    /// No rows counted yet.
    fn zero(groups: usize, measures: usize) -> Result<Self, KernelError> {
        let cells = groups.saturating_mul(measures);
        if cells > MAX_CELLS {
            return Err(KernelError::TooManyCells { cells, limit: MAX_CELLS });
        }
        Ok(Self { groups, measures, values: vec![0; cells] })
    }

    /// Number of groups.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Number of measures.
    #[must_use]
    pub fn measures(&self) -> usize {
        self.measures
    }

    /// All counts, group by group; within a group in the order of the measures.
    #[must_use]
    pub fn values(&self) -> &[u64] {
        &self.values
    }

    /// The counts of one group, or `None` beyond the last.
    #[must_use]
    pub fn group(&self, group: usize) -> Option<&[u64]> {
        let start = group.checked_mul(self.measures).filter(|_| group < self.groups)?;
        self.values.get(start..start + self.measures)
    }

    /// Adds the counts of other rows over the same groups and measures.
    ///
    /// # Errors
    /// [`KernelError::UnequalLengths`] if the shapes differ.
    pub fn merge(&mut self, other: &Self) -> Result<(), KernelError> {
        if (self.groups, self.measures) != (other.groups, other.measures) {
            let (found, expected) = (other.values.len(), self.values.len());
            return Err(KernelError::UnequalLengths { what: "counts", found, expected });
        }
        for (total, count) in self.values.iter_mut().zip(&other.values) {
            *total += count;
        }
        Ok(())
    }
}

/// Counts, for each group and measure, the selected rows whose mask has the measure's bit.
///
/// Few groups are counted in packed counters, one table per thread: a row costs one addition of eight byte-wide counters
/// per eight measures, and a group is emptied into wide totals when it has had 255 rows. For many groups rows are first
/// partitioned by group, so that each partition's totals fit a cache and belong to one thread.
///
/// # Errors
/// [`KernelError::UnknownColumn`], or [`KernelError::TooManyCells`] if groups times measures are more than 2^28.
pub fn count(
    program: &MaskProgram,
    groups: &GroupIndex,
    batch: &Batch<'_>,
    threads: NonZeroUsize,
) -> Result<Counts, KernelError> {
    program.check(batch)?;
    groups.check(batch)?;
    if u32::try_from(batch.rows()).is_err() {
        return Err(KernelError::TooManyRows { rows: batch.rows() });
    }
    let mut counts = Counts::zero(groups.groups() as usize, program.measures())?;
    let task = Task { groups, batch, threads };
    // One counter more than measures: the rows of the group.
    match (program.steps(), program.measures()) {
        (Lanes::U16(steps), 0..=7) => task.run::<u16, 1>(steps, &mut counts),
        (Lanes::U16(steps), 8..=15) => task.run::<u16, 2>(steps, &mut counts),
        (Lanes::U16(steps), _) => task.run::<u16, 3>(steps, &mut counts),
        (Lanes::U32(steps), _) => task.run::<u32, 5>(steps, &mut counts),
        (Lanes::U64(steps), _) => task.run::<u64, 9>(steps, &mut counts),
    }
    Ok(counts)
}

/// The bits of each byte as eight byte-wide counters of 0 or 1.
static SPREAD: [u64; 256] = spread();

const fn spread() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[byte] |= (byte as u64 >> bit & 1) << (8 * bit);
            bit += 1;
        }
        byte += 1;
    }
    table
}

/// One row more, in the counter that no measure has: the highest byte of a group's last word. It starts from one, so
/// that the 255th row, after which no counter may grow, carries out of the word.
const ONE_ROW: u64 = 1 << 56;

/// Packed counters of every group, emptied into totals before they are full.
struct Packed<const B: usize> {
    measures: usize,
    /// Counter `m % 8` of word `m / 8` belongs to measure `m`.
    counters: Vec<[u64; B]>,
    /// A batch has fewer than 2^32 rows.
    totals: Vec<u32>,
    /// Groups that have totals: most of a long table is never touched.
    emptied: Vec<bool>,
}

impl<const B: usize> Packed<B> {
    const EMPTY: [u64; B] = {
        let mut words = [0; B];
        words[B - 1] = ONE_ROW;
        words
    };

    fn new(groups: usize, measures: usize) -> Self {
        Self {
            measures,
            counters: vec![Self::EMPTY; groups],
            totals: vec![0; groups * measures],
            emptied: vec![false; groups],
        }
    }

    /// Adds each row's bits to its group.
    fn add<T: Lane>(&mut self, groups: impl Iterator<Item = usize>, masks: &[T]) {
        for (group, &mask) in groups.zip(masks) {
            let words = &mut self.counters[group];
            let mut rest = mask.widen();
            for word in &mut words[..B - 1] {
                *word = word.wrapping_add(SPREAD[usize::from(rest.to_le_bytes()[0])]);
                rest >>= 8;
            }
            let row = SPREAD[usize::from(rest.to_le_bytes()[0])] | ONE_ROW;
            let (sum, full) = words[B - 1].overflowing_add(row);
            words[B - 1] = sum;
            if full {
                self.empty(group);
            }
        }
    }

    /// Empties a group's counters into its totals.
    #[cold]
    fn empty(&mut self, group: usize) {
        let words = std::mem::replace(&mut self.counters[group], Self::EMPTY);
        let totals = &mut self.totals[group * self.measures..][..self.measures];
        for (total, counter) in totals.iter_mut().zip(words.iter().flat_map(|word| word.to_le_bytes())) {
            *total += u32::from(counter);
        }
        self.emptied[group] = true;
    }

    /// Adds what was counted for a group to its result.
    fn add_to(&self, group: usize, into: &mut [u64]) {
        let words = &self.counters[group];
        if *words != Self::EMPTY {
            for (total, counter) in into.iter_mut().zip(words.iter().flat_map(|word| word.to_le_bytes())) {
                *total += u64::from(counter);
            }
        }
        if self.emptied[group] {
            for (total, &emptied) in into.iter_mut().zip(&self.totals[group * self.measures..]) {
                *total += u64::from(emptied);
            }
        }
    }
}

struct Task<'a> {
    groups: &'a GroupIndex,
    batch: &'a Batch<'a>,
    threads: NonZeroUsize,
}

impl Task<'_> {
    /// `B` is the number of words that hold a byte for each measure and one more.
    fn run<T: Lane, const B: usize>(&self, steps: &[Step<T>], counts: &mut Counts) {
        let fits = |groups: usize| groups * (8 * B + 4 * counts.measures) <= DENSE_LIMIT;
        match self.groups.whole() {
            Some((joint, table)) if fits(joint.size()) => self.by_code::<T, B>(steps, joint, table, counts),
            _ if fits(counts.groups + 1) => self.by_group::<T, B>(steps, counts),
            _ => self.partitioned(steps, counts),
        }
    }

    /// Hands each block's first row and masks to `visit`.
    fn blocks<T: Lane>(&self, steps: &[Step<T>], rows: Range<usize>, mut visit: impl FnMut(usize, &[T])) {
        let mut masks = [T::default(); BLOCK];
        let end = rows.end;
        for start in rows.step_by(BLOCK) {
            let masks = &mut masks[..BLOCK.min(end - start)];
            evaluate_block(steps, self.batch, start, masks);
            visit(start, masks);
        }
    }

    /// Counts by the joint code of the groups' columns: no lookup per row, and the codes are mapped to groups at the end.
    fn by_code<T: Lane, const B: usize>(&self, steps: &[Step<T>], joint: &Joint, table: &[u32], counts: &mut Counts) {
        let measures = counts.measures;
        let init = || Packed::<B>::new(joint.size(), measures);
        let states = parallel::fold(self.batch.rows(), CHUNK, self.threads, init, |packed: &mut Packed<B>, rows| {
            let mut codes = [0; BLOCK];
            self.blocks(steps, rows, |start, masks| {
                let codes = &mut codes[..masks.len()];
                joint.codes(self.batch.columns(), start, codes);
                packed.add(codes.iter().map(|code| usize::from(*code)), masks);
            });
        });
        for packed in states {
            for (code, &group) in table.iter().enumerate().filter(|(_, group)| **group < self.groups.groups()) {
                let start = group as usize * measures;
                packed.add_to(code, &mut counts.values[start..start + measures]);
            }
        }
    }

    /// Counts by group; the slot after the last group takes the rows that are in none.
    fn by_group<T: Lane, const B: usize>(&self, steps: &[Step<T>], counts: &mut Counts) {
        let init = || Packed::<B>::new(counts.groups + 1, counts.measures);
        let states = parallel::fold(self.batch.rows(), CHUNK, self.threads, init, |packed: &mut Packed<B>, rows| {
            let mut groups = [0; BLOCK];
            self.blocks(steps, rows, |start, masks| {
                let groups = &mut groups[..masks.len()];
                self.groups.block(self.batch, start, groups);
                packed.add(groups.iter().map(|group| *group as usize), masks);
            });
        });
        for packed in states {
            // No measures: nothing to add, and no chunk size.
            for (group, into) in counts.values.chunks_mut(counts.measures.max(1)).enumerate() {
                packed.add_to(group, into);
            }
        }
    }

    fn partitioned<T: Lane>(&self, steps: &[Step<T>], counts: &mut Counts) {
        let measures = counts.measures.max(1);
        // A power of two, so that a shift finds the partition, and few enough partitions for 16 bits.
        let least = (PARTITION_CELLS / measures).max(counts.groups.div_ceil(1 << 12));
        let shift = least.next_power_of_two().trailing_zeros();
        let size = 1_usize << shift;
        let partitions = counts.groups.div_ceil(size);
        for first in (0..self.batch.rows()).step_by(PARTITION_ROWS) {
            let rows = PARTITION_ROWS.min(self.batch.rows() - first);
            let scattered = Partitioned::new(rows, CHUNK, self.threads, |range| {
                self.scatter(steps, first + range.start..first + range.end, shift, partitions)
            });
            let slices = Mutex::new(counts.values.chunks_mut(size * measures).enumerate());
            parallel::fold(
                partitions,
                1,
                self.threads,
                || (),
                |(), _| {
                    let next = slices.lock().unwrap_or_else(PoisonError::into_inner).next();
                    if let Some((partition, totals)) = next {
                        for &(group, mask) in scattered.segments(partition).flatten() {
                            let start = (group as usize & (size - 1)) * measures;
                            add_mask(&mut totals[start..start + measures], mask.widen());
                        }
                    }
                },
            );
        }
    }

    fn scatter<T: Lane>(
        &self,
        steps: &[Step<T>],
        rows: Range<usize>,
        shift: u32,
        partitions: usize,
    ) -> Scattered<(u32, T)> {
        let mut places = Vec::with_capacity(rows.len());
        let mut entries = Vec::with_capacity(rows.len());
        let outside = self.groups.groups();
        let none = u16::try_from(partitions).unwrap_or(u16::MAX);
        let mut block = [0; BLOCK];
        self.blocks(steps, rows, |start, masks| {
            let groups = &mut block[..masks.len()];
            self.groups.block(self.batch, start, groups);
            entries.extend(groups.iter().copied().zip(masks.iter().copied()));
            places.extend(
                groups.iter().map(|&group| {
                    if group == outside { none } else { u16::try_from(group >> shift).unwrap_or(none) }
                }),
            );
        });
        Scattered::new(&places, partitions, |row| entries[row])
    }
}

fn add_mask(totals: &mut [u64], mut mask: u64) {
    while mask != 0 {
        totals[mask.trailing_zeros() as usize] += 1;
        mask &= mask - 1;
    }
}
