//! A fuzz target: it gives inputs to a check, each within limits of memory and time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bolero::{BorrowedInput, ByteSliceGenerator, DefaultEngine, TestTarget, ValueGenerator};

use crate::allocator;

/// The number of seconds for which each target runs.
const SECONDS: &str = "PEELIAN_FUZZ_SECONDS";

/// Inputs of a target if the environment does not ask for more.
const FEW: usize = 300;

/// The process aborts if an input takes so many times the memory that it may.
const FAR: usize = 16;

/// The process aborts if an input takes so long on the clock. Beside other work, an input within its limit of processor time can
/// take minutes.
const HANGS: Duration = Duration::from_secs(600);

/// What one input may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of memory at the same time, on its thread.
    pub memory: usize,
    /// Time of the processor, on its thread. It does not depend on what else the machine does.
    pub time: Duration,
}

/// A fuzz target.
#[derive(Debug)]
pub struct Target {
    name: &'static str,
    limits: Limits,
    seen: Seen,
}

/// What has been seen.
#[derive(Debug, Default)]
struct Seen {
    inputs: u64,
    /// How often each outcome occurred.
    outcomes: BTreeMap<String, u64>,
    memory: usize,
    time: Duration,
}

/// An input that can be told.
type Input = Arc<dyn Debug + Send + Sync>;

/// The input under way, and since when.
type UnderWay = Mutex<Option<(Instant, Input)>>;

thread_local! {
    /// The input under way on this thread.
    static INPUT: RefCell<Option<Input>> = const { RefCell::new(None) };
}

impl Target {
    /// The outcome of an input that is accepted.
    pub const ACCEPTED: &'static str = "accepted";

    /// A target of this name.
    #[must_use]
    pub fn new(name: &'static str, limits: Limits) -> Self {
        Self { name, limits, seen: Seen::default() }
    }

    /// Gives inputs to a check for as long as the environment asks, and prints what was seen. The check returns the outcome:
    /// [`Self::ACCEPTED`], or the kind of refusal. It panics if a property does not hold.
    ///
    /// # Panics
    ///
    /// If the check panics, if an input takes more than its limits, or if all inputs have the same outcome: then they are
    /// not those that the target needs.
    pub fn run<G>(
        self,
        test: TestTarget<ByteSliceGenerator, DefaultEngine, BorrowedInput>,
        generator: G,
        check: impl Fn(&G::Output) -> String,
    ) where
        G: ValueGenerator,
        G::Output: Clone + Debug + Send + Sync,
    {
        let began = Instant::now();
        let under_way: Arc<UnderWay> = Arc::default();
        watch(&under_way);
        let test = match std::env::var(SECONDS).ok().and_then(|seconds| seconds.parse().ok()) {
            Some(seconds) => test.with_test_time(Duration::from_secs(seconds)),
            None => test.with_iterations(FEW),
        };
        let target = Mutex::new(self);
        let limits = locked(&target).limits;
        let one = AssertUnwindSafe(|input: &G::Output| {
            let told: Input = Arc::new(input.clone());
            INPUT.set(Some(Arc::clone(&told)));
            *locked(&under_way) = Some((Instant::now(), told));
            let (outcome, memory, time) = limits.taken(|| check(input));
            *locked(&under_way) = None;
            locked(&target).saw(outcome, memory, time);
        });
        test.with_generator(generator).for_each(move |input| {
            let one = &one;
            one(input);
        });
        let target = locked(&target);
        target.tell(began.elapsed());
    }

    fn saw(&mut self, outcome: String, memory: usize, time: Duration) {
        let (most, longest) = (self.limits.memory, self.limits.time);
        assert!(memory <= most, "{}: {memory} bytes of memory, where an input may take {most}: {outcome}", self.name);
        assert!(time <= longest, "{}: {time:?}, where an input may take {longest:?}: {outcome}", self.name);
        let seen = &mut self.seen;
        seen.inputs += 1;
        *seen.outcomes.entry(outcome).or_default() += 1;
        (seen.memory, seen.time) = (seen.memory.max(memory), seen.time.max(time));
    }

    fn tell(&self, took: Duration) {
        let Seen { inputs, outcomes, memory, time } = &self.seen;
        let accepted = outcomes.get(Self::ACCEPTED).copied().unwrap_or_default();
        let others = outcomes.len() - usize::from(accepted > 0);
        println!(
            "fuzz {}: {inputs} inputs in {} s, {accepted} accepted, {others} other outcomes; at most {} KiB and {} ms",
            self.name,
            took.as_secs(),
            memory >> 10,
            time.as_millis(),
        );
        for (outcome, count) in outcomes {
            println!("  {count:>9} {outcome}");
        }
        assert!(accepted > 0, "{}: no input is accepted: {outcomes:?}", self.name);
        assert!(others > 0, "{}: every input is accepted", self.name);
    }
}

impl Limits {
    /// The result of some work, with the memory and the time that it took.
    fn taken<T>(self, work: impl FnOnce() -> T) -> (T, usize, Duration) {
        struct Uncounted;
        impl Drop for Uncounted {
            fn drop(&mut self) {
                allocator::uncounted();
            }
        }
        let _uncounted = Uncounted;
        let before = processor_time();
        let (done, memory) = allocator::counted(self.memory.saturating_mul(FAR), tell_input, work);
        (done, memory, processor_time().saturating_sub(before))
    }
}

/// Time of the processor that this thread has taken.
fn processor_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (u64::try_from(now.tv_sec), u32::try_from(now.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanoseconds.unwrap_or_default())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells the input under way on this thread.
fn tell_input() {
    let input = INPUT.with_borrow(Clone::clone);
    eprintln!("the input is {input:?}");
}

/// Watches for inputs that do not end, until the target has ended.
fn watch(under_way: &Arc<UnderWay>) {
    let watched = Arc::downgrade(under_way);
    std::thread::spawn(move || {
        while let Some(under_way) = watched.upgrade() {
            abort_if_it_hangs(&under_way);
            drop(under_way);
            std::thread::sleep(Duration::from_secs(1));
        }
    });
}

fn abort_if_it_hangs(under_way: &UnderWay) {
    if let Some((since, input)) = locked(under_way).as_ref().filter(|(since, _)| since.elapsed() > HANGS) {
        eprintln!("an input takes {} s: {input:?}", since.elapsed().as_secs());
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mutated;

    const LIMITS: Limits = Limits { memory: 1 << 20, time: Duration::from_millis(500) };

    /// Runs a target. The error is what it panicked with.
    fn run(name: &'static str, check: fn(&[u8]) -> &'static str) -> Result<(), String> {
        fn ran(name: &'static str, check: fn(&[u8]) -> &'static str) {
            let seeds = Mutated::of([b"even".to_vec(), b"odd".to_vec()]);
            Target::new(name, LIMITS).run(bolero::check!(), seeds, |bytes| check(bytes).to_owned());
        }
        std::panic::catch_unwind(|| ran(name, check)).map_err(|error| match error.downcast::<String>() {
            Ok(text) => *text,
            Err(error) => error.downcast_ref::<&str>().map_or_else(String::new, |text| (*text).to_owned()),
        })
    }

    fn parity(bytes: &[u8]) -> &'static str {
        if bytes.len().is_multiple_of(2) { Target::ACCEPTED } else { "odd" }
    }

    #[test]
    fn inputs_within_the_limits_pass() {
        assert_eq!(run("sound", parity), Ok(()));
    }

    #[test]
    fn an_input_that_takes_too_much_memory_fails() {
        let failed = run("memory", |bytes| {
            assert!(vec![1_u8; 2 << 20].len() > bytes.len());
            parity(bytes)
        });
        assert_eq!(failed, Err("test failed".to_owned()));
    }

    #[test]
    fn an_input_that_takes_too_much_time_fails() {
        let failed = run("time", |bytes| {
            let before = processor_time();
            while processor_time() - before < LIMITS.time {}
            parity(bytes)
        });
        assert_eq!(failed, Err("test failed".to_owned()));
    }

    #[test]
    fn inputs_of_one_outcome_fail() {
        assert!(run("accepted", |_| Target::ACCEPTED).unwrap_err().contains("every input is accepted"));
        assert!(run("refused", |_| "refused").unwrap_err().contains("no input is accepted"));
    }

    #[test]
    fn what_work_takes_is_measured() {
        let (length, memory, _) = LIMITS.taken(|| vec![1_u8; 100_000].len());
        assert!(length == 100_000 && (100_000..110_000).contains(&memory), "{memory}");
        let (_, memory, _) = LIMITS.taken(|| 1);
        assert_eq!(memory, 0);
    }
}
