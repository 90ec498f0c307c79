//! Rows scattered into partitions by a radix, so that the rows of one partition are processed together in a cache.
//!
//! Each chunk of rows is scattered into its own buffer. Partition `p` consists of segment `p` of each chunk, in the order of
//! the chunks. Threads share nothing and take no lock.

use std::num::NonZeroUsize;
use std::ops::Range;

use crate::parallel;

/// The scattered entries of all chunks.
pub(super) struct Partitioned<E> {
    chunks: Vec<Scattered<E>>,
}

/// The entries of one chunk by partition: partition `p` is `entries[starts[p]..starts[p + 1]]`.
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
    /// Scatters one chunk. `places` has the partition of each row; `partitions` itself means that the row is left out.
    /// `entry` makes the entry of a row from its position in the chunk.
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
        // `ends[p]` starts as the start of partition `p`, and is its end after all rows are placed.
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
