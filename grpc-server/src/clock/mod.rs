//! Reads the time. No other module does; the others are given it.

mod instants;

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub(crate) use instants::{ClockJump, Instants};

/// Clock time in London by the rule in force since 1996 (Summer Time Order 2002, SI 2002/262).
static LONDON: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::posix("GMT0BST,M3.5.0/1,M10.5.0").unwrap_or(TimeZone::UTC));

/// The day in London of an instant, in microseconds since 1970-01-01T00:00:00Z.
pub(crate) fn london_day(micros: i64) -> Date {
    let instant = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
    LONDON.to_datetime(instant).date()
}

/// A source of the current time.
pub(crate) trait Clock: Send + Sync {
    /// Now, in microseconds since 1970-01-01T00:00:00Z.
    fn now_micros(&self) -> i64;

    /// Time that has passed since some instant after the start of the program. Nobody can set it.
    fn since_start(&self) -> Duration;
}

/// An instant after the start of the program.
static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The clock of the machine.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all other code must use")]
    fn now_micros(&self) -> i64 {
        Timestamp::now().as_microsecond()
    }

    fn since_start(&self) -> Duration {
        STARTED.elapsed()
    }
}
