//! Coverage: which agencies were expected to report, and which did.

mod reporters;
mod reports;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

pub(crate) use reporters::{Reporters, Sources, areas_seen};
pub(crate) use reports::{Reports, area_field, not_submitted, parts, reporting_field};

use super::cache::{Cache, MOST_PLACES};
use super::counts::CountStore;
use crate::cel::FieldPath;
use crate::contract::Dataset;
use crate::period::Period;
use crate::reference::AreaId;

/// The City of London, which has its own force.
pub(crate) const CITY: &str = "E09000001";

/// Completeness of the data on which a value is based.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Completeness {
    /// Number of months, months of areas, or site-months expected.
    pub expected: u32,
    /// Number of these that were received.
    pub received: u32,
    /// Share of records left out because a link is missing, from 0 to 1; `None` if the measure needs no links.
    pub records_missing_share: Option<f64>,
}

impl Completeness {
    /// The share of what was expected that was received; `None` if nothing was expected.
    pub(crate) fn share(self) -> Option<f64> {
        (self.expected > 0).then(|| f64::from(self.received) / f64::from(self.expected))
    }

    /// Whether a smaller share of what was expected was received.
    pub(crate) fn is_less_than(self, other: Self) -> bool {
        u64::from(self.received) * u64::from(other.expected) < u64::from(other.received) * u64::from(self.expected)
    }

    /// The completeness of a value that needs no links.
    pub(crate) fn of(expected: usize, received: usize) -> Self {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self { expected: count(expected), received: count(received), records_missing_share: None }
    }
}

/// The key of reports: the dataset, the date and area fields of its rows, the area, the period, the number of months before
/// it, and the day since which they were extracted.
type ReportsKey = (&'static str, FieldPath, FieldPath, AreaId, Period, i32, Option<Date>);

/// Reporters and their reports. Results are cached when they are first needed.
#[derive(Debug)]
pub(crate) struct Coverage {
    reporters: Cache<(&'static str, FieldPath, Option<Date>), Reporters>,
    reports: Cache<ReportsKey, Reports>,
}

impl Default for Coverage {
    fn default() -> Self {
        Self { reporters: Cache::default(), reports: Cache::of_at_most(MOST_PLACES) }
    }
}

impl Coverage {
    /// The reporters of a dataset, by the area field of its rows.
    pub(crate) fn reporters(&self, store: &CountStore, dataset: &'static Dataset, area: FieldPath) -> Arc<Reporters> {
        self.reporters_since(store, dataset, area, None)
    }

    /// The reporters of a dataset with the reports that were extracted since a day, or on a day that is not known.
    fn reporters_since(
        &self,
        store: &CountStore,
        dataset: &'static Dataset,
        area: FieldPath,
        since: Option<Date>,
    ) -> Arc<Reporters> {
        self.reporters.get(&(dataset.id.as_str(), area, since), || {
            let index = store.rows.area_index(area);
            let (reference, snapshot) = (&store.rows.core.reference, &store.rows.snapshot);
            if let Some(counted) = &store.elsewhere {
                let seen = counted.areas_seen(dataset, area, &index);
                return seen.map_or_else(Reporters::default, |seen| {
                    Reporters::of(snapshot, dataset, reference, since, |_| seen.clone())
                });
            }
            match store.rows.rows.table(&dataset.id) {
                Some(table) => Reporters::new(snapshot, &store.rows.rows, table, reference, (area, &index), since),
                None => Reporters::of(snapshot, dataset, reference, since, |_| BTreeSet::new()),
            }
        })
    }

    /// The datasets and area fields for which reporters have been needed so far.
    pub(crate) fn asked(&self) -> Vec<(&'static str, FieldPath)> {
        let asked = self.reporters.entries().into_iter().map(|((dataset, area, _), _)| (dataset, area));
        asked.collect::<BTreeSet<_>>().into_iter().collect()
    }
}
