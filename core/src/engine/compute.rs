//! Values computed from records.

use super::ComputeError;
use super::cube::{Cube, Tally};
use super::data::{CubeKey, Data, Placed};
use super::dims::Dims;
use super::measured::Measured;
use super::observation::MissingReason;
use super::reports::Reports;
use super::state::State;
use crate::cel::Predicate;
use crate::measure::{Definition, Design, Population, Residents, Subjects};
use crate::period::Period;
use crate::reference::{AreaId, Level};

/// One cell that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) definition: &'a Definition,
    pub(super) area: AreaId,
    pub(super) period: Period,
    pub(super) dims: &'a Dims,
    pub(super) cell: usize,
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
    pub(super) fn predicates(&self) -> Vec<Predicate> {
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
            Design::Count(_) => self.tallied(asked, 0, |tally| State::Count(real(tally[0]))),
            Design::Rate { per, multiplier, .. } => self.rated(asked, *per, *multiplier),
            Design::Proportion(_) => self.shared(asked),
            Design::WeightedProportion { population, weights, psu } => {
                self.weighted(asked, population, weights, *psu)
            }
            Design::RepeatShare(repeat) => self.repeated(asked, repeat),
            Design::Funnel(funnel) => self.staged(asked, funnel),
            Design::Ratio { denominator, .. } => self.ratio(asked, denominator),
            Design::Gap(gap) => self.gap(asked, gap),
            Design::Completeness(completeness) => self.complete(asked, completeness),
            Design::SubmittedOnly => Ok(Measured::missing(MissingReason::NotSubmitted)),
        }
    }

    /// The share of a population's cell.
    pub(super) fn shared(&self, asked: Asked<'_>) -> Result<Measured, ComputeError> {
        self.tallied(asked, 0, |tally| share(&tally))
    }

    /// Counts a cell of the population with this number; `state` makes the state from the counts of its predicates.
    pub(super) fn tallied(
        &self,
        asked: Asked<'_>,
        number: usize,
        state: impl FnOnce(Tally) -> State,
    ) -> Result<Measured, ComputeError> {
        let areas = &self.core.reference.areas;
        let wards = areas.get(asked.area).level() == Level::Ward;
        let counted = asked.definition.design.counted().get(number).copied();
        let placed =
            counted.and_then(|counted| Some((counted, counted.placed.area(wards)?, counted.dims(asked.dims)?)));
        let Some((counted, field, dims)) = placed else { return Ok(Measured::missing(MissingReason::NotApplicable)) };
        let key = CubeKey::new(asked.definition, number, u8::from(wards), &dims);
        let cube = self.cube(&key, counted.placed, field, || counted.predicates(), &dims);
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        let within = cube.base.within(areas, asked.area, asked.period.end_date());
        if within.is_empty() {
            return Ok(Measured::missing(MissingReason::NotApplicable));
        }
        let reports = self.reports(counted.placed, asked.area, asked.period, 0);
        let tally = cube.sum(&within, asked.period, asked.cell);
        let found = if reports.complete { Ok(state(tally)) } else { Err(MissingReason::NotSubmitted) };
        Ok(measured(found, &reports, cube))
    }

    /// Whether any row at all belongs to a cell, in whatever area or period.
    pub(super) fn has_records(&self, asked: Asked<'_>) -> Result<bool, ComputeError> {
        if !asked.dims.in_records() || matches!(asked.definition.design, Design::Funnel(_)) {
            return Ok(false);
        }
        let Some(counted) = asked.definition.design.counted().first().copied() else { return Ok(false) };
        let key = CubeKey::new(asked.definition, 0, 0, asked.dims);
        let cube = self.cube(&key, counted.placed, counted.placed.place.area, || counted.predicates(), asked.dims);
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        Ok(cube.uses(asked.cell))
    }

    fn rated(&self, asked: Asked<'_>, per: Residents, multiplier: f64) -> Result<Measured, ComputeError> {
        if !asked.dims.0.is_empty() {
            // Residents are not known by the codes of a breakdown.
            return Ok(Measured::missing(MissingReason::NotApplicable));
        }
        let Some((residents, year)) = self.residents(asked.area, asked.period, per) else {
            return Ok(Measured::missing(MissingReason::NotApplicable));
        };
        let rate = |tally: Tally| State::Rate { events: real(tally[0]), residents: f64::from(residents), multiplier };
        let mut measured = self.tallied(asked, 0, rate)?;
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

    fn ratio(&self, asked: Asked<'_>, denominator: &Subjects) -> Result<Measured, ComputeError> {
        // The dimensions are fields of the numerator's rows; the denominator has the fields of the same names.
        if asked.dims.of_dataset(denominator.dataset).is_none() {
            return Ok(Measured::missing(MissingReason::NotApplicable));
        }
        let count = |tally: Tally| State::Count(real(tally[0]));
        let mut above = self.tallied(asked, 0, count)?;
        let below = self.tallied(asked, 1, count)?;
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
}

/// What was found, with the reports behind it and what is left out.
fn measured(state: Result<State, MissingReason>, reports: &Reports, cube: &Cube) -> Measured {
    let mut measured = reports.measured(state);
    if cube.orphans > 0 {
        let total = cube.orphans + cube.linked;
        measured.completeness.records_missing_share = Some(real(cube.orphans) / real(total));
        measured.caveat("Records that refer to a record which was not submitted are left out.");
    }
    measured
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
