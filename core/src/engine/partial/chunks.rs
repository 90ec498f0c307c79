//! Reads, checks and counts the rows of one dataset on one machine in chunks.
//!
//! If a query needs only counts of one dataset's own fields, the rows need not all be in canonical form at the same
//! time. A chunk stays in the processor's cache until it is counted, and the next chunk uses the same memory. For ten
//! million crimes, this saves 120 MB that would be allocated, written and read back.
//!
//! Rows are counted in chunks only if they have no findings at all. The row number of a finding, and whether there are
//! too many findings, can be known only from all rows together.

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
use crate::engine::answer::{Data, PlannedMeasure, measures_of, wards_of};
use crate::engine::api::Engine;
use crate::engine::counts::{CountKey, Cube};
use crate::engine::local::{Local, LocalContent, LocalRows, Received};
use crate::engine::query::{Needs, Query};
use crate::intake::Findings;
use crate::parallel;

/// Largest number of counts by area, month and cell that a thread holds. It makes them again for each chunk. With more
/// counts, as for many breakdowns in one query, chunks are slower and take more memory. (Measured: two breakdowns of
/// prosecutions over ten years have 291,000 counts, and are equally fast with and without chunks.)
const MOST_COUNTS: usize = 1 << 18;

/// An engine that answers this query and no other, and a report on the rows. `None` if all rows must be read at once:
/// the query needs more than counts, the rows have findings, or there are not more chunks than threads.
pub(crate) fn count_in_chunks(
    core: &Arc<Core>,
    query: &Query,
    rows: &LocalRows<'_>,
    chunk: NonZeroUsize,
    threads: NonZeroUsize,
) -> Option<(Engine, (&'static str, Received))> {
    let LocalContent::Batches(batches) = rows.content else { return None };
    let all = batches.iter().map(RecordBatch::num_rows).fold(0, usize::saturating_add);
    // If there are more rows than the kernel can number, reading them at once refuses them.
    if all.div_ceil(chunk.get()) <= threads.get() || u32::try_from(all).is_err() {
        return None;
    }
    let chunks = chunks(batches, chunk);
    let LocalRows { dataset, covers, areas, synthetic, .. } = *rows;
    let plan = Plan::new(core, query, &[Source { dataset, covers, areas, synthetic }]).ok()?;
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

/// Makes the allocator keep the memory of one chunk for the next. glibc's allocator returns freed memory to the system
/// when it exceeds twice the largest block that was ever freed (mallopt(3), `M_MMAP_THRESHOLD`). Then the pages of
/// every chunk are faulted in again, which takes a third of the time. So a block as large as the columns of a chunk is
/// freed first. It costs nothing, because it is never written to. It does no harm with other allocators.
fn keep_what_is_freed(chunk: NonZeroUsize) {
    const BYTES_OF_A_ROW: usize = 32;
    drop(black_box(Vec::<u8>::with_capacity(chunk.get().saturating_mul(BYTES_OF_A_ROW))));
}

/// Slices batches into chunks of `rows` rows.
fn chunks(batches: &[RecordBatch], rows: NonZeroUsize) -> Vec<Vec<RecordBatch>> {
    let mut chunks = Vec::new();
    let (mut chunk, mut room) = (Vec::new(), rows.get());
    for batch in batches {
        if batch.num_rows() == 0 {
            // A batch without rows is kept, because its columns are checked too.
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

/// Reads and counts chunks.
struct Reader<'a> {
    plan: &'a Plan,
    needs: Needs,
    parts: Vec<PlannedMeasure<'a>>,
    rows: &'a LocalRows<'a>,
}

impl<'a> Reader<'a> {
    /// A reader; `None` if the query needs more than counts of the dataset's own fields.
    fn new(plan: &'a Plan, rows: &'a LocalRows<'a>) -> Option<Self> {
        let needs = Needs::of(&plan.core, &plan.query).ok()?;
        if !plan.datasets().iter().all(|dataset| needs.are_of(dataset)) {
            return None;
        }
        let none = plan.without_rows();
        let parts = plan.parts(&none).ok()?;
        let counts_row_by_row = |part: &PlannedMeasure<'_>| {
            let inputs = &part.definition.inputs;
            !inputs.is_empty() && inputs.iter().all(|input| input.counts_row_by_row() && !input.is_optional())
        };
        if !parts.iter().all(counts_row_by_row) {
            return None;
        }
        let reader = Self { plan, needs, parts, rows };
        (reader.least_counts(&none) <= MOST_COUNTS).then_some(reader)
    }

    /// Number of counts if all rows lie in one month.
    fn least_counts(&self, none: &Data) -> usize {
        let of_part = |part: &PlannedMeasure<'_>| {
            let sizes = part.definition.inputs.iter().filter_map(Input::tally).map(|tally| {
                let areas = none.counts.rows.area_index(tally.rows.area).areas.len();
                areas.saturating_mul(part.axes.cells()).saturating_mul(tally.predicates.len())
            });
            sizes.fold(0, usize::saturating_add)
        };
        self.parts.iter().map(of_part).fold(0, usize::saturating_add)
    }

    /// Counts all chunks; `None` if one of them has a finding.
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

    /// Reads, checks and counts one chunk; `None` if it has a finding.
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

/// The counts of some chunks.
#[derive(Default)]
struct Counted {
    /// The state without the counts.
    state: Partial,
    cubes: BTreeMap<CountKey, Cube>,
}

impl Counted {
    /// Adds the counts of other chunks. Returns `false` if they cannot be added or if there would be too many counts.
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
