//! Rows that share a key, found without sorting all rows.
//!
//! Rows are scattered by a hash of the key into partitions that fit a cache. Most keys occur once: two small bitmaps
//! per partition ("seen", "seen again") sort those out, and only the rest is sorted.

use std::num::NonZeroUsize;

use crate::kernel::partition::{Partitioned, Scattered};
use crate::parallel;

/// Rows per partition aimed at: 320 KiB of entries, a fraction of a second-level cache.
const PARTITION_ROWS: usize = 1 << 14;

/// Partitions at most, so that a chunk's segments stay longer than a cache line.
const MAX_PARTITION_BITS: u32 = 12;

/// Rows scattered together: 1.25 MiB of entries.
const CHUNK: usize = 1 << 16;

/// Bits in each bitmap per row; at 8, some 12 in 100 single rows are sorted in vain.
const BITMAP_BITS_PER_ROW: usize = 8;

/// What is carried of a row, so that the columns are seldom visited out of order.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entry {
    /// The key, mixed. Kept as two halves, so that an entry is 20 bytes; [`mix`] is bijective, so it tells keys apart.
    tag: u32,
    rest: u32,
    pub(super) row: u32,
    pub(super) group: u32,
    pub(super) day: u16,
    pub(super) marks: u16,
}

/// All rows that matter, scattered by key.
pub(super) struct Keyed {
    partitions: usize,
    entries: Partitioned<Entry>,
}

/// A bijective mix, so that keys which differ in few bits spread evenly (the finaliser of SplitMix64: Steele, Lea and
/// Flood 2014, Fast splittable pseudorandom number generators).
pub(super) fn mix(key: u64) -> u64 {
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

impl Entry {
    pub(super) fn new(row: usize, group: u32, day: u16, marks: u16) -> Self {
        // The caller has checked that row numbers fit.
        Self { tag: 0, rest: 0, row: u32::try_from(row).unwrap_or(u32::MAX), group, day, marks }
    }

    pub(super) fn row(&self) -> usize {
        self.row as usize
    }
}

impl Keyed {
    /// Scatters the rows for which `entry` gives one.
    pub(super) fn new(keys: &[u64], threads: NonZeroUsize, entry: impl Fn(usize) -> Option<Entry> + Sync) -> Self {
        let wanted = keys.len().div_ceil(PARTITION_ROWS).next_power_of_two();
        let bits = wanted.trailing_zeros().clamp(1, MAX_PARTITION_BITS);
        let partitions = 1_usize << bits;
        let none = u16::try_from(partitions).unwrap_or(u16::MAX);
        let entries = Partitioned::new(keys.len(), CHUNK, threads, |rows| {
            let mut places = Vec::with_capacity(rows.len());
            let mut found = Vec::with_capacity(rows.len());
            for row in rows {
                let hash = mix(keys[row]);
                let place = entry(row).map(|entry| {
                    let (tag, rest) = halves(hash);
                    found.push(Entry { tag, rest, ..entry });
                    u16::try_from(hash >> (u64::BITS - bits)).unwrap_or(none)
                });
                places.extend(place);
            }
            Scattered::new(&places, partitions, |position| found[position])
        });
        Self { partitions, entries }
    }

    /// Hands every entry to `each`, and to `run` the entries of every key that has several, in the order of their days.
    ///
    /// Each thread has a state of its own; the caller adds them up.
    pub(super) fn visit<S: Send>(
        &self,
        threads: NonZeroUsize,
        init: impl Fn() -> S + Sync,
        each: impl Fn(&mut S, &Entry) + Sync,
        run: impl Fn(&mut S, &[Entry]) + Sync,
    ) -> Vec<S> {
        let states = parallel::fold(
            self.partitions,
            1,
            threads,
            || (Scratch::default(), init()),
            |(scratch, state), partitions| {
                for partition in partitions {
                    let count = self.entries.segments(partition).map(<[Entry]>::len).sum();
                    scratch.clear(count);
                    for entry in self.entries.segments(partition).flatten() {
                        scratch.see(entry.tag);
                        each(state, entry);
                    }
                    for segment in self.entries.segments(partition) {
                        scratch.keep_repeated(segment);
                    }
                    let sorted = scratch.sort();
                    for same_key in sorted.chunk_by(|a, b| (a.tag, a.rest) == (b.tag, b.rest)) {
                        if same_key.len() > 1 {
                            run(state, same_key);
                        }
                    }
                }
            },
        );
        states.into_iter().map(|(_, state)| state).collect()
    }
}

fn halves(hash: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = hash.to_le_bytes();
    (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
}

/// Working memory of a thread, kept from one partition to the next.
#[derive(Default)]
struct Scratch {
    seen: Vec<u64>,
    again: Vec<u64>,
    repeated: Vec<Entry>,
    sorted: Vec<Entry>,
    ends: Vec<u32>,
}

impl Scratch {
    fn clear(&mut self, entries: usize) {
        let words = (entries * BITMAP_BITS_PER_ROW / 64).next_power_of_two();
        for bitmap in [&mut self.seen, &mut self.again] {
            bitmap.clear();
            bitmap.resize(words, 0);
        }
        self.repeated.clear();
    }

    fn place(&self, tag: u32) -> (usize, u64) {
        ((tag as usize / 64) & (self.seen.len() - 1), 1 << (tag % 64))
    }

    fn see(&mut self, tag: u32) {
        let (word, bit) = self.place(tag);
        self.again[word] |= self.seen[word] & bit;
        self.seen[word] |= bit;
    }

    fn keep_repeated(&mut self, entries: &[Entry]) {
        for entry in entries {
            let (word, bit) = self.place(entry.tag);
            if self.again[word] & bit != 0 {
                self.repeated.push(*entry);
            }
        }
    }

    /// Sorts what was kept by key, then day: first into small buckets by the tag's upper bits, then within them.
    fn sort(&mut self) -> &[Entry] {
        let bits = (self.repeated.len() / 4).next_power_of_two().trailing_zeros().clamp(1, 16);
        let bucket = |entry: &Entry| (entry.tag >> (u32::BITS - bits)) as usize;
        self.ends.clear();
        self.ends.resize((1 << bits) + 1, 0);
        for entry in &self.repeated {
            self.ends[bucket(entry) + 1] += 1;
        }
        let mut total = 0;
        for end in &mut self.ends {
            total += *end;
            *end = total;
        }
        self.sorted.clear();
        self.sorted.resize(self.repeated.len(), Entry::default());
        for entry in &self.repeated {
            let end = &mut self.ends[bucket(entry)];
            self.sorted[*end as usize] = *entry;
            *end += 1;
        }
        let mut rest = self.sorted.as_mut_slice();
        let mut start = 0;
        for &end in &self.ends[..1 << bits] {
            let (bucket, after) = rest.split_at_mut((end - start) as usize);
            bucket.sort_unstable_by_key(|entry| (entry.tag, entry.rest, entry.day));
            (rest, start) = (after, end);
        }
        &self.sorted
    }
}
