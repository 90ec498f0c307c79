//! States that need each place by itself: the kinds of crime that each borough chose, wards, and reports on areas and sites.

use std::collections::BTreeSet;

use super::Data;
use crate::column::MISSING_DATE;
use crate::contract::{Dataset, Field, Kind};
use crate::design::{Choices, ChosenCounts, InputState, MAX_TALLY, Tally};
use crate::engine::counts::{CountKey, axes_of};
use crate::engine::coverage::{CITY, area_field};
use crate::engine::error::ComputeError;
use crate::engine::found::Found;
use crate::engine::query::{BreakdownAxes, CellRequest};
use crate::engine::rows::codes;
use crate::estimate::{MissingReason, count_to_f64};
use crate::period::Period;
use crate::reference::{AreaId, Level, Reference, Role};
use crate::submission::expected_of;

/// Share of rows without a ward, above which a value has a caveat. This is a decision of this project.
const UNPLACED_CAVEAT: f64 = 0.05;

/// The kinds that an area chose for some days.
#[derive(Debug)]
pub(super) struct Choice {
    area: AreaId,
    from: i32,
    to: i32,
    /// Positions of the kinds; `None` for a kind that has no expression.
    kinds: Vec<Option<usize>>,
}

impl Data {
    /// The numbers of rows of the kinds that each borough chose. In each month, the choice of its first day applies.
    pub(super) fn chosen(
        &self,
        cell: CellRequest<'_>,
        number: usize,
        chosen: &ChosenCounts,
    ) -> Result<Found<InputState>, ComputeError> {
        let areas = &self.core().reference.areas;
        let tally = &chosen.counts;
        let Some(axes) = axes_of(tally, cell.axes) else { return Ok(Found::missing(MissingReason::NotApplicable)) };
        let key = CountKey::of_tally(cell.definition, number, 0, &axes);
        let cube = self.counts.tally(&key, tally, tally.rows.area, &axes);
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        let within = cube.index.within(areas, cell.area, cell.period.end_date());
        // The City of London has a force of its own and no priorities of the plan; a pseudo-area chooses nothing.
        let chooses = |at: &&usize| {
            let area = areas.get(cube.index.areas[**at]);
            area.level() == Level::Borough && area.code() != CITY
        };
        let boroughs: Vec<usize> = within.iter().filter(chooses).copied().collect();
        if boroughs.is_empty() {
            return Ok(Found::missing(MissingReason::NotApplicable));
        }
        let choices = self.choices.get(&cell.definition.id, || self.choices_in_force(&chosen.choices, &chosen.kinds));
        let choices = Result::as_ref(&choices).map_err(Clone::clone)?;
        let mut counts = [None; MAX_TALLY];
        let (mut without, mut unknown) = (BTreeSet::new(), BTreeSet::new());
        for at in boroughs {
            let area = cube.index.areas[at];
            for month in cell.period.months() {
                let day = month.first_day_number();
                let in_force = |choice: &&Choice| choice.area == area && (choice.from..=choice.to).contains(&day);
                let Some(choice) = choices.iter().find(in_force) else {
                    without.insert(area);
                    continue;
                };
                let of_month = cube.sum(&[at], Period::month(month), cell.cell);
                for kind in &choice.kinds {
                    match kind {
                        Some(kind) => *counts[*kind].get_or_insert(0) += of_month[*kind],
                        None => _ = unknown.insert(area),
                    }
                }
            }
        }
        let reports = self.coverage.reports(&self.counts, &tally.rows, cell.area, cell.period, 0);
        let state = if !reports.complete || !without.is_empty() || !unknown.is_empty() {
            Err(MissingReason::NotSubmitted)
        } else {
            Ok(InputState::Chosen(counts))
        };
        let mut found = Found::reported(state, &reports);
        if let Some(area) = without.first() {
            let name = areas.get(*area).name();
            found.caveat(format!("No priorities are held for {} of the boroughs, {name} among them.", without.len()));
        }
        if let Some(area) = unknown.first() {
            let name = areas.get(*area).name();
            found.caveat(format!("{name} chose a kind of crime that records do not tell, so there is no number."));
        }
        Ok(found)
    }

    /// All choices that are in force.
    fn choices_in_force(&self, choices: &Choices, kinds: &[String]) -> Result<Vec<Choice>, ComputeError> {
        let (store, index) = (&self.counts.rows, self.counts.rows.area_index(choices.area));
        let mut found = Vec::new();
        for part in &self.counts.table(choices.dataset)?.parts {
            let count = part.segment.batch.rows();
            let places = codes(&store.rows.column(part, &choices.area), count);
            let [from, to] = [choices.from, choices.to].map(|path| store.rows.column(part, &path));
            let (Some(from), Some(to)) = (from.as_i32(), to.as_i32()) else { continue };
            let chosen: Vec<(Vec<u16>, _)> = choices
                .fields
                .iter()
                .map(|path| (codes(&store.rows.column(part, path), count), path.declared()))
                .collect();
            for row in (0..count).filter(|row| part.segment.selects(*row)) {
                let place = index.of_code.get(usize::from(places[row])).and_then(|at| usize::try_from(*at).ok());
                let Some(area) = place.and_then(|place| index.areas.get(place)).copied() else { continue };
                let kind = |(codes, field): &(Vec<u16>, Option<&'static Field>)| {
                    let Kind::Code(known) = &field.as_ref()?.kind else { return None };
                    let code = known.by_number(u8::try_from(codes[row]).ok()?)?;
                    kinds.iter().position(|kind| *kind == code.code)
                };
                let to = if to[row] == MISSING_DATE { i32::MAX } else { to[row] };
                found.push(Choice { area, from: from[row], to, kinds: chosen.iter().map(kind).collect() });
            }
        }
        Ok(found)
    }

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
                    let (agencies, made_up) =
                        reporters.sources(&reference.areas, area, (period.first(), period.last()));
                    sources.extend(agencies);
                    synthetic |= made_up;
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
        let counts: Vec<u64> = cube
            .index
            .within(areas, cell.area, day)
            .iter()
            .filter(is_of_force)
            .map(|at| cube.sum(&[*at], cell.period, cell.cell)[0])
            .collect();
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
