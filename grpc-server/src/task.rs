//! Runs work apart from the call that needs it: on another thread, or to its end.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Weak};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use crate::error::Error;

/// Does heavy work on a thread for blocking work.
///
/// # Errors
///
/// If the work panics, which is a defect.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(|error| panicked(&error))
}

/// Does heavy work for each item, on so many threads for blocking work. The results come in the order of the items.
///
/// # Errors
///
/// If the work panics, which is a defect.
pub(crate) async fn each<I: Send + 'static, T: Send + 'static>(
    items: Vec<I>,
    threads: NonZeroUsize,
    work: impl Fn(I) -> T + Clone + Send + 'static,
) -> Result<Vec<T>, Error> {
    let (all, share) = (items.len(), items.len().div_ceil(threads.get()).max(1));
    let mut items = items.into_iter();
    let mut jobs = Vec::with_capacity(threads.get());
    while items.len() > 0 {
        let (share, work) = (items.by_ref().take(share).collect::<Vec<_>>(), work.clone());
        jobs.push(tokio::spawn(blocking(move || share.into_iter().map(work).collect::<Vec<_>>())));
    }
    let mut done = Vec::with_capacity(all);
    for job in jobs {
        done.extend(job.await.map_err(|error| panicked(&error))??);
    }
    Ok(done)
}

/// Turns for work that comes in many small jobs. As many jobs run at the same time as the machine has cores, so that a
/// query never competes with hundreds of them.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Turns {
    /// Turns of their own: jobs that take them wait for each other only.
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self(Arc::new(Semaphore::new(cores)))
    }

    /// Does a job as [`blocking`] does, when its turn comes. The turn ends with the job, even if nobody waits for it.
    ///
    /// # Errors
    ///
    /// If the work panics, which is a defect.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = Arc::clone(&self.0).acquire_owned().await;
        blocking(move || {
            let _turn = turn;
            work()
        })
        .await
    }
}

/// Most steps of short work: so often it may ask whether it is awaited. They are counted and not timed, because short work
/// takes long where the machine is busy.
const SHORT: usize = 256;
/// How much lower the priority of long work is, in the steps of Unix: it gets a third of a core that short work wants too.
#[cfg(target_os = "linux")]
const LOWER: i32 = 5;

/// Threads for long work, as many as the machine has cores. Their priority is lower than that of all other threads, so that
/// short work hardly waits for long work. Their runtime is never dropped: work that nobody waits for must not delay the end.
static LONG: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    Builder::new_current_thread()
        .max_blocking_threads(cores)
        .thread_name("peelian-long")
        .on_thread_start(lower)
        .build()
});

/// Lowers the priority of this thread. Where the system does not do that for a thread, it stays as it is.
fn lower() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, LOWER) {
        tracing::warn!(%error, "long work has the same priority as short work");
    }
}

/// Does long work when its turn comes: as much of it at the same time as the machine has cores.
///
/// # Errors
///
/// If the system cannot start the threads. If the work panics, which is a defect.
pub(crate) async fn long<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let span = tracing::Span::current();
    let runtime = LONG.as_ref().map_err(|error| Error::Defect(format!("threads for long work: {error}")))?;
    runtime.spawn_blocking(move || span.in_scope(work)).await.map_err(|error| panicked(&error))
}

/// Does work of which it is not known how long it takes. It begins at once. If it needs many steps, it gives up and begins
/// again as long work, so that long work does not hold up short work. At each step, the work asks a function whether it shall
/// go on; it returns `None` if it has given up.
///
/// # Errors
///
/// As [`long`].
pub(crate) async fn short_or_long<T: Send + 'static>(
    awaited: Awaited,
    work: impl Fn(&(dyn Fn() -> bool + Sync)) -> Option<T> + Send + Sync + 'static,
) -> Result<Option<T>, Error> {
    let work = Arc::new(work);
    let (short, waiting) = (Arc::clone(&work), awaited.clone());
    let done = blocking(move || {
        let steps = AtomicUsize::new(0);
        short(&|| waiting.holds() && steps.fetch_add(1, Ordering::Relaxed) < SHORT)
    });
    match done.await? {
        None if awaited.holds() => long(move || work(&|| awaited.holds())).await,
        done => Ok(done),
    }
}

/// Does work to its end, even if the call that waits for it is dropped. A write must be finished: a dropped write
/// would leave the ledger in memory behind its store.
///
/// # Errors
///
/// Those of the work. If the work panics, which is a defect.
pub(crate) async fn to_completion<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    tokio::spawn(work.in_current_span()).await.map_err(|error| panicked(&error))?
}

/// Somebody who waits for work. Work that nobody waits for any more can stop.
#[derive(Debug, Default)]
pub(crate) struct Waiter(Arc<()>);

/// Tells work whether anybody still waits for it.
#[derive(Clone, Debug)]
pub(crate) struct Awaited(Weak<()>);

impl Waiter {
    /// Tells whether this waiter, or one that joined it, still waits.
    pub(crate) fn awaited(&self) -> Awaited {
        Awaited(Arc::downgrade(&self.0))
    }
}

impl Awaited {
    /// Whether anybody still waits.
    pub(crate) fn holds(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// One more waiter; `None` if nobody waits any more, because the work may have stopped.
    pub(crate) fn join(&self) -> Option<Waiter> {
        self.0.upgrade().map(Waiter)
    }
}

/// The error of a task that panicked.
pub(crate) fn panicked(error: &tokio::task::JoinError) -> Error {
    Error::Defect(format!("a task: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Work of so many steps: what it gives, and on which threads it was done.
    async fn work_of(steps: usize) -> (Option<usize>, Vec<String>) {
        let (waiter, threads) = (Waiter::default(), Arc::new(std::sync::Mutex::new(Vec::new())));
        let seen = Arc::clone(&threads);
        let done = short_or_long(waiter.awaited(), move |goes_on| {
            seen.lock().unwrap().push(std::thread::current().name().unwrap_or_default().to_owned());
            (0..steps).all(|_| goes_on()).then_some(steps)
        });
        let done = done.await.unwrap();
        let threads = threads.lock().unwrap().clone();
        (done, threads)
    }

    #[tokio::test]
    async fn work_of_many_steps_begins_again_as_long_work() {
        let (done, threads) = work_of(SHORT).await;
        assert_eq!((done, threads.len()), (Some(SHORT), 1));
        assert!(!threads[0].starts_with("peelian-long"));
        let (done, threads) = work_of(SHORT + 1).await;
        assert_eq!((done, threads.len()), (Some(SHORT + 1), 2));
        assert!(threads[1].starts_with("peelian-long"));
    }

    #[tokio::test]
    async fn results_come_in_the_order_of_the_items() {
        let threads = NonZeroUsize::new(3).unwrap();
        let done = each((0..10).collect(), threads, |item: u32| item * 2).await.unwrap();
        assert_eq!(done, (0..20).step_by(2).collect::<Vec<_>>());
        assert!(each(Vec::<u32>::new(), threads, |item| item).await.unwrap().is_empty());
    }
}
