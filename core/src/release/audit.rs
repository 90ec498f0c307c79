//! The last step of a release: an attacker who reads what every release told, and nothing of how this one was protected.
//!
//! A withheld count is protected if another world could be the true one: a world in which the count differs, and in which all
//! that was ever published is the same. Protection proposes such worlds. The audit builds what an outsider knows from the
//! records of the releases, the codes and the geography, and refuses each world that contradicts any of it. What the others
//! show of a count is an interval that no outsider can narrow, by whatever method.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use super::Map;
use super::cells::{Cells, Place, TOTAL};
use super::nesting::nested;
use super::record::{Earlier, Then};
use crate::Core;
use crate::disclosure::Enclosure;
use crate::parallel;
use crate::period::{Month, Period};
use crate::reference::AreaId;

/// A count of rows, as one release or several had it: its place, whose period is a month wherever rows are counted, and its
/// value. A count that was not revised is the same in all releases.
pub(super) type Count = (Place, u64);

/// Another world: what it adds to counts.
pub(super) type World = Vec<(Count, i64)>;

/// What the audit found.
#[derive(Default)]
pub(super) struct Audit {
    /// The values between which an outsider cannot decide, of each count that the newest release withholds.
    pub(super) intervals: Map<Place, Enclosure>,
    /// The places of counts that are withheld, by this release or by an earlier one, and are not protected.
    pub(super) unprotected: BTreeSet<Place>,
}

/// Attacks a release beside those before it. `releases` ends with the newest.
pub(super) fn audit(
    core: &Core,
    cells: &Cells,
    releases: &[Earlier],
    worlds: &[World],
    threads: NonZeroUsize,
) -> Audit {
    let counted: BTreeSet<AreaId> = worlds.iter().flatten().map(|((place, _), _)| place.area).collect();
    let done = parallel::map(releases.len(), 1, threads, |range| {
        let read = |release| Outsider::new(core, cells, release, &counted);
        releases[range].iter().map(read).map(|outsider| (outsider.contradicted(worlds), outsider)).collect::<Vec<_>>()
    });
    let outsiders: Vec<(Vec<bool>, Outsider<'_>)> = done.into_iter().flatten().collect();
    let possible: Vec<&World> = worlds
        .iter()
        .enumerate()
        .filter(|(number, _)| outsiders.iter().all(|(contradicted, _)| !contradicted[*number]))
        .map(|(_, world)| world)
        .collect();
    let mut audit = Audit::default();
    for (number, (_, outsider)) in outsiders.iter().enumerate() {
        let ends = outsider.ends(&possible);
        for (position, cell) in outsider.release.cells.iter().enumerate().filter(|(_, cell)| !cell.is_published) {
            let (low, high) = ends.get(&position).copied().unwrap_or((0, 0));
            if u64::try_from(high - low).is_ok_and(|width| width < cell.width) {
                audit.unprotected.insert(cell.place);
            }
            if number + 1 == outsiders.len() {
                let value = outsider.values[position];
                audit.intervals.insert(cell.place, Enclosure { low: value + low, high: value + high });
            }
        }
    }
    audit
}

/// What an outsider knows of one release.
struct Outsider<'a> {
    core: &'a Core,
    cells: &'a Cells,
    release: &'a Earlier,
    /// The number of each of its cells.
    numbers: Map<Place, usize>,
    /// The true value of each cell.
    values: Vec<i64>,
    /// By area of rows and last month, the areas of cells that contain it.
    above: BTreeMap<(AreaId, Month), Vec<AreaId>>,
    /// By month, the periods of cells that contain it.
    around: BTreeMap<Month, Vec<Period>>,
    /// By population, its breakdowns and their codes.
    codes: BTreeMap<usize, BTreeMap<usize, BTreeSet<usize>>>,
    /// For counts that are not made of rows: each place with the sets of others that make it up, by each of these places.
    nested: Map<Place, Vec<(Place, Vec<Place>)>>,
}

impl<'a> Outsider<'a> {
    /// `counted` are areas of rows, besides those of which the release has rows.
    fn new(core: &'a Core, cells: &'a Cells, release: &'a Earlier, counted: &BTreeSet<AreaId>) -> Self {
        let mut outsider = Self {
            core,
            cells,
            release,
            numbers: Map::default(),
            values: vec![0; release.cells.len()],
            above: BTreeMap::new(),
            around: BTreeMap::new(),
            codes: BTreeMap::new(),
            nested: Map::default(),
        };
        outsider.read_cells();
        outsider.read_counts(counted);
        outsider
    }

    fn read_cells(&mut self) {
        let mut periods: BTreeSet<Period> = BTreeSet::new();
        let mut alone: BTreeSet<Place> = BTreeSet::new();
        for (number, Then { place, .. }) in self.release.cells.iter().enumerate() {
            self.numbers.insert(*place, number);
            periods.insert(place.period);
            if place.dimension != TOTAL {
                let codes = self.codes.entry(place.population).or_default();
                codes.entry(place.dimension).or_default().insert(place.code);
            }
            if !self.counts_rows(place) {
                alone.insert(*place);
            }
        }
        for period in periods {
            for month in period.months() {
                self.around.entry(month).or_default().push(period);
            }
        }
        for (whole, parts) in nested(self.core, &alone) {
            for place in std::iter::once(&whole).chain(&parts) {
                self.nested.entry(*place).or_default().push((whole, parts.clone()));
            }
        }
    }

    fn read_counts(&mut self, counted: &BTreeSet<AreaId>) {
        let areas: BTreeSet<AreaId> = self.release.cells.iter().map(|cell| cell.place.area).collect();
        let mut of_rows = counted.clone();
        of_rows.extend(self.release.counts().map(|(place, _)| place.area));
        let lasts: BTreeSet<Month> = self.release.cells.iter().map(|cell| last_month(cell.place.period)).collect();
        for last in lasts {
            for area in &of_rows {
                let contains = |whole: &AreaId| self.core.reference.areas.is_within(*area, *whole, last.last_day());
                self.above.insert((*area, last), areas.iter().copied().filter(contains).collect());
            }
        }
        for (place, value) in self.release.counts() {
            for number in self.containing(place) {
                self.values[number] += i64::try_from(value).unwrap_or(i64::MAX);
            }
        }
    }

    /// Whether the counts of a population are made of counts of rows by month and area.
    fn counts_rows(&self, place: &Place) -> bool {
        let population = self.cells.rows_of(place.population);
        self.cells.sources.get(&(population, place.dimension)).is_some_and(|source| source.cube.is_ok())
    }

    /// The cells that contain a count.
    fn containing(&self, count: &Place) -> Vec<usize> {
        if !self.counts_rows(count) {
            return self.numbers.get(count).copied().into_iter().collect();
        }
        let mut found = Vec::new();
        for period in self.around.get(&last_month(count.period)).into_iter().flatten() {
            for area in self.above.get(&(count.area, last_month(*period))).into_iter().flatten() {
                found.extend(self.numbers.get(&Place { area: *area, period: *period, ..*count }));
            }
        }
        found
    }

    /// For each world, whether this release contradicts it.
    fn contradicted(&self, worlds: &[World]) -> Vec<bool> {
        worlds.iter().map(|world| !self.agrees(&self.changes(world))).collect()
    }

    /// What a world adds to the counts of this release. What is left of a whole beside its part follows from both.
    fn changes(&self, world: &World) -> BTreeMap<Place, i64> {
        let is_here = |((place, value), _): &&(Count, i64)| {
            !self.cells.parts_of_rest.contains_key(&place.population) && self.release.value(place) == *value
        };
        let mut changes: BTreeMap<Place, i64> =
            world.iter().filter(is_here).map(|((place, _), added)| (*place, *added)).collect();
        for (rest, (whole, part)) in &self.cells.parts_of_rest {
            let of = |place: &Place| [*whole, *part].contains(&place.population);
            let touched: BTreeSet<Place> = changes.keys().copied().filter(of).collect();
            for place in touched {
                let [whole, part] = [*whole, *part].map(|population| Place { population, ..place });
                if self.tells(&Place { population: *rest, ..place }) {
                    let added = |place| changes.get(place).unwrap_or(&0);
                    let left = added(&whole) - added(&part);
                    changes.insert(Place { population: *rest, ..place }, left);
                }
            }
        }
        changes
    }

    /// Whether the release has a cell with a count. What is left of a whole beside its part is told by both.
    fn tells(&self, place: &Place) -> bool {
        if let Some((whole, part)) = self.cells.parts_of_rest.get(&place.population) {
            let of = |population: usize| self.tells(&Place { population, ..*place });
            return of(*whole) && of(*part);
        }
        !self.containing(place).is_empty()
    }

    fn agrees(&self, changes: &BTreeMap<Place, i64>) -> bool {
        let is_count = |(place, added): (&Place, &i64)| self.value(place) + added >= 0;
        changes.iter().all(is_count)
            && self.moved(changes).into_iter().all(|(cell, added)| self.allows(cell, added))
            && self.relations(changes).into_iter().all(|relation| self.holds(&relation, changes))
    }

    /// The true value of a count.
    fn value(&self, place: &Place) -> i64 {
        if let Some((whole, part)) = self.cells.parts_of_rest.get(&place.population) {
            let of = |population: usize| self.value(&Place { population, ..*place });
            return of(*whole) - of(*part);
        }
        i64::try_from(self.release.value(place)).unwrap_or(i64::MAX)
    }

    /// What changes of counts add to each cell.
    fn moved(&self, changes: &BTreeMap<Place, i64>) -> Map<usize, i64> {
        let mut moved = Map::default();
        for (place, added) in changes {
            for cell in self.containing(place) {
                *moved.entry(cell).or_default() += added;
            }
        }
        moved
    }

    /// Whether the status of a cell allows another value. Zeros are published, so a withheld count is not 0 unless its whole
    /// breakdown is withheld.
    fn allows(&self, cell: usize, added: i64) -> bool {
        let Then { is_published, may_be_zero, .. } = self.release.cells[cell];
        let least = i64::from(!may_be_zero);
        if is_published { added == 0 } else { self.values[cell] + added >= least.min(self.values[cell]) }
    }

    /// The wholes with their parts of which any count changes.
    fn relations(&self, changes: &BTreeMap<Place, i64>) -> Vec<Relation> {
        let mut found = Vec::new();
        let totals: BTreeSet<Place> = changes.keys().map(|one| one.total()).collect();
        for whole in totals {
            let breakdowns = self.codes.get(&self.cells.rows_of(whole.population));
            for (dimension, codes) in breakdowns.into_iter().flatten() {
                let part = |code: &usize| Place { dimension: *dimension, code: *code, ..whole };
                let overlap = self.cells.dimensions.get(*dimension).multi_valued;
                found.push(Relation { whole, parts: codes.iter().map(part).collect(), overlap });
            }
        }
        let alone = changes.keys().filter_map(|one| self.nested.get(one)).flatten();
        found.extend(alone.map(|(whole, parts)| Relation { whole: *whole, parts: parts.clone(), overlap: false }));
        found
    }

    /// Whether a whole and its parts still fit together. What the release tells nothing of is left out.
    fn holds(&self, relation: &Relation, changes: &BTreeMap<Place, i64>) -> bool {
        if !self.tells(&relation.whole) {
            return true;
        }
        let then = |place: &Place| self.value(place) + changes.get(place).unwrap_or(&0);
        let parts: Vec<&Place> = relation.parts.iter().filter(|part| self.tells(part)).collect();
        if parts.is_empty() {
            return true;
        }
        let (whole, sum) = (self.value(&relation.whole), parts.iter().map(|part| self.value(part)).sum::<i64>());
        let (new_whole, new_sum) = (then(&relation.whole), parts.iter().map(|part| then(part)).sum::<i64>());
        if !relation.overlap && sum <= whole {
            return if sum == whole { new_sum == new_whole } else { new_sum <= new_whole };
        }
        let fits = |part: &&Place| self.value(part) > whole || then(part) <= new_whole;
        parts.iter().all(fits) && (sum < whole || new_sum >= new_whole)
    }

    /// How far worlds lie below and above the truth, by cell.
    fn ends(&self, worlds: &[&World]) -> Map<usize, (i64, i64)> {
        let mut ends: Map<usize, (i64, i64)> = Map::default();
        for world in worlds {
            for (cell, added) in self.moved(&self.changes(world)) {
                let (low, high) = ends.entry(cell).or_default();
                (*low, *high) = ((*low).min(added), (*high).max(added));
            }
        }
        ends
    }
}

/// A whole, and parts that make it up. If they overlap, each is at most the whole, and together they are at least it.
struct Relation {
    whole: Place,
    parts: Vec<Place>,
    overlap: bool,
}

fn last_month(period: Period) -> Month {
    Month::of(period.end_date())
}
