//! Makes a release.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use super::cells::{Cells, Place, TOTAL};
use super::publish::publish;
use super::record::Earlier;
use super::system::{Atom, Builder, families};
use super::{Breakdowns, Plan, Record, Release, ReleaseError, Summary, Withheld};
use crate::Core;
use crate::disclosure::{Fate, Policy, Reason, Standing, Steps};
use crate::engine::{Engine, MissingReason, Observation, Query, QueryError, Released};
use crate::measure::Definition;
use crate::parallel;
use crate::period::{Month, Period};
use crate::reference::AreaId;

/// Makes a release of what an engine's snapshot holds. `earlier` are the records of all releases that were published before.
/// Work stops soon after `awaited` no longer returns true.
///
/// All counts behind the observations are protected together: across measures, breakdowns, areas, overlapping periods and
/// earlier releases. Counts are protected as if they were published exactly, so rounding and the shares that are computed from
/// exact counts give nothing away.
///
/// # Errors
/// If the plan is refused, or an earlier record is damaged.
pub fn make(
    engine: &Engine,
    plan: &Plan,
    earlier: &[Record],
    awaited: &(dyn Fn() -> bool + Sync),
) -> Result<Release, ReleaseError> {
    make_with(engine, plan, earlier, awaited, Steps::ALL)
}

/// As [`make`], with some steps of protection left out. Tests show with it that each step is needed.
///
/// # Errors
/// As [`make`].
pub fn make_with(
    engine: &Engine,
    plan: &Plan,
    earlier: &[Record],
    awaited: &(dyn Fn() -> bool + Sync),
    steps: Steps,
) -> Result<Release, ReleaseError> {
    let core = engine.core();
    let mut draft = Draft { cells: Cells::new(), observations: Vec::new() };
    for released in observed(engine, plan, awaited)? {
        draft.add(core, released);
    }
    draft.cells.find_complements();
    let earlier: Vec<Earlier> =
        earlier.iter().map(|record| Earlier::read(core, &draft.cells, record)).collect::<Result<_, _>>()?;
    let protected = protect(core, &draft.cells, &earlier, engine.threads(), steps, awaited)?;
    let record = Record::of(core, &draft.cells, &protected.fates, &protected.atoms);
    Ok(draft.release(core, &protected, record))
}

/// The observations of a plan, one measure and one breakdown after the other.
fn observed<'e>(
    engine: &'e Engine,
    plan: &Plan,
    awaited: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Released<'e>>, ReleaseError> {
    if plan.measures.is_empty() {
        return Err(ReleaseError::Nothing);
    }
    let mut found = Vec::new();
    let mut without_data = None;
    for measure in &plan.measures {
        let offered = engine.breakdowns(measure)?;
        let chosen: Vec<String> = match &plan.breakdowns {
            Breakdowns::None => Vec::new(),
            Breakdowns::Each => offered,
            Breakdowns::Named(names) => offered.into_iter().filter(|name| names.contains(name)).collect(),
        };
        for breakdown in std::iter::once(None).chain(chosen.into_iter().map(Some)) {
            let query = Query {
                measures: vec![measure.clone()],
                areas: plan.areas.clone(),
                periods: plan.periods.clone(),
                breakdown: breakdown.into_iter().collect(),
                ..Query::default()
            };
            match engine.released(&query, awaited) {
                Ok(released) => found.extend(released),
                // A measure of which nothing is held has no place in a release. The others have.
                Err(error @ (QueryError::NoData { .. } | QueryError::PeriodOutside { .. })) => {
                    without_data.get_or_insert(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    match without_data {
        Some(error) if found.is_empty() => Err(error.into()),
        _ => Ok(found),
    }
}

/// A release before protection.
struct Draft<'d> {
    cells: Cells,
    observations: Vec<(&'d Definition, AreaId, Observation)>,
}

/// What protection did.
struct Protected {
    /// By the number of the cell; `None` for a cell that is published, and that needs no system.
    fates: Vec<Option<Fate>>,
    systems: usize,
    largest_component: usize,
    /// The atoms of the populations that a rule protects.
    atoms: Vec<(Atom, u64)>,
}

impl<'d> Draft<'d> {
    fn add(&mut self, core: &Core, mut released: Released<'d>) {
        released.cells.retain(|cell| cell.observation.result != Err(MissingReason::NotApplicable));
        self.cells.add(core, &released);
        let Released { definition, cells, .. } = released;
        self.observations.extend(cells.into_iter().map(|cell| (definition, cell.area, cell.observation)));
    }

    fn release(self, core: &Core, protected: &Protected, record: Record) -> Release {
        let Self { cells, observations } = self;
        let mut withheld = Vec::new();
        let mut published = Vec::with_capacity(observations.len());
        for (number, (definition, area, mut observation)) in observations.into_iter().enumerate() {
            let fates = cells.of_observation[number].iter().filter_map(|cell| protected.fates[*cell]);
            let hidden = fates.filter(|fate| fate.reason.is_some()).min_by_key(|fate| fate.reason);
            if let Some(Fate { reason: Some(reason), interval, .. }) = hidden {
                withheld.push(Withheld { observation: number, reason, interval });
            }
            publish(core, definition, area, &mut observation, hidden.is_some());
            published.push(observation);
        }
        let summary = summary(core, &cells, protected, (published.len(), withheld.len()));
        Release { observations: published, withheld, summary, record }
    }
}

/// Protects the counts, one system after the other on each thread.
fn protect(
    core: &Core,
    cells: &Cells,
    earlier: &[Earlier],
    threads: NonZeroUsize,
    steps: Steps,
    awaited: &(dyn Fn() -> bool + Sync),
) -> Result<Protected, ReleaseError> {
    let mut of_population: Vec<Vec<usize>> = vec![Vec::new(); cells.populations.len()];
    for (number, cell) in cells.cells.iter().enumerate() {
        of_population[cell.place.population].push(number);
    }
    let families: Vec<Vec<usize>> = families(cells)
        .into_iter()
        .filter(|family| family.iter().any(|population| cells.protected.contains(population)))
        .map(|family| family.iter().flat_map(|population| &of_population[*population]).copied().collect())
        .collect();
    let done = parallel::map(families.len(), 1, threads, |range| {
        let one = |own: &Vec<usize>| {
            if awaited() {
                system(core, cells, own.clone(), earlier, steps)
            } else {
                Err(QueryError::Abandoned.into())
            }
        };
        families[range].iter().map(one).collect::<Vec<_>>()
    });
    let mut protected =
        Protected { fates: vec![None; cells.cells.len()], systems: 0, largest_component: 0, atoms: Vec::new() };
    for one in done.into_iter().flatten() {
        let one = one?;
        for (cell, fate) in one.fates {
            protected.fates[cell] = Some(fate);
        }
        protected.systems += usize::from(one.largest_component > 0);
        protected.largest_component = protected.largest_component.max(one.largest_component);
        protected.atoms.extend(one.atoms);
    }
    Ok(protected)
}

struct SystemDone {
    fates: Vec<(usize, Fate)>,
    largest_component: usize,
    atoms: Vec<(Atom, u64)>,
}

/// Protects one system. Without a small count, now or earlier, there is nothing to do.
fn system(
    core: &Core,
    cells: &Cells,
    own: Vec<usize>,
    earlier: &[Earlier],
    steps: Steps,
) -> Result<SystemDone, ReleaseError> {
    let is_withheld = |number: &usize| cells.cells[*number].standing != Standing::Free;
    let mut closed = BTreeSet::new();
    let mut builder = Builder::new(core, cells, own.clone(), &closed);
    let populations = builder.populations();
    let was_withheld = |one: &Earlier| one.withheld_any(&populations);
    if !own.iter().any(is_withheld) && !earlier.iter().any(was_withheld) {
        builder.find_places();
        let atoms = builder.values().collect();
        return Ok(SystemDone { fates: Vec::new(), largest_component: 0, atoms });
    }
    let mut done = protected(builder, earlier, steps)?;
    // What earlier releases tell can leave a cell too little room if all zeros around it are told too. So breakdowns are
    // withheld whole: first its own, then those of the withheld totals of its periods, then those of all withheld totals.
    for breakdowns in [SystemDone::own_breakdowns, SystemDone::breakdowns_of_the_periods, SystemDone::all_breakdowns]
    {
        if done.is_safe() {
            break;
        }
        let before = closed.len();
        closed.extend(breakdowns(&done, cells, &own));
        if closed.len() > before {
            done = protected(Builder::new(core, cells, own.clone(), &closed), earlier, steps)?;
        }
    }
    Ok(done)
}

/// Protects the cells of a system.
fn protected(mut builder: Builder<'_>, earlier: &[Earlier], steps: Steps) -> Result<SystemDone, ReleaseError> {
    let numbers = builder.build(earlier)?;
    let atoms = builder.values().collect();
    let Builder { own, counts, .. } = builder;
    let policy = Policy { width: 1, ..Policy::small_counts(4) };
    let found = counts.protect(&policy, steps)?;
    let fates = own.into_iter().zip(numbers).filter_map(|(cell, number)| Some((cell, found.cells[number?])));
    Ok(SystemDone { fates: fates.collect(), largest_component: found.largest_component, atoms })
}

impl SystemDone {
    fn is_safe(&self) -> bool {
        self.fates.iter().all(|(_, fate)| fate.is_protected)
    }

    /// The places of the cells that are not protected.
    fn open<'a>(&'a self, cells: &'a Cells) -> impl Iterator<Item = Place> + 'a {
        let open = self.fates.iter().filter(|(_, fate)| !fate.is_protected);
        open.map(|(cell, _)| cells.cells[*cell].place)
    }

    /// The breakdowns of the cells that are not protected, in their period and in those that share months with it: of a total all
    /// of them, and of a code its own.
    fn own_breakdowns(&self, cells: &Cells, own: &[usize]) -> BTreeSet<Place> {
        let mut periods: BTreeMap<Place, BTreeSet<Period>> = BTreeMap::new();
        for place in self.open(cells) {
            periods.entry(beside(place)).or_default().insert(place.period);
        }
        let places = own.iter().map(|cell| cells.cells[*cell].place);
        let totals = places.clone().map(|place| Place { dimension: TOTAL, ..place });
        let closes = |place: &Place| periods.get(&beside(*place)).is_some_and(|of| share_months(of, place.period));
        places.chain(totals).map(|place| Place { code: 0, ..place }).filter(closes).collect()
    }

    /// The breakdowns of the withheld totals of periods that share months with those of cells that are not protected.
    fn breakdowns_of_the_periods(&self, cells: &Cells, own: &[usize]) -> BTreeSet<Place> {
        let periods: BTreeSet<Period> = self.open(cells).map(|place| place.period).collect();
        let closes = |total: &Place| share_months(&periods, total.period);
        self.all_breakdowns(cells, own).into_iter().filter(closes).collect()
    }

    /// The breakdowns of all totals that are withheld.
    fn all_breakdowns(&self, cells: &Cells, _: &[usize]) -> BTreeSet<Place> {
        let withheld = self.fates.iter().filter(|(_, fate)| fate.reason.is_some());
        withheld.map(|(cell, _)| cells.cells[*cell].place).filter(|place| place.dimension == TOTAL).collect()
    }
}

/// What places of all periods and codes have in common.
fn beside(place: Place) -> Place {
    Place { code: 0, period: Period::month(Month::MIN), ..place }
}

fn share_months(periods: &BTreeSet<Period>, other: Period) -> bool {
    periods.iter().any(|period| period.start_date() <= other.end_date() && other.start_date() <= period.end_date())
}

fn summary(core: &Core, cells: &Cells, protected: &Protected, (observations, withheld): (usize, usize)) -> Summary {
    let mut summary = Summary {
        observations,
        withheld,
        systems: protected.systems,
        largest_component: protected.largest_component,
        ..Summary::default()
    };
    for (cell, fate) in cells.cells.iter().zip(&protected.fates) {
        if fate.is_some_and(|fate| !fate.is_protected) {
            summary.unprotected.push(in_words(core, cells, cell.place));
        }
        if !cell.is_shown {
            continue;
        }
        let value = i64::try_from(cell.value).unwrap_or(i64::MAX);
        summary.cells += 1;
        summary.sum = summary.sum.saturating_add(value);
        let Some(reason) = fate.and_then(|fate| fate.reason) else { continue };
        summary.suppressed_sum = summary.suppressed_sum.saturating_add(value);
        match reason {
            Reason::Secondary => summary.secondary += 1,
            Reason::Audit | Reason::Breakdown => summary.further += 1,
            _ => summary.primary += 1,
        }
    }
    summary
}

/// A cell for people.
fn in_words(core: &Core, cells: &Cells, place: Place) -> String {
    let (code, name) = core.reference.areas.get(place.area).labels();
    let breakdown = match place.dimension {
        TOTAL => String::new(),
        dimension => {
            let of = cells.codes.get(&(dimension, place.code)).map_or("", String::as_str);
            format!(", {} {of}", cells.dimensions.get(dimension).name)
        }
    };
    format!("{} in {name} ({code}), {}{breakdown}", cells.populations.get(place.population), place.period)
}
