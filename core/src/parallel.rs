//! Work over chunks of fixed size on a given number of threads.
//!
//! Each thread takes its next chunk from a shared counter. A processor core that is busy with other work delays one chunk,
//! and not half of the work. The thread that takes a chunk therefore differs from run to run. Results do not differ: they
//! are returned in the order of the chunks (`map`), written to places of their own (`each`, `fill`), or added to
//! integer states whose sum has no order (`fold`).

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Folds the ranges of `chunk` items that make up `0..items` into one state per thread.
///
/// The states must be combined by an operation that does not depend on order, such as integer addition.
pub(crate) fn fold<S: Send>(
    items: usize,
    chunk: usize,
    threads: NonZeroUsize,
    init: impl Fn() -> S + Sync,
    step: impl Fn(&mut S, Range<usize>) + Sync,
) -> Vec<S> {
    let chunks = items.div_ceil(chunk);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut state = init();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= chunks {
                return state;
            }
            let start = index * chunk;
            step(&mut state, start..items.min(start + chunk));
        }
    };
    let helpers = threads.get().min(chunks).saturating_sub(1);
    thread::scope(|scope| {
        // If the system refuses a thread, the other threads take its chunks.
        let spawned: Vec<_> =
            (0..helpers).filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok()).collect();
        let mut states = vec![work()];
        for helper in spawned {
            match helper.join() {
                Ok(state) => states.push(state),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        states
    })
}

/// Maps the ranges of `chunk` items that make up `0..items`; results come in the order of the ranges.
pub(crate) fn map<R: Send>(
    items: usize,
    chunk: usize,
    threads: NonZeroUsize,
    step: impl Fn(Range<usize>) -> R + Sync,
) -> Vec<R> {
    let parts = fold(items, chunk, threads, Vec::new, |done: &mut Vec<(usize, R)>, range| {
        let start = range.start;
        done.push((start, step(range)));
    });
    let mut all: Vec<(usize, R)> = parts.into_iter().flatten().collect();
    all.sort_unstable_by_key(|(start, _)| *start);
    all.into_iter().map(|(_, result)| result).collect()
}

/// Calls `step` with each item on the next free thread, and returns when all calls have returned. The items are taken in
/// order. The thread of an item, and the order in which the calls return, differ from run to run.
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use peelian_core::parallel::each;
///
/// let mut squares = [0; 5];
/// each(squares.iter_mut().enumerate(), NonZeroUsize::MIN, |(number, square)| *square = number * number);
/// assert_eq!(squares, [0, 1, 4, 9, 16]);
/// ```
///
/// # Panics
/// If `step` panics.
pub fn each<I>(items: I, threads: NonZeroUsize, step: impl Fn(I::Item) + Sync)
where
    I: Iterator + Send,
{
    let most = items.size_hint().1.unwrap_or(usize::MAX);
    let items = Mutex::new(items);
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    fold(
        threads.get().min(most),
        1,
        threads,
        || (),
        |(), _| {
            while let Some(item) = next() {
                step(item);
            }
        },
    );
}

/// Maps items on as many threads as there are helpers, each of which works for one thread at a time. Results come in the order
/// of the items. Without a helper there are no results.
pub(crate) fn map_with<I: Sync, H: Send, R: Send>(
    items: &[I],
    helpers: &mut [H],
    step: impl Fn(&mut H, &I) -> R + Sync,
) -> Vec<R> {
    let Some(threads) = NonZeroUsize::new(helpers.len()) else { return Vec::new() };
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    let work = Mutex::new(items.iter().zip(&mut results));
    let next = || work.lock().unwrap_or_else(PoisonError::into_inner).next();
    each(helpers.iter_mut(), threads, |helper| {
        while let Some((item, result)) = next() {
            *result = Some(step(helper, item));
        }
    });
    results.into_iter().flatten().collect()
}

/// Fills a slice in pieces of `chunk` items. `step` gets the position of the first item of the piece.
pub(crate) fn fill<T: Send>(
    out: &mut [T],
    chunk: usize,
    threads: NonZeroUsize,
    step: impl Fn(usize, &mut [T]) + Sync,
) {
    each(out.chunks_mut(chunk).enumerate(), threads, |(index, piece)| step(index * chunk, piece));
}
