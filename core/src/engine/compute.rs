//! Values computed from records.

use std::sync::Arc;

use super::ComputeError;
use super::covered::{Covered, Need};
use super::cube::{Cube, Tally};
use super::data::{CubeKey, Data, Placed};
use super::dims::Dims;
use super::measured::Measured;
use super::observation::{Completeness, MissingReason};
use super::place::Base;
use super::state::State;
use crate::cel::Predicate;
use crate::measure::{Definition, Design, Population, Residents, Subjects};
use crate::period::{Month, Period};
use crate::reference::{AreaId, Coverage as London, Level};

/// One cell that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) definition: &'a Definition,
    pub(super) area: AreaId,
    pub(super) period: Period,
    pub(super) dims: &'a Dims,
    pub(super) cell: usize,
}

/// What the reports behind a cell amount to.
pub(super) struct Reports {
    /// Whether every month needed is there.
    pub(super) complete: bool,
    pub(super) completeness: Completeness,
    pub(super) sources: Vec<String>,
    pub(super) synthetic: bool,
    pub(super) caveat: Option<String>,
}

impl Population {
    /// How the rows are placed.
    pub(super) fn placed(&self) -> Placed<'_> {
        Placed { dataset: self.dataset, date: self.date, place: &self.place }
    }

    /// The denominator less its exclusions.
    pub(super) fn eligible(&self) -> Predicate {
        self.initial.and(&self.denominator).and(&self.denominator_exclusion.not())
    }

    /// The numerator: within the denominator, less its own exclusions.
    pub(super) fn counted(&self) -> Predicate {
        self.eligible().and(&self.numerator).and(&self.numerator_exclusion.not())
    }

    /// Rows that an exception would take out of the denominator, whether in the numerator or not.
    fn excepted(&self) -> Predicate {
        self.eligible().and(&self.denominator_exception)
    }

    /// Excepted rows that are in the numerator, and therefore stay.
    fn excepted_and_counted(&self) -> Predicate {
        self.counted().and(&self.denominator_exception)
    }

    /// Numerator, denominator before exceptions, exceptions, exceptions that stay.
    fn predicates(&self) -> Vec<Predicate> {
        vec![self.counted(), self.eligible(), self.excepted(), self.excepted_and_counted()]
    }
}

impl Subjects {
    /// How the rows are placed.
    pub(super) fn placed(&self) -> Placed<'_> {
        Placed { dataset: self.dataset, date: self.date, place: &self.place }
    }
}

impl Data {
    /// The value of a cell computed from records.
    pub(super) fn computed(&self, asked: Asked<'_>) -> Result<Measured, ComputeError> {
        let areas = &self.core.reference.areas;
        let area = areas.get(asked.area);
        let offered = asked.definition.offers(area.level(), asked.period.kind());
        if !offered || !asked.dims.in_records() || !area.validity().contains(asked.period.end_date()) {
            return Ok(Measured::missing(MissingReason::NotApplicable));
        }
        match &asked.definition.design {
            Design::Count(population) => self.counted(asked, population, |_, tally| Ok(State::Count(real(tally[0])))),
            Design::Rate { population, per, multiplier } => self.rated(asked, population, *per, *multiplier),
            Design::Proportion(population) => self.shared(asked, population),
            Design::WeightedProportion { population, weights, psu } => {
                self.weighted(asked, population, weights, *psu)
            }
            Design::RepeatShare(repeat) => self.repeated(asked, repeat),
            Design::Funnel(funnel) => self.staged(asked, funnel),
            Design::Ratio { numerator, denominator } => self.ratio(asked, numerator, denominator),
            Design::Gap(gap) => self.gap(asked, gap),
            Design::Completeness(completeness) => self.complete(asked, completeness),
            Design::SubmittedOnly => Ok(Measured::missing(MissingReason::NotSubmitted)),
        }
    }

    /// The share of a population's cell.
    pub(super) fn shared(&self, asked: Asked<'_>, population: &Population) -> Result<Measured, ComputeError> {
        self.counted(asked, population, |_, tally| Ok(share(&tally)))
    }

    /// Counts a population's cell; `state` makes the state from the counts of its predicates.
    fn counted(
        &self,
        asked: Asked<'_>,
        population: &Population,
        state: impl FnOnce(&Self, Tally) -> Result<State, MissingReason>,
    ) -> Result<Measured, ComputeError> {
        self.tallied(asked, 0, population.placed(), || population.predicates(), state)
    }

    /// Counts the rows of one part of a definition that satisfy each predicate.
    pub(super) fn tallied(
        &self,
        asked: Asked<'_>,
        part: usize,
        placed: Placed<'_>,
        predicates: impl FnOnce() -> Vec<Predicate>,
        state: impl FnOnce(&Self, Tally) -> Result<State, MissingReason>,
    ) -> Result<Measured, ComputeError> {
        let areas = &self.core.reference.areas;
        let wards = areas.get(asked.area).level() == Level::Ward;
        let Some(field) = placed.area(wards) else { return Ok(Measured::missing(MissingReason::NotApplicable)) };
        let key = CubeKey::new(asked.definition, part, u8::from(wards), asked.dims);
        let cube = self.cube(&key, placed, field, predicates, asked.dims);
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        let within = cube.base.within(areas, asked.area, asked.period.end_date());
        if within.is_empty() {
            return Ok(Measured::missing(MissingReason::NotApplicable));
        }
        let reports = self.reports(placed, asked.area, asked.period, 0);
        let tally = cube.sum(&within, asked.period, asked.cell);
        let found = if reports.complete { state(self, tally) } else { Err(MissingReason::NotSubmitted) };
        Ok(self.measured(found, reports, cube))
    }

    /// Whether any row at all belongs to a cell, in whatever area or period.
    pub(super) fn has_records(&self, asked: Asked<'_>) -> Result<bool, ComputeError> {
        if !asked.dims.in_records() {
            return Ok(false);
        }
        let (part, placed, predicates) = match &asked.definition.design {
            Design::Count(population) | Design::Proportion(population) | Design::Rate { population, .. } => {
                (0, population.placed(), population.predicates())
            }
            Design::Ratio { numerator, .. } => (0, numerator.placed(), vec![numerator.population.clone()]),
            Design::RepeatShare(repeat) => {
                (1, repeat.placed(), vec![repeat.qualifying.clone(), repeat.qualifying.and(&repeat.linkable)])
            }
            Design::WeightedProportion { population, .. } => (255, population.placed(), vec![population.eligible()]),
            _ => return Ok(false),
        };
        let key = CubeKey::new(asked.definition, part, 0, asked.dims);
        let cube = self.cube(&key, placed, placed.place.area, || predicates, asked.dims);
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        Ok(cube.uses(asked.cell))
    }

    fn measured(&self, state: Result<State, MissingReason>, reports: Reports, cube: &Cube) -> Measured {
        let mut measured = reports.measured(state);
        if cube.orphans > 0 {
            let total = cube.orphans + cube.linked;
            measured.completeness.records_missing_share = Some(real(cube.orphans) / real(total));
            measured.caveat("Records that refer to a record which was not submitted are left out.");
        }
        measured
    }

    fn rated(
        &self,
        asked: Asked<'_>,
        population: &Population,
        per: Residents,
        multiplier: f64,
    ) -> Result<Measured, ComputeError> {
        if !asked.dims.0.is_empty() {
            // Residents are not known by the codes of a breakdown.
            return Ok(Measured::missing(MissingReason::NotApplicable));
        }
        let Some((residents, year)) = self.residents(asked.area, asked.period, per) else {
            return Ok(Measured::missing(MissingReason::NotApplicable));
        };
        let mut measured = self.counted(asked, population, |_, tally| {
            Ok(State::Rate { events: real(tally[0]), residents: f64::from(residents), multiplier })
        })?;
        if year != middle_year(asked.period) {
            measured.caveat(format!("Residents are those of mid-{year}, the nearest estimate held."));
        }
        Ok(measured)
    }

    /// Residents in the middle of a period, or the nearest year for which there is an estimate, with that year.
    pub(super) fn residents(&self, area: AreaId, period: Period, per: Residents) -> Option<(u32, i16)> {
        let areas = &self.core.reference.areas;
        let count = |year: i16| match per.ages {
            None => areas.population(area, year),
            Some((first, last)) => areas.population_aged(area, year, first..=last),
        };
        let wanted = middle_year(period);
        (0..=20).flat_map(|away| [wanted - away, wanted + away]).find_map(|year| Some((count(year)?, year)))
    }

    fn ratio(
        &self,
        asked: Asked<'_>,
        numerator: &Subjects,
        denominator: &Subjects,
    ) -> Result<Measured, ComputeError> {
        // The dimensions are fields of the numerator's rows; the denominator has the fields of the same names.
        let below_dims = match asked.dims.of_dataset(denominator.dataset) {
            Some(dims) => dims,
            None => return Ok(Measured::missing(MissingReason::NotApplicable)),
        };
        let count = |_: &Self, tally: Tally| Ok(State::Count(real(tally[0])));
        let mut above = self.tallied(asked, 0, numerator.placed(), || vec![numerator.population.clone()], count)?;
        let asked_below = Asked { dims: &below_dims, ..asked };
        let below =
            self.tallied(asked_below, 1, denominator.placed(), || vec![denominator.population.clone()], count)?;
        above.state = match (&above.state, &below.state) {
            (Ok(State::Count(numerator)), Ok(State::Count(denominator))) => {
                Ok(State::Ratio { numerator: *numerator, denominator: *denominator })
            }
            (Err(reason), _) | (_, Err(reason)) => Err(*reason),
            _ => Err(MissingReason::NotApplicable),
        };
        above.join(below);
        Ok(above)
    }

    /// What was reported for an area and a period, with `before` months that precede it.
    pub(super) fn reports(&self, placed: Placed<'_>, area: AreaId, period: Period, before: i32) -> Reports {
        let reference = &self.core.reference;
        let base = self.base(placed.place.area);
        let need = Covered::need(&reference.areas, &base, area);
        let mut datasets = vec![placed.dataset];
        if placed.date.referenced {
            datasets.extend(crate::contract::Contract::get().dataset(placed.date.dataset));
        }
        let covered: Vec<Arc<Covered>> = datasets.iter().map(|dataset| self.covered_by(dataset, placed)).collect();
        let has = |need: Need, month: Month| covered.iter().all(|covered| covered.has(need, month));
        let count = |need: Need| period.months().filter(|month| has(need, *month)).count();
        let complete = count(need) == period.months().count();
        let (expected, received) = match need {
            Need::Any => self.site_months(&base, area, period, &covered),
            _ => (period.months().count(), count(need)),
        };
        let first = period.first().plus(-before);
        let (sources, synthetic) =
            covered.first().map_or_else(Default::default, |covered| covered.sources(need, first, period.last()));
        let synthetic =
            covered.iter().fold(synthetic, |any, covered| any || covered.sources(need, first, period.last()).1);
        Reports {
            complete,
            completeness: Completeness {
                expected: u32::try_from(expected).unwrap_or(u32::MAX),
                received: u32::try_from(received).unwrap_or(u32::MAX),
                records_missing_share: None,
            },
            sources,
            synthetic,
            caveat: self.coverage_caveat(&base, area, need, period, |month| has(Need::City, month)),
        }
    }

    /// Months by hospital sites of an area expected and received, where sites report for themselves; for others months.
    fn site_months(&self, base: &Base, area: AreaId, period: Period, covered: &[Arc<Covered>]) -> (usize, usize) {
        let areas = &self.core.reference.areas;
        let within = base.within(areas, area, period.end_date());
        let has = |site: AreaId, month| covered.iter().all(|covered| covered.has(Need::Own(site), month));
        let sites =
            within.iter().map(|at| base.areas[*at]).filter(|at| areas.get(*at).level() == Level::HospitalSite);
        let open: Vec<(AreaId, Month)> = sites
            .flat_map(|site| period.months().map(move |month| (site, month)))
            .filter(|(site, month)| areas.get(*site).validity().contains(month.last_day()))
            .collect();
        if open.is_empty() {
            let received = period.months().filter(|month| covered.iter().all(|known| known.has(Need::Any, *month)));
            return (period.months().count(), received.count());
        }
        (open.len(), open.iter().filter(|(site, month)| has(*site, *month)).count())
    }

    fn coverage_caveat(
        &self,
        base: &Base,
        area: AreaId,
        need: Need,
        period: Period,
        city: impl Fn(Month) -> bool,
    ) -> Option<String> {
        let areas = &self.core.reference.areas;
        if need != Need::Mps || Some(area) != areas.london(London::Gl33) {
            return None;
        }
        let has_city = base.areas.iter().any(|area| areas.get(*area).code() == super::covered::CITY);
        let months = period.months().filter(|month| city(*month)).count();
        let all = period.months().count();
        match months {
            _ if !has_city => None,
            months if months == all => None,
            0 => Some("The City of London is not included: nothing was submitted for it.".to_owned()),
            months => Some(format!("The City of London is included for {months} of {all} months.")),
        }
    }

    /// What is reported in a dataset, by the area of the rows counted.
    fn covered_by(&self, dataset: &'static crate::contract::Dataset, placed: Placed<'_>) -> Arc<Covered> {
        let area = placed.place.area;
        // The dataset referred to has the area as a field of its own.
        let own = area.referenced && area.dataset == dataset.id.as_str();
        let path = if own { crate::cel::FieldPath { referenced: false, ..area } } else { area };
        self.covered(dataset, path)
    }
}

impl Reports {
    /// A value, or its reason for missing, with these reports behind it.
    pub(super) fn measured(self, state: Result<State, MissingReason>) -> Measured {
        let mut measured = Measured::missing(MissingReason::NotSubmitted);
        measured.state = state;
        measured.completeness = self.completeness;
        measured.synthetic = self.synthetic;
        measured.sources = self.sources;
        measured.caveats.extend(self.caveat);
        measured
    }
}

fn share(tally: &Tally) -> State {
    let [numerator, eligible, excepted, stay, ..] = *tally;
    State::Share { numerator: real(numerator), denominator: real(eligible - (excepted - stay)) }
}

/// The year of the month in the middle of a period.
fn middle_year(period: Period) -> i16 {
    let months = period.kind().months();
    i16::try_from(period.first().plus(months / 2).year()).unwrap_or(i16::MAX)
}

/// A count as a number; counts stay far below 2^53.
pub(super) fn real(count: u64) -> f64 {
    count as f64
}
