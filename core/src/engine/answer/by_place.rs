//! States that need each place by itself: wards, and reports on areas and sites.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::Data;
use super::computed::{part_code, redrawn};
use crate::cel::FieldPath;
use crate::contract::Dataset;
use crate::design::{ExpectedReports, InputState, OfReports, Tally, WardCount};
use crate::engine::counts::{CountKey, axes_of};
use crate::engine::coverage::{CITY, area_field, reporting_field};
use crate::engine::error::ComputeError;
use crate::engine::found::Found;
use crate::engine::query::{BreakdownAxes, CellRequest};
use crate::engine::rows::AreaIndex;
use crate::engine::rows::snapshot::Receipt;
use crate::estimate::{MissingReason, count_to_f64};
use crate::period::Period;
use crate::reference::{AreaId, Level, Reference, Role};
use crate::stats::median::Frequencies;
use crate::submission::{ReceivedReport, completed, due, expected_of};

/// What rows lack that have no ward.
const WARD: &str = "ward";

/// What rows lack that do not say where something happened.
const PLACE: &str = "place";

/// The levels of counts: by the place of the measure, by its wards, and by the place on which agencies report.
const OWN: u8 = 0;
const BY_WARD: u8 = 1;
const BY_REPORT: u8 = 2;

/// Share of rows without a place, above which a value has a caveat. This is a decision of this project.
const UNPLACED_CAVEAT: f64 = 0.05;

impl Data {
    /// The reports that the register expects for an area, and what became of them. A report counts in the month in which its
    /// period ends.
    pub(super) fn reports(&self, cell: CellRequest<'_>, reports: &ExpectedReports) -> Found<InputState> {
        match reports.of {
            OfReports::Received => self.reports_received(cell, &reports.datasets),
            OfReports::OnTime | OfReports::Days => self.reports_in_time(cell, reports),
        }
    }

    /// The expected reports that were received: every month of the period is reported on.
    fn reports_received(&self, cell: CellRequest<'_>, datasets: &[&'static Dataset]) -> Found<InputState> {
        let reference = &self.core().reference;
        let (mut expected, mut received) = (0_u32, 0_u32);
        let mut sources = BTreeSet::new();
        let mut synthetic = false;
        for dataset in datasets {
            let Some(field) = area_field(dataset) else { continue };
            let reporters = self.coverage.reporters(&self.counts, dataset, field);
            for (area, period) in expected_reports(reference, dataset, cell).into_keys() {
                expected += 1;
                if period.months().all(|month| reporters.cover(&reference.areas, area, month)) {
                    received += 1;
                    let reported = reporters.sources(&reference.areas, area, (period, 0));
                    sources.extend(reported.agencies);
                    synthetic |= reported.synthetic;
                }
            }
        }
        if expected == 0 {
            return Found::missing(MissingReason::NotApplicable);
        }
        let mut found = Found::of(Ok(InputState::Register { expected, received }));
        found.completeness.expected = expected;
        found.completeness.received = received;
        found.sources = sources.into_iter().collect();
        found.synthetic = synthetic;
        found
    }

    /// When the expected reports were received first. Later corrections of a report do not make it late.
    fn reports_in_time(&self, cell: CellRequest<'_>, reports: &ExpectedReports) -> Found<InputState> {
        let reference = &self.core().reference;
        // Nobody knows when rows in memory were received.
        let Some(receipts) = &self.snapshot().receipts else { return Found::missing(MissingReason::NotApplicable) };
        let (mut expected, mut received, mut on_time) = (0_u32, 0_u32, 0_u32);
        let mut days = Frequencies::new();
        let mut agencies: BTreeSet<&str> = BTreeSet::new();
        let mut any_synthetic = false;
        for dataset in &reports.datasets {
            let of_dataset = receipts.iter().filter(|receipt| receipt.dataset == dataset.id);
            let known: Vec<ReceivedReport<'_>> = of_dataset.map(Receipt::as_received).collect();
            for ((area, period), due) in expected_reports(reference, dataset, cell) {
                expected += 1;
                let (Some(report), synthetic) = completed(reference, (area, period), known.iter()) else { continue };
                received += 1;
                on_time += u32::from(report.received_on <= due);
                let after = report.received_on - period.end_date();
                *days.entry(after.get_days()).or_default() += 1;
                agencies.insert(report.agency);
                any_synthetic |= synthetic;
            }
        }
        let state = match reports.of {
            _ if expected == 0 => Err(MissingReason::NotApplicable),
            OfReports::Days => Ok(InputState::Histogram(days)),
            OfReports::Received | OfReports::OnTime => Ok(InputState::Register { expected, received: on_time }),
        };
        let mut found = Found::of(state);
        found.completeness.expected = expected;
        found.completeness.received = received;
        found.sources = agencies.into_iter().map(Into::into).collect();
        found.synthetic = any_synthetic;
        found
    }

    /// The number of rows of each ward of an area. Wards of the City of London are left out: it has a force of its own.
    pub(super) fn of_wards(
        &self,
        cell: CellRequest<'_>,
        number: usize,
        tally: &Tally,
    ) -> Result<Found<InputState>, ComputeError> {
        let (areas, day) = (&self.core().reference.areas, cell.period.end_date());
        let (Some(field), Some(axes)) = (tally.rows.area_field(true), axes_of(tally, cell.axes)) else {
            return Ok(Found::missing(MissingReason::NotApplicable));
        };
        let cube = self.counts.tally(&CountKey::of_tally(cell.definition, number, 1, &axes), tally, field, &axes);
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        let own = tally.rows.area;
        let all = self.counts.tally(&CountKey::of_tally(cell.definition, number, 0, &axes), tally, own, &axes);
        let all = Result::as_ref(&all).map_err(Clone::clone)?;
        let city = areas.by_code(CITY);
        let is_of_force = |at: &&usize| {
            let ward = cube.index.areas[**at];
            areas.get(ward).validity().contains(day) && !city.is_some_and(|city| areas.is_within(ward, city, day))
        };
        let wards: Vec<usize> =
            cube.index.within(areas, cell.area, day).iter().filter(is_of_force).copied().collect();
        let drawn = wards.iter().filter_map(|at| areas.get(cube.index.areas[*at]).validity().from).max();
        if let Some(drawn) = drawn.filter(|drawn| *drawn > cell.period.start_date()) {
            return Ok(redrawn(drawn));
        }
        let count = |at: &usize| WardCount {
            code: part_code(areas.get(cube.index.areas[*at])),
            count: cube.sum(&[*at], cell.period, cell.cell)[0],
        };
        let counts: Vec<WardCount> = wards.iter().map(count).collect();
        let rows = all.sum(&all.index.within(areas, cell.area, day), cell.period, cell.cell)[0];
        let unplaced = Unplaced { rows, placed: counts.iter().map(|ward| ward.count).sum() };
        let reports = self.coverage.reports(&self.counts, &tally.rows, cell.area, cell.period, 0);
        let state = if reports.complete { Ok(InputState::Wards(counts)) } else { Err(MissingReason::NotSubmitted) };
        let mut found = Found::reported(state, &reports);
        unplaced.note(&mut found, WARD);
        Ok(found)
    }

    /// Records the share of a borough's rows without a ward. The number of a ward is not known if no row of its borough has a
    /// ward.
    pub(super) fn note_unplaced(
        &self,
        found: &mut Found<InputState>,
        cell: CellRequest<'_>,
        number: usize,
        tally: &Tally,
    ) -> Result<(), ComputeError> {
        let (areas, day) = (&self.core().reference.areas, cell.period.end_date());
        let Some(borough) = areas.ancestor_at(cell.area, Level::Borough, day) else { return Ok(()) };
        let Some(ward) = tally.rows.area_field(true) else { return Ok(()) };
        let rows = |by: (FieldPath, u8)| {
            self.rows_counted(cell, (number, tally), by, |index| index.within(areas, borough, day).to_vec())
        };
        Unplaced { rows: rows((tally.rows.area, OWN))?, placed: rows((ward, BY_WARD))? }.note(found, WARD);
        Ok(())
    }

    /// Records the share of rows that do not say their place, if that is not the place on which agencies report: a hospital
    /// reports an assault that happened in a borough. If no row says its place, the value is not known.
    pub(super) fn note_elsewhere(
        &self,
        found: &mut Found<InputState>,
        cell: CellRequest<'_>,
        number: usize,
        tally: &Tally,
    ) -> Result<(), ComputeError> {
        let (own, reported) = (tally.rows.area, reporting_field(&tally.rows));
        if own == reported {
            return Ok(());
        }
        let rows = |by: (FieldPath, u8)| {
            self.rows_counted(cell, (number, tally), by, |index| (0..index.areas.len()).collect())
        };
        Unplaced { rows: rows((reported, BY_REPORT))?, placed: rows((own, OWN))? }.note(found, PLACE);
        Ok(())
    }

    /// The number of rows of a tally in some places of a field, whatever their codes. `level` tells the counts by the fields apart.
    fn rows_counted(
        &self,
        cell: CellRequest<'_>,
        (number, tally): (usize, &Tally),
        (field, level): (FieldPath, u8),
        places: impl Fn(&AreaIndex) -> Vec<usize>,
    ) -> Result<u64, ComputeError> {
        let whole = BreakdownAxes::total();
        let key = CountKey::of_tally(cell.definition, number, level, &whole);
        let cube = self.counts.tally(&key, tally, field, &whole);
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        let counts = cube.sum(&places(&cube.index), cell.period, 0);
        Ok(counts.into_iter().max().unwrap_or(0))
    }
}

/// Rows that belong in places of a kind.
struct Unplaced {
    /// All.
    rows: u64,
    /// Those with a place.
    placed: u64,
}

impl Unplaced {
    /// Records the share of rows without a place. If no row has a place, the value is not known.
    fn note(&self, found: &mut Found<InputState>, place: &str) {
        let Self { rows, placed } = *self;
        if rows > 0 && placed == 0 {
            found.result = Err(MissingReason::NotSubmitted);
        }
        let unplaced = count_to_f64(rows.saturating_sub(placed)) / count_to_f64(rows.max(1));
        let missing = &mut found.completeness.records_missing_share;
        *missing = Some(missing.map_or(unplaced, |known| known.max(unplaced)));
        if unplaced > UNPLACED_CAVEAT {
            found.caveat(format!("{:.0}% of the records have no {place} and are left out.", 100.0 * unplaced));
        }
    }
}

/// The areas or sites, and the periods, on which primary agencies are expected to report for an area, and the day on which the
/// report of the last of them is due.
fn expected_reports(
    reference: &Reference,
    dataset: &Dataset,
    cell: CellRequest<'_>,
) -> BTreeMap<(AreaId, Period), Date> {
    let areas = &reference.areas;
    let months = (cell.period.first(), cell.period.last());
    let mut expected = BTreeMap::new();
    for agency in reference.register.agencies_for(&dataset.id) {
        for remit in agency.remits_for(&dataset.id).filter(|remit| remit.role == Role::Primary) {
            let within = |(area, period): &(AreaId, Period)| {
                *area == cell.area || areas.is_within(*area, cell.area, period.end_date())
            };
            for (area, period) in expected_of(reference, remit, months).filter(within) {
                let Some(day) = remit.calendar.and_then(|calendar| due(period, calendar)) else { continue };
                let latest: &mut Date = expected.entry((area, period)).or_insert(day);
                *latest = day.max(*latest);
            }
        }
    }
    expected
}
