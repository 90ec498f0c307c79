//! Makes an engine from a merged state.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::PartialError;
use super::plan::{Known, Plan};
use super::state::Partial;
use crate::contract::{Dataset, Severity};
use crate::engine::answer::Data;
use crate::engine::api::Engine;
use crate::engine::local::{AGENCY, Local, LocalRows, Received, covered_areas};
use crate::engine::rows::snapshot::Coverage;
use crate::intake::too_many_errors;
use crate::submission::FIGURES;

/// A report on the rows of a dataset in all partitions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tally {
    /// Identifier of the dataset.
    pub dataset: &'static str,
    /// Rows received.
    pub received: u64,
    /// Rows with errors, which are left out.
    pub rejected: u64,
    /// Number of findings of each code.
    pub findings: BTreeMap<String, (Severity, u64)>,
}

impl Tally {
    /// Number of findings of a severity.
    #[must_use]
    pub fn total(&self, severity: Severity) -> u64 {
        self.findings.values().filter(|(of, _)| *of == severity).map(|(_, total)| total).sum()
    }
}

impl Partial {
    /// An engine that answers the plan's query, and a report on the rows of each of its datasets. `figures` are figures
    /// that agencies submitted. They are answered in addition to values from records.
    ///
    /// The engine refuses all other queries, and all explanations, with
    /// [`ComputeError::NotCounted`](crate::engine::ComputeError::NotCounted), because the rows are not here.
    ///
    /// # Errors
    ///
    /// [`PartialError::OtherPlan`], [`PartialError::PersonsNotCounted`], [`PartialError::PersonsLost`],
    /// [`PartialError::TooManyErrors`]; [`PartialError::Rows`] if the figures are refused.
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
        let data = Data::new(Arc::clone(&plan.core), Arc::new(snapshot), threads);
        Ok((Engine { data: data.counted_elsewhere(self.counts) }, tallies, figures))
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

    /// The period that a dataset's rows report on: the stated period, or the whole months from the first to the last
    /// date of all rows.
    fn coverage(&self, source: &Known) -> Option<Coverage> {
        let inferred = || self.received.get(source.dataset.id.as_str())?.covers;
        let (first, last) = source.covers.or_else(inferred)?;
        Some(Coverage {
            agency: AGENCY.into(),
            dataset: &source.dataset.id,
            collection: "".into(),
            first,
            last,
            extracted: None,
            areas: covered_areas(source.areas.as_deref()),
            synthetic: source.synthetic,
        })
    }
}
