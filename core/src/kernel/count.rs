//! How many rows of each group belong to each measure's population.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::column::Batch;
use super::group::GroupIndex;
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
/// The cost per row does not depend on the number of measures up to 8, then grows by eight measures at a time. Few
/// groups are counted in tables of 32-bit counters, one table per thread; for many groups rows are first partitioned by
/// group, so that each partition's totals fit a cache and belong to one thread.
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
    match program.steps() {
        Lanes::U16(steps) if program.measures() <= 8 => task.run::<u16, 1>(steps, &mut counts),
        Lanes::U16(steps) => task.run::<u16, 2>(steps, &mut counts),
        Lanes::U32(steps) => task.run::<u32, 4>(steps, &mut counts),
        Lanes::U64(steps) => task.run::<u64, 8>(steps, &mut counts),
    }
    Ok(counts)
}

/// Eight counters: one for each bit of a byte of the mask.
type Octet = [u32; 8];

/// The bits of each byte as eight counters of 0 or 1, to be added in one or two vector instructions.
static SPREAD: [Octet; 256] = spread();

const fn spread() -> [Octet; 256] {
    let mut table = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[byte][bit] = (byte >> bit & 1) as u32;
            bit += 1;
        }
        byte += 1;
    }
    table
}

struct Task<'a> {
    groups: &'a GroupIndex,
    batch: &'a Batch<'a>,
    threads: NonZeroUsize,
}

impl Task<'_> {
    /// `B` is the number of mask bytes in use.
    fn run<T: Lane, const B: usize>(&self, steps: &[Step<T>], counts: &mut Counts) {
        if (counts.groups + 1) * B * size_of::<Octet>() <= DENSE_LIMIT {
            self.dense::<T, B>(steps, counts);
        } else {
            self.partitioned(steps, counts);
        }
    }

    /// Hands each block's groups and masks to `visit`.
    fn blocks<T: Lane>(&self, steps: &[Step<T>], rows: Range<usize>, mut visit: impl FnMut(&[u32], &[T])) {
        let mut groups = [0; BLOCK];
        let mut masks = [T::default(); BLOCK];
        let end = rows.end;
        for start in rows.step_by(BLOCK) {
            let len = BLOCK.min(end - start);
            self.groups.block(self.batch, start, &mut groups[..len]);
            evaluate_block(steps, self.batch, start, &mut masks[..len]);
            visit(&groups[..len], &masks[..len]);
        }
    }

    fn dense<T: Lane, const B: usize>(&self, steps: &[Step<T>], counts: &mut Counts) {
        // The slot after the last group takes the rows that are in none.
        let init = || vec![[[0; 8]; B]; counts.groups + 1];
        let states = parallel::fold(self.batch.rows(), CHUNK, self.threads, init, |state: &mut Vec<_>, rows| {
            self.blocks(steps, rows, |groups, masks| add_block(state, groups, masks));
        });
        for state in states {
            // No measures: nothing to add, and no chunk size.
            let totals = counts.values.chunks_mut(counts.measures.max(1));
            for (totals, counters) in totals.zip(state) {
                for (total, counter) in totals.iter_mut().zip(counters.as_flattened()) {
                    *total += u64::from(*counter);
                }
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
            parallel::fold(partitions, 1, self.threads, || (), |(), _| {
                let next = slices.lock().unwrap_or_else(PoisonError::into_inner).next();
                if let Some((partition, totals)) = next {
                    for &(group, mask) in scattered.segments(partition).flatten() {
                        let start = (group as usize & (size - 1)) * measures;
                        add_mask(&mut totals[start..start + measures], mask.widen());
                    }
                }
            });
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
        self.blocks(steps, rows, |groups, masks| {
            entries.extend(groups.iter().copied().zip(masks.iter().copied()));
            places.extend(groups.iter().map(|&group| {
                if group == outside { none } else { u16::try_from(group >> shift).unwrap_or(none) }
            }));
        });
        Scattered::new(&places, partitions, |row| entries[row])
    }
}

/// Adds each row's bits to the counters of its group.
fn add_block<T: Lane, const B: usize>(state: &mut [[Octet; B]], groups: &[u32], masks: &[T]) {
    for (&group, &mask) in groups.iter().zip(masks) {
        let bytes = mask.widen().to_le_bytes();
        for (octet, byte) in state[group as usize].iter_mut().zip(bytes) {
            for (counter, bit) in octet.iter_mut().zip(SPREAD[usize::from(byte)]) {
                // A batch has fewer than 2^32 rows.
                *counter = counter.wrapping_add(bit);
            }
        }
    }
}

fn add_mask(totals: &mut [u64], mut mask: u64) {
    while mask != 0 {
        totals[mask.trailing_zeros() as usize] += 1;
        mask &= mask - 1;
    }
}
