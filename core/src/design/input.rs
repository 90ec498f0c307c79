//! The inputs of designs: a few kinds of counts. Each input names the rows and fields that are counted.
//!
//! A design declares its inputs, and [`Design::estimate`](super::Design::estimate) reads only the states of these
//! inputs. Everything that depends on a design's needs is derived from its inputs: datasets, fields, levels of area,
//! passes over the rows, look-back, the state of a partition of a cluster, and additivity.

use std::collections::BTreeMap;

use super::{Population, RowBasis, Subjects};
use crate::cel::{FieldPath, Predicate};
use crate::contract::Dataset;
use crate::estimate::ValueKind;
use crate::kernel::{RepeatRule, RepeatVariant};
use crate::reference::Level;

/// Largest number of expressions in one tally.
pub const MAX_TALLY: usize = 8;

/// Number of calendar months before a period in which an earlier crime against the same victim counts. Source: Police
/// and Crime Plan 2017-2021, lines 2893-95, "in the previous 12 months".
pub const LOOK_BACK_MONTHS: i32 = 12;

/// One input of a design.
#[expect(clippy::large_enum_variant, reason = "a definition has a few inputs, and they are made once")]
#[derive(Clone, Debug)]
pub enum Input {
    /// Numbers of rows, one for each of several expressions.
    Tally(Tally),
    /// Weights of respondents.
    Weighted(WeightedRespondents),
    /// Victims who are followed through their crimes.
    Linked(LinkedVictims),
    /// A whole number of each row: days, an amount, a number of events.
    Histogram(Histogram),
    /// Residents.
    Residents(Residents),
    /// Numbers of rows of the kinds that each area chose.
    Chosen(ChosenCounts),
    /// Victims of the kinds that each area chose, who are followed through their crimes.
    ChosenVictims(ChosenVictims),
    /// Numbers of rows of each ward.
    Wards(Tally),
    /// Reports that the register of agencies expects.
    Reports(ExpectedReports),
    /// Sites of a register that report.
    Register(Register),
    /// Rows that show what was reported on.
    Reported(Reported),
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
    /// Number of expressions, the first ones, of which the value tells. The others only show which cells there are.
    pub told: usize,
    /// The rows whose fields are the dimensions of a breakdown.
    pub dimensions: Dimensions,
    /// Whether the design has a value if this tally is missing.
    pub optional: bool,
}

/// The rows whose fields are the dimensions of a breakdown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dimensions {
    /// The dimensions are fields of these rows.
    Own,
    /// The dimensions are fields of other rows of the design. These rows have fields of the same names.
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
    /// Field of the weight for each level of area. The measure is not offered at a level that is absent.
    pub weights: BTreeMap<Level, FieldPath>,
    /// Field of the primary sampling unit, if the dataset has one.
    pub psu: Option<FieldPath>,
    /// Unweighted numbers of respondents. They show which cells of a breakdown have respondents.
    pub shown: Tally,
}

/// Victims who are followed through their crimes by a pseudonym.
///
/// The index crime places the victim in a period and an area. The other crime may be in any area.
#[derive(Clone, Debug)]
pub struct LinkedVictims {
    /// The rows, one for each victim of a crime. The date is the day on which the crime was recorded.
    pub rows: RowBasis,
    /// Pseudonym of the person. Where incidents are counted instead of persons, the reference of the incident.
    pub person: FieldPath,
    /// Whether a row without one counts by itself, as another person or incident. Otherwise it is left out.
    pub alone: bool,
    /// Reference of the crime.
    pub crime: FieldPath,
    /// Reference of the report from which the crime was confirmed.
    pub incident: FieldPath,
    /// Identifier of the key with which the pseudonym was made. Pseudonyms made with different keys are never compared.
    /// `None` for references, which are no pseudonyms.
    pub key_id: Option<FieldPath>,
    /// Rows whose person is known.
    pub linkable: Predicate,
    /// Rows that count as the index crime.
    pub index: Predicate,
    /// Rows that count as the other crime.
    pub prior: Predicate,
    /// Field that must have the same value for both crimes. If the field is a set, the crimes must share a member.
    pub same: Option<FieldPath>,
    /// What is counted, and when another crime makes it a repeat.
    pub rule: RepeatRule,
    /// Numbers of qualifying victims: all, and those whose person is known. The unlinkable share is computed from them.
    pub linkage: Tally,
}

/// A histogram of a whole number: how many rows have each value of it.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// The number.
    pub of: Quantity,
    /// The rows.
    pub subjects: Tally,
}

/// A whole number that rows have.
#[expect(clippy::large_enum_variant, reason = "a definition has a few inputs, and they are made once")]
#[derive(Clone, Debug)]
pub enum Quantity {
    /// The number of days between two dates. A row is left out if a date is missing or if `to` is before `from`.
    Days {
        /// Date from which days are counted.
        from: FieldPath,
        /// Date up to which days are counted.
        to: FieldPath,
    },
    /// The value of a field. A row without a value is left out.
    Number(FieldPath),
    /// The value of a field with decimals, in hundredths. A row without a value is left out.
    Hundredths(FieldPath),
    /// The number of events in the follow-up of the row.
    Events(FollowUp),
}

/// The follow-up of subjects: rows of another dataset that refer to them, within a time after each subject's own day.
#[derive(Clone, Debug)]
pub struct FollowUp {
    /// The events, each by its own day.
    pub events: RowBasis,
    /// Events that count.
    pub counted: Predicate,
    /// Day on which the follow-up of a subject begins, as a field of the row to which an event refers.
    pub from: FieldPath,
    /// Whether an event on this day counts. Otherwise it counts if it is later.
    pub same_day: bool,
    /// Number of calendar months in which an event counts.
    pub months: i32,
    /// Day on which an event is proved: its own day if it needs no proof.
    pub proved: FieldPath,
    /// Number of calendar months, from the same day, in which an event must be proved.
    pub proved_months: i32,
}

/// Numbers of rows of several kinds, of which each area chose some.
#[derive(Clone, Debug)]
pub struct ChosenCounts {
    /// The rows, with one expression for each kind.
    pub counts: Tally,
    /// Code of each kind, in the order of the expressions.
    pub kinds: Vec<String>,
    /// The choices.
    pub choices: Choices,
}

/// Victims of several kinds, of which each area chose some, who are followed through their crimes.
#[derive(Clone, Debug)]
pub struct ChosenVictims {
    /// The victims of each kind. All have the same rows and the same numbers of linkable victims.
    pub victims: Vec<LinkedVictims>,
    /// Code of each kind, in the same order.
    pub kinds: Vec<String>,
    /// The choices.
    pub choices: Choices,
}

/// Rows that state which kinds an area chose, and for which days.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Dataset.
    pub dataset: &'static Dataset,
    /// The area that chose.
    pub area: FieldPath,
    /// First day on which the choice applies.
    pub from: FieldPath,
    /// Last day; a missing day means until further notice.
    pub to: FieldPath,
    /// Fields with the codes of the kinds that were chosen.
    pub fields: Vec<FieldPath>,
}

/// Residents of an area.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Residents {
    /// Youngest and oldest age in years, both included; `None` for all ages.
    pub ages: Option<(u8, u8)>,
    /// Codes of broad ethnic groups; empty for all residents.
    pub ethnic_groups: Vec<String>,
}

/// A register of sites that are expected to report.
#[derive(Clone, Debug)]
pub struct Register {
    /// Open code list of the sites. A site is expected to report while its entry is valid.
    pub list: String,
    /// Rows that show that a site reported. The area of a row is the site.
    pub reported: Tally,
}

/// Reports that the register of agencies expects.
#[derive(Clone, Debug)]
pub struct ExpectedReports {
    /// The datasets that are reported on.
    pub datasets: Vec<&'static Dataset>,
    /// What is told of the reports.
    pub of: OfReports,
}

/// What is told of reports.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OfReports {
    /// Whether they were received.
    Received,
    /// Whether they were received by the day on which they were due.
    OnTime,
    /// How many days after the end of their period they were received first.
    Days,
}

/// Rows that show what was reported on. Where there are none, nothing is known: silence is not 0. The engine gives no value
/// then, so a design need not look at the state.
#[derive(Clone, Debug)]
pub struct Reported {
    /// Numbers of rows: all, and those that are complete.
    pub rows: Tally,
    /// What such rows are expected for.
    pub each: Each,
}

/// What rows are expected for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Each {
    /// Each month of each area, because the rows are counts themselves and a 0 is written. All of them are complete.
    MonthOfArea,
    /// Each quarter of the period, in any area, because a source reports on all its areas together.
    Quarter,
    /// Each quarter of the period in each area, because no area has nothing in a whole quarter.
    QuarterOfArea,
}

/// Another measure, for each of several parts of its subjects.
#[derive(Clone, Debug)]
pub struct MeasureByGroup {
    /// Identifier of the measure.
    pub of: String,
    /// Dataset of the measure.
    pub dataset: &'static Dataset,
    /// Kind of value that the measure must have.
    pub value_kind: ValueKind,
    /// The parts.
    pub parts: Parts,
}

/// The parts of the subjects of a measure.
#[derive(Clone, Debug)]
pub enum Parts {
    /// Groups.
    Groups {
        /// Field that divides the groups. It is a breakdown of the measure.
        by: FieldPath,
        /// The groups.
        groups: Vec<Group>,
    },
    /// Those of each borough of London. The City of London is none of them: surveys of London's police leave it out.
    Boroughs,
    /// Those of each ward. Wards of the City of London are left out, as in [`Input::Wards`].
    Wards,
    /// Those of the area itself, and those of the Metropolitan Police area.
    AreaAndLondon,
}

/// A group of subjects.
#[derive(Clone, Debug)]
pub struct Group {
    /// Label for people.
    pub label: String,
    /// Codes of the field that belong to the group.
    pub codes: Vec<String>,
    /// Expression that selects the members of the group.
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
            Self::Chosen(chosen) => Some(&chosen.counts.rows),
            Self::ChosenVictims(chosen) => chosen.victims.first().map(|victims| &victims.rows),
            Self::Wards(tally) => Some(&tally.rows),
            Self::Register(register) => Some(&register.reported.rows),
            Self::Reported(reported) => Some(&reported.rows.rows),
            Self::Residents(_) | Self::Measure(_) | Self::Reports(_) => None,
        }
    }

    /// All rows that are read: those that are counted, and those that follow them.
    pub fn rows_read(&self) -> impl Iterator<Item = &RowBasis> {
        self.rows().into_iter().chain(self.follow_up().map(|follow_up| &follow_up.events))
    }

    /// The datasets whose rows or reports are read.
    fn datasets(&self) -> Vec<&'static Dataset> {
        match self {
            Self::Reports(reports) => reports.datasets.clone(),
            _ => self.rows_read().map(|rows| rows.dataset).collect(),
        }
    }

    /// The tally of the input; `None` for an input that has none.
    #[must_use]
    pub fn tally(&self) -> Option<&Tally> {
        match self {
            Self::Tally(tally) => Some(tally),
            Self::Weighted(respondents) => Some(&respondents.shown),
            Self::Linked(victims) => Some(&victims.linkage),
            Self::Histogram(histogram) => Some(&histogram.subjects),
            Self::Chosen(chosen) => Some(&chosen.counts),
            Self::ChosenVictims(chosen) => chosen.victims.first().map(|victims| &victims.linkage),
            Self::Wards(tally) => Some(tally),
            Self::Register(register) => Some(&register.reported),
            Self::Reported(reported) => Some(&reported.rows),
            Self::Residents(_) | Self::Measure(_) | Self::Reports(_) => None,
        }
    }

    /// The tally, if every value of the measure needs it. Such tallies are counted together in one pass over the rows.
    #[must_use]
    pub fn needed_tally(&self) -> Option<&Tally> {
        match self {
            Self::Tally(tally) => Some(tally),
            Self::Linked(victims) => Some(&victims.linkage),
            _ => None,
        }
    }

    /// All fields that select, place, weight or link rows; a field may occur more than once. The fields of another
    /// measure are not included. `wards` says whether the ward of a row is needed in addition to its area.
    #[must_use]
    pub fn fields(&self, wards: bool) -> Vec<FieldPath> {
        let own: Vec<FieldPath> = match self {
            Self::Tally(tally) => return tally.fields(wards),
            Self::Wards(tally) => return tally.fields(true),
            Self::Chosen(ChosenCounts { counts: _, kinds: _, choices }) => choices.all_fields(),
            Self::ChosenVictims(ChosenVictims { victims, kinds: _, choices }) => {
                victims.iter().flat_map(LinkedVictims::fields).chain(choices.all_fields()).collect()
            }
            Self::Weighted(WeightedRespondents { rows: _, base, counted, weights, psu, shown: _ }) => {
                let read = [base, counted].into_iter().flat_map(Predicate::fields);
                read.chain(weights.values().copied()).chain(*psu).collect()
            }
            Self::Linked(victims) => victims.fields(),
            Self::Histogram(Histogram { of, subjects: _ }) => of.fields(),
            Self::Measure(MeasureByGroup { parts: Parts::Groups { by, groups }, .. }) => {
                groups.iter().flat_map(|group| group.members.fields()).chain([*by]).collect()
            }
            Self::Measure(MeasureByGroup {
                parts: Parts::Boroughs | Parts::Wards | Parts::AreaAndLondon, ..
            })
            | Self::Register(_)
            | Self::Reported(_)
            | Self::Residents(_)
            | Self::Reports(_) => Vec::new(),
        };
        own.into_iter().chain(self.tally().into_iter().flat_map(|tally| tally.fields(wards))).collect()
    }

    /// Whether the input has a state at a level of area.
    #[must_use]
    pub fn reaches(&self, level: Level) -> bool {
        let has_states = match self {
            Self::Weighted(respondents) => respondents.weights.contains_key(&level),
            Self::Measure(MeasureByGroup { parts: Parts::Boroughs, .. }) => level == Level::London,
            _ => true,
        };
        has_states && self.rows().is_none_or(|rows| rows.reaches(level))
    }

    /// Whether the design has a value if this input is missing.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Tally(tally) if tally.optional)
    }

    /// The rows of another dataset that the input reads too; `None` for most inputs.
    #[must_use]
    pub fn follow_up(&self) -> Option<&FollowUp> {
        match self {
            Self::Histogram(Histogram { of: Quantity::Events(follow_up), .. }) => Some(follow_up),
            _ => None,
        }
    }

    /// Number of calendar months after a period that the input reads.
    #[must_use]
    pub fn look_ahead(&self) -> i32 {
        self.follow_up().map_or(0, |follow_up| follow_up.proved_months)
    }

    /// Number of calendar months before a period that the input reads.
    #[must_use]
    pub fn look_back(&self) -> i32 {
        match self {
            Self::Linked(victims) => victims.look_back(),
            Self::ChosenVictims(chosen) => chosen.victims.first().map_or(0, LinkedVictims::look_back),
            _ => 0,
        }
    }

    /// Whether the states for the parts of a period or of an area add up to the state for the whole. Numbers of persons
    /// do not add up, because one person can be in several parts.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        matches!(self, Self::Tally(_) | Self::Histogram(_) | Self::Chosen(_) | Self::Reported(_))
    }

    /// Whether rows can be counted chunk by chunk: a row is counted without the rows that it refers to and without the
    /// other rows.
    #[must_use]
    pub fn counts_row_by_row(&self) -> bool {
        matches!(self, Self::Tally(_) | Self::Residents(_))
    }

    /// The reason why the input cannot be counted in partitions of its rows; `None` if it can.
    #[must_use]
    pub fn needs_all_rows(&self) -> Option<&'static str> {
        match self {
            Self::Linked(victims) if victims.rule.variant == RepeatVariant::OffencesPrior => Some(
                "it counts crimes, and whether one is a repeat depends on all of its victims, who are followed apart",
            ),
            Self::Chosen(_) | Self::ChosenVictims(_) => {
                Some("which rows it counts depends on the choices of all areas")
            }
            Self::Reports(_) => Some("it counts the reports on every dataset"),
            _ => None,
        }
    }
}

impl Reported {
    /// Rows that are counts themselves: an area writes one for each month, even for 0, with its amount.
    pub(super) fn counts(subjects: &Subjects, amount: FieldPath) -> Self {
        let complete = subjects.population.and(&Predicate::present(amount));
        Self { rows: Tally::of(subjects.rows, vec![subjects.population.clone(), complete]), each: Each::MonthOfArea }
    }

    /// Rows of a source that reports on all its areas together.
    pub(super) fn source(rows: RowBasis, source: Predicate) -> Self {
        Self { rows: Tally::of(rows, vec![source]), each: Each::Quarter }
    }

    /// Rows that every area has in each quarter.
    pub(super) fn by_area(rows: RowBasis, all: Predicate) -> Self {
        Self { rows: Tally::of(rows, vec![all]), each: Each::QuarterOfArea }
    }
}

impl Group {
    /// Code of the group: `breakdown=code`, with several codes joined by `+`.
    pub(crate) fn code(&self, by: FieldPath) -> String {
        format!("{}={}", by.field, self.codes.join("+"))
    }
}

impl Quantity {
    /// The fields of the counted rows that are read.
    #[must_use]
    pub fn own_fields(&self) -> Vec<FieldPath> {
        match self {
            Self::Days { .. } | Self::Number(_) | Self::Hundredths(_) => self.fields(),
            Self::Events(_) => Vec::new(),
        }
    }

    /// The fields that are read; a field may occur more than once.
    fn fields(&self) -> Vec<FieldPath> {
        match self {
            Self::Days { from, to } => vec![*from, *to],
            Self::Number(field) | Self::Hundredths(field) => vec![*field],
            Self::Events(FollowUp { events, counted, from, same_day: _, months: _, proved, proved_months: _ }) => {
                let own_from = FieldPath { referenced: false, ..*from };
                counted.fields().into_iter().chain(events.fields(false)).chain([own_from, *proved]).collect()
            }
        }
    }
}

impl Tally {
    /// A text that is the same for tallies with the same counts.
    pub(crate) fn counted(&self) -> String {
        let RowBasis { dataset, date, area, ward } = self.rows;
        let expressions: Vec<&str> = self.predicates.iter().map(Predicate::source).collect();
        format!("{} {date} {area} {ward:?} {:?} {expressions:?}", dataset.id, self.dimensions)
    }

    /// The tally for a number of events: the events, and the rows that could have been events.
    #[must_use]
    pub fn of_events(population: &Population) -> Self {
        Self { told: 1, ..Self::of(population.rows, vec![population.counted(), population.eligible()]) }
    }

    /// The tally for a share: numerator, denominator before exceptions, exceptions, and exceptions that stay in the
    /// denominator.
    #[must_use]
    pub fn of_share(population: &Population) -> Self {
        let excepted = [population.excepted(), population.excepted_and_counted()];
        Self::of(population.rows, [population.counted(), population.eligible()].into_iter().chain(excepted).collect())
    }

    /// The tally of the rows that one expression selects.
    #[must_use]
    pub fn of_subjects(subjects: &Subjects) -> Self {
        Self::of(subjects.rows, vec![subjects.population.clone()])
    }

    /// The tally of several expressions.
    #[must_use]
    pub fn of(rows: RowBasis, predicates: Vec<Predicate>) -> Self {
        Self { rows, told: predicates.len(), predicates, dimensions: Dimensions::Own, optional: false }
    }

    /// The same tally, broken down by fields that have the same names as fields of other rows of the design.
    #[must_use]
    pub fn by_fields_of_same_name(self) -> Self {
        Self { dimensions: Dimensions::OfSameName, ..self }
    }

    /// The same tally, marked as optional: the design has a value without it.
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
        let Self { rows, predicates, told: _, dimensions: _, optional: _ } = self;
        predicates.iter().flat_map(Predicate::fields).chain(rows.fields(wards)).collect()
    }
}

impl Choices {
    fn all_fields(&self) -> Vec<FieldPath> {
        let Self { dataset: _, area, from, to, fields } = self;
        fields.iter().copied().chain([*area, *from, *to]).collect()
    }
}

impl LinkedVictims {
    /// The fields that are read, besides those of the linkage.
    fn fields(&self) -> Vec<FieldPath> {
        let Self {
            rows: _,
            person,
            alone: _,
            crime,
            incident,
            key_id,
            linkable,
            index,
            prior,
            same,
            rule: _,
            linkage: _,
        } = self;
        let read = [linkable, index, prior].into_iter().flat_map(Predicate::fields);
        read.chain([*person, *crime, *incident]).chain(*key_id).chain(*same).collect()
    }

    /// Number of calendar months before a period in which the other crime counts.
    #[must_use]
    pub fn look_back(&self) -> i32 {
        match self.rule.variant {
            // Both crimes lie in the same 12 months.
            RepeatVariant::PersonsTwoPlusInWindow => 0,
            _ => LOOK_BACK_MONTHS,
        }
    }
}

/// Whether a design has a value at a level of area: all inputs that it needs have states there, and at least one of the
/// others has.
#[must_use]
pub fn reach(inputs: &[Input], level: Level) -> bool {
    let (optional, needed): (Vec<&Input>, Vec<&Input>) = inputs.iter().partition(|input| input.is_optional());
    needed.iter().all(|input| input.reaches(level))
        && (optional.is_empty() || optional.iter().any(|input| input.reaches(level)))
}

/// The datasets whose rows the inputs read. Each occurs once, in the order of identifiers.
#[must_use]
pub fn datasets(inputs: &[Input]) -> Vec<&'static Dataset> {
    let by_id: BTreeMap<&str, &'static Dataset> =
        inputs.iter().flat_map(Input::datasets).map(|dataset| (dataset.id.as_str(), dataset)).collect();
    by_id.into_values().collect()
}
