//! The explanation of one observation.

mod steps;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answer::{Data, Observation, observe, on_each_basis};
use super::error::ComputeError;
use super::query::{AreaSelection, Basis, BreakdownAxes, CellRequest, Query, QueryError, definition};
use super::submitted::figures_used;
use crate::contract::Contract;
use crate::design::{Input, RowBasis};
use crate::estimate::MissingReason;
use crate::kernel::NONE;
use crate::measure::Definition;
use crate::period::Period;
use crate::reference::{AreaId, Level};
use crate::submission::FIGURES;
use steps::{selections, steps};

/// A request to explain one value: a cell of a measure.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExplainRequest {
    /// Identifier of the measure, with the variant. A version is optional.
    pub measure: String,
    /// Area.
    pub area: AreaId,
    /// Period.
    pub period: Period,
    /// Code of each dimension of the breakdown, by the name of the dimension; empty for the total.
    pub breakdown: BTreeMap<String, String>,
}

/// The explanation of one observation.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The definition in force.
    pub definition: Arc<Definition>,
    /// The observation on each basis.
    pub observations: Vec<Observation>,
    /// Steps that selected the records.
    pub steps: Vec<PopulationStep>,
    /// Submissions that contributed, in the order of datasets and then of the ledger.
    pub submissions: Vec<ContributingSubmission>,
    /// Submitted figure minus computed value; `None` unless both exist.
    pub difference: Option<f64>,
}

/// One step of the selection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PopulationStep {
    /// Name of the population: `initial_population`, `denominator`, `denominator_exclusion`, `numerator`,
    /// `numerator_exclusion`. For a funnel, the identifier of the stage.
    pub population: String,
    /// Expression of the population.
    pub expression: String,
    /// Records left after the step.
    pub remaining: u64,
    /// Records that the step removed.
    pub removed: u64,
}

/// A submission that contributed to an observation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContributingSubmission {
    /// Resource name of the submission.
    pub submission: Arc<str>,
    /// SHA-256 of its content.
    pub content_sha256: [u8; 32],
    /// Identifier of the dataset.
    pub dataset: &'static str,
    /// Number of its rows in force in the area and the period. For a submitted figure, the number of rows of all
    /// figures from which it is made.
    pub rows: u64,
    /// Whether the submission is synthetic.
    pub synthetic: bool,
}

/// Explains one observation.
pub(crate) fn explain(
    data: &Data,
    measure: &str,
    area: AreaId,
    period: Period,
    breakdown: &BTreeMap<String, String>,
) -> Result<Explanation, QueryError> {
    let definition = Arc::clone(definition(data.core(), measure)?);
    let names: Vec<String> = breakdown.keys().cloned().collect();
    if let Some(unknown) = names.iter().find(|name| definition.breakdown(name).is_none()) {
        return Err(QueryError::UnknownBreakdown {
            measure: definition.id.to_string(),
            breakdown: unknown.clone(),
            offered: definition.breakdowns.iter().map(|breakdown| breakdown.name.clone()).collect(),
        });
    }
    let (measures, areas) = (vec![measure.to_owned()], vec![AreaSelection::One(area)]);
    data.check_read(&Query { measures, areas, breakdown: names.clone(), ..Query::default() })?;
    let axes = BreakdownAxes::new(&data.core().reference, &definition, &names);
    let axes = axes.unwrap_or_else(BreakdownAxes::total);
    let axes = axes.with_words(&data.figures.breakdowns(&definition.id));
    let codes: Vec<&str> = axes.iter().filter_map(|axis| breakdown.get(&axis.name)).map(String::as_str).collect();
    let cell = axes.cell(&codes).ok_or_else(|| QueryError::UnknownGroup {
        group: breakdown.iter().map(|(name, code)| format!("{name}={code}")).collect::<Vec<_>>().join(";"),
        offered: axes.iter().flat_map(|axis| axis.codes.iter().map(|code| code.code.clone())).collect(),
    })?;
    let cell = CellRequest { definition: &definition, area, period, axes: &axes, cell, source: None };
    let found = on_each_basis(data, cell, &Query::default(), |_| true)?;
    let observations: Vec<Observation> =
        found.into_iter().map(|(basis, answered)| observe(data, cell, basis, answered).0).collect();
    let value = |basis| {
        let found = observations.iter().find(|found: &&Observation| found.basis == basis);
        found.and_then(|found| found.result.ok())
    };
    let difference = value(Basis::SubmittedFigure).zip(value(Basis::ComputedFromRecords)).map(|(a, b)| a - b);
    let mut submissions = figures_behind(data, cell);
    let records = records_behind(data, cell)?;
    // Where nobody sent records, steps of zeros would say that there was nothing to count.
    let is_silent = |found: &Observation| {
        found.basis != Basis::ComputedFromRecords || found.result == Err(MissingReason::NotSubmitted)
    };
    let no_records = records.is_empty() && observations.iter().all(is_silent);
    let steps = if no_records { Vec::new() } else { steps(data, cell)? };
    submissions.extend(records);
    Ok(Explanation { steps, definition: Arc::clone(&definition), observations, submissions, difference })
}

/// The submissions of the figures from which the submitted value is made.
fn figures_behind(data: &Data, cell: CellRequest<'_>) -> Vec<ContributingSubmission> {
    let rows = figures_used(&data.counts.rows, &data.figures, cell);
    let dataset = Contract::get().dataset(FIGURES).map_or("", |dataset| dataset.id.as_str());
    let segments = data.snapshot().segments(FIGURES).iter();
    let used = segments.filter_map(|segment| Some((segment, *rows.get(&segment.submission)?)));
    let used = used.map(|(segment, rows)| ContributingSubmission {
        submission: Arc::clone(&segment.name),
        content_sha256: segment.content_sha256,
        dataset,
        rows,
        synthetic: segment.synthetic,
    });
    used.collect()
}

/// The submissions that have a record in the area and the period, for each dataset that is read.
fn records_behind(data: &Data, cell: CellRequest<'_>) -> Result<Vec<ContributingSubmission>, ComputeError> {
    let mut found: Vec<ContributingSubmission> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for step in selections(data, cell).into_iter().filter_map(|selection| selection.step) {
        let is_broken_down = !step.from_all || cell.axes.of_dataset(step.rows.dataset).is_some();
        if seen.contains(&step.rows.dataset.id.as_str()) || !is_broken_down {
            continue;
        }
        seen.push(&step.rows.dataset.id);
        found.extend(rows_behind(data, cell, &step.rows)?);
    }
    Ok(found)
}

fn rows_behind(
    data: &Data,
    cell: CellRequest<'_>,
    rows: &RowBasis,
) -> Result<Vec<ContributingSubmission>, ComputeError> {
    let table = data.counts.table(rows.dataset)?;
    let areas = &data.core().reference.areas;
    let wards = areas.get(cell.area).level() == Level::Ward;
    let Some(path) = rows.area_field(wards) else { return Ok(Vec::new()) };
    let index = data.counts.rows.area_index(path);
    let within = index.within(areas, cell.area, cell.period.end_date());
    let months = data.counts.rows.months(table, rows.date);
    let before = cell.definition.inputs.iter().map(Input::look_back).max().unwrap_or(0);
    let first = cell.period.first().index() - before - months.first + 1;
    let last = cell.period.last().index() - months.first + 1;
    let wanted = |position: u32| {
        position != NONE && usize::try_from(position).is_ok_and(|position| within.contains(&position))
    };
    let mut found = Vec::new();
    for (part, month_codes) in table.parts.iter().zip(&months.codes) {
        let column = data.counts.rows.rows.column(part, &path);
        let codes = column.as_u16().unwrap_or(&[]);
        let counts = codes.iter().zip(month_codes).enumerate().filter(|(row, (code, month))| {
            let position = index.of_code.get(usize::from(**code)).copied().unwrap_or(NONE);
            (first..=last).contains(&i32::from(**month))
                && **month > 0
                && wanted(position)
                && part.segment.selects(*row)
        });
        let count = u64::try_from(counts.count()).unwrap_or(u64::MAX);
        if count > 0 {
            found.push(ContributingSubmission {
                submission: Arc::clone(&part.segment.name),
                content_sha256: part.segment.content_sha256,
                dataset: rows.dataset.id.as_str(),
                rows: count,
                synthetic: part.segment.synthetic,
            });
        }
    }
    Ok(found)
}
