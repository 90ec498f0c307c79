//! The number of rows of each group in the population of each measure.

mod classes;
mod dense;
mod packed;
mod partitioned;

use std::num::NonZeroUsize;

use super::KernelError;
use super::column::{Ahead, BLOCK, Batch, Column, LINE};
use super::group::GroupIndex;
use super::mask::{Lanes, MaskProgram};

/// Rows that a thread takes at a time: a multiple of the block, and so many that taking them costs next to nothing.
const CHUNK: usize = 32 * BLOCK;

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
    /// Counts of no rows.
    fn zero(groups: usize, measures: usize) -> Result<Self, KernelError> {
        let cells = groups.saturating_mul(measures);
        if cells > MAX_CELLS {
            return Err(KernelError::TooManyCells { cells, limit: MAX_CELLS });
        }
        Ok(Self { groups, measures, values: vec![0; cells] })
    }

    /// Writes every zero. A page of new memory costs two faults if it is first read and then written, and one if it is
    /// written first. For a million rows in 28,512 groups of twelve measures this saves 0.6 ms of 4.4 ms.
    fn touch(&mut self) {
        self.values.fill(0);
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

    /// All counts, group by group. Within a group they are in the order of the measures.
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

/// Counts, for each group and measure, the selected rows whose mask has the bit of the measure.
///
/// There are three strategies. If one joint code decides all measures, and if there are few pairs of mask and group, a row
/// costs one addition to a counter of its mask and group. Otherwise, if there are few groups, each thread has a table of
/// packed counters: a row costs one addition of eight byte-wide counters for eight measures, and a group is emptied into wide
/// totals after 255 rows. For many groups, rows are first partitioned by group, so that the totals of a partition fit a cache
/// and belong to one thread.
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
    let mut columns: Vec<usize> = program.columns().iter().chain(groups.columns()).copied().collect();
    columns.sort_unstable();
    columns.dedup();
    let columns = columns.iter().map(|column| batch.columns()[*column]).collect();
    let task = Task { groups, batch, columns, threads };
    // One counter more than there are measures: the rows of the group.
    match (program.steps(), program.measures()) {
        (Lanes::U16(steps), 0..=7) => task.run::<u16, 1>(steps, &mut counts),
        (Lanes::U16(steps), 8..=15) => task.run::<u16, 2>(steps, &mut counts),
        (Lanes::U16(steps), _) => task.run::<u16, 3>(steps, &mut counts),
        (Lanes::U32(steps), _) => task.run::<u32, 5>(steps, &mut counts),
        (Lanes::U64(steps), _) => task.run::<u64, 9>(steps, &mut counts),
    }
    Ok(counts)
}

/// Calls `visit` with the group and the joint code or mask of each row. One turn of the loop takes `N` rows, to save
/// instructions of the loop itself. Inlined, so that it is compiled for the same processor as its caller.
#[inline(always)]
fn each_row<const N: usize, G: Copy, C: Copy>(
    groups: &[G],
    codes: &[C],
    ahead: &Ahead<'_>,
    mut visit: impl FnMut(G, C),
) {
    for (line, (groups, codes)) in groups.chunks(LINE).zip(codes.chunks(LINE)).enumerate() {
        ahead.fetch(line * LINE);
        let (group_chunks, code_chunks) = (groups.chunks_exact(N), codes.chunks_exact(N));
        let rest = group_chunks.remainder().iter().zip(code_chunks.remainder());
        for (groups, codes) in group_chunks.zip(code_chunks) {
            for (&group, &code) in groups.iter().zip(codes) {
                visit(group, code);
            }
        }
        for (&group, &code) in rest {
            visit(group, code);
        }
    }
}

struct Task<'a> {
    groups: &'a GroupIndex,
    batch: &'a Batch<'a>,
    /// The columns that are read.
    columns: Vec<Column<'a>>,
    threads: NonZeroUsize,
}
