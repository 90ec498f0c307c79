//! Admission control: how many submissions of one agency may be under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;

/// Counts the submissions under way.
#[derive(Debug)]
pub(super) struct Admission {
    limit: usize,
    under_way: Arc<Mutex<HashMap<String, usize>>>,
}

/// One submission under way. It is counted until this is dropped.
#[derive(Debug)]
pub(super) struct Admitted {
    agency: String,
    under_way: Arc<Mutex<HashMap<String, usize>>>,
}

impl Admission {
    /// Admission of at most `limit` submissions of each agency at a time.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, under_way: Arc::default() }
    }

    /// Admits a submission.
    ///
    /// # Errors
    ///
    /// If the agency has as many submissions under way as it may have.
    pub(super) fn admit(&self, agency: &str) -> Result<Admitted, Error> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let count = under_way.entry(agency.to_owned()).or_default();
        if *count >= self.limit {
            return Err(Error::Limit {
                reason: "TOO_MANY_SUBMISSIONS",
                message: format!(
                    "{agency} has {count} submissions under way, which is the limit: wait until one of them ends"
                ),
            });
        }
        *count += 1;
        Ok(Admitted { agency: agency.to_owned(), under_way: Arc::clone(&self.under_way) })
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = under_way.get_mut(&self.agency) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.agency);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_below_at_and_above_the_limit() {
        let admission = Admission::new(2);
        let first = admission.admit("mps").unwrap();
        let _second = admission.admit("mps").unwrap();
        assert!(matches!(admission.admit("mps"), Err(Error::Limit { .. })));
        let _other = admission.admit("nhs").unwrap();
        drop(first);
        let _third = admission.admit("mps").unwrap();
    }
}
