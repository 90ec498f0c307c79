//! Rows scattered by a radix, so that what belongs together is worked on together, in cache.
//!
//! Each chunk of rows is scattered into a buffer of its own; partition `p` is then the chunks' `p`-th segments, in the
//! order of the chunks. Nothing is shared between threads and nothing is locked.

use std::num::NonZeroUsize;
use std::ops::Range;

use crate::parallel;

/// The scattered entries of all chunks.
pub(super) struct Partitioned<E> {
    chunks: Vec<Scattered<E>>,
}

/// One chunk's entries by partition: partition `p` is `entries[starts[p]..starts[p + 1]]`.
pub(super) struct Scattered<E> {
    entries: Vec<E>,
    starts: Vec<u32>,
}

impl<E: Copy + Default + Send + Sync> Partitioned<E> {
    /// Scatters the rows of each chunk of `rows`.
    pub(super) fn new(
        rows: usize,
        chunk: usize,
        threads: NonZeroUsize,
        scatter: impl Fn(Range<usize>) -> Scattered<E> + Sync,
    ) -> Self {
        Self { chunks: parallel::map(rows, chunk, threads, scatter) }
    }

    /// The segments of a partition.
    pub(super) fn segments(&self, partition: usize) -> impl Iterator<Item = &[E]> {
        self.chunks.iter().map(move |chunk| {
            let (start, end) = (chunk.starts[partition], chunk.starts[partition + 1]);
            &chunk.entries[start as usize..end as usize]
        })
    }
}

impl<E: Copy + Default> Scattered<E> {
    /// Scatters one chunk: `places` is each row's partition, with `partitions` itself for a row to be left out, and
    /// `entry` makes the entry of the row at that position of the chunk.
    pub(super) fn new(places: &[u16], partitions: usize, entry: impl Fn(usize) -> E) -> Self {
        let mut starts = vec![0; partitions + 2];
        for &place in places {
            starts[usize::from(place) + 1] += 1;
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        // `ends[p]` begins as the start of partition `p` and is its end when all rows are placed.
        let mut ends: Vec<u32> = starts[..=partitions].to_vec();
        let mut entries = vec![E::default(); places.len()];
        for (row, &place) in places.iter().enumerate() {
            let end = &mut ends[usize::from(place)];
            entries[*end as usize] = entry(row);
            *end = end.wrapping_add(1);
        }
        Self { entries, starts }
    }
}
