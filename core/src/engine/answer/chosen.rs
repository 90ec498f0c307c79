//! States that follow the choices of boroughs: rows, and repeat victims, of the kinds of crime that each borough chose.

use std::collections::BTreeSet;

use super::Data;
use crate::column::MISSING_DATE;
use crate::contract::{Field, Kind};
use crate::design::{Choices, ChosenCounts, ChosenVictims, InputState, MAX_TALLY};
use crate::engine::counts::{CountKey, LinkedCounts, axes_of, level_number};
use crate::engine::coverage::CITY;
use crate::engine::error::ComputeError;
use crate::engine::found::Found;
use crate::engine::query::CellRequest;
use crate::engine::rows::{AreaIndex, codes};
use crate::estimate::MissingReason;
use crate::period::{Month, Period};
use crate::reference::{AreaId, Level};

/// The kinds that an area chose for some days.
#[derive(Debug)]
pub(super) struct Choice {
    area: AreaId,
    from: i32,
    to: i32,
    /// Positions of the kinds; `None` for a kind that has no expression.
    kinds: Vec<Option<usize>>,
}

/// The kinds of crime that the boroughs of a cell chose, for each month. In each month, the choice of its first day applies.
struct Basket {
    /// Position of a borough in the index, a month, and the kinds.
    chosen: Vec<(usize, Month, Vec<usize>)>,
    /// Boroughs whose choice is not held for each month.
    without: BTreeSet<AreaId>,
    /// Boroughs that chose a kind without an expression.
    unknown: BTreeSet<AreaId>,
}

impl Data {
    /// The numbers of rows of the kinds that each borough chose.
    pub(super) fn chosen(
        &self,
        cell: CellRequest<'_>,
        number: usize,
        chosen: &ChosenCounts,
    ) -> Result<Found<InputState>, ComputeError> {
        let tally = &chosen.counts;
        let Some(axes) = axes_of(tally, cell.axes) else { return Ok(Found::missing(MissingReason::NotApplicable)) };
        let key = CountKey::of_tally(cell.definition, number, 0, &axes);
        let cube = self.counts.tally(&key, tally, tally.rows.area, &axes);
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        let Some(basket) = self.basket(cell, &chosen.choices, &chosen.kinds, &cube.index)? else {
            return Ok(Found::missing(MissingReason::NotApplicable));
        };
        let mut counts = [None; MAX_TALLY];
        for (at, month, kinds) in &basket.chosen {
            let of_month = cube.sum(&[*at], Period::month(*month), cell.cell);
            for kind in kinds {
                *counts[*kind].get_or_insert(0) += of_month[*kind];
            }
        }
        let reports = self.coverage.reports(&self.counts, &tally.rows, cell.area, cell.period, 0);
        let state = if reports.complete { Ok(InputState::Chosen(counts)) } else { Err(MissingReason::NotSubmitted) };
        let mut found = Found::reported(state, &reports);
        self.note_choices(&mut found, &basket);
        Ok(found)
    }

    /// The numbers of repeat victims, and of all victims, of the kinds that each borough chose.
    pub(super) fn chosen_victims(
        &self,
        cell: CellRequest<'_>,
        number: usize,
        chosen: &ChosenVictims,
    ) -> Result<Found<InputState>, ComputeError> {
        let Some(first) = chosen.victims.first() else { return Ok(Found::missing(MissingReason::NotApplicable)) };
        let index = self.counts.rows.area_index(first.rows.area);
        let Some(basket) = self.basket(cell, &chosen.choices, &chosen.kinds, &index)? else {
            return Ok(Found::missing(MissingReason::NotApplicable));
        };
        let counts = (0..).zip(&chosen.victims).map(|(kind, victims)| {
            let key = CountKey::new(cell.definition, number, level_of_kind(kind), cell.axes);
            self.counts.linked(&key, victims, Level::Borough, cell.axes)
        });
        let counts: Vec<_> = counts.collect();
        let counts: Vec<&LinkedCounts> =
            counts.iter().map(|counts| Result::as_ref(counts).map_err(Clone::clone)).collect::<Result<_, _>>()?;
        let mut sums = [None; MAX_TALLY];
        for (at, month, kinds) in &basket.chosen {
            for kind in kinds {
                let of_kind = counts[*kind];
                let Some(place) = of_kind.position_of(index.areas[*at]) else { continue };
                let variant = chosen.victims[*kind].rule.variant;
                let (repeats, all) = of_kind.sum(variant, Period::month(*month), place, cell.cell);
                let sum: &mut (u64, u64) = sums[*kind].get_or_insert((0, 0));
                *sum = (sum.0 + repeats, sum.1 + all);
            }
        }
        let keys = |first, last| counts.iter().flat_map(|counts| counts.keys_within(first, last)).collect();
        let followed = self.followed(cell, first, keys);
        let state = followed.result.map(|()| InputState::ChosenVictims(sums));
        let mut found = followed.with(state);
        self.note_unlinkable(&mut found, cell, number, &first.linkage)?;
        self.note_choices(&mut found, &basket);
        Ok(found)
    }

    /// What the boroughs of a cell chose; `None` if no borough in it chooses.
    fn basket(
        &self,
        cell: CellRequest<'_>,
        choices: &Choices,
        kinds: &[String],
        index: &AreaIndex,
    ) -> Result<Option<Basket>, ComputeError> {
        let areas = &self.core().reference.areas;
        let within = index.within(areas, cell.area, cell.period.end_date());
        // The City of London has a force of its own and no priorities of the plan; a pseudo-area chooses nothing.
        let chooses = |at: &&usize| {
            let area = areas.get(index.areas[**at]);
            area.level() == Level::Borough && area.code() != CITY
        };
        let boroughs: Vec<usize> = within.iter().filter(chooses).copied().collect();
        if boroughs.is_empty() {
            return Ok(None);
        }
        let held = self.choices.get(&cell.definition.id, || self.choices_in_force(choices, kinds));
        let held = Result::as_ref(&held).map_err(Clone::clone)?;
        let mut basket = Basket { chosen: Vec::new(), without: BTreeSet::new(), unknown: BTreeSet::new() };
        for at in boroughs {
            let area = index.areas[at];
            for month in cell.period.months() {
                let day = month.first_day_number();
                let in_force = |choice: &&Choice| choice.area == area && (choice.from..=choice.to).contains(&day);
                let Some(choice) = held.iter().find(in_force) else {
                    basket.without.insert(area);
                    continue;
                };
                if choice.kinds.iter().any(Option::is_none) {
                    basket.unknown.insert(area);
                }
                basket.chosen.push((at, month, choice.kinds.iter().flatten().copied().collect()));
            }
        }
        Ok(Some(basket))
    }

    /// Without every borough's choice, there is no value.
    fn note_choices(&self, found: &mut Found<InputState>, basket: &Basket) {
        let areas = &self.core().reference.areas;
        if !basket.without.is_empty() || !basket.unknown.is_empty() {
            found.result = Err(MissingReason::NotSubmitted);
        }
        if let Some(area) = basket.without.first() {
            let (name, number) = (areas.get(*area).name(), basket.without.len());
            found.caveat(format!("No priorities are held for {number} of the boroughs, {name} among them."));
        }
        if let Some(area) = basket.unknown.first() {
            let name = areas.get(*area).name();
            found.caveat(format!("{name} chose a kind of crime that records do not tell, so there is no number."));
        }
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
}

/// The number of a kind's areas in the key of its counts: boroughs, apart from the counts of the other kinds.
fn level_of_kind(kind: u8) -> u8 {
    let levels = u8::try_from(Level::ALL.len()).unwrap_or(u8::MAX);
    level_number(Level::Borough).saturating_add(levels.saturating_mul(kind))
}
