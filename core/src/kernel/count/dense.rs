//! Counting with a table of packed counters per thread.

use std::ops::Range;

use super::classes::Classes;
use super::packed::{Packed, add_codes, add_masks, increment};
use super::{CHUNK, Counts, Task};
use crate::kernel::column::Ahead;
use crate::kernel::joint::Joint;
use crate::kernel::mask::{BLOCK, Lane, Step, evaluate_block};
use crate::parallel;

/// Bytes of counters per thread up to which every thread has its own; beyond, rows are partitioned by group first.
const DENSE_LIMIT: usize = 8 << 20;

/// Bytes of increments by joint code up to which they are looked up at once, without a mask: a fraction of a
/// second-level cache.
const INCREMENTS_LIMIT: usize = 1 << 18;

/// What each row adds to its group.
struct Increments<'a, T, const B: usize> {
    steps: &'a [Step<T>],
    /// Where one joint code decides all measures: its increments, and a last one for rows that are not selected.
    by_code: Option<(&'a Joint, Vec<[u64; B]>)>,
}

impl<'a, T: Lane, const B: usize> Increments<'a, T, B> {
    fn new(steps: &'a [Step<T>]) -> Self {
        let single = match steps {
            [Step::Fused(lookup)] if (lookup.joint().size() + 1) * 8 * B <= INCREMENTS_LIMIT => Some(lookup),
            _ => None,
        };
        let by_code = single.map(|lookup| {
            let masks = lookup.masks().iter().copied().chain([T::default()]);
            (lookup.joint(), masks.map(|mask| increment(mask.widen())).collect())
        });
        Self { steps, by_code }
    }

    /// Adds a block's rows, given their groups.
    fn add<G: Copy + Into<u32>>(
        &self,
        task: &Task<'_>,
        start: usize,
        groups: &[G],
        packed: &mut Packed<B>,
        ahead: &Ahead<'_>,
    ) {
        if let Some((joint, increments)) = &self.by_code {
            let mut codes = [0; BLOCK];
            let codes = &mut codes[..groups.len()];
            joint.codes(task.batch.columns(), start, codes);
            task.batch.replace_unselected(start, codes, joint.size());
            add_codes(packed, groups, codes, increments, ahead);
        } else {
            let mut masks = [T::default(); BLOCK];
            let masks = &mut masks[..groups.len()];
            evaluate_block(self.steps, task.batch, start, masks);
            add_masks(packed, groups, masks, ahead);
        }
    }
}

impl Task<'_> {
    /// Counts with the strategy that suits the number of groups. `B` is the number of words that hold a byte for each
    /// measure and one more.
    pub(super) fn run<T: Lane, const B: usize>(&self, steps: &[Step<T>], counts: &mut Counts) {
        let fits = |groups: usize| groups * (8 * B + 4 * counts.measures) <= DENSE_LIMIT;
        let classes = match (steps, self.groups.whole()) {
            ([Step::Fused(lookup)], Some((joint, _))) => Classes::new(lookup, joint.size()),
            _ => None,
        };
        match self.groups.whole() {
            Some((joint, table)) if let Some(classes) = &classes => self.by_class(classes, joint, table, counts),
            Some((joint, table)) if fits(joint.size()) => {
                self.by_code(&Increments::<T, B>::new(steps), joint, table, counts)
            }
            _ if fits(counts.groups + 1) => self.by_group(&Increments::<T, B>::new(steps), counts),
            _ => self.partitioned(steps, counts),
        }
    }

    /// Hands the first row and the length of each block to `visit`, and the block after it, whose cache lines `visit` is to
    /// ask for while it works; those of the first block are asked for here.
    pub(super) fn blocks(&self, rows: Range<usize>, mut visit: impl FnMut(usize, usize, &Ahead<'_>)) {
        let end = rows.end;
        let block = |start: usize| start..end.min(start + BLOCK);
        Ahead::new(&self.columns, block(rows.start)).fetch_all();
        for start in rows.step_by(BLOCK) {
            let next = block(start).end;
            visit(start, next - start, &Ahead::new(&self.columns, block(next)));
        }
    }

    /// Counts by the joint code of the groups' columns: no lookup per row, and the codes are mapped to groups at the end.
    fn by_code<T: Lane, const B: usize>(
        &self,
        increments: &Increments<'_, T, B>,
        joint: &Joint,
        table: &[u32],
        counts: &mut Counts,
    ) {
        let measures = counts.measures;
        let init = || Packed::<B>::new(joint.size(), measures);
        let states = parallel::fold(self.batch.rows(), CHUNK, self.threads, init, |packed: &mut Packed<B>, rows| {
            let mut codes = [0_u16; BLOCK];
            self.blocks(rows, |start, len, ahead| {
                let codes = &mut codes[..len];
                joint.codes(self.batch.columns(), start, codes);
                increments.add(self, start, codes, packed, ahead);
            });
        });
        counts.touch();
        for packed in states {
            for (code, &group) in table.iter().enumerate().filter(|(_, group)| **group < self.groups.groups()) {
                let start = group as usize * measures;
                packed.add_to(code, &mut counts.values[start..start + measures]);
            }
        }
    }

    /// Counts by group; the slot after the last group takes the rows that are in none.
    fn by_group<T: Lane, const B: usize>(&self, increments: &Increments<'_, T, B>, counts: &mut Counts) {
        let init = || Packed::<B>::new(counts.groups + 1, counts.measures);
        let states = parallel::fold(self.batch.rows(), CHUNK, self.threads, init, |packed: &mut Packed<B>, rows| {
            let mut groups = [0_u32; BLOCK];
            self.blocks(rows, |start, len, ahead| {
                let groups = &mut groups[..len];
                self.groups.block(self.batch, start, groups);
                increments.add(self, start, groups, packed, ahead);
            });
        });
        counts.touch();
        for packed in states {
            // No measures: nothing to add, and no chunk size.
            for (group, into) in counts.values.chunks_mut(counts.measures.max(1)).enumerate() {
                packed.add_to(group, into);
            }
        }
    }
}
