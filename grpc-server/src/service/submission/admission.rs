//! Admission control: how many submissions may be under way, of one agency and in all, and how much content they may
//! have together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::admission::busy;
use crate::error::Error;
use crate::limits::Limits;
use crate::task::Turns;

/// Time in which other submissions usually end.
const OTHERS_END_WITHIN: Duration = Duration::from_secs(30);

/// Counts the submissions under way.
#[derive(Debug)]
pub(super) struct Admission(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limits: Limits,
    under_way: Mutex<UnderWay>,
    decoding: Turns,
}

#[derive(Debug, Default)]
struct UnderWay {
    by_agency: HashMap<String, usize>,
    submissions: usize,
    bytes: usize,
}

/// One submission under way. It is counted until this is dropped.
#[derive(Debug)]
pub(super) struct Admitted {
    agency: String,
    bytes: Mutex<usize>,
    shared: Arc<Shared>,
}

impl Admission {
    /// Admission within these limits.
    pub(super) fn new(limits: Limits) -> Self {
        Self(Arc::new(Shared { limits, under_way: Mutex::default(), decoding: Turns::new() }))
    }

    /// Admits a submission.
    ///
    /// # Errors
    ///
    /// If the agency, or all agencies together, have as many submissions under way as they may have.
    pub(super) fn admit(&self, agency: &str) -> Result<Admitted, Error> {
        let Limits { submissions, submissions_per_agency, .. } = self.0.limits;
        let mut under_way = locked(&self.0.under_way);
        let of_agency = under_way.by_agency.get(agency).copied().unwrap_or_default();
        if of_agency >= submissions_per_agency {
            let limit = format!("{agency} has {of_agency} submissions under way, which is the limit");
            return Err(busy("TOO_MANY_SUBMISSIONS", OTHERS_END_WITHIN, limit).into());
        }
        if under_way.submissions >= submissions {
            let limit =
                format!("{submissions} submissions are under way, which is the limit for all agencies together");
            return Err(busy("TOO_MANY_SUBMISSIONS_IN_ALL", OTHERS_END_WITHIN, limit).into());
        }
        under_way.submissions += 1;
        under_way.by_agency.insert(agency.to_owned(), of_agency + 1);
        Ok(Admitted { agency: agency.to_owned(), bytes: Mutex::default(), shared: Arc::clone(&self.0) })
    }
}

impl Admitted {
    /// Counts further content of the submission.
    ///
    /// # Errors
    ///
    /// If all submissions under way would have more content than they may have together.
    pub(super) fn hold(&self, bytes: usize) -> Result<(), Error> {
        let limit = self.shared.limits.bytes_under_way;
        let mut under_way = locked(&self.shared.under_way);
        let all = under_way.bytes.saturating_add(bytes);
        if all > limit {
            let limit = format!(
                "all submissions under way have more than {limit} bytes together, and nothing of this one was stored"
            );
            return Err(busy("TOO_MANY_BYTES_IN_ALL", OTHERS_END_WITHIN, limit).into());
        }
        under_way.bytes = all;
        *locked(&self.bytes) += bytes;
        Ok(())
    }

    /// Turns to decode a chunk.
    pub(super) fn decoding(&self) -> &Turns {
        &self.shared.decoding
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut under_way = locked(&self.shared.under_way);
        under_way.submissions -= 1;
        under_way.bytes -= *locked(&self.bytes);
        if let Some(count) = under_way.by_agency.get_mut(&self.agency) {
            *count -= 1;
            if *count == 0 {
                under_way.by_agency.remove(&self.agency);
            }
        }
    }
}

fn locked<T>(counts: &Mutex<T>) -> MutexGuard<'_, T> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason<T>(refused: Result<T, Error>) -> &'static str {
        match refused {
            Err(Error::Busy(busy)) => busy.reason,
            _ => "",
        }
    }

    #[test]
    fn one_below_at_and_above_the_limits() {
        let limits =
            Limits { submissions_per_agency: 2, submissions: 3, bytes_under_way: 10, ..Limits::of_memory(1 << 30) };
        let admission = Admission::new(limits);
        let first = admission.admit("mps").unwrap();
        let _second = admission.admit("mps").unwrap();
        assert_eq!(reason(admission.admit("mps")), "TOO_MANY_SUBMISSIONS");
        let other = admission.admit("nhs").unwrap();
        assert_eq!(reason(admission.admit("cps")), "TOO_MANY_SUBMISSIONS_IN_ALL");
        first.hold(6).unwrap();
        other.hold(4).unwrap();
        assert_eq!(reason(other.hold(1)), "TOO_MANY_BYTES_IN_ALL");
        drop(first);
        other.hold(6).unwrap();
        let _third = admission.admit("mps").unwrap();
    }
}
