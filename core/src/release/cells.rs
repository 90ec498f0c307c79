//! The counts behind the observations of a release. Observations that count the same share a cell.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::sync::Arc;

use super::Map;
use crate::Core;
use crate::disclosure::{Reason, Standing};
use crate::engine::{Behind, BehindFrom, ComputeError, Cube, Dimension, Positions, Released, ReleasedTally};
use crate::period::Period;
use crate::reference::{AreaId, Level};

/// The dimension of a total.
pub(super) const TOTAL: usize = 0;

/// The place of a count: whom it counts, and of which area, period and code of a breakdown.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    pub(super) population: usize,
    /// [`TOTAL`], or a dimension.
    pub(super) dimension: usize,
    pub(super) code: usize,
    pub(super) area: AreaId,
    pub(super) period: Period,
}

impl Place {
    /// The place of the total to which a code of a breakdown belongs.
    pub(super) fn total(self) -> Self {
        Self { dimension: TOTAL, code: 0, ..self }
    }
}

/// A count that is published, or that published counts give away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) place: Place,
    pub(super) value: u64,
    pub(super) standing: Standing,
    /// The largest count that is small here, or 0.
    pub(super) small: u64,
    /// Whether an observation shows it. A complement is not shown, but a whole and a part give it away.
    pub(super) is_shown: bool,
}

/// Counts of rows behind a population, by month and by the areas of the rows.
pub(super) struct Source {
    pub(super) cube: Arc<Result<Cube, ComputeError>>,
    pub(super) positions: Arc<Positions>,
    /// The expression that selects the population.
    pub(super) bit: usize,
}

/// All cells of a release.
#[derive(Default)]
pub(super) struct Cells {
    pub(super) populations: Names<Arc<str>>,
    /// What to call the populations whose names are numbers of a measure's inputs.
    titles: BTreeMap<usize, String>,
    pub(super) dimensions: Names<Dimension>,
    /// Code of each position of a dimension.
    pub(super) codes: BTreeMap<(usize, usize), String>,
    /// By population and dimension.
    pub(super) sources: BTreeMap<(usize, usize), Source>,
    pub(super) cells: Vec<Cell>,
    number_of: Map<Place, usize>,
    /// Populations of which the second is a part of the first, with the population of the rest.
    pub(super) complements: BTreeMap<(usize, usize), usize>,
    /// The whole and the part of which a population is the rest.
    pub(super) parts_of_rest: BTreeMap<usize, (usize, usize)>,
    /// The cells of each observation.
    pub(super) of_observation: Vec<Vec<usize>>,
    /// The populations of the same rows.
    of_rows: BTreeMap<String, BTreeSet<usize>>,
    /// Populations that a rule protects.
    pub(super) protected: BTreeSet<usize>,
}

/// Things with numbers in the order in which they came.
pub(super) struct Names<T> {
    names: Vec<T>,
    numbers: Map<T, usize>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { names: Vec::new(), numbers: Map::default() }
    }
}

impl<T: Clone + Eq + Hash> Names<T> {
    /// The number of a name, which is new if the name is.
    pub(super) fn number(&mut self, name: &T) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.names.push(name.clone());
        self.numbers.insert(name.clone(), self.names.len() - 1);
        self.names.len() - 1
    }

    /// The number of a name that is known.
    pub(super) fn known(&self, name: &T) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    pub(super) fn get(&self, number: usize) -> &T {
        &self.names[number]
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }
}

impl Cells {
    pub(super) fn new() -> Self {
        let mut cells = Self::default();
        cells.dimensions.number(&Dimension { name: String::new(), multi_valued: false });
        cells
    }

    /// Adds the observations of one measure and one breakdown.
    pub(super) fn add(&mut self, core: &Core, released: &Released<'_>) {
        let dimension = released.dimension.as_ref().map_or(TOTAL, |dimension| self.dimensions.number(dimension));
        for one in &released.cells {
            let level = core.reference.areas.get(one.area).level();
            let small = released.definition.disclosure.largest_small_count(level);
            if let Some(value) = one.observation.breakdown.first() {
                self.codes.entry((dimension, one.cell)).or_insert_with(|| value.code.clone());
            }
            let place = |population| Place {
                population,
                dimension,
                code: one.cell,
                area: one.area,
                period: one.observation.period,
            };
            let mut numbers = Vec::with_capacity(one.counts.len());
            for behind in &one.counts {
                let population = self.population(released, dimension, behind, level);
                if small > 0 {
                    self.protected.insert(population);
                }
                numbers.push(self.cell(place(population), behind.value, small, Reason::SmallCount, true));
            }
            numbers.sort_unstable();
            numbers.dedup();
            self.of_observation.push(numbers);
        }
    }

    /// The population that a count counts.
    fn population(&mut self, released: &Released<'_>, dimension: usize, behind: &Behind, level: Level) -> usize {
        let measure = &released.definition.id;
        match behind.from {
            BehindFrom::Tally { input, bit } => {
                let Some(ReleasedTally { rows, expressions, cube, positions }) = &released.tallies[input] else {
                    return self.named(format!("{measure}: input {input}"), &format!("expression {bit}"));
                };
                if level == Level::Ward {
                    return self.named(format!("{rows}, by wards"), &expressions[bit]);
                }
                let population = self.named(rows.clone(), &expressions[bit]);
                self.sources.entry((population, dimension)).or_insert_with(|| Source {
                    cube: Arc::clone(cube),
                    positions: Arc::clone(positions),
                    bit,
                });
                population
            }
            BehindFrom::State { input, number } => {
                let population = self.named(format!("{measure}: input {input}"), &format!("number {number}"));
                self.titles.entry(population).or_insert_with(|| format!("a count from which {measure} is computed"));
                population
            }
            BehindFrom::Figure(number) => {
                let population = self.named(format!("{measure}: submitted figures"), &format!("number {number}"));
                self.titles
                    .entry(population)
                    .or_insert_with(|| format!("a number in the submitted figures of {measure}"));
                population
            }
        }
    }

    /// What people call a population. Its name identifies it from one release to the next, so the name stays as it is.
    pub(super) fn title(&self, population: usize) -> String {
        match self.parts_of_rest.get(&population) {
            Some((whole, part)) => match (self.title(*whole), self.title(*part)) {
                (whole, part) if whole == part => format!("the difference of two counts: {whole}"),
                (whole, part) => format!("{whole} without {part}"),
            },
            None => self
                .titles
                .get(&population)
                .map_or_else(|| self.populations.get(population).to_string(), String::clone),
        }
    }

    /// The population of some of these rows.
    fn named(&mut self, rows: String, which: &str) -> usize {
        let population = self.populations.number(&format!("{rows}: {which}").into());
        self.of_rows.entry(rows).or_default().insert(population);
        population
    }

    /// Finds populations that are parts of others: of the same rows, and never more. Their difference is a count too. An
    /// outsider knows the definitions, so whatever is always a part is taken as known to be one.
    pub(super) fn find_complements(&mut self) {
        let mut cells: BTreeMap<usize, BTreeMap<Place, usize>> = BTreeMap::new();
        for (number, cell) in self.cells.iter().enumerate() {
            let place = Place { population: 0, ..cell.place };
            cells.entry(cell.place.population).or_default().insert(place, number);
        }
        let mut found = Vec::new();
        for populations in self.of_rows.values() {
            let protected: Vec<usize> = populations.intersection(&self.protected).copied().collect();
            for part in &protected {
                let shared = |whole: &usize| self.shared(&cells[part], &cells[whole]);
                let wholes = protected.iter().filter(|whole| *whole != part);
                let wholes = wholes.filter_map(|whole| {
                    let (pairs, rest) = shared(whole)?;
                    // Of two that are always equal, the first is the whole.
                    (rest > 0 || whole < part).then_some((rest, *whole, pairs))
                });
                if let Some((_, whole, pairs)) = wholes.min_by_key(|(rest, whole, _)| (*rest, *whole)) {
                    found.push((*part, whole, pairs));
                }
            }
        }
        for (part, whole, pairs) in found {
            let is_withheld = |cell: usize| self.cells[cell].standing != Standing::Free;
            let leaves_few = |(part, whole): &(usize, usize)| {
                let rest = self.cells[*whole].value - self.cells[*part].value;
                rest > 0 && rest <= self.cells[*part].small.max(self.cells[*whole].small)
            };
            // Without a small count in the whole or in the rest, the whole tells nothing of the part.
            if !cells[&whole].values().any(|cell| is_withheld(*cell)) && !pairs.iter().any(leaves_few) {
                continue;
            }
            let population = self.complement(whole, part);
            for (part, whole) in pairs {
                let (part, whole) = (self.cells[part], self.cells[whole]);
                let place = Place { population, ..part.place };
                let small = part.small.max(whole.small);
                self.cell(place, whole.value - part.value, small, Reason::Group, false);
            }
        }
    }

    /// The cells of a part and a whole at the same places, and how many are in the rest. Nothing if the part is none.
    fn shared(
        &self,
        part: &BTreeMap<Place, usize>,
        whole: &BTreeMap<Place, usize>,
    ) -> Option<(Vec<(usize, usize)>, u64)> {
        let mut pairs = Vec::new();
        let mut rest = 0_u64;
        for (place, number) in part {
            if let Some(other) = whole.get(place) {
                rest = rest.saturating_add(self.cells[*other].value.checked_sub(self.cells[*number].value)?);
                pairs.push((*number, *other));
            }
        }
        (!pairs.is_empty()).then_some((pairs, rest))
    }

    /// The population of those of a whole who are not in a part.
    fn complement(&mut self, whole: usize, part: usize) -> usize {
        let name = format!("{} without {}", self.populations.get(whole), self.populations.get(part));
        let population = self.populations.number(&name.into());
        self.complements.insert((whole, part), population);
        self.parts_of_rest.insert(population, (whole, part));
        population
    }

    /// The population whose rows a population has: of the rest of a whole, the whole.
    pub(super) fn rows_of(&self, population: usize) -> usize {
        self.parts_of_rest.get(&population).map_or(population, |(whole, _)| *whole)
    }

    /// The count at a place; 0 where there is no cell.
    pub(super) fn value_at(&self, place: &Place) -> u64 {
        self.number_of.get(place).map_or(0, |number| self.cells[*number].value)
    }

    /// The cell of a place. Of several rules, it keeps the strictest.
    fn cell(&mut self, place: Place, value: u64, small: u64, reason: Reason, is_shown: bool) -> usize {
        let is_small = value > 0 && value <= small;
        let standing = if is_small { Standing::Suppressed { reason, width: small - 1 } } else { Standing::Free };
        let next = self.cells.len();
        let number = *self.number_of.entry(place).or_insert(next);
        if number == next {
            self.cells.push(Cell { place, value, standing, small, is_shown });
            return number;
        }
        let known = &mut self.cells[number];
        known.is_shown |= is_shown;
        known.small = known.small.max(small);
        known.standing = match (known.standing, standing) {
            (Standing::Suppressed { reason, width }, Standing::Suppressed { width: other, .. }) => {
                Standing::Suppressed { reason, width: width.max(other) }
            }
            (Standing::Free, other) => other,
            (known, _) => known,
        };
        number
    }
}
