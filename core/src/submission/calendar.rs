//! The submission calendar: which reports are expected, when they are due, and which were received.
//!
//! A late report is not a missing one. A report is received when every day of its period has been reported on, by the
//! agency itself or by one that submits its rows for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::column::{Batch, Column, MISSING_DATE};
use crate::period::{Month, Period};
use crate::reference::{Agency, AreaId, Calendar, Reference, Remit, ReportAreas};

use super::areas_of_codes;

/// A selection of expected reports.
#[derive(Clone, Copy, Debug)]
pub struct ReportSelection<'a> {
    /// Agency; `None` for every agency.
    pub agency: Option<&'a str>,
    /// Dataset; `None` for every dataset.
    pub dataset: Option<&'a str>,
    /// Area or site, with the areas within it; `None` for every area.
    pub area: Option<AreaId>,
    /// First and last month in which the periods of the reports end.
    pub months: (Month, Month),
}

/// A report that an agency is expected to make.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExpectedReport {
    /// Agency.
    pub agency: Arc<str>,
    /// Name of the agency.
    pub agency_name: Arc<str>,
    /// Identifier of the dataset.
    pub dataset: &'static str,
    /// Area or site.
    pub area: AreaId,
    /// Period.
    pub period: Period,
    /// Day on which it is due.
    pub due: Date,
    /// Whether it was received.
    pub status: ReportStatus,
    /// When the whole period was first received, in microseconds since 1970-01-01T00:00:00Z.
    pub received_micros: Option<i64>,
    /// Whether any part of what was received is synthetic.
    pub synthetic: bool,
}

/// Whether a report was received.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReportStatus {
    /// By the day on which it was due.
    OnTime,
    /// After that day.
    Late,
    /// Not received, and overdue.
    Overdue,
    /// Not received, and not yet due.
    NotDue,
}

/// A submission that was received and not withdrawn.
#[derive(Clone, Debug)]
pub struct ReceivedReport<'a> {
    /// Agency.
    pub agency: &'a str,
    /// Collection.
    pub collection: &'a str,
    /// First day of the declared period.
    pub first: Date,
    /// Last day of the declared period.
    pub last: Date,
    /// Day on which it was received, in London.
    pub received_on: Date,
    /// When it was received, in microseconds since 1970-01-01T00:00:00Z.
    pub received_micros: i64,
    /// Whether it is synthetic.
    pub synthetic: bool,
    /// Identifier of the dataset.
    pub dataset: &'static str,
    /// Whether it is a nil return.
    pub nil: bool,
    /// The areas and months of its rows, sorted, as [`reported_places`] gives them; empty if the areas that it reports on
    /// do not depend on its rows.
    pub places: &'a [(AreaId, Month)],
}

/// The reports that are expected, with what was received. They are in the order of agency, dataset, area and period.
/// `received` is in the order in which the submissions were received. `today` decides which reports are overdue.
///
/// ```
/// use peelian_core::reference::Reference;
/// use peelian_core::submission::{ReportSelection, ReportStatus, expected_reports};
///
/// let reference = Reference::from_seeds()?;
/// let months = ("2017-01".parse()?, "2017-02".parse()?);
/// let selection = ReportSelection { agency: Some("mps"), dataset: Some("crime"), area: None, months };
/// let reports = expected_reports(&reference, selection, &[], "2017-03-15".parse()?);
/// let told: Vec<_> = reports.iter().map(|report| (report.due.to_string(), report.status)).collect();
/// assert_eq!(told[0], ("2017-03-03".to_owned(), ReportStatus::Overdue));
/// assert_eq!(told[1], ("2017-03-31".to_owned(), ReportStatus::NotDue));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn expected_reports(
    reference: &Reference,
    selection: ReportSelection<'_>,
    received: &[ReceivedReport<'_>],
    today: Date,
) -> Vec<ExpectedReport> {
    let mut found = Vec::new();
    let chosen = |agency: &&Agency| selection.agency.is_none_or(|wanted| *agency.id == *wanted);
    for agency in reference.register.agencies().filter(chosen) {
        for remit in
            agency.remits.iter().filter(|remit| selection.dataset.is_none_or(|wanted| remit.dataset == wanted))
        {
            let Some(calendar) = remit.calendar else { continue };
            let chosen = |(area, period): &(AreaId, Period)| {
                selection.area.is_none_or(|wanted| reference.areas.overlap(*area, wanted, period.end_date()))
            };
            for (area, period) in expected_of(reference, remit, selection.months).filter(chosen) {
                if let Some(due) = due(period, calendar) {
                    found.push(settle(reference, (agency, remit, area, period, due), received, today));
                }
            }
        }
    }
    found
}

/// The periods of a calendar that end in some months.
fn periods(calendar: Calendar, (first, last): (Month, Month)) -> impl Iterator<Item = Period> {
    let months = (first.index()..=last.index()).map(Month::from_index);
    let periods = months.map(move |month| (month, Period::containing(calendar.every, month)));
    periods.filter(|(month, period)| period.last() == *month).map(|(_, period)| period)
}

/// The day on which a report on a period is due.
pub(crate) fn due(period: Period, calendar: Calendar) -> Option<Date> {
    period.end_date().checked_add(i64::from(calendar.due_days).days()).ok()
}

/// The areas or sites, in the order of their codes, and the periods on which reports are expected of an agency with a remit.
/// The periods end in some months. A remit without a calendar expects none.
pub(crate) fn expected_of<'r>(
    reference: &'r Reference,
    remit: &'r Remit,
    months: (Month, Month),
) -> impl Iterator<Item = (AreaId, Period)> + 'r {
    let mut areas: Vec<AreaId> = remit.areas.clone();
    areas.sort_by_key(|area| reference.areas.get(*area).code());
    let periods = remit.calendar.into_iter().flat_map(move |calendar| periods(calendar, months));
    let periods: Vec<Period> = periods.filter(|period| remit.validity.contains(period.end_date())).collect();
    let of_area = move |area: AreaId| periods.clone().into_iter().map(move |period| (area, period));
    let exists =
        |(area, period): &(AreaId, Period)| reference.areas.get(*area).validity().contains(period.end_date());
    areas.into_iter().flat_map(of_area).filter(exists)
}

/// Looks up what was received for a report.
fn settle(
    reference: &Reference,
    (agency, remit, area, period, due): (&Agency, &Remit, AreaId, Period, Date),
    received: &[ReceivedReport<'_>],
    today: Date,
) -> ExpectedReport {
    let of_dataset = received.iter().filter(|report| report.dataset == remit.dataset);
    let (complete, synthetic) = completed(reference, (area, period), of_dataset);
    let status = match complete {
        Some(report) if report.received_on <= due => ReportStatus::OnTime,
        Some(_) => ReportStatus::Late,
        None if today > due => ReportStatus::Overdue,
        None => ReportStatus::NotDue,
    };
    ExpectedReport {
        agency: Arc::clone(&agency.id),
        agency_name: Arc::clone(&agency.name),
        dataset: remit.dataset,
        area,
        period,
        due,
        status,
        received_micros: complete.map(|report| report.received_micros),
        synthetic,
    }
}

/// The report with which the whole of a period was received first, and whether any part until then is synthetic. The reports
/// are on one dataset, in the order in which they were received.
pub(crate) fn completed<'r, 'a: 'r>(
    reference: &Reference,
    (area, period): (AreaId, Period),
    received: impl Iterator<Item = &'r ReceivedReport<'a>>,
) -> (Option<&'r ReceivedReport<'a>>, bool) {
    let mut windows: Vec<(Date, Date)> = Vec::new();
    let mut synthetic = false;
    for report in received {
        let overlaps = report.first <= period.end_date() && period.start_date() <= report.last;
        if !overlaps || !report.covers(reference, area, period) {
            continue;
        }
        synthetic |= report.synthetic;
        windows.push((report.first, report.last));
        if covers_all(&mut windows, period) {
            return (Some(report), synthetic);
        }
    }
    (None, synthetic)
}

/// Whether windows together contain every day of a period.
fn covers_all(windows: &mut [(Date, Date)], period: Period) -> bool {
    windows.sort_unstable();
    let mut next = period.start_date();
    for (first, last) in windows.iter() {
        if *first > next {
            return false;
        }
        if *last >= period.end_date() {
            return true;
        }
        next = next.max(last.tomorrow().unwrap_or(*last));
    }
    false
}

impl ReceivedReport<'_> {
    /// Whether the submission reports on an area in a period.
    fn covers(&self, reference: &Reference, area: AreaId, period: Period) -> bool {
        let Some(agency) = reference.register.agency(self.agency) else { return false };
        let day = period.end_date();
        agency.remits_for(self.dataset).any(|remit| {
            match remit.report_areas(&reference.areas, self.collection, self.nil) {
                ReportAreas::Named(named) => reference.areas.is_within(area, named, day),
                ReportAreas::OfRemit => remit.holds(&reference.areas, area, day),
                ReportAreas::InRows => period.months().any(|month| self.places.binary_search(&(area, month)).is_ok()),
                ReportAreas::Nothing => false,
            }
        })
    }
}

/// Whether a submission of an agency reports on the areas of its rows only. `nil` says whether it is a nil return.
#[must_use]
pub fn reports_by_rows(reference: &Reference, agency: &str, dataset: &str, collection: &str, nil: bool) -> bool {
    let remits = reference.register.agency(agency).into_iter().flat_map(|agency| agency.remits_for(dataset));
    remits
        .into_iter()
        .any(|remit| matches!(remit.report_areas(&reference.areas, collection, nil), ReportAreas::InRows))
}

/// The areas and months in which a submission has rows, sorted, each once.
#[must_use]
pub fn reported_places(reference: &Reference, batch: &Batch) -> Vec<(AreaId, Month)> {
    let options = &batch.dataset().options;
    let field = batch.dataset().field(&options.area_field);
    let codes = batch.column(&options.area_field).and_then(Column::as_u16);
    let days = options.period_fields.first().and_then(|name| batch.column(name)).and_then(Column::as_i32);
    let (Some(field), Some(codes), Some(days)) = (field, codes, days) else { return Vec::new() };
    let of_code = areas_of_codes(reference, field);
    let area = |code: u16| of_code.get(usize::from(code).checked_sub(1)?).copied().flatten();
    let rows: BTreeSet<(u16, Month)> = codes
        .iter()
        .zip(days)
        .filter(|(_, day)| **day != MISSING_DATE)
        .map(|(code, day)| (*code, Month::of_days(*day)))
        .collect();
    let places: BTreeSet<(AreaId, Month)> =
        rows.into_iter().filter_map(|(code, month)| Some((area(code)?, month))).collect();
    places.into_iter().collect()
}
