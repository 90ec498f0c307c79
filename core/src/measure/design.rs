//! The closed set of designs: how a measure is computed.

use std::collections::BTreeMap;

use crate::cel::{FieldPath, Predicate};
use crate::contract::Dataset;
use crate::reference::Level;

/// How a measure is computed. The set is closed, and each is code in the engine.
#[derive(Clone, Debug)]
pub enum Design {
    /// The number of rows in the numerator.
    Count(Population),
    /// The same for each so many residents.
    Rate {
        /// Rows counted.
        population: Population,
        /// Residents that they are compared with.
        per: Residents,
        /// 1,000 or 100,000.
        multiplier: f64,
    },
    /// The share of the denominator that is in the numerator.
    Proportion(Population),
    /// The weighted share.
    WeightedProportion {
        /// Respondents.
        population: Population,
        /// Weight at each level of area. A level that is absent is not offered.
        weights: BTreeMap<Level, FieldPath>,
        /// Primary sampling unit, where the dataset has one.
        psu: Option<FieldPath>,
    },
    /// Victims, or crimes, that follow an earlier one.
    RepeatShare(RepeatShare),
    /// How many subjects reach each stage.
    Funnel(Funnel),
    /// One count over another, of subjects placed in time by different dates.
    Ratio {
        /// Counted above the line.
        numerator: Subjects,
        /// Counted below it.
        denominator: Subjects,
    },
    /// Difference of two groups on a proportion.
    Gap(Gap),
    /// The share of a register's sites that submitted.
    Completeness(Completeness),
    /// Known only from figures that agencies submit.
    SubmittedOnly,
}

impl Design {
    /// Name of the design: `repeat_share`.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Count(_) => "count",
            Self::Rate { .. } => "rate",
            Self::Proportion(_) => "proportion",
            Self::WeightedProportion { .. } => "weighted_proportion",
            Self::RepeatShare(_) => "repeat_share",
            Self::Funnel(_) => "funnel",
            Self::Ratio { .. } => "ratio",
            Self::Gap(_) => "gap",
            Self::Completeness(_) => "completeness",
            Self::SubmittedOnly => "submitted_only",
        }
    }

    /// Datasets that the design reads rows of, each once; empty for a gap, which reads its parent's, and for submitted
    /// figures.
    #[must_use]
    pub fn datasets(&self) -> Vec<&'static Dataset> {
        let mut found: Vec<&'static Dataset> = match self {
            Self::Count(population) | Self::Proportion(population) => vec![population.dataset],
            Self::Rate { population, .. } | Self::WeightedProportion { population, .. } => vec![population.dataset],
            Self::RepeatShare(share) => vec![share.dataset],
            Self::Funnel(funnel) => funnel.steps.iter().map(|step| step.subjects.dataset).collect(),
            Self::Ratio { numerator, denominator } => vec![numerator.dataset, denominator.dataset],
            Self::Completeness(completeness) => vec![completeness.dataset],
            Self::Gap(_) | Self::SubmittedOnly => Vec::new(),
        };
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        found
    }
}

/// Fields that place a row in an area.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// Area, which rolls up to the levels above it. Its kind is an area, or a code of an open list whose codes are areas
    /// (hospital sites).
    pub area: FieldPath,
    /// Ward, used at the level of wards only.
    pub ward: Option<FieldPath>,
}

/// Rows by their part in a proportion, with the names that HL7 FHIR's Measure gives them.
///
/// The order of operations: the initial population; the denominator within it, less its exclusions; the numerator within
/// what is left, less its own exclusions; at last the exceptions, which leave the denominator unless they are in the
/// numerator.
#[derive(Clone, Debug)]
pub struct Population {
    /// Dataset.
    pub dataset: &'static Dataset,
    /// Date that places a row in a period.
    pub date: FieldPath,
    /// Where a row is placed.
    pub place: Place,
    /// Rows that the measure is about.
    pub initial: Predicate,
    /// Rows of the initial population that could have the outcome.
    pub denominator: Predicate,
    /// Rows that leave the denominator, and so the numerator.
    pub denominator_exclusion: Predicate,
    /// Rows that leave the denominator if they are not in the numerator.
    pub denominator_exception: Predicate,
    /// Rows of the denominator that have the outcome.
    pub numerator: Predicate,
    /// Rows that leave the numerator and stay in the denominator.
    pub numerator_exclusion: Predicate,
}

/// Rows counted by one date.
#[derive(Clone, Debug)]
pub struct Subjects {
    /// Dataset.
    pub dataset: &'static Dataset,
    /// Date that places a row in a period. A field of the referenced row for subjects that are followed up.
    pub date: FieldPath,
    /// Where a row is placed.
    pub place: Place,
    /// Rows counted.
    pub population: Predicate,
}

/// Residents, both ages included; `None` for all ages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Residents {
    /// Youngest and oldest.
    pub ages: Option<(u8, u8)>,
}

/// Repeat victimisation: subjects of the index population who had another crime of the prior population.
///
/// The index crime's place counts; the other crime may be anywhere.
#[derive(Clone, Debug)]
pub struct RepeatShare {
    /// Dataset, one row for each victim of a crime.
    pub dataset: &'static Dataset,
    /// Day on which the crime was recorded.
    pub date: FieldPath,
    /// Where the index crime is placed.
    pub place: Place,
    /// Pseudonym of the person.
    pub person: FieldPath,
    /// Reference of the crime.
    pub crime: FieldPath,
    /// Reference of the report that the crime was confirmed from.
    pub incident: FieldPath,
    /// Identifier of the key that made the pseudonym: values with different keys are never mixed.
    pub key_id: FieldPath,
    /// Rows that qualify as index crime, linkable or not: the base of the unlinkable share.
    pub qualifying: Predicate,
    /// Rows whose person is known.
    pub linkable: Predicate,
    /// Rows that count as index crime: qualifying and linkable rows with the measure's flag.
    pub index: Predicate,
    /// Rows that count as the other crime.
    pub prior: Predicate,
    /// Field whose value both crimes must share; of a set, some member.
    pub same: Option<FieldPath>,
    /// What is counted, and when another crime makes it a repeat.
    pub rule: RepeatRule,
    /// Whether crimes of one report are no repeat of each other.
    pub require_distinct_incident: bool,
    /// What the value is.
    pub result: RepeatResult,
}

/// What is counted, and when another crime makes it a repeat.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RepeatRule {
    /// Persons with an index crime in month M, and another in the 12 calendar months before M.
    PersonsPriorWindow,
    /// Persons with an index crime in M, and another in the window before any of those.
    PersonsRolling(Window),
    /// Crimes in M whose victim had an earlier one in the 12 calendar months before it.
    OffencesPrior,
    /// Persons with an index crime in the 12 months ending with M, and another in the same 12 months.
    PersonsTwoPlusInWindow,
}

/// How far back a rolling window reaches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Window {
    /// The same day so many calendar months earlier, or the last day of a month that has no such day.
    Months(u16),
    /// So many days.
    Days(u16),
}

/// What the value of a repeat measure is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatResult {
    /// Repeats as a share of all.
    Share,
    /// The number of repeats.
    Number,
}

/// A series of stages.
#[derive(Clone, Debug)]
pub struct Funnel {
    /// Whose subjects each stage counts.
    pub basis: FunnelBasis,
    /// Months after the end of the period until a cohort's figures are final.
    pub follow_up_months: Option<u8>,
    /// Cohorts only: subjects of the first stage whose outcome is not known yet.
    pub pending: Option<Subjects>,
    /// Stages, first to last.
    pub steps: Vec<Step>,
}

impl Funnel {
    /// Whether the last stage counts what the first does, so that the one is a part of the other.
    #[must_use]
    pub fn has_one_unit(&self) -> bool {
        let unit = |step: Option<&Step>| step.map(|step| step.unit.clone());
        unit(self.steps.first()) == unit(self.steps.last())
    }
}

/// Whose subjects the stages of a funnel count.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunnelBasis {
    /// Each stage by its own date in the same period: different cases, and a stage can exceed the one before.
    Throughput,
    /// The cases of the first stage, followed up to the date of the extract.
    Cohort,
}

/// One stage of a funnel.
#[derive(Clone, Debug)]
pub struct Step {
    /// Identifier: `charged`.
    pub id: String,
    /// Title.
    pub title: String,
    /// What is counted.
    pub unit: String,
    /// Whether the stage before counts another unit, so that no interval is given for the share that reaches this one.
    pub unit_change: bool,
    /// Rows counted.
    pub subjects: Subjects,
}

/// Difference of two groups' shares: the reference group's less the comparison group's.
#[derive(Clone, Debug)]
pub struct Gap {
    /// Identifier of the measure compared, which is a proportion.
    pub of: String,
    /// Field that divides the groups. It is a breakdown of the measure compared.
    pub by: FieldPath,
    /// Group that is subtracted from.
    pub reference: Group,
    /// Group that is subtracted.
    pub comparison: Group,
}

/// A group of subjects.
#[derive(Clone, Debug)]
pub struct Group {
    /// Label for people.
    pub label: String,
    /// Codes of the field that belong to the group.
    pub codes: Vec<String>,
    /// The same as an expression, which is ANDed with the parent's populations.
    pub members: Predicate,
}

/// Which sites of a register submitted.
#[derive(Clone, Debug)]
pub struct Completeness {
    /// Open code list of the sites expected; an entry's validity says when it is.
    pub register: String,
    /// Dataset.
    pub dataset: &'static Dataset,
    /// Date that places a row in a period.
    pub date: FieldPath,
    /// Site of a row, a code of the register.
    pub site: FieldPath,
}
