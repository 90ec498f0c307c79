//! The state of the rows of one partition.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::PartialError;
use super::plan::Plan;
use super::state::{Followed, Partial, Received};
use crate::cel::FieldPath;
use crate::contract::{Contract, Severity};
use crate::design::{Input, LinkedVictims};
use crate::engine::answer::{Data, PlannedMeasure, areas_named, axes, measures_of, wards_of};
use crate::engine::counts::{CountKey, VictimEvents, level_number};
use crate::engine::coverage::areas_seen;
use crate::engine::found::Found;
use crate::engine::local::{AGENCY, Local, LocalRows, Received as LocalReceived};
use crate::engine::query::{BreakdownAxes, CellRequest, ComparisonKind, QueryError, definition};
use crate::engine::rows::snapshot::Snapshot;
use crate::estimate::MissingReason;
use crate::measure::Definition;
use crate::period::{Month, Period, PeriodKind};
use crate::reference::{AreaId, Coverage as London};

/// A month near which an area is considered, if it existed then. It is recent because estimates of residents exist only
/// for some years; otherwise any month would do.
const RECENT: (i32, i32) = (2020, 12);

impl Plan {
    /// Counts the rows of one partition on `threads` threads. [`Plan::scatter`] decides which rows belong together. The
    /// plan states the period and the synthetic label of each source, and those of `rows` are ignored.
    ///
    /// # Errors
    ///
    /// [`PartialError::Dataset`] if the plan does not name the dataset of the rows; [`PartialError::Rows`] if rows are
    /// refused; [`PartialError::Query`] if the query is refused.
    pub fn count(&self, rows: Vec<LocalRows<'_>>, threads: NonZeroUsize) -> Result<Partial, PartialError> {
        let mut planned = Vec::with_capacity(rows.len());
        for rows in rows {
            let source = self.source(rows.dataset)?;
            let (covers, areas, synthetic) = (source.covers, source.areas.as_deref(), source.synthetic);
            planned.push(LocalRows { covers, areas, synthetic, ..rows });
        }
        let mut local = Local::of_part(&self.core, threads);
        let received = local.add_all(planned)?;
        let engine = local.engine(threads);
        let data = &engine.data;
        let mut state = Partial { digest: self.digest, ..Partial::default() };
        for (dataset, received) in received {
            state.received.insert(dataset, became(data, dataset, &received));
        }
        self.count_inputs(data, &mut state)?;
        state.counts.merge(data.counts.states().map_err(PartialError::from)?)?;
        for (dataset, path) in data.coverage.asked() {
            take_areas(data, dataset, path, &mut state);
        }
        Ok(state)
    }

    /// Data without rows.
    pub(super) fn without_rows(&self) -> Data {
        Data::new(Arc::clone(&self.core), Arc::new(Snapshot::default()), NonZeroUsize::MIN)
    }

    /// Counts the inputs that the query's measures declare. Counts depend on levels of area and not on periods, because
    /// they hold all months. So one period is enough, and the state for it is dropped.
    fn count_inputs(&self, data: &Data, state: &mut Partial) -> Result<(), PartialError> {
        let parts = self.parts(data)?;
        data.counts.count_together(measures_of(&parts), &wards_of(&self.query, &self.core));
        for PlannedMeasure { definition, axes, .. } in parts.iter().filter(|part| part.axes.cells() > 0) {
            data.available(definition);
            for area in self.areas(data) {
                let Some(period) = some_period(data, definition, area) else { continue };
                let cell = CellRequest { definition, area, period, axes, cell: 0, source: None };
                data.has_records(cell)?;
                for (number, input) in definition.inputs.iter().enumerate().filter(|_| axes.in_records()) {
                    match input {
                        Input::Linked(victims) => follow(data, cell, (number, victims), state)?,
                        _ => drop(data.input(cell, number, input)?),
                    }
                }
            }
        }
        Ok(())
    }

    /// The measures that are counted, with their dimensions, for any period.
    pub(super) fn parts(&self, data: &Data) -> Result<Vec<PlannedMeasure<'_>>, QueryError> {
        let parts = self.query.measures.iter().map(|id| {
            let definition = definition(&self.core, id)?;
            let axes = axes(data, definition, &self.query)?;
            Ok(PlannedMeasure { definition, periods: Vec::new(), axes, companions: Vec::new() })
        });
        parts.collect()
    }

    /// The areas of the query, and the areas that they are compared with.
    fn areas(&self, data: &Data) -> Vec<AreaId> {
        let mut areas = areas_named(data, &self.query);
        let with_london = [ComparisonKind::London, ComparisonKind::Funnel];
        if self.query.comparisons.iter().any(|kind| with_london.contains(kind)) {
            let known = &self.core.reference.areas;
            areas.extend([London::Mps32, London::Gl33].into_iter().filter_map(|coverage| known.london(coverage)));
        }
        areas
    }
}

/// A period for which a measure is offered in an area. It is near a recent month, or near the area's first or last
/// month.
fn some_period(data: &Data, definition: &Definition, area: AreaId) -> Option<Period> {
    let area = data.core().reference.areas.get(area);
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

/// Collects the rows of the victims whom a measure follows, and counts the rest of its inputs.
fn follow(
    data: &Data,
    cell: CellRequest<'_>,
    (number, victims): (usize, &LinkedVictims),
    state: &mut Partial,
) -> Result<(), PartialError> {
    let level = data.core().reference.areas.get(cell.area).level();
    let key = CountKey::new(cell.definition, number, level_number(level), cell.axes);
    data.coverage.reports(&data.counts, &victims.rows, cell.area, cell.period, 0);
    data.note_unlinkable(&mut Found::missing(MissingReason::NotSubmitted), cell, number, &victims.linkage)?;
    let followed = Followed::new(&key, 0);
    // The key records that the measure was counted at this level, even if there are no victims.
    state.counts.linked.entry(key).or_default();
    if !state.persons.contains_key(&followed) {
        collect_victims(data, cell.axes, victims, followed, state)?;
    }
    Ok(())
}

fn collect_victims(
    data: &Data,
    axes: &BreakdownAxes,
    victims: &LinkedVictims,
    followed: Followed,
    state: &mut Partial,
) -> Result<(), PartialError> {
    let table = data.counts.table(victims.rows.dataset)?;
    let months = data.counts.rows.months(table, victims.rows.date);
    for (combination, members) in axes.combinations().enumerate() {
        let events = VictimEvents::new(&data.counts, table, victims, &months, axes, &members)?;
        state.persons.insert(Followed { combination, ..followed.clone() }, events.events().collect());
    }
    Ok(())
}

/// Records the areas of a dataset's rows by a field.
pub(super) fn take_areas(data: &Data, dataset: &'static str, path: FieldPath, state: &mut Partial) {
    let rows = &data.counts.rows;
    let Some(table) = rows.rows.table(dataset) else { return };
    state.counts.areas.entry((dataset, path)).or_insert_with(|| {
        let index = rows.area_index(path);
        let seen = areas_seen(&rows.rows, table, path, &index, &AGENCY.into());
        index.areas.iter().enumerate().filter(|(_, area)| seen.contains(*area)).map(|(at, _)| at).collect()
    });
}

pub(super) fn became(data: &Data, dataset: &'static str, received: &LocalReceived) -> Received {
    let window = data.snapshot().coverage.iter().find(|window| window.dataset == dataset);
    // The size of a group of rows cannot be known from a part of them.
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
