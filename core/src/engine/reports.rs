//! What was reported behind a value: months, agencies, and what is not included.

use std::sync::Arc;

use super::covered::{CITY, Covered, Need};
use super::data::{Data, Placed};
use super::measured::Measured;
use super::observation::{Completeness, MissingReason};
use super::place::Base;
use super::state::State;
use crate::cel::FieldPath;
use crate::contract::{Contract, Dataset};
use crate::period::{Month, Period};
use crate::reference::{AreaId, Coverage as London, Level};

/// What the reports behind a cell amount to.
#[derive(Debug)]
pub(super) struct Reports {
    /// Whether every month needed is there.
    pub(super) complete: bool,
    pub(super) completeness: Completeness,
    pub(super) sources: Vec<Arc<str>>,
    pub(super) synthetic: bool,
    pub(super) caveat: Option<Arc<str>>,
}

impl Data {
    /// What was reported for an area and a period, with `before` months that precede it.
    pub(super) fn reports(&self, placed: Placed<'_>, area: AreaId, period: Period, before: i32) -> Arc<Reports> {
        let key = (placed.dataset.id.as_str(), placed.date, placed.place.area, area, period, before);
        self.reports.get(&key, || self.report(placed, area, period, before))
    }

    fn report(&self, placed: Placed<'_>, area: AreaId, period: Period, before: i32) -> Reports {
        let reference = &self.core.reference;
        let base = self.base(placed.place.area);
        let need = Covered::need(&reference.areas, &base, area);
        let mut datasets = vec![placed.dataset];
        if placed.date.referenced {
            datasets.extend(Contract::get().dataset(placed.date.dataset));
        }
        let covered: Vec<Arc<Covered>> = datasets.iter().map(|dataset| self.covered_by(dataset, placed)).collect();
        let has = |need: Need, month: Month| covered.iter().all(|covered| covered.has(need, month));
        let count = |need: Need| period.months().filter(|month| has(need, *month)).count();
        let complete = count(need) == period.months().count();
        let (expected, received) = match need {
            Need::Any => self.site_months(&base, area, period, &covered),
            _ => (period.months().count(), count(need)),
        };
        let first = period.first().plus(-before);
        let (sources, synthetic) =
            covered.first().map_or_else(Default::default, |covered| covered.sources(need, first, period.last()));
        let synthetic =
            covered.iter().fold(synthetic, |any, covered| any || covered.sources(need, first, period.last()).1);
        Reports {
            complete,
            completeness: Completeness {
                expected: u32::try_from(expected).unwrap_or(u32::MAX),
                received: u32::try_from(received).unwrap_or(u32::MAX),
                records_missing_share: None,
            },
            sources,
            synthetic,
            caveat: self.coverage_caveat(&base, area, need, period, |month| has(Need::City, month)),
        }
    }

    /// Months by hospital sites of an area expected and received, where sites report for themselves; for others months.
    fn site_months(&self, base: &Base, area: AreaId, period: Period, covered: &[Arc<Covered>]) -> (usize, usize) {
        let areas = &self.core.reference.areas;
        let within = base.within(areas, area, period.end_date());
        let has = |site: AreaId, month| covered.iter().all(|covered| covered.has(Need::Own(site), month));
        let sites =
            within.iter().map(|at| base.areas[*at]).filter(|at| areas.get(*at).level() == Level::HospitalSite);
        let open: Vec<(AreaId, Month)> = sites
            .flat_map(|site| period.months().map(move |month| (site, month)))
            .filter(|(site, month)| areas.get(*site).validity().contains(month.last_day()))
            .collect();
        if open.is_empty() {
            let received = period.months().filter(|month| covered.iter().all(|known| known.has(Need::Any, *month)));
            return (period.months().count(), received.count());
        }
        (open.len(), open.iter().filter(|(site, month)| has(*site, *month)).count())
    }

    fn coverage_caveat(
        &self,
        base: &Base,
        area: AreaId,
        need: Need,
        period: Period,
        city: impl Fn(Month) -> bool,
    ) -> Option<Arc<str>> {
        let areas = &self.core.reference.areas;
        if need != Need::Mps || Some(area) != areas.london(London::Gl33) {
            return None;
        }
        let has_city = base.areas.iter().any(|area| areas.get(*area).code() == CITY);
        let months = period.months().filter(|month| city(*month)).count();
        let all = period.months().count();
        match months {
            _ if !has_city => None,
            months if months == all => None,
            0 => Some("The City of London is not included: nothing was submitted for it.".into()),
            months => Some(format!("The City of London is included for {months} of {all} months.").into()),
        }
    }

    /// What is reported in a dataset, by the area of the rows counted.
    fn covered_by(&self, dataset: &'static Dataset, placed: Placed<'_>) -> Arc<Covered> {
        let area = placed.place.area;
        // The dataset referred to has the area as a field of its own.
        let own = area.referenced && area.dataset == dataset.id.as_str();
        let path = if own { FieldPath { referenced: false, ..area } } else { area };
        self.covered(dataset, path)
    }
}

impl Reports {
    /// A value, or its reason for missing, with these reports behind it.
    pub(super) fn measured(&self, state: Result<State, MissingReason>) -> Measured {
        let mut measured = Measured::missing(MissingReason::NotSubmitted);
        measured.state = state;
        measured.completeness = self.completeness;
        measured.synthetic = self.synthetic;
        measured.sources.clone_from(&self.sources);
        measured.caveats.extend(self.caveat.clone());
        measured
    }
}
