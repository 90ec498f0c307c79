//! From a merged state to an engine that answers.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use peelian::v1::Finding;

use super::PartialError;
use super::plan::{FIGURES, Known, Plan};
use super::state::{Partial, areas_at};
use crate::cel::FieldPath;
use crate::contract::{Dataset, Severity};
use crate::engine::cube::Cube;
use crate::engine::data::{CubeKey, Data, Placed};
use crate::engine::local::{AGENCY, Local, LocalRows};
use crate::engine::months::MonthSpan;
use crate::engine::place::Base;
use crate::engine::repeats::RepeatCube;
use crate::engine::snapshot::Coverage;
use crate::engine::survey::Respondents;
use crate::engine::{ComputeError, Engine, Received};
use crate::intake::{REGISTRY, too_many_errors};
use crate::measure::{Population, RepeatShare};
use crate::reference::{AreaId, Level};
use crate::wire;

/// What became of the rows of a dataset in all partitions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tally {
    /// Identifier of the dataset.
    pub dataset: &'static str,
    /// Rows received.
    pub received: u64,
    /// Rows with errors, which are left out.
    pub rejected: u64,
    /// How often each code was raised.
    pub findings: BTreeMap<String, (Severity, u64)>,
}

impl Tally {
    /// How many findings of a severity were raised.
    #[must_use]
    pub fn total(&self, severity: Severity) -> u64 {
        self.findings.values().filter(|(of, _)| *of == severity).map(|(_, total)| total).sum()
    }

    /// One finding for each code, about all rows: rows are not numbered across partitions.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let found = self.findings.iter().map(|(code, (severity, total))| {
            let known = REGISTRY.iter().find(|known| known.code == code);
            Finding {
                code: code.clone(),
                severity: wire::severity(*severity).to_owned(),
                scope: "BATCH".to_owned(),
                rule: known.map_or("A rule of the contract.", |known| known.rule).to_owned(),
                message: format!("Found {total} times in all partitions: check a part of the rows to see which."),
                ..Finding::default()
            }
        });
        found.collect()
    }
}

/// Counts that were made where the rows are.
#[derive(Debug)]
pub(in crate::engine) struct Merged(Partial);

impl Partial {
    /// An engine that answers the plan's question, and what became of the rows of each of its datasets. `figures` are
    /// those that agencies submitted, which are answered from beside the records.
    ///
    /// The engine refuses every other question, and to explain, with
    /// [`ComputeError::NotCounted`]: the rows are not here.
    ///
    /// # Errors
    ///
    /// [`PartialError::OtherPlan`], [`PartialError::PersonsNotCounted`], [`PartialError::PersonsLost`],
    /// [`PartialError::TooManyErrors`], and [`PartialError::Rows`] for the figures.
    pub fn finish(
        self,
        plan: &Plan,
        figures: Option<LocalRows<'_>>,
        threads: NonZeroUsize,
    ) -> Result<(Engine, Vec<Tally>, Option<Received>), PartialError> {
        if self.digest != plan.digest {
            return Err(PartialError::OtherPlan);
        }
        if self.persons.values().any(|events| !events.is_empty()) {
            return Err(PartialError::PersonsNotCounted);
        }
        if self.sent != self.counted {
            return Err(PartialError::PersonsLost { sent: self.sent, counted: self.counted });
        }
        let tallies = plan.sources.iter().map(|source| self.tally(source)).collect::<Result<_, _>>()?;
        let mut local = Local::new(&plan.core);
        let figures = match figures {
            Some(rows) if rows.dataset == FIGURES => Some(local.add(rows)?),
            Some(rows) => return Err(PartialError::Dataset(rows.dataset.to_owned())),
            None => None,
        };
        let mut snapshot = local.snapshot().clone();
        snapshot.position += plan.sources.len() as u64;
        snapshot.coverage.extend(plan.sources.iter().filter_map(|source| self.coverage(source)));
        let mut data = Data::new(Arc::clone(&plan.core), Arc::new(snapshot), threads);
        data.merged = Some(Merged(self));
        Ok((Engine { data }, tallies, figures))
    }

    fn tally(&self, source: &Known) -> Result<Tally, PartialError> {
        let dataset: &'static Dataset = source.dataset;
        let became = self.received.get(dataset.id.as_str()).cloned().unwrap_or_default();
        let (received, rejected) = (became.received, became.rejected);
        let tally = Tally { dataset: &dataset.id, received, rejected, findings: became.findings };
        match too_many_errors(dataset, rejected, received) {
            None => Ok(tally),
            Some(limit_percent) => Err(PartialError::TooManyErrors {
                dataset: &dataset.id,
                received,
                rejected,
                limit_percent,
                tally: Box::new(tally),
            }),
        }
    }

    /// What a dataset's rows report on: the period stated, or the whole months from the first to the last of all
    /// rows.
    fn coverage(&self, source: &Known) -> Option<Coverage> {
        let inferred = || self.received.get(source.dataset.id.as_str())?.covers;
        let (first, last) = source.covers.or_else(inferred)?;
        Some(Coverage {
            agency: AGENCY.into(),
            dataset: &source.dataset.id,
            collection: "".into(),
            first,
            last,
            synthetic: source.synthetic,
        })
    }
}

impl Merged {
    /// The areas of a dataset's rows; `None` if they were not asked for where the rows are.
    pub(in crate::engine) fn seen(
        &self,
        dataset: &Dataset,
        path: FieldPath,
        base: &Base,
    ) -> Option<BTreeSet<AreaId>> {
        let known = self.0.seen.iter().find(|((of, field), _)| *of == dataset.id && *field == path);
        known.map(|(_, positions)| areas_at(positions, &base.areas))
    }

    /// The cube of a key, of so many cells and predicates.
    pub(in crate::engine) fn cube(
        &self,
        key: &CubeKey,
        placed: Placed<'_>,
        base: Arc<Base>,
        (cells, bits): (usize, usize),
    ) -> Result<Cube, ComputeError> {
        let counts = self.0.counts.get(key).ok_or(ComputeError::NotCounted)?;
        let values = counts.values.iter().map(|(at, count)| (*at, *count));
        let span = self.months(placed.dataset, placed.date);
        let mut cube = Cube::of_counts(base, span, (cells, bits), values).ok_or(ComputeError::NotCounted)?;
        (cube.orphans, cube.linked) = (counts.orphans, counts.linked);
        Ok(cube)
    }

    /// The repeats of a key, by areas of a level.
    pub(in crate::engine) fn repeats(
        &self,
        data: &Data,
        key: &CubeKey,
        repeat: &RepeatShare,
        (level, cells): (Level, usize),
    ) -> Result<RepeatCube, ComputeError> {
        let repeats = self.0.repeats.get(key).ok_or(ComputeError::NotCounted)?;
        let span = self.months(repeat.dataset, repeat.date);
        let mut cube = RepeatCube::empty(&data.core.reference.areas, level, span, cells);
        for (month, linkage_key) in &repeats.keys {
            cube.add_key(*month, *linkage_key);
        }
        let placed = repeats.values.iter().all(|(at, counts)| cube.add_counts(*at, *counts));
        if placed { Ok(cube) } else { Err(ComputeError::NotCounted) }
    }

    /// The respondents of a key.
    pub(in crate::engine) fn respondents(
        &self,
        key: &CubeKey,
        population: &Population,
    ) -> Result<Respondents, ComputeError> {
        let respondents = self.0.respondents.get(key).ok_or(ComputeError::NotCounted)?;
        let first = self.months(population.dataset, population.date).first;
        Ok(respondents.iter().filter(|(at, _)| at.month >= first).map(|(at, sums)| (*at, *sums)).collect())
    }

    /// The months of the rows of all partitions.
    fn months(&self, dataset: &Dataset, date: FieldPath) -> MonthSpan {
        let known = self.0.months.iter().find(|((of, field), _)| *of == dataset.id && *field == date);
        known.map_or_else(MonthSpan::default, |(_, (first, last))| MonthSpan::reaching(*first, *last))
    }
}
