//! States that need each place by itself: wards, and reports on areas and sites.

use std::collections::BTreeSet;

use super::Data;
use super::computed::redrawn;
use crate::contract::Dataset;
use crate::design::{InputState, Tally};
use crate::engine::counts::{CountKey, axes_of};
use crate::engine::coverage::{CITY, area_field};
use crate::engine::error::ComputeError;
use crate::engine::found::Found;
use crate::engine::query::{BreakdownAxes, CellRequest};
use crate::estimate::{MissingReason, count_to_f64};
use crate::period::Period;
use crate::reference::{AreaId, Level, Reference, Role};
use crate::submission::expected_of;

/// Share of rows without a ward, above which a value has a caveat. This is a decision of this project.
const UNPLACED_CAVEAT: f64 = 0.05;

impl Data {
    /// The reports that the register expects for an area, and those of them that were received. A report counts in the month
    /// in which its period ends. It was received if every month of its period is reported on.
    pub(super) fn reports(&self, cell: CellRequest<'_>, datasets: &[&'static Dataset]) -> Found<InputState> {
        let reference = &self.core().reference;
        let (mut expected, mut received) = (0_u32, 0_u32);
        let mut sources = BTreeSet::new();
        let mut synthetic = false;
        for dataset in datasets {
            let Some(field) = area_field(dataset) else { continue };
            let reporters = self.coverage.reporters(&self.counts, dataset, field);
            for (area, period) in expected_reports(reference, dataset, cell) {
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
        let counts: Vec<u64> = wards.iter().map(|at| cube.sum(&[*at], cell.period, cell.cell)[0]).collect();
        let rows = all.sum(&all.index.within(areas, cell.area, day), cell.period, cell.cell)[0];
        let unplaced = Unplaced { rows, placed: counts.iter().sum() };
        let reports = self.coverage.reports(&self.counts, &tally.rows, cell.area, cell.period, 0);
        let state = if reports.complete { Ok(InputState::Wards(counts)) } else { Err(MissingReason::NotSubmitted) };
        let mut found = Found::reported(state, &reports);
        unplaced.note(&mut found);
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
        let whole = BreakdownAxes::total();
        let rows = |field, wards: bool| {
            let key = CountKey::of_tally(cell.definition, number, u8::from(wards), &whole);
            let cube = self.counts.tally(&key, tally, field, &whole);
            let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
            let counts = cube.sum(&cube.index.within(areas, borough, day), cell.period, 0);
            Ok::<u64, ComputeError>(counts.into_iter().max().unwrap_or(0))
        };
        Unplaced { rows: rows(tally.rows.area, false)?, placed: rows(ward, true)? }.note(found);
        Ok(())
    }
}

/// Rows that belong in wards.
struct Unplaced {
    /// All.
    rows: u64,
    /// Those with a ward.
    placed: u64,
}

impl Unplaced {
    /// Records the share of rows without a ward. If no row has a ward, the value is not known.
    fn note(&self, found: &mut Found<InputState>) {
        let Self { rows, placed } = *self;
        if rows > 0 && placed == 0 {
            found.result = Err(MissingReason::NotSubmitted);
        }
        let unplaced = count_to_f64(rows.saturating_sub(placed)) / count_to_f64(rows.max(1));
        found.completeness.records_missing_share = Some(unplaced);
        if unplaced > UNPLACED_CAVEAT {
            found.caveat(format!("{:.0}% of the records have no ward and are left out.", 100.0 * unplaced));
        }
    }
}

/// The areas or sites, and the periods, on which primary agencies are expected to report for an area.
fn expected_reports(reference: &Reference, dataset: &Dataset, cell: CellRequest<'_>) -> BTreeSet<(AreaId, Period)> {
    let areas = &reference.areas;
    let months = (cell.period.first(), cell.period.last());
    let mut expected = BTreeSet::new();
    for agency in reference.register.agencies_for(&dataset.id) {
        for remit in agency.remits_for(&dataset.id).filter(|remit| remit.role == Role::Primary) {
            let within = |(area, period): &(AreaId, Period)| {
                *area == cell.area || areas.is_within(*area, cell.area, period.end_date())
            };
            expected.extend(expected_of(reference, remit, months).filter(within));
        }
    }
    expected
}
