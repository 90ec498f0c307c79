//! Who reported on which areas in which months. This distinguishes zero from missing.
//!
//! A report covers the areas of the agency's remit in the months that the submission declares: a month in which a force
//! has no crime in a borough is zero there. Everything else is not submitted. A remit can cover only the areas that
//! occur in the agency's rows, or none: see [`ReportAreas`]. A collection that is named after an area of the remit covers that
//! area alone. Rows in the caller's memory cover the areas that the caller states, or those that occur in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::cel::FieldPath;
use crate::contract::Dataset;
use crate::engine::rows::snapshot::{Coverage, CoveredAreas, Snapshot};
use crate::engine::rows::{AreaIndex, Rows, Table};
use crate::parallel;
use crate::period::{Month, Period};
use crate::reference::{AreaId, Areas, Reference, ReportAreas, Validity};

/// Number of rows that a thread takes at a time.
const CHUNK: usize = 1 << 18;

/// The reporters of a dataset.
#[derive(Debug, Default)]
pub(crate) struct Reporters {
    reporters: Vec<Reporter>,
}

/// One reporter: an agency, a collection, and areas on which it reports.
#[derive(Debug)]
struct Reporter {
    agency: Arc<str>,
    /// Whole months that are reported on.
    months: BTreeSet<i32>,
    /// The months of which any part is synthetic.
    synthetic: BTreeSet<i32>,
    /// The months of which any part was extracted while its records were still revised.
    provisional: BTreeSet<i32>,
    /// Areas on which it reports. The areas within them are included.
    areas: Vec<AreaId>,
    /// Whether a month without rows is zero in these areas.
    covers: bool,
    /// Whether the areas are those that occur in its rows.
    from_rows: bool,
}

/// A reporter: an agency, a collection of the dataset, and the areas of its reports.
type Key = (Arc<str>, Arc<str>, CoveredAreas);

/// A period that is reported on.
struct Window {
    first: Date,
    last: Date,
    extracted: Option<Date>,
    synthetic: bool,
}

/// The reports that a value is based on.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The agencies.
    pub(crate) agencies: Vec<Arc<str>>,
    /// Whether any of the reports is synthetic.
    pub(crate) synthetic: bool,
    /// Whether any of them was extracted while its records were still revised.
    pub(crate) provisional: bool,
}

impl Reporters {
    pub(crate) fn new(
        snapshot: &Snapshot,
        rows: &Rows,
        table: &Table,
        reference: &Reference,
        (path, index): (FieldPath, &AreaIndex),
        since: Option<Date>,
    ) -> Self {
        Self::of(snapshot, table.dataset, reference, since, |agency| areas_seen(rows, table, path, index, agency))
    }

    /// The reporters of a dataset, with the reports that were extracted since a day. `seen` has the areas in the rows of each
    /// agency.
    pub(crate) fn of(
        snapshot: &Snapshot,
        dataset: &Dataset,
        reference: &Reference,
        since: Option<Date>,
        seen: impl Fn(&Arc<str>) -> BTreeSet<AreaId>,
    ) -> Self {
        let mut windows: BTreeMap<Key, Vec<Window>> = BTreeMap::new();
        let recent = |window: &Coverage| since.is_none_or(|since| window.extracted.is_none_or(|day| day >= since));
        for window in snapshot.coverage.iter().filter(|window| window.dataset == dataset.id && recent(window)) {
            let key = (Arc::clone(&window.agency), Arc::clone(&window.collection), window.areas.clone());
            let Coverage { first, last, extracted, synthetic, .. } = *window;
            windows.entry(key).or_default().push(Window { first, last, extracted, synthetic });
        }
        let mut reporters = Vec::new();
        for ((agency, collection, areas), windows) in windows {
            let reporter = |areas: Vec<AreaId>, covers: bool, from_rows: bool, validity: Validity, revised: u8| {
                Reporter::new(&agency, &windows, (areas, covers, from_rows), validity, revised)
            };
            match areas {
                CoveredAreas::Listed(areas) => {
                    reporters.push(reporter(areas.to_vec(), true, false, Validity::default(), 0));
                }
                CoveredAreas::InRows => {
                    let seen = seen(&agency).into_iter().collect();
                    reporters.push(reporter(seen, true, true, Validity::default(), 0));
                }
                CoveredAreas::OfRemit { nil } => {
                    let registered = reference.register.agency(&agency);
                    for remit in registered.iter().flat_map(|registered| registered.remits_for(&dataset.id)) {
                        let (own, validity, revised) = (|| remit.areas.clone(), remit.validity, remit.revised_months);
                        reporters.push(match remit.report_areas(&reference.areas, &collection, nil) {
                            ReportAreas::Named(area) => reporter(vec![area], true, false, validity, revised),
                            ReportAreas::OfRemit => reporter(own(), true, false, validity, revised),
                            ReportAreas::InRows => {
                                reporter(seen(&agency).into_iter().collect(), true, true, validity, revised)
                            }
                            ReportAreas::Nothing => reporter(own(), false, false, validity, revised),
                        });
                    }
                }
            }
        }
        Self { reporters }
    }

    /// Whether a reporter covers an area in a month.
    pub(crate) fn cover(&self, areas: &Areas, area: AreaId, month: Month) -> bool {
        self.reporters.iter().any(|reporter| {
            reporter.covers && reporter.months.contains(&month.index()) && reporter.includes(areas, area, month)
        })
    }

    /// Whether a reporter covers any part of an area in a month.
    pub(crate) fn touch(&self, areas: &Areas, area: AreaId, month: Month) -> bool {
        self.reporters.iter().any(|reporter| {
            reporter.covers && reporter.months.contains(&month.index()) && reporter.is_about(areas, area, month)
        })
    }

    /// Whether a report states that a site has no rows in a month: the site is in the areas that the agency answers for,
    /// with or without rows.
    pub(crate) fn state(&self, areas: &Areas, site: AreaId, month: Month) -> bool {
        self.reporters.iter().any(|reporter| {
            reporter.covers
                && !reporter.from_rows
                && reporter.months.contains(&month.index())
                && reporter.includes(areas, site, month)
        })
    }

    /// The reports on any part of an area in a period and the `before` months before it. A value is not provisional because the
    /// months before its period are.
    pub(crate) fn sources(&self, areas: &Areas, area: AreaId, (period, before): (Period, i32)) -> Sources {
        let (own, last) = (period.first(), period.last());
        let first = own.plus(-before);
        let within =
            |months: &BTreeSet<i32>, first: Month| months.range(first.index()..=last.index()).next().is_some();
        let mut found = Sources::default();
        let reported = self.reporters.iter().filter(|reporter| within(&reporter.months, first));
        for reporter in reported.filter(|reporter| reporter.is_about(areas, area, last)) {
            found.synthetic |= within(&reporter.synthetic, first);
            found.provisional |= within(&reporter.provisional, own);
            if !found.agencies.contains(&reporter.agency) {
                found.agencies.push(Arc::clone(&reporter.agency));
            }
        }
        found
    }

    /// First and last month that any agency reported on.
    pub(crate) fn span(&self) -> Option<(Month, Month)> {
        let first = self.reporters.iter().filter_map(|reporter| reporter.months.first()).min()?;
        let last = self.reporters.iter().filter_map(|reporter| reporter.months.last()).max()?;
        Some((Month::from_index(*first), Month::from_index(*last)))
    }

    /// First and last month that any agency reported on without synthetic rows.
    pub(crate) fn real_span(&self) -> Option<(Month, Month)> {
        let real = |reporter: &Reporter| {
            let mut real = reporter.months.iter().filter(|month| !reporter.synthetic.contains(*month)).copied();
            let first = real.next()?;
            Some((first, real.next_back().unwrap_or(first)))
        };
        let spans = || self.reporters.iter().filter_map(real);
        let (first, last) = (spans().map(|(first, _)| first).min()?, spans().map(|(_, last)| last).max()?);
        Some((Month::from_index(first), Month::from_index(last)))
    }
}

impl Reporter {
    fn new(
        agency: &Arc<str>,
        windows: &[Window],
        (areas, covers, from_rows): (Vec<AreaId>, bool, bool),
        validity: Validity,
        revised_months: u8,
    ) -> Self {
        let dates = |synthetic_only: bool| {
            let chosen = windows.iter().filter(|window| window.synthetic || !synthetic_only);
            chosen.filter_map(|window| validity.clip(window.first, window.last)).collect()
        };
        Self {
            agency: Arc::clone(agency),
            months: whole_months(dates(false)),
            synthetic: touched_months(dates(true)),
            provisional: windows.iter().flat_map(|window| window.provisional(revised_months)).collect(),
            areas,
            covers,
            from_rows,
        }
    }

    /// Whether an area is one of the reporter's areas or lies in one.
    fn includes(&self, areas: &Areas, area: AreaId, month: Month) -> bool {
        self.areas.contains(&area) || self.areas.iter().any(|own| areas.is_within(area, *own, month.last_day()))
    }

    /// Whether any part of an area is in the reporter's areas.
    fn is_about(&self, areas: &Areas, area: AreaId, month: Month) -> bool {
        let day = month.last_day();
        self.areas.contains(&area) || self.areas.iter().any(|own| areas.overlap(area, *own, day))
    }
}

impl Window {
    /// The months of the window that were extracted while their records were still revised.
    fn provisional(&self, revised_months: u8) -> impl Iterator<Item = i32> {
        let extracted = self.extracted.filter(|_| revised_months > 0);
        let months = (Month::of(self.first).index()..=Month::of(self.last).index()).rev();
        let is_final = move |month: &i32| Month::from_index(*month).plus(revised_months.into()).last_day();
        months.take_while(move |month| extracted.is_some_and(|day| day < is_final(month)))
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
    // Indexed by code.
    let none = || vec![false; index.of_code.len()];
    let mut seen = none();
    for part in table.parts.iter().filter(|part| part.segment.agency == *agency) {
        let column = rows.column(part, &path);
        let codes = column.as_u16().unwrap_or(&[]);
        let marks = parallel::fold(codes.len(), CHUNK, rows.threads(), none, |marks, range| {
            for code in &codes[range] {
                if let Some(mark) = marks.get_mut(usize::from(*code)) {
                    *mark = true;
                }
            }
        });
        for marks in marks {
            seen.iter_mut().zip(marks).for_each(|(seen, mark)| *seen |= mark);
        }
    }
    let at = |position: &u32| usize::try_from(*position).ok().and_then(|at| index.areas.get(at)).copied();
    index.of_code.iter().zip(seen).filter(|(_, seen)| *seen).filter_map(|(position, _)| at(position)).collect()
}

/// The months that lie entirely within the windows.
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

/// The months that overlap a window.
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
