//! Counting by groups too many for a table of counters per thread.

use std::ops::Range;

use super::{CHUNK, Counts, Task};
use crate::kernel::mask::{BLOCK, Lane, Step, evaluate_block};
use crate::kernel::partition::{Partitioned, Scattered};
use crate::parallel;

/// Rows partitioned together: bounds the memory of the partitioned strategy to some 16 bytes each.
const PARTITION_ROWS: usize = 1 << 22;

/// Cells (group by measure) per partition; their totals stay in the second-level cache.
const PARTITION_CELLS: usize = 1 << 16;

impl Task<'_> {
    /// Partitions rows by group, so that each partition's totals fit a cache and belong to one thread.
    pub(super) fn partitioned<T: Lane>(&self, steps: &[Step<T>], counts: &mut Counts) {
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
            let totals = counts.values.chunks_mut(size * measures).enumerate();
            parallel::each(totals, self.threads, |(partition, totals)| {
                for &(group, mask) in scattered.segments(partition).flatten() {
                    let start = (group as usize & (size - 1)) * measures;
                    add_mask(&mut totals[start..start + measures], mask.widen());
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
        let (mut groups, mut masks) = ([0; BLOCK], [T::default(); BLOCK]);
        self.blocks(rows, |start, len, ahead| {
            ahead.fetch_all();
            let (groups, masks) = (&mut groups[..len], &mut masks[..len]);
            evaluate_block(steps, self.batch, start, masks);
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
