//! What a design reads: a few kinds of counts, each with the rows and fields that it is made of.
//!
//! A design declares its inputs, and [`Design::estimate`](super::Design::estimate) reads the states of these inputs
//! alone. What depends on a design's needs is derived from them: datasets, fields, levels, passes over the rows,
//! look-back, what a partition of a cluster keeps, what adds up.

use std::collections::BTreeMap;

use super::{Population, RowBasis, Subjects};
use crate::cel::{FieldPath, Predicate};
use crate::contract::Dataset;
use crate::estimate::ValueKind;
use crate::kernel::{RepeatRule, RepeatVariant};
use crate::reference::Level;

/// Most expressions of one tally.
pub const MAX_TALLY: usize = 8;

/// Calendar months before a period in which an earlier crime of the same victim may lie. Source: Police and Crime Plan
/// 2017-2021, lines 2893-95, "in the previous 12 months".
pub const LOOK_BACK_MONTHS: i32 = 12;

/// One input of a design.
#[derive(Clone, Debug)]
pub enum Input {
    /// Numbers of rows, one for each of several expressions.
    Tally(Tally),
    /// Weights of respondents.
    Weighted(WeightedRespondents),
    /// Victims who are followed through their crimes.
    Linked(LinkedVictims),
    /// Days between two dates.
    Histogram(DayHistogram),
    /// Residents.
    Residents(Residents),
    /// Sites of a register that report.
    Register(Register),
    /// Another measure, for each of several groups.
    Measure(MeasureByGroup),
}

/// Numbers of rows, one for each expression.
#[derive(Clone, Debug)]
pub struct Tally {
    /// The rows.
    pub rows: RowBasis,
    /// The expressions, at most [`MAX_TALLY`].
    pub predicates: Vec<Predicate>,
    /// Whose fields the dimensions of a breakdown are.
    pub dimensions: Dimensions,
    /// Whether the design has a value without this tally.
    pub optional: bool,
}

/// Whose fields the dimensions of a breakdown are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dimensions {
    /// Those of these rows.
    Own,
    /// Those of other rows of the design: these rows have fields of the same names.
    OfSameName,
}

/// Respondents of a survey, each with a weight.
#[derive(Clone, Debug)]
pub struct WeightedRespondents {
    /// The rows.
    pub rows: RowBasis,
    /// Respondents in the denominator.
    pub base: Predicate,
    /// Respondents of the denominator who are in the numerator.
    pub counted: Predicate,
    /// Weight at each level of area. A level that is absent is not offered.
    pub weights: BTreeMap<Level, FieldPath>,
    /// Primary sampling unit, where the dataset has one.
    pub psu: Option<FieldPath>,
    /// Respondents without weights: they say which cells of a breakdown have any.
    pub shown: Tally,
}

/// Victims who are followed through their crimes by a pseudonym.
///
/// The index crime places a victim. The other crime may be anywhere.
#[derive(Clone, Debug)]
pub struct LinkedVictims {
    /// The rows, one for each victim of a crime. The date is the day on which the crime was recorded.
    pub rows: RowBasis,
    /// Pseudonym of the person.
    pub person: FieldPath,
    /// Reference of the crime.
    pub crime: FieldPath,
    /// Reference of the report that the crime was confirmed from.
    pub incident: FieldPath,
    /// Identifier of the key that made the pseudonym. Pseudonyms of different keys are never compared.
    pub key_id: FieldPath,
    /// Rows whose person is known.
    pub linkable: Predicate,
    /// Rows that count as the index crime.
    pub index: Predicate,
    /// Rows that count as the other crime.
    pub prior: Predicate,
    /// Field whose value both crimes must share; of a set, some member.
    pub same: Option<FieldPath>,
    /// What is counted, and when another crime makes it a repeat.
    pub rule: RepeatRule,
    /// Victims who qualify, and those of them whose person is known: the base of the unlinkable share.
    pub linkage: Tally,
}

/// How often each number of days lies between two dates of a row. A row without one of the dates, or with the later date
/// first, is left out.
#[derive(Clone, Debug)]
pub struct DayHistogram {
    /// Date from which days are counted.
    pub from: FieldPath,
    /// Date up to which days are counted.
    pub to: FieldPath,
    /// The rows.
    pub subjects: Tally,
}

/// Residents, both ages included; `None` for all ages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Residents {
    /// Youngest and oldest.
    pub ages: Option<(u8, u8)>,
}

/// A register of sites that are expected to report.
#[derive(Clone, Debug)]
pub struct Register {
    /// Open code list of the sites. The validity of an entry says when the site is expected.
    pub list: String,
    /// Rows that show that a site reported. Their area is the site.
    pub reported: Tally,
}

/// Another measure, for each of several groups of its subjects.
#[derive(Clone, Debug)]
pub struct MeasureByGroup {
    /// Identifier of the measure.
    pub of: String,
    /// Dataset of the measure.
    pub dataset: &'static Dataset,
    /// Field that divides the groups. It is a breakdown of the measure.
    pub by: FieldPath,
    /// What the values of the measure must be.
    pub value_kind: ValueKind,
    /// The groups.
    pub groups: Vec<Group>,
}

/// A group of subjects.
#[derive(Clone, Debug)]
pub struct Group {
    /// Label for people.
    pub label: String,
    /// Codes of the field that belong to the group.
    pub codes: Vec<String>,
    /// The same as an expression.
    pub members: Predicate,
}

impl Input {
    /// The rows that are counted; `None` for an input that counts no rows of its own.
    #[must_use]
    pub fn rows(&self) -> Option<&RowBasis> {
        match self {
            Self::Tally(tally) => Some(&tally.rows),
            Self::Weighted(respondents) => Some(&respondents.rows),
            Self::Linked(victims) => Some(&victims.rows),
            Self::Histogram(histogram) => Some(&histogram.subjects.rows),
            Self::Register(register) => Some(&register.reported.rows),
            Self::Residents(_) | Self::Measure(_) => None,
        }
    }

    /// The tally that the input has or consists of.
    #[must_use]
    pub fn tally(&self) -> Option<&Tally> {
        match self {
            Self::Tally(tally) => Some(tally),
            Self::Weighted(respondents) => Some(&respondents.shown),
            Self::Linked(victims) => Some(&victims.linkage),
            Self::Histogram(histogram) => Some(&histogram.subjects),
            Self::Register(register) => Some(&register.reported),
            Self::Residents(_) | Self::Measure(_) => None,
        }
    }

    /// The tally, where every value of the measure needs it. Such tallies are counted together, in one pass over the
    /// rows.
    #[must_use]
    pub fn needed_tally(&self) -> Option<&Tally> {
        match self {
            Self::Tally(tally) => Some(tally),
            Self::Linked(victims) => Some(&victims.linkage),
            _ => None,
        }
    }

    /// Every field by which rows are selected, placed, weighted or followed; some may repeat. The fields of another
    /// measure are not among them. `wards` says whether the ward of a row is needed beside its area.
    #[must_use]
    pub fn fields(&self, wards: bool) -> Vec<FieldPath> {
        let own: Vec<FieldPath> = match self {
            Self::Tally(tally) => return tally.fields(wards),
            Self::Weighted(WeightedRespondents { rows: _, base, counted, weights, psu, shown: _ }) => {
                let read = [base, counted].into_iter().flat_map(Predicate::fields);
                read.chain(weights.values().copied()).chain(*psu).collect()
            }
            Self::Linked(LinkedVictims {
                rows: _,
                person,
                crime,
                incident,
                key_id,
                linkable,
                index,
                prior,
                same,
                rule: _,
                linkage: _,
            }) => {
                let read = [linkable, index, prior].into_iter().flat_map(Predicate::fields);
                read.chain([*person, *crime, *incident, *key_id]).chain(*same).collect()
            }
            Self::Histogram(DayHistogram { from, to, subjects: _ }) => vec![*from, *to],
            Self::Measure(MeasureByGroup { by, groups, .. }) => {
                groups.iter().flat_map(|group| group.members.fields()).chain([*by]).collect()
            }
            Self::Register(_) | Self::Residents(_) => Vec::new(),
        };
        own.into_iter().chain(self.tally().into_iter().flat_map(|tally| tally.fields(wards))).collect()
    }

    /// Whether the input has a state at a level of area.
    #[must_use]
    pub fn reaches(&self, level: Level) -> bool {
        let weighted = match self {
            Self::Weighted(respondents) => respondents.weights.contains_key(&level),
            _ => true,
        };
        weighted && self.rows().is_none_or(|rows| rows.reaches(level))
    }

    /// Whether the design has a value without this input.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Tally(tally) if tally.optional)
    }

    /// Calendar months before a period that the input reads.
    #[must_use]
    pub fn look_back(&self) -> i32 {
        match self {
            Self::Linked(victims) => victims.look_back(),
            _ => 0,
        }
    }

    /// Whether states of the input for parts of a period or of an area add up to its state for the whole. Persons do
    /// not: one person can be in several parts.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        matches!(self, Self::Tally(_))
    }

    /// Whether rows can be counted some at a time, without those that they refer to and without each other.
    #[must_use]
    pub fn counts_row_by_row(&self) -> bool {
        matches!(self, Self::Tally(_) | Self::Residents(_))
    }

    /// Why the input cannot be counted in partitions of its rows; `None` where it can.
    #[must_use]
    pub fn needs_all_rows(&self) -> Option<&'static str> {
        match self {
            Self::Linked(victims) if victims.rule.variant == RepeatVariant::OffencesPrior => Some(
                "it counts crimes, and whether one is a repeat depends on all of its victims, who are followed apart",
            ),
            _ => None,
        }
    }
}

impl Tally {
    /// Rows counted for a number of events: the events, and the rows that could have been events.
    #[must_use]
    pub fn of_events(population: &Population) -> Self {
        Self::of(population.rows, vec![population.counted(), population.eligible()])
    }

    /// Rows counted for a share: numerator, denominator before exceptions, exceptions, exceptions that stay.
    #[must_use]
    pub fn of_share(population: &Population) -> Self {
        let excepted = [population.excepted(), population.excepted_and_counted()];
        Self::of(population.rows, [population.counted(), population.eligible()].into_iter().chain(excepted).collect())
    }

    /// Rows counted that one expression selects.
    #[must_use]
    pub fn of_subjects(subjects: &Subjects) -> Self {
        Self::of(subjects.rows, vec![subjects.population.clone()])
    }

    /// Rows counted for several expressions.
    #[must_use]
    pub fn of(rows: RowBasis, predicates: Vec<Predicate>) -> Self {
        Self { rows, predicates, dimensions: Dimensions::Own, optional: false }
    }

    /// The same, broken down by fields of the same names as those of other rows of the design.
    #[must_use]
    pub fn by_fields_of_same_name(self) -> Self {
        Self { dimensions: Dimensions::OfSameName, ..self }
    }

    /// The same, without which the design still has a value.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// Whether the dimensions of a breakdown are fields of these rows.
    #[must_use]
    pub fn has_own_dimensions(&self) -> bool {
        self.dimensions == Dimensions::Own
    }

    fn fields(&self, wards: bool) -> Vec<FieldPath> {
        let Self { rows, predicates, dimensions: _, optional: _ } = self;
        predicates.iter().flat_map(Predicate::fields).chain(rows.fields(wards)).collect()
    }
}

impl LinkedVictims {
    /// Calendar months before a period in which the other crime may lie.
    #[must_use]
    pub fn look_back(&self) -> i32 {
        match self.rule.variant {
            // Both crimes lie in the same 12 months.
            RepeatVariant::PersonsTwoPlusInWindow => 0,
            _ => LOOK_BACK_MONTHS,
        }
    }
}

/// Whether the inputs of a design have states at a level of area: all that it needs, and some of the others.
#[must_use]
pub fn reach(inputs: &[Input], level: Level) -> bool {
    let (optional, needed): (Vec<&Input>, Vec<&Input>) = inputs.iter().partition(|input| input.is_optional());
    needed.iter().all(|input| input.reaches(level))
        && (optional.is_empty() || optional.iter().any(|input| input.reaches(level)))
}

/// Datasets whose rows the inputs count, each once, in the order of their identifiers.
#[must_use]
pub fn datasets(inputs: &[Input]) -> Vec<&'static Dataset> {
    let by_id: BTreeMap<&str, &'static Dataset> =
        inputs.iter().filter_map(Input::rows).map(|rows| (rows.dataset.id.as_str(), rows.dataset)).collect();
    by_id.into_values().collect()
}
