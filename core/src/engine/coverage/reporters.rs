//! Which months of which areas have been reported on: what tells zero from missing.
//!
//! An agency reports on the whole of its area: a force that submitted a month without a crime in a borough says that
//! there was none. Which area that is follows from its rows. A force with a row in any of the 32 boroughs reports on all
//! of them; the City of London has its own force. Sites report for themselves. An agency that never had a row reports on
//! the area that is expected of it (the code list `expected_reporters`), so that its nil return counts; an agency of which
//! nothing is expected is taken to report on the Metropolitan Police area.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::cel::FieldPath;
use crate::contract::Dataset;
use crate::engine::rows::snapshot::Snapshot;
use crate::engine::rows::{AreaIndex, Rows, Table};
use crate::parallel;
use crate::period::Month;
use crate::reference::{AreaId, Areas, Coverage as London, Level, Reference};

/// Codes that a column of areas can hold, and rows of it that a thread takes at a time.
const CODES: usize = 1 << 16;
const CHUNK: usize = 1 << 18;

/// The City of London.
pub(crate) const CITY: &str = "E09000001";

/// What is reported on in a dataset, agency by agency.
#[derive(Debug, Default)]
pub(crate) struct Reporters {
    reporters: Vec<Reporter>,
}

/// One agency and collection.
#[derive(Debug)]
struct Reporter {
    agency: Arc<str>,
    collection: Arc<str>,
    /// Whole months reported on.
    months: BTreeSet<i32>,
    /// Of these, the months of which some part is synthetic.
    synthetic: BTreeSet<i32>,
    mps: bool,
    city: bool,
    /// Areas seen that are neither.
    others: BTreeSet<AreaId>,
}

/// Whose report an area needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RequiredReporter {
    /// The 32 boroughs' force.
    Mps,
    /// The City's force.
    City,
    /// This one site or area.
    Own(AreaId),
    /// Anyone's.
    Any,
}

/// Who reports: an agency, and the collection of the dataset.
type AgencyAndCollection = (Arc<str>, Arc<str>);
/// First and last day of a window, and whether it is synthetic.
type Reported = (Date, Date, bool);

impl Reporters {
    pub(crate) fn new(
        snapshot: &Snapshot,
        rows: &Rows,
        table: &Table,
        reference: &Reference,
        (path, index): (FieldPath, &AreaIndex),
    ) -> Self {
        Self::of(snapshot, table.dataset, reference, |agency| areas_seen(rows, table, path, index, agency))
    }

    /// What is reported on in a dataset, given the areas in the rows of each agency.
    pub(crate) fn of(
        snapshot: &Snapshot,
        dataset: &Dataset,
        reference: &Reference,
        seen: impl Fn(&Arc<str>) -> BTreeSet<AreaId>,
    ) -> Self {
        let mut reporters: BTreeMap<AgencyAndCollection, Vec<Reported>> = BTreeMap::new();
        for window in snapshot.coverage.iter().filter(|window| window.dataset == dataset.id) {
            let key = (Arc::clone(&window.agency), Arc::clone(&window.collection));
            reporters.entry(key).or_default().push((window.first, window.last, window.synthetic));
        }
        let reporters = reporters.into_iter().map(|((agency, collection), windows)| {
            let seen = seen(&agency);
            let last = windows.iter().map(|(_, last, _)| *last).max();
            let expected = last.and_then(|day| reference.reporters.area(&agency, &dataset.id, day));
            Reporter::new(agency, collection, &windows, (&seen, expected), &reference.areas)
        });
        Self { reporters: reporters.collect() }
    }

    /// Whose report the area needs.
    pub(crate) fn required(areas: &Areas, index: &AreaIndex, area: AreaId) -> RequiredReporter {
        let local =
            |level| matches!(level, Level::Borough | Level::Ward | Level::Pseudo | Level::Bcu | Level::London);
        let by_site = index.areas.first().is_some_and(|first| !local(areas.get(*first).level()));
        let by_site = by_site && !index.areas.iter().any(|area| areas.get(*area).level() == Level::Borough);
        if by_site {
            return if index.areas.contains(&area) { RequiredReporter::Own(area) } else { RequiredReporter::Any };
        }
        if is_city(areas, area) { RequiredReporter::City } else { RequiredReporter::Mps }
    }

    fn answering(&self, required: RequiredReporter) -> impl Iterator<Item = &Reporter> {
        self.reporters.iter().filter(move |reporter| match required {
            RequiredReporter::Mps => reporter.mps,
            RequiredReporter::City => reporter.city,
            RequiredReporter::Own(area) => reporter.others.contains(&area),
            RequiredReporter::Any => true,
        })
    }

    /// Whether a month is reported on as needed.
    pub(crate) fn has(&self, required: RequiredReporter, month: Month) -> bool {
        self.answering(required).any(|reporter| reporter.months.contains(&month.index()))
    }

    /// Agencies that report on some month from the first to the last, and whether any of that is synthetic.
    pub(crate) fn sources(&self, required: RequiredReporter, first: Month, last: Month) -> (Vec<Arc<str>>, bool) {
        let span = first.index()..=last.index();
        let within = |months: &BTreeSet<i32>| months.range(span.clone()).next().is_some();
        let mut agencies: Vec<Arc<str>> = Vec::new();
        let mut synthetic = false;
        for reporter in self.answering(required).filter(|reporter| within(&reporter.months)) {
            synthetic |= within(&reporter.synthetic);
            if !agencies.contains(&reporter.agency) {
                agencies.push(Arc::clone(&reporter.agency));
            }
        }
        (agencies, synthetic)
    }

    /// First and last month reported on by anyone.
    pub(crate) fn span(&self) -> Option<(Month, Month)> {
        let first = self.reporters.iter().filter_map(|reporter| reporter.months.first()).min()?;
        let last = self.reporters.iter().filter_map(|reporter| reporter.months.last()).max()?;
        Some((Month::from_index(*first), Month::from_index(*last)))
    }

    /// Whether a collection, or the only area of an agency, is this site, and the month is reported on.
    pub(crate) fn site_reports(&self, site: AreaId, code: &str, month: Month) -> bool {
        self.reporters.iter().any(|reporter| {
            let only = reporter.others.len() == 1 && reporter.others.contains(&site);
            (only || *reporter.collection == *code) && reporter.months.contains(&month.index())
        })
    }
}

impl Reporter {
    fn new(
        agency: Arc<str>,
        collection: Arc<str>,
        windows: &[(Date, Date, bool)],
        (seen, expected): (&BTreeSet<AreaId>, Option<AreaId>),
        areas: &Areas,
    ) -> Self {
        let mps = areas.london(London::Mps32);
        let in_mps = |area: AreaId| {
            let end = areas.get(area).validity().to.or(areas.get(area).validity().from).unwrap_or(Date::MIN);
            mps.is_some_and(|mps| areas.is_within(area, mps, end))
        };
        let local = |area: AreaId| {
            matches!(areas.get(area).level(), Level::Borough | Level::Ward | Level::Pseudo | Level::Bcu)
        };
        let city = seen.iter().any(|area| is_city(areas, *area));
        let expected_city = seen.is_empty() && expected.is_some_and(|area| is_city(areas, area));
        let dates = |synthetic_only: bool| {
            let chosen = windows.iter().filter(|(_, _, synthetic)| *synthetic || !synthetic_only);
            chosen.map(|(first, last, _)| (*first, *last)).collect()
        };
        Self {
            months: whole_months(dates(false)),
            synthetic: touched_months(dates(true)),
            mps: seen.iter().any(|area| local(*area) && in_mps(*area)) || (seen.is_empty() && !expected_city),
            city: city || expected_city,
            others: seen.iter().filter(|area| !local(**area)).copied().collect(),
            agency,
            collection,
        }
    }
}

/// Areas in the rows of an agency.
pub(crate) fn areas_seen(
    rows: &Rows,
    table: &Table,
    path: FieldPath,
    index: &AreaIndex,
    agency: &Arc<str>,
) -> BTreeSet<AreaId> {
    // By code, and as long as there are codes, so that no mark need be checked.
    let mut seen = vec![false; CODES];
    for part in table.parts.iter().filter(|part| part.segment.agency == *agency) {
        let column = rows.column(part, &path);
        let codes = column.as_u16().unwrap_or(&[]);
        let marks = parallel::fold(
            codes.len(),
            CHUNK,
            rows.threads(),
            || vec![false; CODES],
            |marks, range| {
                codes[range].iter().for_each(|code| marks[usize::from(*code)] = true);
            },
        );
        for marks in marks {
            seen.iter_mut().zip(marks).for_each(|(seen, mark)| *seen |= mark);
        }
    }
    let at = |position: &u32| usize::try_from(*position).ok().and_then(|at| index.areas.get(at)).copied();
    index.of_code.iter().zip(seen).filter(|(_, seen)| *seen).filter_map(|(position, _)| at(position)).collect()
}

fn is_city(areas: &Areas, area: AreaId) -> bool {
    let Some(city) = areas.by_code(CITY) else { return false };
    let day = areas.get(area).validity().from.unwrap_or(Date::MIN);
    area == city || (areas.get(area).level() == Level::Ward && areas.is_within(area, city, day))
}

/// Months of which every day lies in a window.
fn whole_months(mut windows: Vec<(Date, Date)>) -> BTreeSet<i32> {
    windows.sort_unstable();
    let mut joined: Vec<(Date, Date)> = Vec::new();
    for (first, last) in windows {
        match joined.last_mut() {
            Some((_, end)) if end.tomorrow().is_ok_and(|next| first <= next) => *end = last.max(*end),
            _ => joined.push((first, last)),
        }
    }
    let whole = |(first, last): (Date, Date)| {
        let from = Month::of(first).index() + i32::from(first != Month::of(first).first_day());
        let to = Month::of(last).index() - i32::from(last != Month::of(last).last_day());
        from..=to
    };
    joined.into_iter().flat_map(whole).collect()
}

/// Months of which any day lies in a window.
fn touched_months(windows: Vec<(Date, Date)>) -> BTreeSet<i32> {
    windows.into_iter().flat_map(|(first, last)| Month::of(first).index()..=Month::of(last).index()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_covered_by_windows_that_join() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let halves = vec![(day("2017-02-15"), day("2017-03-31")), (day("2017-02-01"), day("2017-02-14"))];
        let index = |text: &str| text.parse::<Month>().unwrap().index();
        assert_eq!(whole_months(halves).into_iter().collect::<Vec<_>>(), [index("2017-02"), index("2017-03")]);
        let part = vec![(day("2017-02-02"), day("2017-03-30"))];
        assert!(whole_months(part.clone()).is_empty());
        assert_eq!(touched_months(part).len(), 2);
    }
}
