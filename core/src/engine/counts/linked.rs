//! Repeats: numbers of victims or of crimes by month, area and cell, which the kernel counts.

use std::collections::BTreeSet;

use super::kept::{AllCounts, Counted, OfKind};
use super::{CountStore, VictimEvent, VictimEvents};
use crate::design::LinkedVictims;
use crate::engine::error::ComputeError;
use crate::engine::query::{BreakdownAxes, Members};
use crate::engine::rows::AreaIndex;
use crate::kernel::{self, NONE, RepeatVariant};
use crate::period::{Month, MonthSpan, Period};
use crate::reference::{AreaId, Areas, Level};

/// Repeats and all subjects by month, area and cell. They do not add up over areas or cells. They add up over months
/// only if the share is pooled.
#[derive(Debug)]
pub(crate) struct LinkedCounts {
    areas: Vec<AreaId>,
    first: i32,
    months: usize,
    cells: usize,
    /// Repeats and all, by month, area and cell.
    values: Vec<(u64, u64)>,
    /// For each month, the keys with which its pseudonyms were made. 0 stands for the key that no row names.
    keys: Vec<BTreeSet<u64>>,
}

/// Areas that are counted together, because no two of them have a part in common.
struct Run {
    /// Their positions among the areas of the level.
    areas: Vec<usize>,
    /// For each position of the index, the number of the area in `areas` that contains it, or [`NONE`].
    places: Vec<u32>,
}

/// Months after a record whose windows of 12 months contain it.
const MONTHS_AFTER: usize = 11;

/// The place of one pair of counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct LinkedCell {
    /// Position of the area among those of the level.
    pub(crate) area: usize,
    /// Index of the month.
    pub(crate) month: i32,
    /// Cell of the breakdown.
    pub(crate) cell: usize,
}

impl LinkedCounts {
    /// Bytes that the counts need at most while they are made: the counts twice, and the columns that the kernel reads.
    pub(super) fn bytes_to_count(
        store: &CountStore,
        victims: &LinkedVictims,
        level: Level,
        axes: &BreakdownAxes,
    ) -> Result<usize, ComputeError> {
        let table = store.table(victims.rows.dataset)?;
        let months = store.rows.months(table, victims.rows.date).count;
        let areas = store.rows.core.reference.areas.at_level(level).count();
        let counts = areas.saturating_mul(months + MONTHS_AFTER).saturating_mul(axes.cells());
        let of_counts = counts.saturating_mul(2 * size_of::<(u64, u64)>());
        Ok(of_counts.saturating_add(table.rows().saturating_mul(size_of::<VictimEvent>())))
    }

    pub(super) fn new(
        store: &CountStore,
        victims: &LinkedVictims,
        level: Level,
        axes: &BreakdownAxes,
    ) -> Result<Self, ComputeError> {
        let table = store.table(victims.rows.dataset)?;
        let months = store.rows.months(table, victims.rows.date);
        let events = |members: &Members| VictimEvents::new(store, table, victims, &months, axes, members);
        Self::of_victims(store, victims, level, axes, months.span(), events)
    }

    /// Counts victims. `events` gives the victims that have one member of each set.
    pub(crate) fn of_victims(
        store: &CountStore,
        victims: &LinkedVictims,
        level: Level,
        axes: &BreakdownAxes,
        months: MonthSpan,
        events: impl Fn(&Members) -> Result<VictimEvents, ComputeError>,
    ) -> Result<Self, ComputeError> {
        let areas = &store.rows.core.reference.areas;
        let index = store.rows.area_index(victims.rows.area);
        let mut counted = Self::empty(areas, level, axes.cells(), victims.rule.variant)(months);
        if months.count == 0 {
            return Ok(counted);
        }
        let span = MonthSpan { first: counted.first, count: counted.months };
        let runs = counted.runs(areas, &index);
        for members in axes.combinations() {
            let events = events(&members)?;
            counted.note_keys(&events);
            for run in &runs {
                let counts = events.count(store, victims, (&run.places, run.areas.len()), span)?;
                counted.add(&counts, &run.areas, axes, &members);
            }
        }
        Ok(counted)
    }

    /// Counts without any victims, for a span of months with records. A window of 12 months can end after the last of them.
    pub(crate) fn empty(
        areas: &Areas,
        level: Level,
        cells: usize,
        variant: RepeatVariant,
    ) -> impl Fn(MonthSpan) -> Self {
        let areas: Vec<AreaId> = areas.at_level(level).collect();
        let after = if variant == RepeatVariant::PersonsTwoPlusInWindow { MONTHS_AFTER } else { 0 };
        move |MonthSpan { first, count }| {
            let count = if count == 0 { 0 } else { count + after };
            let values = vec![(0, 0); areas.len() * count * cells];
            Self { areas: areas.clone(), first, months: count, cells, values, keys: vec![BTreeSet::new(); count] }
        }
    }

    /// All counts that are not 0, with their places: the number of repeats and the number of all.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (LinkedCell, (u64, u64))> {
        let known = self.values.iter().enumerate().filter(|(_, counts)| **counts != (0, 0));
        known.map(|(at, counts)| {
            let (rest, cell) = (at / self.cells, at % self.cells);
            let (month, area) = (rest / self.areas.len(), rest % self.areas.len());
            (LinkedCell { area, month: self.month(month), cell }, *counts)
        })
    }

    /// The keys of each month's pseudonyms.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (i32, u64)> {
        let months = self.keys.iter().enumerate();
        months.flat_map(move |(month, keys)| keys.iter().map(move |key| (self.month(month), *key)))
    }

    /// Adds the counts of other persons. Returns whether there is a place for them.
    pub(crate) fn add_counts(&mut self, at: LinkedCell, (repeats, all): (u64, u64)) -> bool {
        let LinkedCell { area, month, cell } = at;
        // No requested period contains months outside those that are counted.
        let Some(month) = self.position(month) else { return true };
        let place = (month * self.areas.len() + area) * self.cells + cell;
        let known = self.values.get_mut(place).filter(|_| area < self.areas.len() && cell < self.cells);
        known.map(|known| *known = (known.0 + repeats, known.1 + all)).is_some()
    }

    /// Adds a key of a month's pseudonyms.
    pub(crate) fn add_key(&mut self, month: i32, key: u64) {
        if let Some(keys) = self.position(month).and_then(|month| self.keys.get_mut(month)) {
            keys.insert(key);
        }
    }

    /// Position of an area among those of the level.
    pub(crate) fn position_of(&self, area: AreaId) -> Option<usize> {
        self.areas.iter().position(|known| *known == area)
    }

    fn month(&self, position: usize) -> i32 {
        self.first + i32::try_from(position).unwrap_or(0)
    }

    fn position(&self, month: i32) -> Option<usize> {
        usize::try_from(month.checked_sub(self.first)?).ok().filter(|month| *month < self.months)
    }

    /// The areas in runs. A period that an area does not begin with has the records of its parts from before: a command unit
    /// that began in January has the whole financial year. So the parts of an area are the same in all months, and areas that
    /// followed each other can have a part in common, as the two areas of the level London have.
    fn runs(&self, areas: &Areas, index: &AreaIndex) -> Vec<Run> {
        let last = Month::from_index(self.month(self.months.saturating_sub(1))).last_day();
        let mut runs: Vec<Run> = Vec::new();
        for (place, area) in self.areas.iter().enumerate() {
            let parts = index.within(areas, *area, areas.get(*area).validity().nearest(last));
            let is_free = |run: &Run| parts.iter().all(|at| run.places[*at] == NONE);
            let at = runs.iter().position(is_free).unwrap_or(runs.len());
            if at == runs.len() {
                runs.push(Run { areas: Vec::new(), places: vec![NONE; index.areas.len()] });
            }
            let run = &mut runs[at];
            let group = u32::try_from(run.areas.len()).unwrap_or(NONE);
            parts.iter().for_each(|part| run.places[*part] = group);
            run.areas.push(place);
        }
        runs
    }

    fn note_keys(&mut self, events: &VictimEvents) {
        let mut before = None;
        for ((marks, month), key) in events.marks.iter().zip(&events.month).zip(&events.key) {
            // Rows of one month and key usually follow each other.
            if *marks == 0 || before == Some((month, key)) {
                continue;
            }
            before = Some((month, key));
            if let Some(keys) = usize::from(*month).checked_sub(1).and_then(|month| self.keys.get_mut(month)) {
                keys.insert(*key);
            }
        }
    }

    /// The keys of the pseudonyms in the months from `first` to `last`.
    pub(crate) fn keys_within(&self, first: Month, last: Month) -> BTreeSet<u64> {
        let position = |month: i32| usize::try_from(month - self.first).unwrap_or(0).min(self.months);
        let (first, end) = (position(first.index()), position(last.index() + 1));
        self.keys.get(first..end).unwrap_or_default().iter().flatten().copied().collect()
    }

    fn add(&mut self, counts: &kernel::RepeatCounts, run: &[usize], axes: &BreakdownAxes, members: &Members) {
        let cells = axes.cells_of(members);
        let single = cells.len();
        for month in 0..self.months {
            for (group, place) in run.iter().enumerate() {
                for (at, cell) in cells.iter().enumerate() {
                    let from = (month * run.len() + group) * single + at;
                    let to = (month * self.areas.len() + place) * self.cells + cell;
                    self.values[to] = (counts.numerator[from], counts.denominator[from]);
                }
            }
        }
    }

    /// The repeats and all subjects of a period: the pooled counts of its months, or the counts of the 12 months that
    /// end with it.
    pub(crate) fn sum(&self, variant: RepeatVariant, period: Period, place: usize, cell: usize) -> (u64, u64) {
        let first = if variant == RepeatVariant::PersonsTwoPlusInWindow { period.last() } else { period.first() };
        let months = first.index()..=period.last().index();
        let found = months.filter_map(|month| {
            let month = usize::try_from(month - self.first).ok().filter(|month| *month < self.months)?;
            self.values.get((month * self.areas.len() + place) * self.cells + cell)
        });
        found.fold((0, 0), |(repeats, all), (numerator, denominator)| (repeats + numerator, all + denominator))
    }
}

impl Counted for LinkedCounts {
    fn bytes(&self) -> usize {
        size_of_val(self.values.as_slice())
    }

    fn among(all: &AllCounts) -> &OfKind<Self> {
        &all.linked
    }
}

/// The number of a level in the key of counts.
pub(crate) fn level_number(level: Level) -> u8 {
    let at = Level::ALL.iter().position(|known| *known == level);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}
