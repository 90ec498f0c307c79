//! How one observation came about.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answer::observe;
use super::compute::Asked;
use super::data::{Data, Placed};
use super::dims::Dims;
use super::observation::{Basis, Observation};
use super::query::{AreaSelection, DEFAULT_CONFIDENCE, Query, QueryError, definition};
use super::{ComputeError, Engine};
use crate::contract::Contract;
use crate::kernel::NONE;
use crate::measure::{Definition, Design};
use crate::period::Period;
use crate::reference::{AreaId, Level};

/// How one observation came about.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The definition in force.
    pub definition: Arc<Definition>,
    /// The observation on each basis.
    pub observations: Vec<Observation>,
    /// Steps by which records were selected.
    pub steps: Vec<PopulationStep>,
    /// Submissions that contributed, in the order of their datasets and of the ledger.
    pub submissions: Vec<ContributingSubmission>,
    /// Submitted figure less computed value, where both exist.
    pub difference: Option<f64>,
}

/// One step of the selection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PopulationStep {
    /// Population: `initial_population`, `denominator`, `denominator_exclusion`, `numerator`, `numerator_exclusion`; for
    /// a funnel the stage.
    pub population: String,
    /// Expression.
    pub expression: String,
    /// Records left after the step.
    pub remaining: u64,
    /// Records that the step removed.
    pub removed: u64,
}

/// A submission that an observation is based on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContributingSubmission {
    /// Resource name.
    pub submission: Arc<str>,
    /// SHA-256 of its content.
    pub content_sha256: [u8; 32],
    /// Dataset.
    pub dataset: &'static str,
    /// Rows of it in force in the area and the period; for a submitted figure, the rows of all the figures that make it.
    pub rows: u64,
    /// Whether it is synthetic.
    pub synthetic: bool,
}

impl Engine {
    /// Explains one observation: the definition, how many records each step of the selection removed, the submissions
    /// behind it, and how far a submitted figure lies from the value computed.
    ///
    /// `breakdown` has the code of each dimension by its name; empty means the total.
    ///
    /// # Errors
    ///
    /// [`QueryError`] for a measure, breakdown or code that does not exist.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use std::num::NonZeroUsize;
    /// use std::sync::Arc;
    ///
    /// use peelian_core::Core;
    /// use peelian_core::engine::{Engine, snapshot::Snapshot};
    ///
    /// let core = Arc::new(Core::from_seeds()?);
    /// let southwark = core.reference.areas.by_code("E09000028").ok_or("no such area")?;
    /// let engine = Engine::new(core, Arc::new(Snapshot::default()), NonZeroUsize::MIN);
    /// let told = engine.explain("knife-crime-offences", southwark, "2017-02".parse()?, &BTreeMap::new())?;
    /// assert_eq!(told.steps[0].population, "initial_population");
    /// assert!(told.submissions.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(
        &self,
        measure: &str,
        area: AreaId,
        period: Period,
        breakdown: &BTreeMap<String, String>,
    ) -> Result<Explanation, QueryError> {
        let data = &self.data;
        let definition = Arc::clone(definition(&data.core, measure)?);
        let names: Vec<String> = breakdown.keys().cloned().collect();
        let unknown = names.iter().find(|name| definition.breakdown(name).is_none());
        if let Some(unknown) = unknown {
            return Err(QueryError::UnknownBreakdown {
                measure: definition.id.to_string(),
                breakdown: unknown.clone(),
                offered: definition.breakdowns.iter().map(|breakdown| breakdown.name.clone()).collect(),
            });
        }
        let (measures, areas) = (vec![measure.to_owned()], vec![AreaSelection::One(area)]);
        data.check_read(&Query { measures, areas, breakdown: names.clone(), ..Query::default() })?;
        let dims = Dims::new(&data.core.reference, &definition, &names).unwrap_or_else(|| Dims(Vec::new()));
        let dims = dims.with_words(&data.figures.breakdowns(&definition.id));
        let codes: Vec<&str> = breakdown.values().map(String::as_str).collect();
        let cell = dims.cell(&codes).ok_or_else(|| QueryError::UnknownGroup {
            group: breakdown.iter().map(|(name, code)| format!("{name}={code}")).collect::<Vec<_>>().join(";"),
            offered: dims.0.iter().flat_map(|dim| dim.codes.iter().map(|code| code.code.clone())).collect(),
        })?;
        let asked = Asked { definition: &definition, area, period, dims: &dims, cell };
        let submitted = data.submitted(asked);
        let computed = data.computed(asked)?;
        let mut observations = Vec::with_capacity(2);
        for (basis, measured) in [(Basis::SubmittedFigure, submitted), (Basis::ComputedFromRecords, computed)] {
            if !measured.is_absent() {
                observations.push(observe(data, asked, basis, measured, DEFAULT_CONFIDENCE).0);
            }
        }
        let value = |basis| {
            let found = observations.iter().find(|found: &&Observation| found.basis == basis);
            found.and_then(|found| found.result.ok())
        };
        let difference = value(Basis::SubmittedFigure).zip(value(Basis::ComputedFromRecords)).map(|(a, b)| a - b);
        let mut submissions = data.figures_behind(asked);
        submissions.extend(data.records_behind(asked)?);
        Ok(Explanation { steps: data.steps(asked)?, definition, observations, submissions, difference })
    }
}

impl Data {
    /// Submissions of figures that the submitted value is made of.
    fn figures_behind(&self, asked: Asked<'_>) -> Vec<ContributingSubmission> {
        let rows = self.figure_rows(asked);
        let segments = self.snapshot.segments("published_figure").iter().zip(rows);
        let dataset = Contract::get().dataset("published_figure").map_or("", |dataset| dataset.id.as_str());
        segments
            .filter(|(_, rows)| *rows > 0)
            .map(|(segment, rows)| ContributingSubmission {
                submission: Arc::clone(&segment.name),
                content_sha256: segment.content_sha256,
                dataset,
                rows,
                synthetic: segment.synthetic,
            })
            .collect()
    }

    /// Submissions of records with a row in the area and the period, for each dataset that is read.
    fn records_behind(&self, asked: Asked<'_>) -> Result<Vec<ContributingSubmission>, ComputeError> {
        let mut found: Vec<ContributingSubmission> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for (placed, ..) in self.stages(asked) {
            if seen.contains(&placed.dataset.id.as_str()) {
                continue;
            }
            seen.push(&placed.dataset.id);
            found.extend(self.parts_behind(asked, placed)?);
        }
        Ok(found)
    }

    fn parts_behind(
        &self,
        asked: Asked<'_>,
        placed: Placed<'_>,
    ) -> Result<Vec<ContributingSubmission>, ComputeError> {
        let table = self.table(placed.dataset)?;
        let areas = &self.core.reference.areas;
        let wards = areas.get(asked.area).level() == Level::Ward;
        let Some(path) = placed.area(wards) else { return Ok(Vec::new()) };
        let base = self.base(path);
        let within = base.within(areas, asked.area, asked.period.end_date());
        let months = self.months(table, placed.date);
        // What a repeat follows counts too.
        let before = if matches!(asked.definition.design, Design::RepeatShare(_)) { 12 } else { 0 };
        let first = asked.period.first().index() - before - months.first + 1;
        let last = asked.period.last().index() - months.first + 1;
        let wanted = |position: u32| {
            position != NONE && usize::try_from(position).is_ok_and(|position| within.contains(&position))
        };
        let mut found = Vec::new();
        for (part, month_codes) in table.parts.iter().zip(&months.codes) {
            let column = self.rows.column(part, &path);
            let codes = column.as_u16().unwrap_or(&[]);
            let counts = codes.iter().zip(month_codes).enumerate().filter(|(row, (code, month))| {
                let position = base.of_code.get(usize::from(**code)).copied().unwrap_or(NONE);
                (first..=last).contains(&i32::from(**month))
                    && **month > 0
                    && wanted(position)
                    && part.segment.selects(*row)
            });
            let rows = u64::try_from(counts.count()).unwrap_or(u64::MAX);
            if rows > 0 {
                found.push(ContributingSubmission {
                    submission: Arc::clone(&part.segment.name),
                    content_sha256: part.segment.content_sha256,
                    dataset: placed.dataset.id.as_str(),
                    rows,
                    synthetic: part.segment.synthetic,
                });
            }
        }
        Ok(found)
    }
}
