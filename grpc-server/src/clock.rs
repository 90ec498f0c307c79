//! The only place that reads the time. Everything else is told it.

use jiff::Timestamp;

/// What time it is.
pub(crate) trait Clock: Send + Sync {
    /// Now, in microseconds since 1970-01-01T00:00:00Z.
    fn now_micros(&self) -> i64;
}

/// The time of the machine.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the others are told to use")]
    fn now_micros(&self) -> i64 {
        Timestamp::now().as_microsecond()
    }
}
