//! Reads the time. No other module does; the others are given it.

use jiff::Timestamp;

/// A source of the current time.
pub(crate) trait Clock: Send + Sync {
    /// Now, in microseconds since 1970-01-01T00:00:00Z.
    fn now_micros(&self) -> i64;
}

/// The clock of the machine.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all other code must use")]
    fn now_micros(&self) -> i64 {
        Timestamp::now().as_microsecond()
    }
}
