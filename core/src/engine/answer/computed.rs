//! Values computed from records: the states of a measure's inputs for one cell.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use super::Data;
use crate::design::{
    FollowUp, GroupState, Histogram, Input, InputState, Inputs, LinkedVictims, MeasureByGroup, Parts, Quantity,
    Register, Residents, Tally, WeightedRespondents,
};
use crate::engine::counts::{CountKey, Cube, axes_of, level_number};
use crate::engine::coverage::{CITY, Sources};
use crate::engine::error::ComputeError;
use crate::engine::found::Found;
use crate::engine::query::{BreakdownAxes, CellRequest};
use crate::engine::rows::middle_year;
use crate::estimate::{MissingReason, count_to_f64};
use crate::period::{Month, Period};
use crate::reference::{Area, AreaId, Coverage as London, Level};

/// Share of victims who cannot be linked, above which a value has a caveat. This is a decision of this project: see the
/// caveats of `repeat-victim-share`.
const UNLINKABLE_CAVEAT: f64 = 0.1;

impl Data {
    /// The states of a measure's inputs for a cell.
    pub(super) fn computed(&self, cell: CellRequest<'_>) -> Result<Found<Inputs>, ComputeError> {
        let areas = &self.core().reference.areas;
        let area = areas.get(cell.area);
        if !cell.is_offered(areas) || !cell.axes.in_records() || !area.validity().contains(cell.period.end_date()) {
            return Ok(Found::missing(MissingReason::NotApplicable));
        }
        // The records of a ward from before it was drawn name other wards.
        if let Some(drawn) = area.validity().from.filter(|drawn| *drawn > cell.period.start_date())
            && area.level() == Level::Ward
        {
            return Ok(redrawn(drawn));
        }
        let mut found = self.inputs(cell)?;
        if let Some(began) = area.validity().from.filter(|began| *began > cell.period.start_date())
            && area.level() == Level::Bcu
        {
            found.caveat(format!("{} began on {began}: the months before are those of its boroughs.", area.name()));
        }
        Ok(found)
    }

    fn inputs(&self, cell: CellRequest<'_>) -> Result<Found<Inputs>, ComputeError> {
        let mut whole: Option<Found<InputState>> = None;
        let mut silent = None;
        let mut states = Vec::with_capacity(cell.definition.inputs.len());
        for (number, input) in cell.definition.inputs.iter().enumerate() {
            let found = self.input(cell, number, input)?;
            if matches!(found.result, Err(MissingReason::NotApplicable)) && !input.is_optional() {
                return Ok(Found { caveats: found.caveats, ..Found::missing(MissingReason::NotApplicable) });
            }
            if let (Input::Reported(_), Err(reason)) = (input, &found.result) {
                silent = Some(*reason);
            }
            states.push(found.result.clone());
            match (&mut whole, input) {
                (None, _) => whole = Some(found),
                // Numbers of residents are not reported by agencies, so they do not affect completeness.
                (Some(whole), Input::Residents(_)) => {
                    found.caveats.into_iter().for_each(|caveat| whole.caveat(caveat))
                }
                (Some(whole), _) => whole.join(found),
            }
        }
        // A measure without inputs has no records.
        let Some(whole) = whole else { return Ok(Found::missing(MissingReason::NotSubmitted)) };
        let inputs: Inputs = states.into_iter().collect();
        let caveats = cell.definition.design.caveats(&inputs);
        let mut found = whole.with(silent.map_or(Ok(inputs), Err));
        caveats.into_iter().for_each(|caveat| found.caveat(caveat));
        Ok(found)
    }

    /// The state of one input. `number` is its position among the inputs of the design.
    pub(crate) fn input(
        &self,
        cell: CellRequest<'_>,
        number: usize,
        input: &Input,
    ) -> Result<Found<InputState>, ComputeError> {
        match input {
            Input::Tally(tally) => self.tallied(cell, number, tally),
            Input::Weighted(respondents) => self.weighted(cell, number, respondents),
            Input::Linked(victims) => self.linked(cell, number, victims),
            Input::Histogram(histogram) => self.distributed(cell, number, histogram),
            Input::Chosen(chosen) => self.chosen(cell, number, chosen),
            Input::ChosenVictims(chosen) => self.chosen_victims(cell, number, chosen),
            Input::Wards(tally) => self.of_wards(cell, number, tally),
            Input::Reports(reports) => Ok(self.reports(cell, reports)),
            Input::Residents(residents) => Ok(self.resident(cell, residents)),
            Input::Register(register) => self.registered(cell, number, register),
            Input::Reported(reported) => self.shown(cell, number, reported),
            Input::Measure(measure) => self.by_group(cell, measure),
        }
    }

    /// The state of a tally.
    pub(super) fn tallied(
        &self,
        cell: CellRequest<'_>,
        number: usize,
        tally: &Tally,
    ) -> Result<Found<InputState>, ComputeError> {
        let areas = &self.core().reference.areas;
        let wards = areas.get(cell.area).level() == Level::Ward;
        let (Some(field), Some(axes)) = (tally.rows.area_field(wards), axes_of(tally, cell.axes)) else {
            return Ok(Found::missing(MissingReason::NotApplicable));
        };
        let key = CountKey::of_tally(cell.definition, number, u8::from(wards), &axes);
        let cube = self.counts.tally(&key, tally, field, &axes);
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        let within = cube.index.within(areas, cell.area, cell.period.end_date());
        if within.is_empty() {
            return Ok(Found::missing(MissingReason::NotApplicable));
        }
        let reports = self.coverage.reports(&self.counts, &tally.rows, cell.area, cell.period, 0);
        let counts = cube.sum(&within, cell.period, cell.cell);
        let state = if reports.complete { Ok(InputState::Tally(counts)) } else { Err(MissingReason::NotSubmitted) };
        let mut found = Found::reported(state, &reports);
        note_orphans(&mut found, cube);
        if wards {
            self.note_unplaced(&mut found, cell, number, tally)?;
        } else {
            self.note_elsewhere(&mut found, cell, number, tally)?;
        }
        Ok(found)
    }

    /// The state of weighted respondents.
    fn weighted(
        &self,
        cell: CellRequest<'_>,
        number: usize,
        respondents: &WeightedRespondents,
    ) -> Result<Found<InputState>, ComputeError> {
        let areas = &self.core().reference.areas;
        let level = areas.get(cell.area).level();
        let Some(weight) = respondents.weights.get(&level) else {
            return Ok(Found::missing(MissingReason::NotApplicable));
        };
        // Levels that have the same weight field share one set of counts.
        let first =
            respondents.weights.values().position(|known| known == weight).and_then(|at| u8::try_from(at).ok());
        let key = CountKey::new(cell.definition, number, first.unwrap_or(u8::MAX), cell.axes);
        let counts = self.counts.weighted(&key, respondents, *weight, cell.axes);
        let counts = Result::as_ref(&counts).map_err(Clone::clone)?;
        let index = self.counts.rows.area_index(respondents.rows.area);
        let within = index.within(areas, cell.area, cell.period.end_date());
        if within.is_empty() {
            return Ok(Found::missing(MissingReason::NotApplicable));
        }
        let reports = self.coverage.reports(&self.counts, &respondents.rows, cell.area, cell.period, 0);
        let state = if reports.complete {
            Ok(counts.sum(&within, cell.period, cell.cell, respondents.psu.is_some())?)
        } else {
            Err(MissingReason::NotSubmitted)
        };
        Ok(Found::reported(state, &reports))
    }

    /// The state of a histogram. It is missing if the follow-up of the subjects is not complete.
    fn distributed(
        &self,
        cell: CellRequest<'_>,
        number: usize,
        histogram: &Histogram,
    ) -> Result<Found<InputState>, ComputeError> {
        let (areas, rows) = (&self.core().reference.areas, &histogram.subjects.rows);
        let wards = areas.get(cell.area).level() == Level::Ward;
        let Some(field) = rows.area_field(wards) else { return Ok(Found::missing(MissingReason::NotApplicable)) };
        let key = CountKey::new(cell.definition, number, u8::from(wards), cell.axes);
        let counts = self.counts.histogram(&key, histogram, field, cell.axes);
        let counts = Result::as_ref(&counts).map_err(Clone::clone)?;
        let within = self.counts.rows.area_index(field).within(areas, cell.area, cell.period.end_date());
        if within.is_empty() {
            return Ok(Found::missing(MissingReason::NotApplicable));
        }
        let reports = self.coverage.reports(&self.counts, rows, cell.area, cell.period, 0);
        let state = if !reports.complete {
            Err(MissingReason::NotSubmitted)
        } else if !self.is_followed_up(cell, histogram) {
            Err(MissingReason::IncompleteFollowUp)
        } else {
            Ok(InputState::Histogram(counts.sum(&within, cell.period, cell.cell)))
        };
        Ok(Found::reported(state, &reports))
    }

    /// Whether the subjects of a period are followed up to the end: the months after it are reported on for as long as an
    /// event can be proved, and the reports on the months in which an event counts were extracted after that. A report that
    /// was extracted earlier lacks the events that were proved later. An event that needs no proof is in the report on its
    /// month.
    fn is_followed_up(&self, cell: CellRequest<'_>, histogram: &Histogram) -> bool {
        let Quantity::Events(FollowUp { events, months, proved, proved_months, .. }) = &histogram.of else {
            return true;
        };
        let (first, last) = (cell.period.first(), cell.period.last());
        let span = |months: i32| (first.index()..=last.plus(months).index()).map(Month::from_index);
        let reported = |month: Month, since: Option<Date>| {
            let month = Period::month(month);
            self.coverage.reports_since(&self.counts, events, cell.area, (month, 0), since).complete
        };
        let end = (*proved != events.date).then(|| last.plus(*proved_months).last_day());
        span(*proved_months).all(|month| reported(month, None)) && span(*months).all(|month| reported(month, end))
    }

    /// The state of linked victims. It is missing if the months before the period are not complete, or if pseudonyms
    /// were made with more than one key.
    fn linked(
        &self,
        cell: CellRequest<'_>,
        number: usize,
        victims: &LinkedVictims,
    ) -> Result<Found<InputState>, ComputeError> {
        let level = self.core().reference.areas.get(cell.area).level();
        let key = CountKey::new(cell.definition, number, level_number(level), cell.axes);
        let counts = self.counts.linked(&key, victims, level, cell.axes);
        let counts = Result::as_ref(&counts).map_err(Clone::clone)?;
        let Some(place) = counts.position_of(cell.area) else {
            return Ok(Found::missing(MissingReason::NotApplicable));
        };
        let followed = self.followed(cell, victims, |first, last| counts.keys_within(first, last));
        let (repeats, all) = counts.sum(victims.rule.variant, cell.period, place, cell.cell);
        let state = followed.result.map(|()| InputState::Linked { repeats, all });
        let mut found = followed.with(state);
        self.note_unlinkable(&mut found, cell, number, &victims.linkage)?;
        Ok(found)
    }

    /// Whether victims can be followed: the months that are linked are reported on, and their pseudonyms were made with one
    /// key. `keys` gives the keys of some months.
    pub(super) fn followed(
        &self,
        cell: CellRequest<'_>,
        victims: &LinkedVictims,
        keys: impl Fn(Month, Month) -> BTreeSet<u64>,
    ) -> Found<()> {
        let reports = |period, before| self.coverage.reports(&self.counts, &victims.rows, cell.area, period, before);
        let before = victims.look_back();
        let reported = reports(cell.period, before);
        let earlier = Period::rolling_year(cell.period.first().plus(-1));
        let look_back = before == 0 || reports(earlier, 0).complete;
        let (first, last) = (cell.period.first().plus(-before), cell.period.last());
        let keys = keys(first, last);
        let state = if !reported.complete {
            Err(MissingReason::NotSubmitted)
        } else if !look_back {
            Err(MissingReason::IncompleteLookback)
        } else if keys.len() > 1 {
            Err(MissingReason::MixedLinkageKeys)
        } else {
            Ok(())
        };
        let mut found = Found::reported(state, &reported);
        if matches!(found.result, Err(MissingReason::MixedLinkageKeys)) {
            found.caveat(mixed_keys(&keys, first, last));
        }
        // An earlier crime counts wherever it happened.
        let police = self.core().reference.areas.london(London::Mps32);
        let elsewhere =
            police.map(|police| self.coverage.reports(&self.counts, &victims.rows, police, cell.period, 0));
        let looks_back = before > 0;
        if looks_back && found.result.is_ok() && elsewhere.is_some_and(|elsewhere| !elsewhere.complete) {
            found.caveat("Crimes in areas that were not submitted are not seen: some repeats are not counted.");
        }
        found
    }

    /// Records the share of qualifying victims who cannot be linked.
    pub(crate) fn note_unlinkable(
        &self,
        found: &mut Found<InputState>,
        cell: CellRequest<'_>,
        number: usize,
        linkage: &Tally,
    ) -> Result<(), ComputeError> {
        let counts = self.tallied(cell, number, linkage)?;
        if let Ok(InputState::Tally([qualifying, linkable, ..])) = counts.result
            && qualifying > 0
        {
            // Those who can be linked are among the qualifying, unless a state of a partition says otherwise.
            let share = count_to_f64(qualifying.saturating_sub(linkable)) / count_to_f64(qualifying);
            found.completeness.records_missing_share = Some(share);
            if share > UNLINKABLE_CAVEAT {
                found.caveat("More than one victim in ten cannot be linked and is left out.");
            }
        }
        counts.caveats.into_iter().for_each(|caveat| found.caveat(caveat));
        Ok(())
    }

    /// The area whose residents the rows of a cell are about; `None` if these are not the same in all months of the period.
    pub(super) fn population(&self, cell: CellRequest<'_>) -> Option<AreaId> {
        let rows = cell.definition.inputs.iter().flat_map(Input::rows_read);
        let mut of_rows =
            rows.map(|rows| self.coverage.reports(&self.counts, rows, cell.area, cell.period, 0).population);
        let first = of_rows.next().unwrap_or(Some(cell.area))?;
        of_rows.all(|area| area == Some(first)).then_some(first)
    }

    /// The number of residents of the areas that the other inputs are about. It is not known for the cells of a breakdown.
    fn resident(&self, cell: CellRequest<'_>, per: &Residents) -> Found<InputState> {
        let Some(area) = self.population(cell) else {
            let mut found = Found::missing(MissingReason::NotSubmitted);
            found.caveat(
                "There is no rate, because no number of residents fits: the areas are not the same in all months.",
            );
            return found;
        };
        let known = self.counts.rows.residents(area, cell.period, per).filter(|_| cell.axes.is_total());
        let Some((residents, year)) = known else { return Found::missing(MissingReason::NotApplicable) };
        let mut found = Found::of(Ok(InputState::Residents(residents)));
        if area != cell.area {
            let name = self.core().reference.areas.get(area).name();
            found.caveat(format!("Residents are those of the areas that are included: {name}."));
        }
        if year != middle_year(cell.period) {
            found.caveat(match per.ethnic_groups.as_slice() {
                [] => format!("Residents are those of mid-{year}, the nearest estimate held."),
                _ => format!("Residents by ethnic group are those of the Census of {year}."),
            });
        }
        found
    }

    /// The site-months of a register: expected and received.
    fn registered(
        &self,
        cell: CellRequest<'_>,
        number: usize,
        register: &Register,
    ) -> Result<Found<InputState>, ComputeError> {
        let (reference, rows) = (&self.core().reference, &register.reported.rows);
        let index = self.counts.rows.area_index(rows.area);
        let within = index.within(&reference.areas, cell.area, cell.period.end_date());
        let (Some(list), false) = (reference.codes.list(&register.list), within.is_empty()) else {
            return Ok(Found::missing(MissingReason::NotApplicable));
        };
        let reporters = self.coverage.reporters(&self.counts, rows.dataset, rows.area);
        let areas = &reference.areas;
        let Sources { agencies: sources, synthetic, .. } = reporters.sources(areas, cell.area, (cell.period, 0));
        let whole = BreakdownAxes::total();
        let key = CountKey::of_tally(cell.definition, number, 0, &whole);
        let seen = self.counts.tally(&key, &register.reported, rows.area, &whole);
        let seen = Result::as_ref(&seen).map_err(Clone::clone)?;
        let (mut expected, mut received) = (0_u32, 0_u32);
        for at in within.iter() {
            let site = reference.areas.get(index.areas[*at]);
            let entry = list.get(site.code()).filter(|entry| entry.flag("expected") != Some(false));
            let Some(entry) = entry else { continue };
            for month in cell.period.months().filter(|month| entry.valid_on(month.last_day())) {
                let rows = seen.sum(&[*at], Period::month(month), 0)[0];
                let reported = rows > 0 || reporters.state(areas, index.areas[*at], month);
                expected += 1;
                received += u32::from(reported);
            }
        }
        // A site that is silent is a site that did not report: 0 of 1.
        let state = if expected == 0 {
            Err(MissingReason::NotApplicable)
        } else {
            Ok(InputState::Register { expected, received })
        };
        let mut found = Found { sources, synthetic, ..Found::of(state) };
        found.completeness.expected = expected;
        found.completeness.received = received;
        Ok(found)
    }

    /// The states of another measure's inputs, for each group of its subjects.
    fn by_group(&self, cell: CellRequest<'_>, measure: &MeasureByGroup) -> Result<Found<InputState>, ComputeError> {
        let not_applicable = Found::missing(MissingReason::NotApplicable);
        let Some(other) = self.core().catalogue.get(&measure.of).filter(|_| cell.axes.is_total()) else {
            return Ok(not_applicable);
        };
        let mut whole: Option<Found<()>> = None;
        let mut groups = Vec::new();
        let mut add = |code: String, label: String, found: Found<Inputs>| {
            groups.push(found.result.clone().and_then(|inputs| inputs.complete()).map(|inputs| GroupState {
                code,
                label,
                unit: Arc::clone(&other.unit),
                design: Arc::clone(&other.design),
                inputs,
            }));
            match &mut whole {
                None => whole = Some(found.with(Ok(()))),
                Some(whole) => whole.join(found),
            }
        };
        match &measure.parts {
            Parts::Groups { by, groups } => {
                let axes = BreakdownAxes::of_field(&self.core().reference, *by);
                for group in groups {
                    let found = self.group(CellRequest { definition: other, axes: &axes, ..cell }, &group.codes)?;
                    add(group.code(*by), group.label.clone(), found);
                }
            }
            Parts::AreaAndLondon => {
                let areas = &self.core().reference.areas;
                for part in [Some(cell.area), areas.london(London::Mps32)].into_iter().flatten() {
                    let found = self.inputs(CellRequest { definition: other, area: part, ..cell })?;
                    add(part_code(areas.get(part)), other.title.to_string(), found);
                }
            }
            Parts::Boroughs | Parts::Wards => {
                let (areas, day) = (&self.core().reference.areas, cell.period.end_date());
                let wards = matches!(measure.parts, Parts::Wards);
                let boroughs = areas.members(cell.area, Level::Borough, day).into_iter();
                let boroughs = boroughs.filter(|borough| areas.get(*borough).code() != CITY);
                let parts: Vec<AreaId> = if wards {
                    boroughs.flat_map(|borough| areas.members(borough, Level::Ward, day)).collect()
                } else {
                    boroughs.collect()
                };
                for part in parts {
                    let area = areas.get(part);
                    let found = self.inputs(CellRequest { definition: other, area: part, ..cell })?;
                    add(part_code(area), area.name().to_owned(), found);
                }
            }
        }
        let state = groups.into_iter().collect::<Result<Vec<_>, _>>().map(InputState::Measure);
        Ok(whole.map_or(not_applicable, |whole| whole.with(state)))
    }

    /// The states of a measure's inputs over the subjects of several codes.
    fn group(&self, cell: CellRequest<'_>, codes: &[String]) -> Result<Found<Inputs>, ComputeError> {
        let mut total: Option<Found<Inputs>> = None;
        for code in codes {
            let Some(cell_of_code) = cell.axes.cell(&[code]) else { continue };
            let part = self.inputs(CellRequest { cell: cell_of_code, ..cell })?;
            total = Some(match total {
                None => part,
                Some(mut total) => {
                    total.result = match (&total.result, &part.result) {
                        (Ok(a), Ok(b)) => Ok(a.plus(b)),
                        (Err(reason), _) | (_, Err(reason)) => Err(*reason),
                    };
                    total.join(part);
                    total
                }
            });
        }
        Ok(total.unwrap_or_else(|| Found::missing(MissingReason::NotApplicable)))
    }
}

/// The code of a part of a measure's subjects that is an area.
pub(super) fn part_code(area: &Area) -> String {
    format!("area={}", area.code())
}

/// Nothing, because a ward was drawn within the period.
pub(super) fn redrawn<T>(drawn: Date) -> Found<T> {
    let mut found = Found::missing(MissingReason::NotApplicable);
    found.caveat(format!("Wards were drawn anew on {drawn}: a period that begins before has no value for them."));
    found
}

/// Records the share of records that refer to a record that is not held.
fn note_orphans(found: &mut Found<InputState>, cube: &Cube) {
    if cube.orphans > 0 {
        let total = cube.orphans + cube.linked;
        found.completeness.records_missing_share = Some(count_to_f64(cube.orphans) / count_to_f64(total));
        found.caveat("Records that refer to a record which was not submitted are left out.");
    }
}

/// The caveat for months whose pseudonyms were made with different keys: persons cannot be followed through them.
fn mixed_keys(keys: &BTreeSet<u64>, first: Month, last: Month) -> String {
    let unnamed = if keys.contains(&0) { ", one of them not named" } else { "" };
    format!(
        "No value is given: the pseudonyms of {first} to {last}, the months that it links, were made with {} different \
         keys (linkage_key_id){unnamed}, and a person has another pseudonym under each.",
        keys.len()
    )
}
