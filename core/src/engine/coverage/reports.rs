//! What was reported behind a value: months, agencies, and what is not included.

use std::sync::Arc;

use super::reporters::{CITY, Reporters, RequiredReporter};
use super::{Completeness, Coverage};
use crate::cel::FieldPath;
use crate::contract::{Contract, Dataset};
use crate::design::RowBasis;
use crate::engine::counts::CountStore;
use crate::engine::rows::AreaIndex;
use crate::period::{Month, Period};
use crate::reference::{AreaId, Areas, Coverage as London, Level};

/// What the reports behind a cell amount to.
#[derive(Debug)]
pub(crate) struct Reports {
    /// Whether every month needed is there.
    pub(crate) complete: bool,
    pub(crate) completeness: Completeness,
    pub(crate) sources: Vec<Arc<str>>,
    pub(crate) synthetic: bool,
    pub(crate) caveat: Option<Arc<str>>,
}

impl Coverage {
    /// What was reported for an area and a period, with `before` months that precede it.
    pub(crate) fn reports(
        &self,
        store: &CountStore,
        rows: &RowBasis,
        area: AreaId,
        period: Period,
        before: i32,
    ) -> Arc<Reports> {
        let key = (rows.dataset.id.as_str(), rows.date, rows.area, area, period, before);
        self.reports.get(&key, || self.report(store, rows, area, period, before))
    }

    fn report(&self, store: &CountStore, rows: &RowBasis, area: AreaId, period: Period, before: i32) -> Reports {
        let areas = &store.rows.core.reference.areas;
        let index = store.rows.area_index(rows.area);
        let required = Reporters::required(areas, &index, area);
        let mut datasets = vec![rows.dataset];
        if rows.date.referenced {
            datasets.extend(Contract::get().dataset(rows.date.dataset));
        }
        let covered: Vec<Arc<Reporters>> =
            datasets.iter().map(|dataset| self.reporters_by_area(store, dataset, rows.area)).collect();
        let has =
            |required: RequiredReporter, month: Month| covered.iter().all(|covered| covered.has(required, month));
        let count = |required: RequiredReporter| period.months().filter(|month| has(required, *month)).count();
        let complete = count(required) == period.months().count();
        let (expected, received) = match required {
            RequiredReporter::Any => site_months(areas, &index, area, period, &covered),
            _ => (period.months().count(), count(required)),
        };
        let first = period.first().plus(-before);
        let (sources, synthetic) =
            covered.first().map_or_else(Default::default, |covered| covered.sources(required, first, period.last()));
        let synthetic =
            covered.iter().fold(synthetic, |any, covered| any || covered.sources(required, first, period.last()).1);
        Reports {
            complete,
            completeness: Completeness {
                expected: u32::try_from(expected).unwrap_or(u32::MAX),
                received: u32::try_from(received).unwrap_or(u32::MAX),
                records_missing_share: None,
            },
            sources,
            synthetic,
            caveat: city_caveat(areas, &index, area, (required, period), |month| has(RequiredReporter::City, month)),
        }
    }

    /// Who reports in a dataset, by the area of the rows counted.
    fn reporters_by_area(&self, store: &CountStore, dataset: &'static Dataset, area: FieldPath) -> Arc<Reporters> {
        // The dataset referred to has the area as a field of its own.
        let own = area.referenced && area.dataset == dataset.id.as_str();
        let path = if own { FieldPath { referenced: false, ..area } } else { area };
        self.reporters(store, dataset, path)
    }
}

/// Months by hospital sites of an area expected and received, where sites report for themselves; for others months.
fn site_months(
    areas: &Areas,
    index: &AreaIndex,
    area: AreaId,
    period: Period,
    covered: &[Arc<Reporters>],
) -> (usize, usize) {
    let within = index.within(areas, area, period.end_date());
    let has = |site: AreaId, month| covered.iter().all(|covered| covered.has(RequiredReporter::Own(site), month));
    let sites = within.iter().map(|at| index.areas[*at]).filter(|at| areas.get(*at).level() == Level::HospitalSite);
    let open: Vec<(AreaId, Month)> = sites
        .flat_map(|site| period.months().map(move |month| (site, month)))
        .filter(|(site, month)| areas.get(*site).validity().contains(month.last_day()))
        .collect();
    if open.is_empty() {
        let received =
            period.months().filter(|month| covered.iter().all(|known| known.has(RequiredReporter::Any, *month)));
        return (period.months().count(), received.count());
    }
    (open.len(), open.iter().filter(|(site, month)| has(*site, *month)).count())
}

/// What to know about the City of London, whose force is not the Metropolitan Police.
fn city_caveat(
    areas: &Areas,
    index: &AreaIndex,
    area: AreaId,
    (required, period): (RequiredReporter, Period),
    city: impl Fn(Month) -> bool,
) -> Option<Arc<str>> {
    if required != RequiredReporter::Mps || Some(area) != areas.london(London::Gl33) {
        return None;
    }
    let has_city = index.areas.iter().any(|area| areas.get(*area).code() == CITY);
    let months = period.months().filter(|month| city(*month)).count();
    let all = period.months().count();
    match months {
        _ if !has_city => None,
        months if months == all => None,
        0 => Some("The City of London is not included: nothing was submitted for it.".into()),
        months => Some(format!("The City of London is included for {months} of {all} months.").into()),
    }
}
