//! Counting by class: rows whose masks are equal are counted together, and measures come in at the end.
//!
//! Where one joint code decides all measures, few masks occur: 225 of twelve measures over eight columns. A row then
//! costs one addition to the counter of its class and group. Counters lie class by class, so that those of the few
//! classes to which most rows belong stay in a first-level cache.

use multiversion::multiversion;

use super::{CHUNK, Counts, Task, each_row};
use crate::kernel::joint::{Joint, MAX_JOINT};
use crate::kernel::mask::{BLOCK, Lane, Lookup, full_table};
use crate::kernel::parallel;

/// Rows taken together, to spare the loop's own instructions.
const UNROLL: usize = 8;

/// Bytes of counters per thread up to which rows are counted by class: what a second-level cache holds, as counters that
/// are hardly used stay outside.
const CLASSES_LIMIT: usize = 2 << 20;

/// The classes of a lookup's joint codes.
pub(super) struct Classes<'a> {
    /// Joint code of the measures.
    joint: &'a Joint,
    /// For each joint code, the first counter of its class. As long as there are 16-bit codes, so that no lookup need be
    /// checked; the code after the last is that of rows which are not selected.
    first: Box<[u32; MAX_JOINT]>,
    /// The mask of each class.
    masks: Vec<u64>,
    /// Counters of a class.
    groups: usize,
}

impl<'a> Classes<'a> {
    /// The classes, if their counters for so many groups are few enough.
    pub(super) fn new<T: Lane>(lookup: &'a Lookup<T>, groups: usize) -> Option<Self> {
        let joint = lookup.joint();
        let mut masks = vec![0];
        let mut first = full_table();
        for (code, mask) in lookup.masks().iter().map(|mask| mask.widen()).enumerate() {
            let class = masks.iter().position(|known| *known == mask).unwrap_or_else(|| {
                masks.push(mask);
                masks.len() - 1
            });
            if masks.len() * groups * size_of::<u32>() > CLASSES_LIMIT {
                return None;
            }
            first[code] = u32::try_from(class * groups).unwrap_or(0);
        }
        // The first class, of no measure, takes rows that are not selected: there must be a code for them.
        (joint.size() < MAX_JOINT).then_some(Self { joint, first, masks, groups })
    }

    /// Adds what was counted for each group code to `add`, measure by measure.
    fn each_measure(&self, counters: &[u32], measures: usize, mut add: impl FnMut(usize, &[u32])) {
        let mut sums = vec![0_u32; self.groups];
        for measure in 0..measures {
            sums.fill(0);
            let counted = self.masks.iter().zip(counters.chunks_exact(self.groups));
            for (_, counters) in counted.filter(|(mask, _)| **mask >> measure & 1 == 1) {
                for (sum, counter) in sums.iter_mut().zip(counters) {
                    // A batch has fewer than 2^32 rows.
                    *sum = sum.wrapping_add(*counter);
                }
            }
            add(measure, &sums);
        }
    }
}

impl Task<'_> {
    /// Counts by class and by the joint code of the groups' columns.
    pub(super) fn by_class(&self, classes: &Classes<'_>, groups: &Joint, table: &[u32], counts: &mut Counts) {
        let init = || vec![0_u32; classes.masks.len() * classes.groups];
        let mut states = parallel::fold(self.batch.rows(), CHUNK, self.threads, init, |counters, rows| {
            let (mut group_codes, mut codes) = ([0_u16; BLOCK], [0_u16; BLOCK]);
            self.blocks(rows, |start, len| {
                let (group_codes, codes) = (&mut group_codes[..len], &mut codes[..len]);
                groups.codes(self.batch.columns(), start, group_codes);
                classes.joint.codes(self.batch.columns(), start, codes);
                self.batch.replace_unselected(start, codes, classes.joint.size());
                add_rows(counters, group_codes, codes, &classes.first);
            });
        });
        let mut total = states.swap_remove(0);
        for counters in states {
            for (sum, counter) in total.iter_mut().zip(counters) {
                *sum = sum.wrapping_add(counter);
            }
        }
        let measures = counts.measures;
        classes.each_measure(&total, measures, |measure, sums| {
            for (&group, &sum) in table.iter().zip(sums).filter(|(group, _)| **group < self.groups.groups()) {
                counts.values[group as usize * measures + measure] += u64::from(sum);
            }
        });
    }
}

/// Counts each row in its class and group.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx2+bmi1+bmi2", "x86_64+avx2+bmi1+bmi2"))]
fn add_rows(counters: &mut [u32], groups: &[u16], codes: &[u16], first: &[u32; MAX_JOINT]) {
    each_row::<UNROLL, _>(groups, codes, |group, code| {
        let counter = &mut counters[first[usize::from(code)] as usize + usize::from(group)];
        *counter = counter.wrapping_add(1);
    });
}
