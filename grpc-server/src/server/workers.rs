//! Tells when a thread that serves calls is held up by work that belongs on another thread.
//!
//! Such a thread looks at the network between two pieces of work. While it does not, the calls that it serves wait.

use std::thread;
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeMetrics};
use tracing::Level;

/// Time between two looks at the threads.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Looks between which a thread that works must have looked at the network: 50 ms. If a look is late because the machine is
/// busy, that does not count, because the thread may have waited for a core as long.
const LOOKS: u32 = 10;

/// Starts to watch the threads of a runtime, if what is found would be logged.
///
/// # Errors
///
/// If the system cannot start a thread.
pub(super) fn watch(runtime: &Handle) -> std::io::Result<()> {
    if !tracing::enabled!(Level::DEBUG) {
        return Ok(());
    }
    let metrics = runtime.metrics();
    let mut watch = Watch::new(metrics.num_workers());
    tracing::debug!(threads = metrics.num_workers(), "the threads that serve calls are watched");
    let look = move || loop {
        thread::sleep(LOOK_EVERY);
        for (worker, looks) in watch.look(&metrics) {
            let milliseconds = (LOOK_EVERY * looks).as_millis();
            tracing::debug!(worker, milliseconds, "a thread that serves calls was held up");
        }
    };
    thread::Builder::new().name("peelian-watch".to_owned()).spawn(look).map(drop)
}

/// What was seen of each thread.
struct Watch(Vec<Seen>);

/// What was seen of a thread.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// How often it went to sleep or woke, and how long it had worked when it last looked at the network.
    progress: (u64, Duration),
    /// Looks since then.
    looks: u32,
}

impl Watch {
    fn new(workers: usize) -> Self {
        Self(vec![Seen::default(); workers])
    }

    /// Looks at the threads. Gives those that were held up and are not any more, with the number of looks meanwhile.
    fn look(&mut self, metrics: &RuntimeMetrics) -> Vec<(usize, u32)> {
        let mut held_up = Vec::new();
        for (worker, seen) in self.0.iter_mut().enumerate() {
            let turns = metrics.worker_park_unpark_count(worker);
            let progress = (turns, metrics.worker_total_busy_duration(worker));
            // An odd number means that the thread sleeps.
            let sleeps = turns % 2 == 1;
            if progress == seen.progress && !sleeps {
                seen.looks += 1;
                continue;
            }
            if seen.looks >= LOOKS {
                held_up.push((worker, seen.looks));
            }
            *seen = Seen { progress, looks: 0 };
        }
        held_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is seen of a runtime while it does work that sleeps so long without giving way.
    fn seen_while_held_up_for(held_up: Duration) -> Vec<(usize, u32)> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let metrics = runtime.metrics();
        let mut watch = Watch::new(1);
        let work = runtime.spawn(async move {
            tokio::time::sleep(LOOK_EVERY * 4).await;
            thread::sleep(held_up);
            tokio::time::sleep(LOOK_EVERY * 4).await;
        });
        let mut found = Vec::new();
        while !work.is_finished() {
            thread::sleep(LOOK_EVERY);
            found.extend(watch.look(&metrics));
        }
        found
    }

    #[test]
    fn a_thread_that_is_held_up_is_seen() {
        let found = seen_while_held_up_for(LOOK_EVERY * LOOKS * 4);
        assert!(matches!(found.as_slice(), [(0, looks)] if *looks >= LOOKS), "{found:?}");
        assert!(seen_while_held_up_for(LOOK_EVERY).is_empty());
    }
}
