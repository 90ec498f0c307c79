//! The states of a design's inputs for one cell.

use std::sync::Arc;

use super::{Design, MAX_TALLY};
use crate::estimate::{Estimated, MissingReason, Rule, Unavailable, UnitSums};
use crate::stats::median::Frequencies;
use crate::stats::survey::WeightedSums;

/// Numbers of rows, one for each expression of a tally. Unused places are 0.
pub type Counts = [u64; MAX_TALLY];

/// The state of one input. It consists of whole numbers. States add up if [`Input::adds_up`](super::Input::adds_up) is
/// true for the input.
#[derive(Clone, Debug)]
pub enum InputState {
    /// Numbers of rows.
    Tally(Counts),
    /// Sums of weights.
    Weighted {
        /// Over all respondents.
        sums: WeightedSums,
        /// By primary sampling unit; `None` unless the unit of every respondent is known.
        units: Option<UnitSums>,
    },
    /// Numbers of victims, or of crimes.
    Linked {
        /// Those that follow an earlier crime.
        repeats: u64,
        /// All.
        all: u64,
    },
    /// The number of rows for each number of days.
    Histogram(Frequencies),
    /// Numbers of rows by kind; `None` for a kind that no area chose.
    Chosen([Option<u64>; MAX_TALLY]),
    /// Numbers of repeat victims and of all victims by kind; `None` for a kind that no area chose.
    ChosenVictims([Option<(u64, u64)>; MAX_TALLY]),
    /// The number of rows of each ward.
    Wards(Vec<WardCount>),
    /// Residents.
    Residents(u32),
    /// Site-months of a register.
    Register {
        /// Expected.
        expected: u32,
        /// Received.
        received: u32,
    },
    /// All that is needed was reported on.
    Reported,
    /// Another measure, group by group.
    Measure(Vec<GroupState>),
}

/// The number of rows of a ward.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WardCount {
    /// The ward, as the `code` of a [`GroupState`].
    pub code: String,
    /// Rows.
    pub count: u64,
}

/// The states of another measure's inputs for one group of its subjects.
#[derive(Clone, Debug)]
pub struct GroupState {
    /// The group, as `breakdown=code` with several codes joined by `+`.
    pub code: String,
    /// Label for people.
    pub label: String,
    /// What the measure counts.
    pub unit: Arc<str>,
    /// Design of the measure.
    pub design: Arc<dyn Design>,
    /// States of its inputs.
    pub inputs: Inputs,
}

/// The states of a design's inputs for one cell, in the order in which the design declares them.
#[derive(Clone, Debug, Default)]
pub struct Inputs(Vec<Result<InputState, MissingReason>>);

impl InputState {
    /// The state of two disjoint sets of subjects taken together; `None` if the states do not add up.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Tally(a), Self::Tally(b)) => {
                Some(Self::Tally(std::array::from_fn(|at| a[at].saturating_add(b[at]))))
            }
            (Self::Weighted { sums, units }, Self::Weighted { sums: others, units: other_units }) => {
                let units = units.clone().zip(other_units.clone()).map(|(mut units, others)| {
                    for (unit, (weight, counted)) in others {
                        let sums = units.entry(unit).or_default();
                        *sums = (sums.0 + weight, sums.1 + counted);
                    }
                    units
                });
                Some(Self::Weighted { sums: sums.merged(others).ok()?, units })
            }
            (Self::Histogram(a), Self::Histogram(b)) => {
                let mut sum = a.clone();
                for (days, count) in b {
                    let total = sum.entry(*days).or_default();
                    *total = total.checked_add(*count)?;
                }
                Some(Self::Histogram(sum))
            }
            (Self::Reported, Self::Reported) => Some(Self::Reported),
            _ => None,
        }
    }
}

impl Inputs {
    /// The numbers of rows of the tally at this position.
    ///
    /// # Errors
    ///
    /// The reason why the input is missing. [`MissingReason::NotApplicable`] if the input at this position is not a
    /// tally.
    pub fn tally(&self, at: usize) -> Result<&Counts, MissingReason> {
        match self.state(at)? {
            InputState::Tally(counts) => Ok(counts),
            _ => Err(MissingReason::NotApplicable),
        }
    }

    /// The numbers of rows by kind at this position; `None` for a kind that no area chose.
    ///
    /// # Errors
    ///
    /// As [`Inputs::tally`].
    pub fn chosen(&self, at: usize) -> Result<&[Option<u64>; MAX_TALLY], MissingReason> {
        match self.state(at)? {
            InputState::Chosen(counts) => Ok(counts),
            _ => Err(MissingReason::NotApplicable),
        }
    }

    /// The numbers of repeat victims and of all victims by kind at this position; `None` for a kind that no area chose.
    ///
    /// # Errors
    ///
    /// As [`Inputs::tally`].
    pub fn chosen_victims(&self, at: usize) -> Result<&[Option<(u64, u64)>; MAX_TALLY], MissingReason> {
        match self.state(at)? {
            InputState::ChosenVictims(counts) => Ok(counts),
            _ => Err(MissingReason::NotApplicable),
        }
    }

    /// The number of rows of each ward at this position.
    ///
    /// # Errors
    ///
    /// As [`Inputs::tally`].
    pub fn wards(&self, at: usize) -> Result<&[WardCount], MissingReason> {
        match self.state(at)? {
            InputState::Wards(counts) => Ok(counts),
            _ => Err(MissingReason::NotApplicable),
        }
    }

    /// The sums of weights at this position, and those by primary sampling unit.
    ///
    /// # Errors
    ///
    /// As [`Inputs::tally`].
    pub fn weighted(&self, at: usize) -> Result<(&WeightedSums, Option<&UnitSums>), MissingReason> {
        match self.state(at)? {
            InputState::Weighted { sums, units } => Ok((sums, units.as_ref())),
            _ => Err(MissingReason::NotApplicable),
        }
    }

    /// The number of repeats at this position, and the number of all victims or crimes.
    ///
    /// # Errors
    ///
    /// As [`Inputs::tally`].
    pub fn linked(&self, at: usize) -> Result<(u64, u64), MissingReason> {
        match self.state(at)? {
            InputState::Linked { repeats, all } => Ok((*repeats, *all)),
            _ => Err(MissingReason::NotApplicable),
        }
    }

    /// The number of rows for each number of days, at this position.
    ///
    /// # Errors
    ///
    /// As [`Inputs::tally`].
    pub fn histogram(&self, at: usize) -> Result<&Frequencies, MissingReason> {
        match self.state(at)? {
            InputState::Histogram(days) => Ok(days),
            _ => Err(MissingReason::NotApplicable),
        }
    }

    /// The number of residents at this position.
    ///
    /// # Errors
    ///
    /// As [`Inputs::tally`].
    pub fn residents(&self, at: usize) -> Result<u32, MissingReason> {
        match self.state(at)? {
            InputState::Residents(residents) => Ok(*residents),
            _ => Err(MissingReason::NotApplicable),
        }
    }

    /// The site-months received at this position, and the site-months expected.
    ///
    /// # Errors
    ///
    /// As [`Inputs::tally`].
    pub fn register(&self, at: usize) -> Result<(u32, u32), MissingReason> {
        match self.state(at)? {
            InputState::Register { expected, received } => Ok((*received, *expected)),
            _ => Err(MissingReason::NotApplicable),
        }
    }

    /// The groups of the measure at this position.
    ///
    /// # Errors
    ///
    /// As [`Inputs::tally`].
    pub fn groups(&self, at: usize) -> Result<&[GroupState], MissingReason> {
        match self.state(at)? {
            InputState::Measure(groups) => Ok(groups),
            _ => Err(MissingReason::NotApplicable),
        }
    }

    /// The states of two disjoint sets of subjects taken together. An input that is missing in one of them is missing
    /// in the result.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let sum = |(a, b): (&Result<InputState, MissingReason>, &Result<InputState, MissingReason>)| match (a, b) {
            (Ok(a), Ok(b)) => a.plus(b).ok_or(MissingReason::NotApplicable),
            (Err(reason), _) | (_, Err(reason)) => Err(*reason),
        };
        Self(self.0.iter().zip(&other.0).map(sum).collect())
    }

    /// The same states, if no input is missing.
    ///
    /// # Errors
    ///
    /// The reason of the first missing input.
    pub fn complete(self) -> Result<Self, MissingReason> {
        match self.0.iter().find_map(|state| state.as_ref().err()) {
            Some(reason) => Err(*reason),
            None => Ok(self),
        }
    }

    /// The states of the inputs that are there.
    pub(crate) fn found(&self) -> impl Iterator<Item = &InputState> {
        self.0.iter().filter_map(|state| state.as_ref().ok())
    }

    fn state(&self, at: usize) -> Result<&InputState, MissingReason> {
        self.0.get(at).map_or(Err(MissingReason::NotSubmitted), |state| state.as_ref().map_err(|reason| *reason))
    }
}

impl FromIterator<Result<InputState, MissingReason>> for Inputs {
    fn from_iter<I: IntoIterator<Item = Result<InputState, MissingReason>>>(states: I) -> Self {
        Self(states.into_iter().collect())
    }
}

impl GroupState {
    /// Estimates the value of the measure for the group. The estimate always has an interval, even if the rule has
    /// none.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] with the reason why there is no value.
    pub fn estimate(&self, rule: Rule) -> Result<Estimated, Unavailable> {
        self.design.estimate(&self.inputs, Rule { interval: true, ..rule })
    }
}
