//! Makes a release.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use super::audit::{Audit, World, audit};
use super::cells::{Cells, Place, TOTAL};
use super::protect::protect_system;
use super::publish::publish;
use super::record::Earlier;
use super::system::{Atom, families};
use super::{Breakdowns, Plan, Record, Release, ReleaseError, Summary, Withheld};
use crate::Core;
use crate::disclosure::{Fate, Reason, Steps};
use crate::engine::{Engine, MissingReason, Observation, Query, QueryError, Released};
use crate::measure::Definition;
use crate::parallel;
use crate::reference::AreaId;

/// Makes a release of what an engine's snapshot holds. `earlier` are the records of all releases that were published before. A
/// plan of more than `most` cells is refused before any observation is made: a cell has an observation for each basis that has
/// data. Work stops soon after `awaited` no longer returns true.
///
/// All counts behind the observations are protected together: across measures, breakdowns, areas, overlapping periods and
/// earlier releases. Counts are protected as if they were published exactly, so rounding and the shares that are computed from
/// exact counts give nothing away.
///
/// # Errors
/// If the plan is refused or has too many cells, or an earlier record is damaged.
pub fn make(
    engine: &Engine,
    plan: &Plan,
    most: usize,
    earlier: &[Record],
    awaited: &(dyn Fn() -> bool + Sync),
) -> Result<Release, ReleaseError> {
    make_with(engine, plan, most, earlier, awaited, Steps::ALL)
}

/// As [`make`], with some steps of protection left out. Tests show with it that each step is needed.
///
/// # Errors
/// As [`make`].
pub fn make_with(
    engine: &Engine,
    plan: &Plan,
    most: usize,
    earlier: &[Record],
    awaited: &(dyn Fn() -> bool + Sync),
    steps: Steps,
) -> Result<Release, ReleaseError> {
    let core = engine.core();
    let mut draft = Draft { cells: Cells::new(), observations: Vec::new() };
    for released in observed(engine, plan, most, awaited)? {
        draft.add(core, released);
    }
    draft.cells.find_complements();
    let read = |record| Earlier::read(core, &draft.cells, record);
    let mut releases: Vec<Earlier> = earlier.iter().map(read).collect::<Result<_, _>>()?;
    let known: &[Earlier] = if steps.earlier { &releases } else { &[] };
    let protected = protect(core, &draft.cells, known, engine.threads(), steps, awaited)?;
    let record = Record::of(core, &draft.cells, &protected.fates, &protected.atoms);
    releases.push(read(&record)?);
    let audit = audit(core, &draft.cells, &releases, &protected.worlds, engine.threads());
    Ok(draft.release(core, &protected, &audit, record))
}

/// The observations of a plan, one measure and one breakdown after the other. All cells are known before any observation is
/// made.
fn observed<'e>(
    engine: &'e Engine,
    plan: &Plan,
    most: usize,
    awaited: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Released<'e>>, ReleaseError> {
    let (mut asked, mut cells, mut without_data) = (Vec::new(), 0_usize, None);
    for query in queries(engine, plan)? {
        if !awaited() {
            return Err(QueryError::Abandoned.into());
        }
        match engine.released_cells(&query) {
            Ok(of_query) => {
                cells = cells.saturating_add(of_query);
                asked.push(query);
            }
            // A measure of which nothing is held has no place in a release. The others have.
            Err(error @ (QueryError::NoData { .. } | QueryError::PeriodOutside { .. })) => {
                without_data.get_or_insert(error);
            }
            Err(error) => return Err(error.into()),
        }
        if cells > most {
            return Err(ReleaseError::TooManyCells { most });
        }
    }
    let mut found = Vec::new();
    for query in &asked {
        found.extend(engine.released(query, awaited)?);
    }
    match without_data {
        Some(error) if found.is_empty() => Err(error.into()),
        _ => Ok(found),
    }
}

/// The queries of a plan, one for each measure and breakdown.
fn queries(engine: &Engine, plan: &Plan) -> Result<Vec<Query>, ReleaseError> {
    if plan.measures.is_empty() {
        return Err(ReleaseError::Nothing);
    }
    let mut queries = Vec::new();
    for measure in &plan.measures {
        let offered = engine.breakdowns(measure)?;
        let chosen: Vec<String> = match &plan.breakdowns {
            Breakdowns::None => Vec::new(),
            Breakdowns::Each => offered,
            Breakdowns::Named(names) => offered.into_iter().filter(|name| names.contains(name)).collect(),
        };
        queries.extend(std::iter::once(None).chain(chosen.into_iter().map(Some)).map(|breakdown| Query {
            measures: vec![measure.clone()],
            areas: plan.areas.clone(),
            periods: plan.periods.clone(),
            breakdown: breakdown.into_iter().collect(),
            ..Query::default()
        }));
    }
    Ok(queries)
}

/// A release before protection.
struct Draft<'d> {
    cells: Cells,
    observations: Vec<(&'d Definition, AreaId, Observation)>,
}

/// What protection did.
#[derive(Default)]
struct Protected {
    /// By the number of the cell; `None` for a cell that is published, and that needs no system.
    fates: Vec<Option<Fate>>,
    worlds: Vec<World>,
    /// The places of counts for which protection found no room.
    unprotected: BTreeSet<Place>,
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

    fn release(self, core: &Core, protected: &Protected, audit: &Audit, record: Record) -> Release {
        let Self { cells, observations } = self;
        let mut withheld = Vec::new();
        let mut published = Vec::with_capacity(observations.len());
        for (number, (definition, area, mut observation)) in observations.into_iter().enumerate() {
            let reason = |cell: &usize| Some((protected.fates[*cell]?.reason?, *cell));
            let hidden = cells.of_observation[number].iter().filter_map(reason).min_by_key(|(reason, _)| *reason);
            if let Some((reason, cell)) = hidden {
                let interval = audit.intervals.get(&cells.cells[cell].place).copied();
                withheld.push(Withheld { observation: number, reason, interval });
            }
            publish(core, definition, area, &mut observation, hidden.is_some());
            published.push(observation);
        }
        let summary = summary(core, &cells, protected, audit, (published.len(), withheld.len()));
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
                protect_system(core, cells, own, earlier, steps)
            } else {
                Err(QueryError::Abandoned.into())
            }
        };
        families[range].iter().map(one).collect::<Vec<_>>()
    });
    let mut protected = Protected { fates: vec![None; cells.cells.len()], ..Protected::default() };
    for one in done.into_iter().flatten() {
        let one = one?;
        for (cell, fate) in one.fates {
            protected.fates[cell] = Some(fate);
        }
        protected.worlds.extend(one.worlds);
        protected.unprotected.extend(one.unprotected);
        protected.systems += usize::from(one.largest_component > 0);
        protected.largest_component = protected.largest_component.max(one.largest_component);
        protected.atoms.extend(one.atoms);
    }
    Ok(protected)
}

fn summary(
    core: &Core,
    cells: &Cells,
    protected: &Protected,
    audit: &Audit,
    (observations, withheld): (usize, usize),
) -> Summary {
    let unprotected = protected.unprotected.union(&audit.unprotected);
    let mut summary = Summary {
        observations,
        withheld,
        systems: protected.systems,
        largest_component: protected.largest_component,
        unprotected: unprotected.map(|place| in_words(core, cells, *place)).collect(),
        ..Summary::default()
    };
    for (cell, fate) in cells.cells.iter().zip(&protected.fates) {
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
    format!("{} in {name} ({code}), {}{breakdown}", cells.title(place.population), place.period)
}
