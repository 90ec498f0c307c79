//! One dataset's rows on one machine, read, checked and counted some at a time.
//!
//! Where a question needs nothing but counts of one dataset's own fields, the rows need not be in canonical form all at
//! once. What is read of some of them stays in the processor's cache until it is counted, and its memory serves for the
//! next: of ten million crimes, 120 MB are neither asked of the system nor written and read back.
//!
//! Only rows without a single finding are counted so. Which row a finding is about, and whether there are too many, is
//! known of all rows together.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::RecordBatch;

use super::count::{became, take_areas};
use super::finish::Tally;
use super::plan::{Plan, Source};
use super::state::Partial;
use crate::Core;
use crate::design::Input;
use crate::engine::Engine;
use crate::engine::answer::{Data, Part, measures_of, wards_of};
use crate::engine::counts::{CountKey, Cube};
use crate::engine::local::{Local, LocalContent, LocalRows, Received};
use crate::engine::query::{Needs, Query};
use crate::intake::Findings;
use crate::parallel;

/// Counts by area, month and cell that every thread may hold, and make anew for every chunk. With more, as many breakdowns
/// at once have, this way is the slower one (measured: two breakdowns of prosecutions over ten years are 291,000, and as
/// fast either way), and takes more memory.
const MOST_COUNTS: usize = 1 << 18;

/// An engine that answers this question, and no other, and what became of the rows. `None` where the rows have to be
/// read all at once: to count them, because something was found in them, or because there are no more chunks of so many
/// rows than threads.
pub(crate) fn count_in_chunks(
    core: &Arc<Core>,
    query: &Query,
    rows: &LocalRows<'_>,
    chunk: NonZeroUsize,
    threads: NonZeroUsize,
) -> Option<(Engine, (&'static str, Received))> {
    let LocalContent::Batches(batches) = rows.content else { return None };
    let all = batches.iter().map(RecordBatch::num_rows).fold(0, usize::saturating_add);
    // More rows than the kernel numbers are refused when they are read at once.
    if all.div_ceil(chunk.get()) <= threads.get() || u32::try_from(all).is_err() {
        return None;
    }
    let chunks = chunks(batches, chunk);
    let LocalRows { dataset, covers, synthetic, .. } = *rows;
    let plan = Plan::new(core, query, &[Source { dataset, covers, synthetic }]).ok()?;
    let reader = Reader::new(&plan, rows)?;
    keep_what_is_freed(chunk);
    let counted = reader.count_all(&chunks, threads)?;
    let state = Partial { digest: plan.digest, ..counted.state };
    let (engine, tallies, _) = state.finish(&plan, None, threads).ok()?;
    let Tally { dataset, received, rejected, .. } = tallies.into_iter().next()?;
    for (key, cube) in counted.cubes {
        engine.data.counts.keep_cube(&key, cube);
    }
    Some((engine, (dataset, Received { received, rejected, findings: Findings::default() })))
}

/// Has the allocator keep the memory of one chunk for the next. glibc's returns freed memory to the system as soon as it is
/// more than twice the largest block that was ever freed (mallopt(3), `M_MMAP_THRESHOLD`), and then every chunk's pages are
/// faulted in anew: a third of the time. So a block of the size of a chunk's columns is freed first, which was never written
/// to and so costs nothing. Other allocators are not harmed.
fn keep_what_is_freed(chunk: NonZeroUsize) {
    const BYTES_OF_A_ROW: usize = 32;
    drop(black_box(Vec::<u8>::with_capacity(chunk.get().saturating_mul(BYTES_OF_A_ROW))));
}

/// Slices of batches, of so many rows together.
fn chunks(batches: &[RecordBatch], rows: NonZeroUsize) -> Vec<Vec<RecordBatch>> {
    let mut chunks = Vec::new();
    let (mut chunk, mut room) = (Vec::new(), rows.get());
    for batch in batches {
        if batch.num_rows() == 0 {
            // Its columns are looked at all the same.
            chunk.push(batch.clone());
        }
        let mut start = 0;
        while start < batch.num_rows() {
            let taken = room.min(batch.num_rows() - start);
            chunk.push(batch.slice(start, taken));
            (start, room) = (start + taken, room - taken);
            if room == 0 {
                chunks.push(std::mem::take(&mut chunk));
                room = rows.get();
            }
        }
    }
    if !chunk.is_empty() {
        chunks.push(chunk);
    }
    chunks
}

/// What all chunks have in common.
struct Reader<'a> {
    plan: &'a Plan,
    needs: Needs,
    parts: Vec<Part<'a>>,
    rows: &'a LocalRows<'a>,
}

impl<'a> Reader<'a> {
    /// `None` where the question needs more than counts of the dataset's own fields.
    fn new(plan: &'a Plan, rows: &'a LocalRows<'a>) -> Option<Self> {
        let needs = Needs::of(&plan.core, &plan.query).ok()?;
        if !plan.datasets().iter().all(|dataset| needs.are_of(dataset)) {
            return None;
        }
        let none = plan.without_rows();
        let parts = plan.parts(&none).ok()?;
        let counts_row_by_row = |part: &Part<'_>| {
            let inputs = &part.definition.inputs;
            !inputs.is_empty() && inputs.iter().all(|input| input.counts_row_by_row() && !input.is_optional())
        };
        if !parts.iter().all(counts_row_by_row) {
            return None;
        }
        let reader = Self { plan, needs, parts, rows };
        (reader.least_counts(&none) <= MOST_COUNTS).then_some(reader)
    }

    /// How many counts there are if all rows lie in one month.
    fn least_counts(&self, none: &Data) -> usize {
        let of_part = |part: &Part<'_>| {
            let sizes = part.definition.inputs.iter().filter_map(Input::tally).map(|tally| {
                let areas = none.counts.rows.area_index(tally.rows.area).areas.len();
                areas.saturating_mul(part.axes.cells()).saturating_mul(tally.predicates.len())
            });
            sizes.fold(0, usize::saturating_add)
        };
        self.parts.iter().map(of_part).fold(0, usize::saturating_add)
    }

    /// Counts all chunks; `None` if anything was found in one of them.
    fn count_all(&self, chunks: &[Vec<RecordBatch>], threads: NonZeroUsize) -> Option<Counted> {
        let stopped = AtomicBool::new(false);
        let counted = parallel::fold(chunks.len(), 1, threads, Counted::default, |counted: &mut Counted, range| {
            for chunk in chunks.get(range).into_iter().flatten() {
                let mut goes_on = || self.count(chunk).is_some_and(|more| counted.merge(more));
                if stopped.load(Ordering::Relaxed) || !goes_on() {
                    stopped.store(true, Ordering::Relaxed);
                    return;
                }
            }
        });
        let mut all = Counted::default();
        let whole = !stopped.into_inner() && counted.into_iter().all(|counted| all.merge(counted));
        whole.then_some(all)
    }

    /// Reads, checks and counts some rows; `None` if anything was found in them.
    fn count(&self, chunk: &[RecordBatch]) -> Option<Counted> {
        let mut local = Local::of_part(&self.plan.core, NonZeroUsize::MIN).reading(self.needs.clone());
        let received = local.add(LocalRows { content: LocalContent::Batches(chunk), ..*self.rows }).ok()?;
        if !received.findings.counts().is_empty() {
            return None;
        }
        let data = local.engine(NonZeroUsize::MIN).data;
        let wards = wards_of(&self.plan.query, &self.plan.core);
        if !data.counts.count_together(measures_of(&self.parts), &wards) {
            return None;
        }
        let mut state = Partial::default();
        for dataset in self.plan.datasets() {
            state.received.insert(&dataset.id, became(&data, &dataset.id, &received));
        }
        for (dataset, area) in self.parts.iter().flat_map(|part| data.rows_read(part.definition)) {
            take_areas(&data, &dataset.id, area, &mut state);
        }
        Some(Counted { state, cubes: data.counts.into_cubes()?.into_iter().collect() })
    }
}

/// What was counted of some chunks.
#[derive(Default)]
struct Counted {
    /// All but the counts.
    state: Partial,
    cubes: BTreeMap<CountKey, Cube>,
}

impl Counted {
    /// Adds what was counted of others; whether the two could be put together, and do not take up too much.
    fn merge(&mut self, other: Self) -> bool {
        let merged = other.cubes.into_iter().all(|(key, cube)| match self.cubes.entry(key) {
            Entry::Vacant(place) => {
                place.insert(cube);
                true
            }
            Entry::Occupied(mut known) => known.get_mut().merge(&cube, MOST_COUNTS),
        });
        let counts: usize = self.cubes.values().map(Cube::size).sum();
        merged && counts <= MOST_COUNTS && self.state.merge(other.state).is_ok()
    }
}
