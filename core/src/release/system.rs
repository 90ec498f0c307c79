//! The counts of a release as systems: populations that hang together are protected together.
//!
//! The atoms of a population are its counts by month and by the areas of its rows. Every cell is a sum of atoms, so rolling
//! years, areas and totals need no equation of their own. A breakdown has atoms for each code, which add up to those of the
//! total. A population without such counts (persons, submitted figures) has its cells as atoms, and an equation wherever they
//! add up.

use std::collections::{BTreeMap, BTreeSet};

use super::audit::{Count, World};
use super::cells::{Cell, Cells, Place, Source, TOTAL};
use super::record::{Earlier, Then};
use super::{Map, Set};
use crate::Core;
use crate::disclosure::{Change, DisclosureError, LinkedCounts, Reason, Sets, Standing};
use crate::engine::{Cube, Positions};
use crate::period::Period;

/// An atom: its place, whose area is an area of rows and whose period is a month, or the place of a cell.
pub(super) type Atom = Place;

/// The systems of a release: sets of populations that share cells.
pub(super) fn families(cells: &Cells) -> Vec<Vec<usize>> {
    let mut sets = Sets::of(cells.populations.len());
    for ((whole, part), rest) in &cells.complements {
        sets.join(*whole, *part);
        sets.join(*whole, *rest);
    }
    sets.groups(0..cells.populations.len())
}

/// The codes of each population and dimension.
type Codes = BTreeMap<usize, BTreeMap<usize, BTreeSet<usize>>>;

/// The codes of atoms of breakdowns.
fn codes(atoms: &BTreeSet<Atom>) -> Codes {
    let mut codes = Codes::new();
    for atom in atoms.iter().filter(|atom| atom.dimension != TOTAL) {
        codes.entry(atom.population).or_default().entry(atom.dimension).or_default().insert(atom.code);
    }
    codes
}

/// An earlier release in a system.
struct Past<'a> {
    release: &'a Earlier,
    /// The atoms of its cells. Of others it tells nothing.
    covered: Set<Atom>,
}

/// The numbers of cells in a system. A cell of 0 has none.
#[derive(Default)]
pub(super) struct Numbers {
    /// By the number in the release.
    pub(super) own: Vec<(usize, usize)>,
    /// Cells of 0 that are withheld with their breakdown.
    pub(super) closed: Vec<usize>,
    /// Of cells of earlier releases. Each may have counted something else there.
    pub(super) earlier: Vec<(Place, usize)>,
}

/// A system while it is built.
pub(super) struct Builder<'a> {
    core: &'a Core,
    pub(super) cells: &'a Cells,
    /// The numbers of its cells.
    pub(super) own: Vec<usize>,
    pub(super) counts: LinkedCounts,
    /// The inner cell of each atom.
    inner: Map<Atom, usize>,
    /// Atoms that an earlier release had with another value, by place and value.
    revised: Map<(Atom, u64), usize>,
    /// Atoms in a cell that is published as 0.
    zeros: Set<Atom>,
    /// The atoms of each cell, by its place.
    places: Map<Place, Vec<Atom>>,
    /// Breakdowns that are withheld whole, zeros too: places of a breakdown without a code, and totals for all of their
    /// breakdowns.
    closed: &'a BTreeSet<Place>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(core: &'a Core, cells: &'a Cells, own: Vec<usize>, closed: &'a BTreeSet<Place>) -> Self {
        let (inner, revised, zeros) = (Map::default(), Map::default(), Set::default());
        let places = Map::default();
        Self { core, cells, own, counts: LinkedCounts::default(), inner, revised, zeros, places, closed }
    }

    /// Builds the system.
    pub(super) fn build(&mut self, earlier: &[Earlier]) -> Result<Numbers, DisclosureError> {
        self.find_places();
        self.find_zeros();
        let past: Vec<Past<'_>> = earlier.iter().map(|release| self.past(release)).collect();
        let mut numbers = Numbers::default();
        for number in self.own.clone() {
            let (standing, place) = (self.standing(number), self.cells.cells[number].place);
            if !self.cells.cells[number].is_shown && standing == Standing::Free {
                // What is left of a whole beside a part is published by both of them, if they are.
                continue;
            }
            let atoms = self.places.get(&place).cloned().unwrap_or_default();
            let members = self.members(&atoms, None);
            if !members.is_empty() {
                numbers.own.push((number, self.counts.cell(members, standing)));
            } else if self.is_closed(&place) {
                numbers.closed.push(number);
            }
        }
        let mut all: BTreeSet<Place> = self.places.values().flatten().copied().collect();
        all.extend(self.rests(&all));
        let codes = codes(&all);
        self.link(&all, &codes, None)?;
        self.link_cells()?;
        for one in &past {
            numbers.earlier.extend(self.earlier_cells(one));
            let was_other = |atom: &&Place| self.value_in(one, atom).is_some_and(|then| then != self.value(atom));
            let revised = all.iter().filter(was_other).copied().collect();
            self.link(&revised, &codes, Some(one))?;
        }
        Ok(numbers)
    }

    /// What the release does with a cell, before protection. Of a complement nobody sees that it is withheld, so nobody knows
    /// that it is not 0.
    fn standing(&self, number: usize) -> Standing {
        let Cell { place, standing, is_shown, .. } = self.cells.cells[number];
        let is_closed = self.is_closed(&place);
        match standing {
            Standing::Suppressed { reason, width } if is_closed || !is_shown => Standing::Blank { reason, width },
            Standing::Free if is_closed => Standing::Blank { reason: Reason::Breakdown, width: 0 },
            _ => standing,
        }
    }

    /// Whether a cell is withheld with its whole breakdown.
    fn is_closed(&self, place: &Place) -> bool {
        let total = place.total();
        place.dimension != TOTAL
            && (self.closed.contains(&total) || self.closed.contains(&Place { code: 0, ..*place }))
    }

    /// The counts of rows behind a population.
    fn cube(&self, population: usize, dimension: usize) -> Option<(&'a Cube, &'a Positions, usize)> {
        let Source { cube, positions, bit } = self.cells.sources.get(&(population, dimension))?;
        Some((Result::as_ref(cube).ok()?, positions, *bit))
    }

    /// The atoms of a cell. Without counts of rows, the cell is its own atom.
    fn atoms(&self, place: Place) -> Vec<Atom> {
        let Some((cube, _, _)) = self.cube(self.cells.rows_of(place.population), place.dimension) else {
            return vec![place];
        };
        let areas = &self.core.reference.areas;
        let within = cube.index.within(areas, place.area, place.period.end_date());
        let areas = within.iter().map(|at| cube.index.areas[*at]);
        let months: Vec<Period> = place.period.months().map(Period::month).collect();
        areas.flat_map(|area| months.iter().map(move |month| Place { area, period: *month, ..place })).collect()
    }

    pub(super) fn find_places(&mut self) {
        for number in &self.own {
            let place = self.cells.cells[*number].place;
            let atoms = self.atoms(place);
            self.places.insert(place, atoms);
        }
    }

    /// An earlier release. It may have had cells that this one does not have. Their atoms are in the equations too.
    fn past<'e>(&mut self, release: &'e Earlier) -> Past<'e> {
        let own = self.populations();
        let mut covered = Set::default();
        for Then { place, .. } in release.cells.iter().filter(|one| own.contains(&one.place.population)) {
            if !self.places.contains_key(place) {
                let atoms = self.atoms(*place);
                self.places.insert(*place, atoms);
            }
            covered.extend(self.places[place].iter().copied());
        }
        Past { release, covered }
    }

    /// Whoever sees a 0 knows that all of its atoms are 0.
    fn find_zeros(&mut self) {
        for number in &self.own {
            let cell = self.cells.cells[*number];
            if cell.value == 0 && cell.is_shown && !self.is_closed(&cell.place) {
                self.zeros.extend(self.places[&cell.place].iter().copied());
            }
        }
    }

    /// The value of an atom.
    fn value(&self, atom: &Atom) -> u64 {
        if let Some((whole, part)) = self.cells.parts_of_rest.get(&atom.population) {
            let of = |population: usize| self.value(&Place { population, ..*atom });
            return of(*whole).saturating_sub(of(*part));
        }
        let Some((cube, positions, bit)) = self.cube(atom.population, atom.dimension) else {
            return self.cells.value_at(atom);
        };
        positions.get(&atom.area).map_or(0, |at| cube.sum(&[*at], atom.period, atom.code)[bit])
    }

    /// The inner cell of an atom now; `None` for one that is known to be 0.
    fn now(&mut self, atom: &Atom) -> Option<usize> {
        if let Some(inner) = self.inner.get(atom) {
            return Some(*inner);
        }
        let value = self.value(atom);
        if value == 0 && self.is_known_zero(atom) {
            return None;
        }
        let inner = self.counts.count(value);
        self.inner.insert(*atom, inner);
        Some(inner)
    }

    fn is_known_zero(&self, atom: &Atom) -> bool {
        let whole = atom.total();
        self.zeros.contains(atom)
            || atom.dimension != TOTAL && (self.zeros.contains(&whole) || self.value(&whole) == 0)
    }

    /// The value of an atom in an earlier release; `None` if the release tells nothing of it. Who was in a whole and not in
    /// a part is told by both.
    fn value_in(&self, past: &Past<'_>, atom: &Atom) -> Option<u64> {
        if let Some((whole, part)) = self.cells.parts_of_rest.get(&atom.population) {
            let of = |population: usize| self.value_in(past, &Place { population, ..*atom });
            return Some(of(*whole)?.saturating_sub(of(*part)?));
        }
        past.covered.contains(atom).then(|| past.release.value(atom))
    }

    /// The inner cell of an atom in an earlier release, or now.
    fn at(&mut self, atom: &Atom, then: Option<&Past<'_>>) -> Option<usize> {
        let Some((past, value)) = then.and_then(|past| Some((past, self.value_in(past, atom)?))) else {
            return self.now(atom);
        };
        if value == self.value(atom) {
            return self.now(atom);
        }
        // That a count was 0 is known if its total was 0, or if a cell said so. Of others it is not: nobody sees that what is
        // left of a withheld whole is 0.
        let whole = atom.total();
        if value == 0 && whole != *atom && self.value_in(past, &whole) == Some(0) {
            return None;
        }
        let counts = &mut self.counts;
        Some(*self.revised.entry((*atom, value)).or_insert_with(|| counts.count(value)))
    }

    fn members(&mut self, atoms: &[Atom], then: Option<&Past<'_>>) -> Vec<usize> {
        atoms.iter().filter_map(|atom| self.at(atom, then)).collect()
    }

    /// The cells of an earlier release: what it published is known, and what it withheld stays protected.
    fn earlier_cells(&mut self, past: &Past<'_>) -> Vec<(Place, usize)> {
        let own = self.populations();
        let mut numbers = Vec::new();
        let needs = |one: &&Then| one.is_published || one.width > 0;
        let cells = past.release.cells.iter().filter(|one| own.contains(&one.place.population));
        for Then { place, is_published, width, may_be_zero } in cells.filter(needs) {
            let atoms = self.places.get(place).cloned().unwrap_or_default();
            let members = self.members(&atoms, Some(past));
            if members.is_empty() {
                continue;
            }
            let (reason, width) = (Reason::Earlier, *width);
            let standing = match (*is_published, *may_be_zero) {
                (true, _) => Standing::Known,
                (false, true) => Standing::Blank { reason, width },
                (false, false) => Standing::Suppressed { reason, width },
            };
            numbers.push((*place, self.counts.cell(members, standing)));
        }
        numbers
    }

    /// What is left of wholes beside their parts, wherever there is an atom of either.
    fn rests(&self, atoms: &BTreeSet<Atom>) -> Vec<Atom> {
        let mut rests = Vec::new();
        for ((whole, part), rest) in &self.cells.complements {
            let touched = atoms.iter().filter(|atom| [whole, part].contains(&&atom.population));
            rests.extend(touched.map(|atom| Place { population: *rest, ..*atom }));
        }
        rests
    }

    /// The equations of some atoms, between populations and between breakdowns: now, or in an earlier release.
    fn link(
        &mut self,
        places: &BTreeSet<Place>,
        codes: &Codes,
        then: Option<&Past<'_>>,
    ) -> Result<(), DisclosureError> {
        self.link_breakdowns(places, codes, then)?;
        self.link_complements(places, then)
    }

    /// A breakdown with one code for each subject adds up to the total.
    fn link_breakdowns(
        &mut self,
        places: &BTreeSet<Place>,
        codes: &Codes,
        then: Option<&Past<'_>>,
    ) -> Result<(), DisclosureError> {
        let wholes: BTreeSet<Place> = places.iter().map(|atom| atom.total()).collect();
        for whole in wholes {
            for (dimension, codes) in codes.get(&whole.population).into_iter().flatten() {
                let part = |code: &usize| Place { dimension: *dimension, code: *code, ..whole };
                let parts: Vec<Atom> = codes.iter().map(part).collect();
                self.relate(whole, &parts, self.cells.dimensions.get(*dimension).multi_valued, then)?;
            }
        }
        Ok(())
    }

    /// Who is in a whole is in the part or in the rest.
    fn link_complements(&mut self, places: &BTreeSet<Place>, then: Option<&Past<'_>>) -> Result<(), DisclosureError> {
        for ((whole, part), rest) in &self.cells.complements {
            let touched: BTreeSet<Place> = places
                .iter()
                .filter(|atom| [whole, part, rest].contains(&&atom.population))
                .map(|atom| Place { population: *whole, ..*atom })
                .collect();
            for atom in touched {
                let parts = [*part, *rest].map(|population| Place { population, ..atom });
                self.relate(atom, &parts, false, then)?;
            }
        }
        Ok(())
    }

    /// States what an outsider knows of a whole and its parts, now or in an earlier release that had both. Where the parts are
    /// less than the whole, the rest is unknown.
    fn relate(
        &mut self,
        whole: Atom,
        parts: &[Atom],
        overlap: bool,
        then: Option<&Past<'_>>,
    ) -> Result<(), DisclosureError> {
        let value = |of: &Self, atom: &Atom| match then {
            Some(past) => of.value_in(past, atom),
            None => Some(of.value(atom)),
        };
        let Some(total) = value(self, &whole) else { return Ok(()) };
        let (parts, values): (Vec<Atom>, Vec<u64>) =
            parts.iter().filter_map(|part| Some((*part, value(self, part)?))).unzip();
        if parts.is_empty() {
            return Ok(());
        }
        let sum: u64 = values.iter().sum();
        let inner = self.members(&[whole], then);
        let members = self.members(&parts, then);
        if inner.is_empty() && members.is_empty() {
            return Ok(());
        }
        if overlap || sum > total {
            for part in &parts {
                if let Some(part) = self.at(part, then) {
                    self.counts.at_least(&inner, &[part]);
                }
            }
            if sum >= total {
                self.counts.at_least(&members, &inner);
            }
            return Ok(());
        }
        let mut all = members;
        if total > sum {
            all.push(self.counts.count(total - sum));
        }
        self.counts.equal(&inner, &all)
    }

    /// The equations between the cells of populations without counts of rows.
    fn link_cells(&mut self) -> Result<(), DisclosureError> {
        let is_own = |place: &Place| self.places[place] == [*place];
        let places: BTreeSet<Place> =
            self.own.iter().map(|number| self.cells.cells[*number].place).filter(is_own).collect();
        for (whole, parts) in super::nesting::nested(self.core, &places) {
            self.relate(whole, &parts, false, None)?;
        }
        Ok(())
    }

    /// Changes of inner cells as worlds. Counts that only fill up a whole have no place.
    pub(super) fn worlds(&self, changes: Vec<Change>) -> impl Iterator<Item = World> {
        let mut counts: Map<usize, Count> = Map::default();
        counts.extend(self.inner.iter().map(|(atom, inner)| (*inner, (*atom, self.value(atom)))));
        counts.extend(self.revised.iter().map(|(count, inner)| (*inner, *count)));
        let count = move |(inner, added): (usize, i64)| Some((*counts.get(&inner)?, added));
        changes.into_iter().map(move |change| change.into_iter().filter_map(&count).collect())
    }

    /// The populations of the system.
    pub(super) fn populations(&self) -> BTreeSet<usize> {
        self.own.iter().map(|number| self.cells.cells[*number].place.population).collect()
    }

    /// The atoms of its own cells with their values, for the record of the release.
    pub(super) fn values(&self) -> impl Iterator<Item = (Atom, u64)> {
        let own = self.own.iter().filter_map(|number| self.places.get(&self.cells.cells[*number].place));
        let atoms: BTreeSet<Atom> = own.flatten().copied().collect();
        atoms.into_iter().map(|atom| (atom, self.value(&atom))).filter(|(_, value)| *value > 0)
    }
}
