//! The state of the rows of one partition.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::PartialError;
use super::plan::Plan;
use super::state::{Counts, Followed, Partial, Received};
use crate::cel::FieldPath;
use crate::contract::{Contract, Severity};
use crate::engine::compute::Asked;
use crate::engine::covered::seen;
use crate::engine::data::{CubeKey, Data};
use crate::engine::dims::Dims;
use crate::engine::local::{AGENCY, Local, LocalRows};
use crate::engine::measured::Measured;
use crate::engine::observation::{ComparisonKind, MissingReason};
use crate::engine::plan::{Part, areas_named, dims};
use crate::engine::query::definition;
use crate::engine::repeats::combinations;
use crate::engine::snapshot::Snapshot;
use crate::engine::victims::Joined;
use crate::engine::{QueryError, Received as LocalReceived, survey::Respondents};
use crate::measure::{Definition, Design, RepeatShare};
use crate::period::{Month, Period, PeriodKind};
use crate::reference::{AreaId, Coverage as London, Level};

/// A month, near which an area is looked at if it existed then: any would do, but for residents, of whom the
/// estimates of some years are known.
const RECENT: (i32, i32) = (2020, 12);

impl Plan {
    /// The state of the rows of one partition, counted on so many threads. The rows are those that [`Plan::scatter`]
    /// puts together; what a row says of its source's period and label is the plan's.
    ///
    /// # Errors
    ///
    /// [`PartialError::Dataset`] for rows that the plan does not name; [`PartialError::Rows`];
    /// [`PartialError::Query`].
    pub fn count(&self, rows: Vec<LocalRows<'_>>, threads: NonZeroUsize) -> Result<Partial, PartialError> {
        let mut planned = Vec::with_capacity(rows.len());
        for rows in rows {
            let source = self.source(rows.dataset)?;
            planned.push(LocalRows { covers: source.covers, synthetic: source.synthetic, ..rows });
        }
        let mut local = Local::of_part(&self.core, threads);
        let received = local.add_all(planned)?;
        let engine = local.engine(threads);
        let data = &engine.data;
        let mut state = Partial { digest: self.digest, ..Partial::default() };
        for (dataset, received) in received {
            state.received.insert(dataset, became(data, dataset, &received));
        }
        self.touch(data, &mut state)?;
        take(data, &mut state)?;
        Ok(state)
    }

    /// A snapshot's data without rows.
    pub(super) fn without_rows(&self) -> Data {
        Data::new(Arc::clone(&self.core), Arc::new(Snapshot::default()), NonZeroUsize::MIN)
    }

    /// Has everything counted that the question needs. What is counted for a measure depends on levels of area, not
    /// on periods, because cubes hold all months; so the code that answers is run for one period, and its answers are
    /// dropped.
    fn touch(&self, data: &Data, state: &mut Partial) -> Result<(), PartialError> {
        let parts = self.parts(data)?;
        data.count_together(&parts, &self.query);
        for Part { definition, dims, .. } in parts.iter().filter(|part| part.dims.cells() > 0) {
            data.available(definition);
            for area in self.areas(data) {
                let Some(period) = some_period(data, definition, area) else { continue };
                let asked = Asked { definition, area, period, dims, cell: 0 };
                data.has_records(asked)?;
                match &definition.design {
                    Design::RepeatShare(repeat) => follow(data, asked, repeat, state)?,
                    _ => drop(data.computed(asked)?),
                }
            }
        }
        Ok(())
    }

    /// The measures that are counted, and their dimensions, for whatever periods.
    pub(super) fn parts(&self, data: &Data) -> Result<Vec<Part<'_>>, QueryError> {
        let parts = self.query.measures.iter().map(|id| {
            let definition = definition(&self.core, id)?;
            let dims = dims(data, definition, &self.query)?;
            Ok(Part { definition, periods: Vec::new(), dims })
        });
        parts.collect()
    }

    /// The areas asked for, and those that they are compared with.
    fn areas(&self, data: &Data) -> Vec<AreaId> {
        let mut areas = areas_named(data, &self.query);
        if self.query.comparisons.contains(&ComparisonKind::London) {
            let known = &self.core.reference.areas;
            areas.extend([London::Mps32, London::Gl33].into_iter().filter_map(|coverage| known.london(coverage)));
        }
        areas
    }
}

/// A period for which a measure is offered in an area: near a recent month, or near the area's first or last.
fn some_period(data: &Data, definition: &Definition, area: AreaId) -> Option<Period> {
    let area = data.core.reference.areas.get(area);
    let recent = Month::new(RECENT.0, RECENT.1)?;
    let validity = area.validity();
    let kinds = PeriodKind::ALL.iter().filter(|kind| definition.offers(area.level(), **kind));
    let end = validity.to.map_or(recent, |last| Month::of(last).min(recent));
    let end = validity.from.map_or(end, |first| Month::of(first).max(end));
    let near = (-12..=12).map(|away| end.plus(away));
    let periods = kinds.flat_map(|kind| near.clone().map(|month| Period::containing(*kind, month)));
    let mut periods = periods.filter(|period| validity.contains(period.end_date()));
    periods.next()
}

/// Collects the rows of the victims whom a measure follows, and has the rest of its value counted.
fn follow(data: &Data, asked: Asked<'_>, repeat: &RepeatShare, state: &mut Partial) -> Result<(), PartialError> {
    if !asked.dims.in_records() {
        return Ok(());
    }
    let level = data.core.reference.areas.get(asked.area).level();
    let number = Level::ALL.iter().position(|known| *known == level).and_then(|at| u8::try_from(at).ok());
    let key = CubeKey::new(asked.definition, 0, number.unwrap_or(u8::MAX), asked.dims);
    data.reports(repeat.placed(), asked.area, asked.period, 0);
    data.note_unlinkable(&mut Measured::missing(MissingReason::NotSubmitted), asked)?;
    let followed = Followed::new(&key, 0);
    // The key says that the measure was counted at this level, even if nobody was a victim.
    state.repeats.entry(key).or_default();
    if !state.persons.contains_key(&followed) {
        victims(data, asked.dims, repeat, followed, state)?;
    }
    Ok(())
}

fn victims(
    data: &Data,
    dims: &Dims,
    repeat: &RepeatShare,
    followed: Followed,
    state: &mut Partial,
) -> Result<(), PartialError> {
    let table = data.table(repeat.dataset)?;
    let months = data.months(table, repeat.date);
    for (combination, members) in combinations(dims).enumerate() {
        let joined = Joined::new(data, table, repeat, &months, dims, &members)?;
        state.persons.insert(Followed { combination, ..followed.clone() }, joined.events().collect());
    }
    Ok(())
}

/// Takes over what was counted.
fn take(data: &Data, state: &mut Partial) -> Result<(), PartialError> {
    for (key, cube) in data.cubes.entries() {
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        let counts = Counts { orphans: cube.orphans, linked: cube.linked, values: cube.counts().collect() };
        state.counts.insert(key, counts);
    }
    for (key, respondents) in data.surveys.entries() {
        let respondents: &Respondents = Result::as_ref(&respondents).map_err(Clone::clone)?;
        state.respondents.insert(key, respondents.all().clone());
    }
    for (column, months) in data.months.entries() {
        if let Some(ends) = months.span().ends() {
            state.months.insert(column, ends);
        }
    }
    for ((dataset, path), _) in data.covered.entries() {
        take_areas(data, dataset, path, state);
    }
    Ok(())
}

/// Notes the areas of a dataset's rows, by a field.
pub(super) fn take_areas(data: &Data, dataset: &'static str, path: FieldPath, state: &mut Partial) {
    let Some(table) = data.rows.table(dataset) else { return };
    state.seen.entry((dataset, path)).or_insert_with(|| {
        let base = data.base(path);
        let seen = seen(&data.rows, table, path, &base, &AGENCY.into());
        base.areas.iter().enumerate().filter(|(_, area)| seen.contains(*area)).map(|(at, _)| at).collect()
    });
}

pub(super) fn became(data: &Data, dataset: &'static str, received: &LocalReceived) -> Received {
    let window = data.snapshot.coverage.iter().find(|window| window.dataset == dataset);
    // How large a group of rows is, nobody knows who has some of them.
    let sizes = Contract::get().dataset(dataset).map(|dataset| &dataset.options.group_sizes);
    let local = |code: &str| !sizes.is_some_and(|sizes| sizes.iter().any(|size| size.code == code));
    let findings: BTreeMap<String, (Severity, u64)> = received
        .findings
        .counts()
        .iter()
        .filter(|(code, _)| local(code))
        .map(|(code, count)| ((*code).to_owned(), (count.severity, count.total)))
        .collect();
    Received {
        received: received.received,
        rejected: received.rejected,
        covers: window.map(|window| (window.first, window.last)),
        findings,
    }
}
