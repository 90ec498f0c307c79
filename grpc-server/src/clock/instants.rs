//! Gives each entry its instant, and refuses a clock that has jumped.
//!
//! Instants only grow. If a clock that is years ahead for a minute stamped one entry, all later entries would be years
//! ahead too. So while the server runs, its clock must agree with the time that has passed. At the start, the clock is
//! compared with the last instant that is known. An operator can say that it is right.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::Clock;

/// A clock that moves by more than this against the time that has passed has jumped. Corrections by NTP are smaller:
/// its daemon stops at 1,000 seconds.
const LARGEST_DRIFT: Duration = Duration::from_secs(24 * 3_600);
/// At the start, the clock may be ahead of the last known instant by this much: some data are submitted once a year, and
/// the exchange that takes them must not be stuck.
const LONGEST_REST: Duration = Duration::from_secs(400 * 24 * 3_600);

/// The clock is far from the instant at which it should be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the clock of the exchange says {now}, which is too far from {expected}: nothing is stored while it does. Correct \
     the clock; if it is right, start the server with --accept-clock-jump"
)]
pub(crate) struct ClockJump {
    now: Timestamp,
    expected: Timestamp,
}

/// Gives the instants of entries.
pub(crate) struct Instants {
    clock: Arc<dyn Clock>,
    /// The clock when an operator last looked at it.
    accepted: Option<i64>,
    /// The clock and the time since the start, when the clock was last found right at a start.
    right: Mutex<Option<(i64, Duration)>>,
}

impl Instants {
    /// Instants of a clock. `accepted` is the clock when an operator last looked at it.
    pub(crate) fn new(clock: Arc<dyn Clock>, accepted: Option<i64>) -> Self {
        Self { clock, accepted, right: Mutex::new(None) }
    }

    /// Now, unless the clock has jumped. `last` is the instant of the last entry.
    ///
    /// # Errors
    ///
    /// [`ClockJump`].
    pub(crate) fn now(&self, last: Option<i64>) -> Result<i64, ClockJump> {
        let (now, passed) = (self.clock.now_micros(), self.clock.since_start());
        let mut right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        match *right {
            Some((at, then)) => {
                let expected = at.saturating_add(micros(passed.saturating_sub(then)));
                within(now, expected, LARGEST_DRIFT)?;
            }
            None => {
                let known = [last, self.accepted].into_iter().flatten();
                let checked: Vec<_> = known.map(|known| within(now, known, LONGEST_REST)).collect();
                if !checked.is_empty() && checked.iter().all(Result::is_err) {
                    return checked.into_iter().collect::<Result<(), _>>().map(|()| now);
                }
                *right = Some((now, passed));
            }
        }
        Ok(now)
    }

    /// The instant of the next entry: now, but later than the last entry.
    ///
    /// # Errors
    ///
    /// [`ClockJump`].
    pub(crate) fn next(&self, last: Option<i64>) -> Result<i64, ClockJump> {
        let now = self.now(last)?;
        Ok(last.map_or(now, |last| now.max(last.saturating_add(1))))
    }
}

/// Refuses an instant that is later than expected by more than `ahead`, or earlier by more than the drift.
fn within(now: i64, expected: i64, ahead: Duration) -> Result<(), ClockJump> {
    let earliest = expected.saturating_sub(micros(LARGEST_DRIFT));
    let latest = expected.saturating_add(micros(ahead));
    if (earliest..=latest).contains(&now) {
        return Ok(());
    }
    let instant = |micros| Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
    Err(ClockJump { now: instant(now), expected: instant(expected) })
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    const DAY: i64 = 24 * 3_600 * 1_000_000;

    /// A clock whose time passes as a test says.
    struct Hands {
        now: AtomicI64,
        passed: AtomicI64,
    }

    impl Clock for Hands {
        fn now_micros(&self) -> i64 {
            self.now.load(Ordering::Relaxed)
        }

        fn since_start(&self) -> Duration {
            Duration::from_micros(self.passed.load(Ordering::Relaxed).try_into().unwrap())
        }
    }

    fn at(now: i64, accepted: Option<i64>) -> (Arc<Hands>, Instants) {
        let hands = Arc::new(Hands { now: now.into(), passed: 0.into() });
        (Arc::clone(&hands), Instants::new(hands, accepted))
    }

    #[test]
    fn a_clock_that_jumps_is_refused_until_it_is_back() {
        let (hands, instants) = at(100 * DAY, None);
        assert_eq!(instants.next(Some(100 * DAY)), Ok(100 * DAY + 1));
        hands.now.store(3_750 * DAY, Ordering::Relaxed);
        assert!(instants.next(Some(100 * DAY)).is_err());
        hands.now.store(90 * DAY, Ordering::Relaxed);
        assert!(instants.next(Some(100 * DAY)).is_err());
        // A month passes without an entry.
        hands.now.store(130 * DAY, Ordering::Relaxed);
        hands.passed.store(30 * DAY, Ordering::Relaxed);
        assert_eq!(instants.next(Some(100 * DAY)), Ok(130 * DAY));
    }

    #[test]
    fn at_the_start_the_clock_is_compared_with_what_is_known() {
        assert_eq!(at(0, None).1.next(None), Ok(0));
        assert_eq!(at(500 * DAY, None).1.next(Some(101 * DAY)), Ok(500 * DAY));
        assert!(at(502 * DAY, None).1.next(Some(101 * DAY)).is_err());
        assert_eq!(at(502 * DAY, Some(502 * DAY)).1.next(Some(101 * DAY)), Ok(502 * DAY));
        // The clock was ahead when the last entry was stored. Instants grow all the same.
        assert_eq!(at(99 * DAY, Some(99 * DAY)).1.next(Some(3_750 * DAY)), Ok(3_750 * DAY + 1));
        // A wrong clock at the start is corrected while the server runs.
        let (hands, instants) = at(0, None);
        assert!(instants.next(Some(100 * DAY)).is_err());
        hands.now.store(101 * DAY, Ordering::Relaxed);
        assert_eq!(instants.next(Some(100 * DAY)), Ok(101 * DAY));
    }
}
