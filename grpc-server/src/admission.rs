//! Admission: how much of the exchange one agency, and all callers together, may use.
//!
//! A caller that nobody has identified has no agency, so only the limits of all callers hold for it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::limits::Limits;

/// Wait before a call is sent again that was refused because others are under way. Most calls end within it.
const WHILE_OTHERS_END: Duration = Duration::from_secs(1);
/// Time in which so many calls may be made.
const MINUTE: Duration = Duration::from_secs(60);
/// Time in which so many bytes may be sent and so many rows submitted.
const HOUR: Duration = Duration::from_secs(3_600);

/// The caller has to wait, because it or others use as much as they may.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Busy {
    /// Reason in the details of the status.
    pub(crate) reason: &'static str,
    /// Which limit is reached, and what to do.
    pub(crate) message: String,
    /// Time after which the call can be sent again.
    pub(crate) retry_after: Duration,
}

/// Admits calls.
#[derive(Debug)]
pub(crate) struct Admission {
    limits: Limits,
    calls: Arc<AtomicUsize>,
    agencies: Mutex<HashMap<Arc<str>, Arc<Agency>>>,
}

/// What an agency uses.
#[derive(Debug)]
struct Agency {
    calls: AtomicUsize,
    connections: AtomicUsize,
    allowances: Mutex<Allowances>,
}

/// What an agency may use in a time.
#[derive(Debug)]
struct Allowances {
    calls: Allowance,
    bytes: Allowance,
    rows: Allowance,
}

/// So many units in a time. They come back evenly. Who has used more of them waits until they are back: the size of a call
/// is known only when it ends, so it is not refused for it.
#[derive(Debug)]
struct Allowance {
    most: u64,
    within: Duration,
    /// Instant at which all units are back.
    whole_at: Instant,
}

/// A call that was admitted. It is under way until this is dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    all: Arc<AtomicUsize>,
    agency: Option<Arc<Agency>>,
}

/// The places that a connection takes among those of agencies, usually of one. They are free when the connection is closed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats(Arc<Mutex<Vec<Seat>>>);

#[derive(Debug)]
struct Seat(Arc<Agency>);

impl Admission {
    /// Admission within these limits.
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, calls: Arc::default(), agencies: Mutex::default() }
    }

    /// Admits a call of an agency, or of nobody, on a connection with these seats.
    ///
    /// # Errors
    ///
    /// [`Busy`] if a limit is reached.
    pub(crate) fn admit(&self, agency: Option<&Arc<str>>, seats: &Seats) -> Result<Admitted, Busy> {
        self.admit_at(agency, seats, Instant::now())
    }

    fn admit_at(&self, id: Option<&Arc<str>>, seats: &Seats, now: Instant) -> Result<Admitted, Busy> {
        let agency = id.map(|id| self.agency(id, now));
        // Both counts are taken at once, and are given back if the call is refused.
        let all = self.calls.fetch_add(1, Ordering::Relaxed);
        let own = agency.as_ref().map_or(0, |agency| agency.calls.fetch_add(1, Ordering::Relaxed));
        let admitted = Admitted { all: Arc::clone(&self.calls), agency };
        let Limits { calls, calls_per_agency, connections_per_agency, .. } = self.limits;
        if let Some((id, agency)) = id.zip(admitted.agency.as_ref()) {
            if !seats.take(agency, connections_per_agency) {
                return Err(waits_for_others(
                    "TOO_MANY_CONNECTIONS",
                    format!(
                        "{id} has {connections_per_agency} connections open, which is the limit: make all calls over a few of them"
                    ),
                ));
            }
            if own >= calls_per_agency {
                return Err(waits_for_others(
                    "TOO_MANY_CALLS",
                    format!("{id} has {calls_per_agency} calls under way, which is the limit"),
                ));
            }
        }
        if all >= calls {
            return Err(waits_for_others(
                "TOO_MANY_CALLS_IN_ALL",
                format!("{calls} calls are under way, which is the limit for all callers together"),
            ));
        }
        if let Some((id, agency)) = id.zip(admitted.agency.as_ref()) {
            locked(&agency.allowances).begin(id, now)?;
        }
        Ok(admitted)
    }

    fn agency(&self, id: &Arc<str>, now: Instant) -> Arc<Agency> {
        let Limits { calls_per_minute, bytes_per_hour, rows_per_hour, .. } = self.limits;
        let new = || {
            let allowances = Allowances {
                calls: Allowance { most: calls_per_minute, within: MINUTE, whole_at: now },
                bytes: Allowance { most: bytes_per_hour, within: HOUR, whole_at: now },
                rows: Allowance { most: rows_per_hour, within: HOUR, whole_at: now },
            };
            Arc::new(Agency {
                calls: AtomicUsize::new(0),
                connections: AtomicUsize::new(0),
                allowances: Mutex::new(allowances),
            })
        };
        // Only agencies that the operator or its authority has named come so far, so there are not many.
        Arc::clone(locked(&self.agencies).entry(Arc::clone(id)).or_insert_with(new))
    }
}

impl Allowances {
    /// Takes a call, if neither calls nor bytes nor rows are used up.
    fn begin(&mut self, id: &str, now: Instant) -> Result<(), Busy> {
        let used = [
            ("TOO_MANY_CALLS_A_MINUTE", &self.calls, "made", "calls in a minute"),
            ("TOO_MANY_BYTES_AN_HOUR", &self.bytes, "sent and received", "bytes in an hour"),
            ("TOO_MANY_ROWS_AN_HOUR", &self.rows, "submitted", "rows in an hour"),
        ];
        for (reason, allowance, did, units) in used {
            if let Some(wait) = allowance.wait(now) {
                let most = allowance.most;
                return Err(busy(reason, wait, format!("{id} has {did} {most} {units}, which is the limit")));
            }
        }
        self.calls.take(1, now);
        Ok(())
    }
}

impl Allowance {
    /// How long to wait until there is a unit; `None` if there is one.
    fn wait(&self, now: Instant) -> Option<Duration> {
        let without_one = self.whole_at.checked_add(self.back_after(1))?;
        without_one.checked_duration_since(now + self.within).filter(|wait| !wait.is_zero())
    }

    /// Takes units, also such as there are not yet.
    fn take(&mut self, units: u64, now: Instant) {
        let from = self.whole_at.max(now);
        self.whole_at = from.checked_add(self.back_after(units)).unwrap_or(from);
    }

    /// Time in which so many units come back.
    fn back_after(&self, units: u64) -> Duration {
        // Rounded down, so that as many as there are can be taken at once.
        let nanoseconds = self.within.as_nanos() * u128::from(units) / u128::from(self.most);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

impl Admitted {
    /// Counts bytes that the caller has sent or received.
    pub(crate) fn used_bytes(&self, bytes: usize) {
        self.used(bytes, |allowances| &mut allowances.bytes);
    }

    /// Counts rows that the caller has submitted.
    pub(crate) fn used_rows(&self, rows: u64) {
        self.used(usize::try_from(rows).unwrap_or(usize::MAX), |allowances| &mut allowances.rows);
    }

    fn used(&self, units: usize, of: impl FnOnce(&mut Allowances) -> &mut Allowance) {
        if let Some(agency) = &self.agency {
            of(&mut locked(&agency.allowances)).take(u64::try_from(units).unwrap_or(u64::MAX), Instant::now());
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::Relaxed);
        if let Some(agency) = &self.agency {
            agency.calls.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Seats {
    /// Takes a place of an agency for this connection, if it has none yet. Whether it has one now.
    fn take(&self, agency: &Arc<Agency>, most: usize) -> bool {
        let mut seats = locked(&self.0);
        if seats.iter().any(|seat| Arc::ptr_eq(&seat.0, agency)) {
            return true;
        }
        if agency.connections.fetch_add(1, Ordering::Relaxed) >= most {
            agency.connections.fetch_sub(1, Ordering::Relaxed);
            return false;
        }
        seats.push(Seat(Arc::clone(agency)));
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A caller that waits until other calls have ended.
fn waits_for_others(reason: &'static str, limit: String) -> Busy {
    busy(reason, WHILE_OTHERS_END, limit)
}

/// A caller that waits for some time: at least a moment, so that nobody calls again at once.
pub(crate) fn busy(reason: &'static str, wait: Duration, limit: String) -> Busy {
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    let retry_after = Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX));
    let unit = if seconds == 1 { "second" } else { "seconds" };
    Busy { reason, message: format!("{limit}: send the call again in {seconds} {unit}"), retry_after }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(change: impl FnOnce(&mut Limits)) -> Admission {
        let mut limits = Limits::of_memory(1 << 30);
        change(&mut limits);
        Admission::new(limits)
    }

    fn reason(refused: Result<Admitted, Busy>) -> &'static str {
        refused.map_or_else(|busy| busy.reason, |_| "")
    }

    fn mps() -> Arc<str> {
        "mps".into()
    }

    #[test]
    fn one_below_at_and_above_the_calls_under_way() {
        let admission = admission(|limits| (limits.calls_per_agency, limits.calls) = (2, 3));
        let (seats, cps): (_, Arc<str>) = (Seats::default(), "cps".into());
        let admit = |agency: &Arc<str>| admission.admit(Some(agency), &seats);
        let first = admit(&mps()).unwrap();
        let _second = admit(&mps()).unwrap();
        assert_eq!(reason(admit(&mps())), "TOO_MANY_CALLS");
        let _third = admission.admit(None, &seats).unwrap();
        assert_eq!(reason(admit(&cps)), "TOO_MANY_CALLS_IN_ALL");
        assert_eq!(reason(admission.admit(None, &seats)), "TOO_MANY_CALLS_IN_ALL");
        drop(first);
        assert_eq!(reason(admit(&cps)), "");
        assert_eq!(reason(admit(&mps())), "");
    }

    #[test]
    fn a_connection_has_one_place_of_an_agency_until_it_is_closed() {
        let admission = admission(|limits| limits.connections_per_agency = 2);
        let connections = [Seats::default(), Seats::default(), Seats::default()];
        let admit = |at: usize| reason(admission.admit(Some(&mps()), &connections[at]));
        assert_eq!([admit(0), admit(1), admit(0), admit(2)], ["", "", "", "TOO_MANY_CONNECTIONS"]);
        assert_eq!(reason(admission.admit(Some(&"cps".into()), &connections[2])), "");
        let [closed, _open, third] = connections;
        drop(closed);
        assert_eq!(reason(admission.admit(Some(&mps()), &third)), "");
    }

    #[test]
    fn calls_of_a_minute_come_back_evenly() {
        let admission = admission(|limits| limits.calls_per_minute = 7);
        let begun = Instant::now();
        let admit =
            |seconds| admission.admit_at(Some(&mps()), &Seats::default(), begun + Duration::from_secs(seconds));
        for _ in 0..7 {
            assert_eq!(reason(admit(0)), "");
        }
        let refused = admit(0).unwrap_err();
        assert_eq!(refused.reason, "TOO_MANY_CALLS_A_MINUTE");
        assert!(refused.message.ends_with("send the call again in 9 seconds"), "{refused}");
        // One of seven is back after 8.6 seconds. A call that was refused takes none.
        let refused = "TOO_MANY_CALLS_A_MINUTE";
        assert_eq!(
            [1, 8, 9, 9, 17, 18].map(|seconds| reason(admit(seconds))),
            [refused, refused, "", refused, refused, ""]
        );
        assert_eq!(reason(admission.admit_at(None, &Seats::default(), begun)), "");
    }

    #[test]
    fn bytes_and_rows_beyond_the_limit_are_waited_for() {
        let admission = admission(|limits| (limits.bytes_per_hour, limits.rows_per_hour) = (1_000, 100));
        let admit = || admission.admit(Some(&mps()), &Seats::default());
        admit().unwrap().used_bytes(1_500);
        let refused = admit().unwrap_err();
        assert_eq!(refused.reason, "TOO_MANY_BYTES_AN_HOUR");
        // Half of the limit is back after half an hour.
        assert!((1_795..=1_804).contains(&refused.retry_after.as_secs()), "{refused:?}");
        admission.admit(Some(&"cps".into()), &Seats::default()).unwrap().used_rows(101);
        assert_eq!(reason(admission.admit(Some(&"cps".into()), &Seats::default())), "TOO_MANY_ROWS_AN_HOUR");
        assert_eq!(reason(admission.admit(None, &Seats::default())), "");
    }
}
