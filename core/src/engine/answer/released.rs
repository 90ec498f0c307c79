//! The observations of a release, with the counts behind them.
//!
//! Disclosure control protects counts. What an observation shows is computed from the counts of its inputs, so it gives away no
//! more than they do.

use std::collections::HashMap;
use std::sync::Arc;

use super::answered::Answered;
use super::{Data, Observation, Selected, SelectedMeasure, gather, on_each_basis, whole};
use crate::design::{GroupState, Input, InputState, Parts, Tally};
use crate::engine::counts::{CountKey, Cube, axes_of};
use crate::engine::error::ComputeError;
use crate::engine::query::{Axis, Basis, CellRequest, Query, QueryError};
use crate::estimate::ValueKind;
use crate::measure::Definition;
use crate::reference::AreaId;

/// The observations of one measure and one breakdown.
pub(crate) struct Released<'d> {
    pub(crate) definition: &'d Definition,
    /// The dimension of the breakdown; `None` for the totals.
    pub(crate) dimension: Option<Dimension>,
    /// The tallies of the inputs; `None` for an input that has none.
    pub(crate) tallies: Vec<Option<ReleasedTally>>,
    pub(crate) cells: Vec<ReleasedCell>,
}

/// A dimension of a release.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Dimension {
    pub(crate) name: String,
    /// Whether a subject can have several of its codes.
    pub(crate) multi_valued: bool,
}

/// A tally of an input, by areas that are no wards.
pub(crate) struct ReleasedTally {
    /// The rows, in words. Tallies of the same rows have the same words.
    pub(crate) rows: String,
    /// The expressions that select them.
    pub(crate) expressions: Vec<String>,
    pub(crate) cube: Arc<Result<Cube, ComputeError>>,
    pub(crate) positions: Arc<Positions>,
}

/// The position of each area of a cube.
pub(crate) type Positions = HashMap<AreaId, usize>;

/// One observation.
pub(crate) struct ReleasedCell {
    pub(crate) observation: Observation,
    pub(crate) area: AreaId,
    /// The cell of the breakdown.
    pub(crate) cell: usize,
    /// The counts from which it is computed.
    pub(crate) counts: Vec<Behind>,
}

/// A count behind an observation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Behind {
    pub(crate) from: From,
    pub(crate) value: u64,
}

/// Where a count comes from.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum From {
    /// An expression of the tally of an input.
    Tally {
        /// The input.
        input: usize,
        /// The expression.
        bit: usize,
    },
    /// Another number of the state of an input.
    State {
        /// The input.
        input: usize,
        /// The number.
        number: usize,
    },
    /// The numerator (0) or the denominator (1) of a submitted figure.
    Figure(usize),
}

/// Answers a query of one measure and at most one breakdown, with the counts behind each observation.
pub(crate) fn released<'d>(
    data: &'d Data,
    query: &Query,
    awaited: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Released<'d>>, QueryError> {
    let selected = Selected::new(data, query)?;
    let mut parts = Vec::new();
    for one in &selected.0 {
        let planned = &one.measure;
        if one.len() == 0 {
            continue;
        }
        let first = one.cell(0, None);
        let inputs = planned.definition.inputs.iter().enumerate();
        let tallies = inputs.map(|(number, input)| data.released_tally(&first, number, subjects(input)?)).collect();
        let numbers = |range| range;
        let cells =
            gather(data, one.len(), awaited, numbers, |number| data.released_cells(query, one.cell(number, None)))?;
        let dimension = |axis: &Axis| Dimension { name: axis.name.clone(), multi_valued: axis.multi_valued };
        let dimension = planned.axes.iter().next().map(dimension);
        parts.push(Released { definition: planned.definition, dimension, tallies, cells });
    }
    Ok(parts)
}

/// The number of cells of the answer to such a query.
pub(crate) fn released_cells(data: &Data, query: &Query) -> Result<usize, QueryError> {
    let selected = Selected::new(data, query)?;
    let areas = &data.core().reference.areas;
    let offered =
        |one: &SelectedMeasure<'_>| (0..one.len()).filter(|number| one.cell(*number, None).is_offered(areas)).count();
    Ok(selected.0.iter().map(offered).sum())
}

impl Data {
    /// The tally of an input by areas that are no wards; `None` if the breakdown is no field of its rows.
    fn released_tally(&self, cell: &CellRequest<'_>, number: usize, tally: &Tally) -> Option<ReleasedTally> {
        let (field, axes) = (tally.rows.area, axes_of(tally, cell.axes)?);
        let key = CountKey::of_tally(cell.definition, number, 0, &axes);
        let cube = self.counts.tally(&key, tally, field, &axes);
        let rows = format!("{} by {} and {}", tally.rows.dataset.id, tally.rows.date, tally.rows.area);
        let expressions = tally.predicates.iter().map(|predicate| predicate.source().to_owned()).collect();
        let positions = match &*cube {
            Ok(cube) => cube.index.areas.iter().enumerate().map(|(at, area)| (*area, at)).collect(),
            Err(_) => Positions::new(),
        };
        Some(ReleasedTally { rows, expressions, cube, positions: Arc::new(positions) })
    }

    /// The observations of a cell. Those that the measure does not offer are left out.
    fn released_cells(&self, query: &Query, cell: CellRequest<'_>) -> Result<Vec<ReleasedCell>, ComputeError> {
        if !cell.is_offered(&self.core().reference.areas) {
            return Ok(Vec::new());
        }
        let found = on_each_basis(self, cell, query, |basis| query.answers(basis))?;
        let mut released = Vec::with_capacity(found.len());
        for (basis, answered) in found {
            let of_records = (basis == Basis::ComputedFromRecords).then(|| self.counts_behind(cell, &answered));
            let of_records = of_records.transpose()?;
            let (observation, _) = whole(self, cell, basis, answered);
            let counts = of_records.unwrap_or_else(|| figures_behind(&observation));
            released.push(ReleasedCell { observation, area: cell.area, cell: cell.cell, counts });
        }
        Ok(released)
    }

    /// The counts behind a value that was computed from records.
    fn counts_behind(&self, cell: CellRequest<'_>, answered: &Answered) -> Result<Vec<Behind>, ComputeError> {
        let mut counts = Vec::new();
        if answered.shows_nothing() {
            return Ok(counts);
        }
        for (input, of) in cell.definition.inputs.iter().enumerate() {
            if let Some(tally) = subjects(of)
                && let Ok(InputState::Tally(found)) = self.tallied(cell, input, tally)?.result
            {
                let bits = found.iter().take(tally.told).enumerate();
                counts.extend(bits.map(|(bit, value)| Behind { from: From::Tally { input, bit }, value: *value }));
            }
            if has_numbers(of)
                && let Ok(state) = self.input(cell, input, of)?.result
            {
                let mut numbers = Vec::new();
                numbers_of(&state, &mut numbers);
                let state = |(number, value)| Behind { from: From::State { input, number }, value };
                counts.extend(numbers.into_iter().enumerate().map(state));
            }
        }
        Ok(counts)
    }
}

/// The tally of an input, if it counts subjects. Respondents of surveys have a rule of their own, and sites and reports are
/// no people.
fn subjects(input: &Input) -> Option<&Tally> {
    match input {
        Input::Weighted(_) | Input::Register(_) | Input::Reported(_) => None,
        _ => input.tally(),
    }
}

/// Whether the state of an input has numbers that its tally does not have.
fn has_numbers(input: &Input) -> bool {
    match input {
        Input::Linked(_) | Input::Histogram(_) | Input::ChosenVictims(_) => true,
        // Of wards, another measure only gives the order.
        Input::Measure(measure) => !matches!(measure.parts, Parts::Wards),
        _ => false,
    }
}

/// The numbers of subjects in a state.
fn numbers_of(state: &InputState, numbers: &mut Vec<u64>) {
    match state {
        InputState::Tally(counts) => numbers.extend(counts),
        InputState::Linked { repeats, all } => numbers.extend([repeats, all]),
        InputState::Histogram(frequencies) => numbers.push(frequencies.values().sum()),
        InputState::ChosenVictims(counts) => {
            numbers.extend(counts.iter().flat_map(|pair| pair.map_or([0, 0], |(repeats, all)| [repeats, all])));
        }
        InputState::Measure(groups) => groups.iter().for_each(|group| numbers_of_group(group, numbers)),
        // Surveys have their own rule, and the others are no counts of people.
        InputState::Weighted { .. }
        | InputState::Chosen(_)
        | InputState::Wards(_)
        | InputState::Residents(_)
        | InputState::Register { .. }
        | InputState::Reported => {}
    }
}

fn numbers_of_group(group: &GroupState, numbers: &mut Vec<u64>) {
    group.inputs.found().for_each(|state| numbers_of(state, numbers));
}

/// The counts that a submitted figure states.
fn figures_behind(observation: &Observation) -> Vec<Behind> {
    let count = observation.result.ok().filter(|_| observation.value_kind == ValueKind::Count);
    let stated = [observation.numerator.or(count), observation.denominator];
    let behind = |(at, value): (usize, Option<f64>)| Some(Behind { from: From::Figure(at), value: counted(value?)? });
    stated.into_iter().enumerate().filter_map(behind).collect()
}

/// A figure that is a count; `None` for one with decimals.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
fn counted(value: f64) -> Option<u64> {
    ((0.0..1e12).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}
