//! The reports behind a value: months, agencies, and areas that are not included.

use std::sync::Arc;

use jiff::civil::Date;

use super::reporters::{Reporters, Sources};
use super::{CITY, Completeness, Coverage};
use crate::cel::FieldPath;
use crate::contract::{Contract, Dataset};
use crate::design::RowBasis;
use crate::engine::counts::CountStore;
use crate::engine::rows::AreaIndex;
use crate::period::{Month, Period};
use crate::reference::{AreaId, Areas, Coverage as London, Level};

/// Number of areas that a caveat names.
const NAMED: usize = 5;

/// A summary of the reports behind a cell.
#[derive(Debug)]
pub(crate) struct Reports {
    /// Whether all required months are reported on.
    pub(crate) complete: bool,
    pub(crate) completeness: Completeness,
    pub(crate) sources: Vec<Arc<str>>,
    pub(crate) synthetic: bool,
    /// Whether any of the reports was extracted while its records were still revised.
    pub(crate) provisional: bool,
    pub(crate) caveat: Option<Arc<str>>,
    /// The area whose residents the reports are about: the area itself, or Greater London without the City of London, whose
    /// force did not report. `None` if that force reported on some of the months only.
    pub(crate) population: Option<AreaId>,
}

impl Coverage {
    /// The reports for an area and a period. The sources include the `before` months before it.
    pub(crate) fn reports(
        &self,
        store: &CountStore,
        rows: &RowBasis,
        area: AreaId,
        period: Period,
        before: i32,
    ) -> Arc<Reports> {
        self.reports_since(store, rows, area, (period, before), None)
    }

    /// The reports that were extracted since a day, or on a day that is not known.
    pub(crate) fn reports_since(
        &self,
        store: &CountStore,
        rows: &RowBasis,
        area: AreaId,
        (period, before): (Period, i32),
        since: Option<Date>,
    ) -> Arc<Reports> {
        let key = (rows.dataset.id.as_str(), rows.date, rows.area, area, period, before, since);
        self.reports.get(&key, || self.report(store, rows, area, (period, before), since))
    }

    fn report(
        &self,
        store: &CountStore,
        rows: &RowBasis,
        area: AreaId,
        (period, before): (Period, i32),
        since: Option<Date>,
    ) -> Reports {
        let areas = &store.rows.core.reference.areas;
        let own = reporting_field(rows);
        let index = store.rows.area_index(own);
        // Where those who report are not the area, the rows are about the residents of the area all the same.
        let of_reports = own == rows.area;
        let residence = area;
        let area = if of_reports { area } else { reporting_area(areas, &index, area, period) };
        let mut datasets = vec![rows.dataset];
        if rows.date.referenced {
            datasets.extend(Contract::get().dataset(rows.date.dataset));
        }
        let covered: Vec<Arc<Reporters>> =
            datasets.iter().map(|dataset| self.reporters_by_area(store, dataset, own, since)).collect();
        let needed = Needed::new(areas, &index, area, period);
        let months = needed.months(&covered);
        let of = |reporters: &Arc<Reporters>| reporters.sources(areas, area, (period, before));
        let sources: Vec<Sources> = covered.iter().map(of).collect();
        Reports {
            complete: months.complete,
            completeness: months.completeness,
            synthetic: sources.iter().any(|one| one.synthetic),
            provisional: sources.iter().any(|one| one.provisional),
            sources: sources.into_iter().next().unwrap_or_default().agencies,
            caveat: needed.caveat(&months, &covered, &index),
            population: if of_reports { needed.population(&covered, &index) } else { Some(residence) },
        }
    }

    /// The reporters of a dataset, by the area field of the rows that are counted.
    fn reporters_by_area(
        &self,
        store: &CountStore,
        dataset: &'static Dataset,
        area: FieldPath,
        since: Option<Date>,
    ) -> Arc<Reporters> {
        // In the referenced dataset, the area is an own field.
        let own = area.referenced && area.dataset == dataset.id.as_str();
        let path = if own { FieldPath { referenced: false, ..area } } else { area };
        self.reporters_since(store, dataset, path, since)
    }
}

/// The field with the area on which an agency reports. The area of a measure can be another one: the place of an
/// assault, when hospitals report.
pub(crate) fn reporting_field(rows: &RowBasis) -> FieldPath {
    area_field(rows.dataset).unwrap_or(rows.area)
}

/// The field of a dataset with the area on which an agency reports; `None` if there is none.
pub(crate) fn area_field(dataset: &'static Dataset) -> Option<FieldPath> {
    let written = dataset.options.area_field.as_str();
    let (owner, name) = written.split_once('.').unwrap_or((dataset.id.as_str(), written));
    let owner = Contract::get().dataset(owner)?;
    let field = owner.field(name)?;
    Some(FieldPath { dataset: &owner.id, referenced: owner.id != dataset.id, field: &field.name })
}

/// The area whose reports a value needs if its own area is not one that agencies report on: what happened there can be
/// in the report of any of them.
fn reporting_area(areas: &Areas, index: &AreaIndex, area: AreaId, period: Period) -> AreaId {
    let day = period.end_date();
    let holds =
        |london: &AreaId| areas.is_within(area, *london, day) && !index.within(areas, *london, day).is_empty();
    [London::Mps32, London::Gl33]
        .into_iter()
        .filter_map(|coverage| areas.london(coverage))
        .find(holds)
        .unwrap_or(area)
}

/// The months of a cell: what was needed, and what was reported.
struct Months {
    complete: bool,
    completeness: Completeness,
    /// Units that are reported on in every month, and the others.
    there: Vec<AreaId>,
    lacking: Vec<AreaId>,
}

/// The areas whose reports a cell needs.
struct Needed<'a> {
    areas: &'a Areas,
    area: AreaId,
    period: Period,
    /// The areas that make up the area, if agencies can report on them one by one.
    units: Vec<AreaId>,
    /// Whether a value is given although units are lacking: no month has the attendances of every hospital.
    partial: bool,
}

/// The areas that make up an area in a period, if agencies report on each of them: the boroughs of London. The area itself
/// if it has no parts.
pub(crate) fn parts(areas: &Areas, index: &AreaIndex, area: AreaId, period: Period) -> Vec<AreaId> {
    let units = Needed::new(areas, index, area, period).units;
    if units.is_empty() { vec![area] } else { units }
}

/// What is said about the areas of which nothing is known.
pub(crate) fn not_submitted(areas: &Areas, lacking: &[AreaId], all: usize) -> String {
    format!("Not submitted for {} of {all}: {}.", lacking.len(), names(areas, lacking))
}

/// The first names of areas, and how many more there are.
fn names(areas: &Areas, units: &[AreaId]) -> String {
    let mut names: Vec<&str> = units.iter().take(NAMED).map(|unit| areas.get(*unit).name()).collect();
    let more = format!("{} more", units.len().saturating_sub(NAMED));
    if units.len() > NAMED {
        names.push(&more);
    }
    if names.is_empty() { "none for the whole period".to_owned() } else { names.join(", ") }
}

impl<'a> Needed<'a> {
    fn new(areas: &'a Areas, index: &AreaIndex, area: AreaId, period: Period) -> Self {
        let day = period.end_date();
        let within = index.within(areas, area, day);
        let level = |at: &AreaId| areas.get(*at).level();
        let without_city = Some(area) == areas.london(London::Gl33);
        let whole: Vec<AreaId> = within.iter().map(|at| index.areas[*at]).collect();
        let is_unit = |unit: &AreaId| {
            let city = without_city && areas.get(*unit).code() == CITY;
            let has_parts = whole.iter().any(|part| part != unit && areas.is_within(*part, *unit, day));
            let exists = areas.get(*unit).validity().contains(day);
            *unit != area && level(unit) != Level::Pseudo && !city && !has_parts && exists
        };
        let units: Vec<AreaId> = whole.iter().copied().filter(is_unit).collect();
        let partial = units.first().is_some_and(|unit| level(unit) == Level::HospitalSite);
        Self { areas, area, period, units, partial }
    }

    /// The areas of which one, if it is reported on, is the whole.
    fn wholes(&self) -> impl Iterator<Item = AreaId> {
        // The City of London has its own force, and a caveat says whether it is included.
        let police = self.areas.london(London::Mps32);
        let gl33 = Some(self.area) == self.areas.london(London::Gl33);
        std::iter::once(self.area).chain(police.filter(|_| gl33 && !self.partial))
    }

    fn covers(&self, covered: &[Arc<Reporters>], area: AreaId, month: Month) -> bool {
        covered.iter().all(|reporters| reporters.cover(self.areas, area, month))
    }

    fn months(&self, covered: &[Arc<Reporters>]) -> Months {
        if self.partial {
            return self.site_months(covered);
        }
        let all = self.period.months().count();
        let whole = |month: &Month| self.wholes().any(|whole| self.covers(covered, whole, *month));
        let directly = self.period.months().filter(whole).count();
        let complete = |complete: bool, expected: usize, received: usize| Months {
            complete,
            completeness: Completeness::of(expected, received),
            there: Vec::new(),
            lacking: Vec::new(),
        };
        if directly == all || self.units.is_empty() {
            return complete(directly == all, all, directly);
        }
        let covered_months = |unit: &AreaId| {
            self.period.months().filter(|month| whole(month) || self.covers(covered, *unit, *month)).count()
        };
        let counts: Vec<usize> = self.units.iter().map(covered_months).collect();
        let received: usize = counts.iter().sum();
        if received == directly * self.units.len() {
            return complete(false, all, directly);
        }
        let (there, lacking) = self.units.iter().zip(counts).partition::<Vec<_>, _>(|(_, count)| *count == all);
        let areas = |units: Vec<(&AreaId, usize)>| units.into_iter().map(|(unit, _)| *unit).collect();
        Months {
            complete: lacking.is_empty(),
            completeness: Completeness::of(all * self.units.len(), received),
            there: areas(there),
            lacking: areas(lacking),
        }
    }

    /// The months of hospital sites. The value is that of the sites which reported.
    fn site_months(&self, covered: &[Arc<Reporters>]) -> Months {
        let open = |site: &AreaId, month: &Month| self.areas.get(*site).validity().contains(month.last_day());
        let (mut expected, mut received) = (0, 0);
        let (mut there, mut lacking) = (Vec::new(), Vec::new());
        for site in &self.units {
            let months: Vec<Month> = self.period.months().filter(|month| open(site, month)).collect();
            let reported = months.iter().filter(|month| self.covers(covered, *site, **month)).count();
            expected += months.len();
            received += reported;
            if reported == months.len() { there.push(*site) } else { lacking.push(*site) }
        }
        let touched = |month: Month| covered.iter().all(|reporters| reporters.touch(self.areas, self.area, month));
        Months {
            complete: self.period.months().all(touched),
            completeness: Completeness::of(expected, received),
            there,
            lacking,
        }
    }

    /// The caveat about areas that are not included.
    fn caveat(&self, months: &Months, covered: &[Arc<Reporters>], index: &AreaIndex) -> Option<Arc<str>> {
        if !months.lacking.is_empty() && months.completeness.received > 0 {
            let all = self.units.len();
            let text = if months.there.len() <= months.lacking.len() {
                format!("Submitted for {} of {all}: {}.", months.there.len(), names(self.areas, &months.there))
            } else {
                not_submitted(self.areas, &months.lacking, all)
            };
            return Some(text.into());
        }
        self.city_caveat(covered, index)
    }

    /// The months for which the City of London is included in Greater London, and all months; `None` for other areas. Its
    /// force is not the Metropolitan Police.
    fn city_months(&self, covered: &[Arc<Reporters>], index: &AreaIndex) -> Option<(usize, usize)> {
        let city = self.areas.by_code(CITY).filter(|city| index.areas.contains(city))?;
        if Some(self.area) != self.areas.london(London::Gl33) {
            return None;
        }
        let months = self.period.months().filter(|month| self.covers(covered, city, *month)).count();
        Some((months, self.period.months().count()))
    }

    /// The area whose residents the reports are about: see [`Reports::population`].
    fn population(&self, covered: &[Arc<Reporters>], index: &AreaIndex) -> Option<AreaId> {
        match self.city_months(covered, index) {
            Some((0, _)) => self.areas.london(London::Mps32),
            Some((months, all)) if months < all => None,
            _ => Some(self.area),
        }
    }

    /// The caveat about the City of London.
    fn city_caveat(&self, covered: &[Arc<Reporters>], index: &AreaIndex) -> Option<Arc<str>> {
        match self.city_months(covered, index)? {
            (0, _) => Some("The City of London is not included: nothing was submitted for it.".into()),
            (months, all) if months < all => {
                Some(format!("The City of London is included for {months} of {all} months.").into())
            }
            _ => None,
        }
    }
}
