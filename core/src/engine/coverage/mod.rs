//! Coverage: who was expected to report, and who did.

mod reporters;
mod reports;

use std::sync::Arc;

pub(crate) use reporters::{CITY, Reporters, RequiredReporter, areas_seen};
pub(crate) use reports::Reports;

use super::cache::Cache;
use super::counts::CountStore;
use crate::cel::FieldPath;
use crate::contract::Dataset;
use crate::period::Period;
use crate::reference::AreaId;

/// How complete the data are that a value is based on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Completeness {
    /// Months, or months of areas, or sites expected.
    pub expected: u32,
    /// Of these, received.
    pub received: u32,
    /// Share of records left out because a link is missing, where the measure needs links.
    pub records_missing_share: Option<f64>,
}

/// What reports are kept under: dataset, date and area of its rows, area, period, and months before it.
type ReportsKey = (&'static str, FieldPath, FieldPath, AreaId, Period, i32);

/// Who reports, and what was reported, as far as it has been asked for.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    reporters: Cache<(&'static str, FieldPath), Reporters>,
    reports: Cache<ReportsKey, Reports>,
}

impl Coverage {
    /// Who reports in a dataset, by the area of its rows.
    pub(crate) fn reporters(&self, store: &CountStore, dataset: &'static Dataset, area: FieldPath) -> Arc<Reporters> {
        self.reporters.get(&(dataset.id.as_str(), area), || {
            let index = store.rows.area_index(area);
            let (reference, snapshot) = (&store.rows.core.reference, &store.rows.snapshot);
            if let Some(counted) = &store.elsewhere {
                let seen = counted.areas_seen(dataset, area, &index);
                return seen.map_or_else(Reporters::default, |seen| {
                    Reporters::of(snapshot, dataset, reference, |_| seen.clone())
                });
            }
            match store.rows.rows.table(&dataset.id) {
                Some(table) => Reporters::new(snapshot, &store.rows.rows, table, reference, (area, &index)),
                None => Reporters::default(),
            }
        })
    }

    /// The datasets, and the fields of area, for which reporters have been asked for so far.
    pub(crate) fn asked(&self) -> Vec<(&'static str, FieldPath)> {
        self.reporters.entries().into_iter().map(|(key, _)| key).collect()
    }
}
