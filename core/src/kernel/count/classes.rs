//! Counting by class: rows whose masks are equal are counted together, and measures come in at the end.
//!
//! Where one joint code decides all measures, few masks occur: 225 of twelve measures over eight columns. A row then
//! costs one addition to the counter of its class and group. Counters lie class by class and are bytes, so that those of
//! the few classes to which most rows belong stay in a first-level cache; each time one begins again at zero is noted.

use multiversion::multiversion;

use super::{CHUNK, Counts, Task, each_row};
use crate::kernel::column::Ahead;
use crate::kernel::joint::{Joint, MAX_JOINT};
use crate::kernel::mask::{BLOCK, Lane, Lookup, full_table};
use crate::parallel;

/// Rows taken together, to spare the loop's own instructions.
const UNROLL: usize = 8;

/// Counters, of a byte each, per thread up to which rows are counted by class: half of a second-level cache.
const CLASSES_LIMIT: usize = 1 << 19;

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
            if masks.len() * groups > CLASSES_LIMIT {
                return None;
            }
            first[code] = u32::try_from(class * groups).unwrap_or(0);
        }
        // The first class, of no measure, takes rows that are not selected: there must be a code for them.
        (joint.size() < MAX_JOINT).then_some(Self { joint, first, masks, groups })
    }

    /// What the counters say for each measure and group code: measure by measure.
    fn sums(&self, states: &[Counters], measures: usize) -> Vec<u32> {
        let mut sums = vec![0_u32; measures * self.groups];
        let mut rows = vec![0_u32; self.groups];
        for (class, mask) in self.masks.iter().enumerate() {
            rows.fill(0);
            let counters = class * self.groups..(class + 1) * self.groups;
            for state in states {
                add_each(&mut rows, &state.counters[counters.clone()]);
            }
            for sums in of_mask(*mask, &mut sums, self.groups) {
                add_each(sums, &rows);
            }
        }
        for counter in states.iter().flat_map(|state| &state.full) {
            let (class, group) = (*counter as usize / self.groups, *counter as usize % self.groups);
            for sums in of_mask(self.masks[class], &mut sums, self.groups) {
                sums[group] = sums[group].wrapping_add(ROUND);
            }
        }
        sums
    }
}

/// The sums of a mask's measures.
fn of_mask(mask: u64, sums: &mut [u32], groups: usize) -> impl Iterator<Item = &mut [u32]> {
    sums.chunks_exact_mut(groups)
        .enumerate()
        .filter(move |(measure, _)| mask >> measure & 1 == 1)
        .map(|(_, sums)| sums)
}

/// Adds to each sum. A batch has fewer than 2^32 rows.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx2+bmi1+bmi2", "x86_64+avx2+bmi1+bmi2"))]
fn add_each<C: Copy + Into<u32>>(sums: &mut [u32], more: &[C]) {
    for (sum, &more) in sums.iter_mut().zip(more) {
        *sum = sum.wrapping_add(more.into());
    }
}

/// A thread's counters.
struct Counters {
    /// Rows of each class and group, modulo [`ROUND`].
    counters: Vec<u8>,
    /// The counters that began again, as often as they did.
    full: Vec<u32>,
}

/// Rows that a counter counts before it begins again.
const ROUND: u32 = 1 << u8::BITS;

impl Counters {
    fn new(len: usize) -> Self {
        Self { counters: vec![0; len], full: Vec::new() }
    }
}

#[cold]
#[inline(never)]
fn note_full(full: &mut Vec<u32>, counter: u32) {
    full.push(counter);
}

impl Task<'_> {
    /// Counts by class and by the joint code of the groups' columns.
    pub(super) fn by_class(&self, classes: &Classes<'_>, groups: &Joint, table: &[u32], counts: &mut Counts) {
        let init = || Counters::new(classes.masks.len() * classes.groups);
        let states = parallel::fold(self.batch.rows(), CHUNK, self.threads, init, |counters: &mut Counters, rows| {
            let (mut group_codes, mut codes) = ([0_u16; BLOCK], [0_u16; BLOCK]);
            self.blocks(rows, |start, len, ahead| {
                let (group_codes, codes) = (&mut group_codes[..len], &mut codes[..len]);
                groups.codes(self.batch.columns(), start, group_codes);
                classes.joint.codes(self.batch.columns(), start, codes);
                self.batch.replace_unselected(start, codes, classes.joint.size());
                add_rows(counters, group_codes, codes, &classes.first, ahead);
            });
        });
        let measures = counts.measures;
        let sums = classes.sums(&states, measures);
        for (measure, sums) in sums.chunks_exact(classes.groups).enumerate() {
            for (&group, &sum) in table.iter().zip(sums).filter(|(group, _)| **group < self.groups.groups()) {
                counts.values[group as usize * measures + measure] += u64::from(sum);
            }
        }
    }
}

/// Counts each row in its class and group.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx2+bmi1+bmi2", "x86_64+avx2+bmi1+bmi2"))]
fn add_rows(state: &mut Counters, groups: &[u16], codes: &[u16], first: &[u32; MAX_JOINT], ahead: &Ahead<'_>) {
    // Taken apart, so that the loop need not read again where the counters are.
    let (counters, full) = (state.counters.as_mut_slice(), &mut state.full);
    each_row::<UNROLL, _, _>(groups, codes, ahead, |group, code| {
        // Below the number of counters, which is at most CLASSES_LIMIT.
        let counter = first[usize::from(code)].wrapping_add(u32::from(group));
        let rows = &mut counters[counter as usize];
        *rows = rows.wrapping_add(1);
        if *rows == 0 {
            note_full(full, counter);
        }
    });
}
