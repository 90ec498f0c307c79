//! Numbers of threads.

use std::num::NonZeroUsize;

/// The number of threads that a caller asks for; 0 means one for each processor.
pub(crate) fn threads_or_all(threads: u32) -> NonZeroUsize {
    let wanted = usize::try_from(threads).ok().and_then(NonZeroUsize::new);
    wanted.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}
