//! Repeat victimisation: the kernel's counts by month and area, and the guards around them.

use std::collections::BTreeSet;

use super::ComputeError;
use super::compute::{Asked, real};
use super::cube::{cell_of, members};
use super::data::{CubeKey, Data, Placed};
use super::dims::{Dim, Dims};
use super::measured::Measured;
use super::months::MonthSpan;
use super::observation::MissingReason;
use super::place::Base;
use super::state::State;
use super::victims::Joined;
use crate::cel::FieldPath;
use crate::kernel::{self, NONE};
use crate::measure::{RepeatResult, RepeatRule, RepeatShare};
use crate::period::{Month, Period};
use crate::reference::{AreaId, Areas, Level};

/// Months before the period in which an earlier crime may lie.
const LOOK_BACK: i32 = 12;

/// Above this share of victims who cannot be linked, a caveat is added.
const UNLINKABLE_CAVEAT: f64 = 0.1;

/// Repeats and subjects by month, area and cell; nothing adds up but over months of a share that is pooled.
#[derive(Debug)]
pub(super) struct RepeatCube {
    areas: Vec<AreaId>,
    first: i32,
    months: usize,
    cells: usize,
    /// Repeats and all, by month, area and cell.
    values: Vec<(u64, u64)>,
    /// For each month the keys that its pseudonyms were made with; 0 stands for the one that no row names.
    keys: Vec<BTreeSet<u64>>,
}

/// The place of one pair of counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct RepeatCell {
    /// Position of the area among those of the level.
    pub(super) area: usize,
    /// Index of the month.
    pub(super) month: i32,
    /// Cell of the breakdown.
    pub(super) cell: usize,
}

/// One member of each dimension that is a set: the field, and the position of the member's bit.
pub(super) type Members = [(FieldPath, usize)];

/// Every combination of members of the dimensions that are sets; a single empty one where there is none.
pub(super) fn combinations(dims: &Dims) -> impl Iterator<Item = Vec<(FieldPath, usize)>> {
    let sets: Vec<&Dim> = dims.0.iter().filter(|dim| dim.multi_valued).collect();
    let combinations: usize = sets.iter().map(|dim| dim.codes.len()).product();
    (0..combinations).map(move |combination| members(&sets, combination))
}

/// Months, both ends included.
#[derive(Clone, Copy, Debug)]
struct MonthRange {
    first: Month,
    last: Month,
}

/// Why persons cannot be followed through months whose pseudonyms were made with different keys.
fn mixed(keys: &BTreeSet<u64>, months: MonthRange) -> String {
    let MonthRange { first, last } = months;
    let unnamed = if keys.contains(&0) { ", one of them not named" } else { "" };
    format!(
        "No value is given: the pseudonyms of {first} to {last}, the months that it links, were made with {} different \
         keys (linkage_key_id){unnamed}, and a person has another pseudonym under each.",
        keys.len()
    )
}

impl Data {
    /// The share, or number, of repeats in a cell.
    pub(super) fn repeated(&self, asked: Asked<'_>, repeat: &RepeatShare) -> Result<Measured, ComputeError> {
        let areas = &self.core.reference.areas;
        let level = areas.get(asked.area).level();
        let at = Level::ALL.iter().position(|known| *known == level).and_then(|at| u8::try_from(at).ok());
        let key = CubeKey::new(asked.definition, 0, at.unwrap_or(u8::MAX), asked.dims);
        let cube = self.repeats.get(&key, || match &self.merged {
            Some(merged) => merged.repeats(self, &key, repeat, (level, asked.dims.cells())),
            None => RepeatCube::new(self, repeat, level, asked.dims),
        });
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        let Some(place) = cube.areas.iter().position(|area| *area == asked.area) else {
            return Ok(Measured::missing(MissingReason::NotApplicable));
        };
        let within_period = repeat.rule == RepeatRule::PersonsTwoPlusInWindow;
        let before = if within_period { 0 } else { LOOK_BACK };
        let placed = repeat.placed();
        let reports = self.reports(placed, asked.area, asked.period, before);
        let earlier = Period::rolling_year(asked.period.first().plus(-1));
        let look_back = before == 0 || self.reports(placed, asked.area, earlier, 0).complete;
        let linked = MonthRange { first: asked.period.first().plus(-before), last: asked.period.last() };
        let keys = cube.keys_within(linked);
        let state = if !reports.complete {
            Err(MissingReason::NotSubmitted)
        } else if !look_back {
            Err(MissingReason::IncompleteLookback)
        } else if keys.len() > 1 {
            Err(MissingReason::MixedLinkageKeys)
        } else {
            let (repeats, all) = cube.find(repeat.rule, asked.period, place, asked.cell);
            Ok(match repeat.result {
                RepeatResult::Share => State::Share { numerator: real(repeats), denominator: real(all) },
                RepeatResult::Number => State::Count(real(repeats)),
            })
        };
        let mut measured = reports.measured(state);
        if matches!(measured.state, Err(MissingReason::MixedLinkageKeys)) {
            measured.caveat(mixed(&keys, linked));
        }
        self.note_unlinkable(&mut measured, asked)?;
        Ok(measured)
    }

    /// Reports the share of qualifying victims who cannot be linked.
    pub(super) fn note_unlinkable(&self, measured: &mut Measured, asked: Asked<'_>) -> Result<(), ComputeError> {
        let counts = self.tallied(asked, 0, |tally| State::Share {
            numerator: real(tally[0] - tally[1]),
            denominator: real(tally[0]),
        })?;
        if let Ok(State::Share { numerator, denominator }) = counts.state
            && denominator > 0.0
        {
            let share = numerator / denominator;
            measured.completeness.records_missing_share = Some(share);
            if share > UNLINKABLE_CAVEAT {
                measured.caveat(
                    "More than one victim in ten cannot be linked and is left out, above and below the line.",
                );
            }
        }
        for caveat in counts.caveats {
            measured.caveat(caveat);
        }
        Ok(())
    }
}

impl RepeatShare {
    /// How the rows are placed.
    pub(super) fn placed(&self) -> Placed<'_> {
        Placed { dataset: self.dataset, date: self.date, place: &self.place }
    }
}

impl RepeatCube {
    fn new(data: &Data, repeat: &RepeatShare, level: Level, dims: &Dims) -> Result<Self, ComputeError> {
        let table = data.table(repeat.dataset)?;
        let months = data.months(table, repeat.date);
        let joined = |members: &Members| Joined::new(data, table, repeat, &months, dims, members);
        Self::of_victims(data, repeat, level, dims, months.span(), joined)
    }

    /// Counts victims, given those that have one member of each set.
    pub(super) fn of_victims(
        data: &Data,
        repeat: &RepeatShare,
        level: Level,
        dims: &Dims,
        months: MonthSpan,
        victims: impl Fn(&Members) -> Result<Joined, ComputeError>,
    ) -> Result<Self, ComputeError> {
        let areas = &data.core.reference.areas;
        let base = data.base(repeat.place.area);
        let mut cube = Self::empty(areas, level, months, dims.cells());
        if months.count == 0 {
            return Ok(cube);
        }
        let runs: Vec<Vec<usize>> = match level {
            // The two Londons overlap: each is counted by itself.
            Level::London => (0..cube.areas.len()).map(|place| vec![place]).collect(),
            _ => vec![(0..cube.areas.len()).collect()],
        };
        for members in combinations(dims) {
            let joined = victims(&members)?;
            cube.note_keys(&joined);
            for run in &runs {
                let places = cube.places(areas, &base, run);
                let counts = joined.count(data, repeat, (&places, run.len()), cube.first)?;
                cube.add(&counts, run, dims, &members);
            }
        }
        Ok(cube)
    }

    /// No victims yet.
    pub(super) fn empty(areas: &Areas, level: Level, months: MonthSpan, cells: usize) -> Self {
        let areas: Vec<AreaId> = areas.at_level(level).collect();
        let MonthSpan { first, count } = months;
        let values = vec![(0, 0); areas.len() * count * cells];
        Self { areas, first, months: count, cells, values, keys: vec![BTreeSet::new(); count] }
    }

    /// Repeats and all that are not 0, with the position of the area, the index of the month, and the cell.
    pub(super) fn counts(&self) -> impl Iterator<Item = (RepeatCell, (u64, u64))> {
        let known = self.values.iter().enumerate().filter(|(_, counts)| **counts != (0, 0));
        known.map(|(at, counts)| {
            let (rest, cell) = (at / self.cells, at % self.cells);
            let (month, area) = (rest / self.areas.len(), rest % self.areas.len());
            (RepeatCell { area, month: self.month(month), cell }, *counts)
        })
    }

    /// The keys of the pseudonyms of each month.
    pub(super) fn keys(&self) -> impl Iterator<Item = (i32, u64)> {
        let months = self.keys.iter().enumerate();
        months.flat_map(move |(month, keys)| keys.iter().map(move |key| (self.month(month), *key)))
    }

    /// Adds the counts of other persons. Whether there is a place for them.
    pub(super) fn add_counts(&mut self, at: RepeatCell, (repeats, all): (u64, u64)) -> bool {
        let RepeatCell { area, month, cell } = at;
        // What lies outside the months that are counted is in no period asked for.
        let Some(month) = self.position(month) else { return true };
        let place = (month * self.areas.len() + area) * self.cells + cell;
        let known = self.values.get_mut(place).filter(|_| area < self.areas.len() && cell < self.cells);
        known.map(|known| *known = (known.0 + repeats, known.1 + all)).is_some()
    }

    /// Adds a key of a month's pseudonyms.
    pub(super) fn add_key(&mut self, month: i32, key: u64) {
        if let Some(keys) = self.position(month).and_then(|month| self.keys.get_mut(month)) {
            keys.insert(key);
        }
    }

    fn month(&self, position: usize) -> i32 {
        self.first + i32::try_from(position).unwrap_or(0)
    }

    fn position(&self, month: i32) -> Option<usize> {
        usize::try_from(month.checked_sub(self.first)?).ok().filter(|month| *month < self.months)
    }

    /// For each month and position of the base, which area of the run it lies in.
    fn places(&self, areas: &Areas, base: &Base, run: &[usize]) -> Vec<Vec<u32>> {
        let of_month = |month: i32| {
            let end = Month::from_index(month).last_day();
            let mut places = vec![NONE; base.areas.len()];
            for (group, place) in (0..).zip(run) {
                let area = self.areas[*place];
                if areas.get(area).validity().contains(end) {
                    base.within(areas, area, end).iter().for_each(|at| places[*at] = group);
                }
            }
            places
        };
        let months = i32::try_from(self.months).unwrap_or(0);
        (self.first..self.first + months).map(of_month).collect()
    }

    fn note_keys(&mut self, joined: &Joined) {
        let mut before = None;
        for ((marks, month), key) in joined.marks.iter().zip(&joined.month).zip(&joined.key) {
            // Rows of one month and key mostly follow each other.
            if *marks == 0 || before == Some((month, key)) {
                continue;
            }
            before = Some((month, key));
            if let Some(keys) = usize::from(*month).checked_sub(1).and_then(|month| self.keys.get_mut(month)) {
                keys.insert(*key);
            }
        }
    }

    /// The keys of the pseudonyms of some months.
    fn keys_within(&self, months: MonthRange) -> BTreeSet<u64> {
        let position = |month: i32| usize::try_from(month - self.first).unwrap_or(0).min(self.months);
        let (first, end) = (position(months.first.index()), position(months.last.index() + 1));
        self.keys.get(first..end).unwrap_or_default().iter().flatten().copied().collect()
    }

    fn add(&mut self, counts: &kernel::RepeatCounts, run: &[usize], dims: &Dims, members: &[(FieldPath, usize)]) {
        let single = dims.single_count();
        let cells: Vec<usize> = (0..single).map(|at| cell_of(dims, at, members)).collect();
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

    /// Repeats and all of a period: those of its months pooled, or of the 12 months that end with it.
    fn find(&self, rule: RepeatRule, period: Period, place: usize, cell: usize) -> (u64, u64) {
        let first = if rule == RepeatRule::PersonsTwoPlusInWindow { period.last() } else { period.first() };
        let months = first.index()..=period.last().index();
        let found = months.filter_map(|month| {
            let month = usize::try_from(month - self.first).ok().filter(|month| *month < self.months)?;
            self.values.get((month * self.areas.len() + place) * self.cells + cell)
        });
        found.fold((0, 0), |(repeats, all), (numerator, denominator)| (repeats + numerator, all + denominator))
    }
}
