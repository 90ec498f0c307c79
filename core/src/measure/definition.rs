//! The definition of one measure, checked against the contract: the rows that are counted, the areas and periods, and
//! how the value is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cel::FieldPath;
use crate::design::{Design, Input};
use crate::estimate::{IntervalRule, ValueKind};
use crate::period::PeriodKind;
use crate::reference::Level;

/// One measure in one variant.
///
/// Only [`Catalogue::load`](super::Catalogue::load) makes it, and it checks every field and code.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Identifier, with the variant: `repeat-victim-share.victims-prior-12m`.
    pub id: Arc<str>,
    /// Identifier without the variant: `repeat-victim-share`.
    pub measure: String,
    /// Variant: `victims-prior-12m`, or `da.cohort` if two choices are crossed. `None` if the measure has no variants,
    /// or if the file itself is a measure beside its variants.
    pub variant: Option<String>,
    /// Version of the definition, from 1. Any change that can change a value raises it.
    pub version: u32,
    /// Title.
    pub title: Arc<str>,
    /// Question that the measure answers.
    pub question: String,
    /// Theme of the plan that the measure belongs to: `Keeping children and young people safe`.
    pub theme: String,
    /// Lines of the plan from which the measure comes.
    pub plan_reference: String,
    /// Unit that is counted: `crime`, `person`, `respondent`. Units are never mixed.
    pub unit: Arc<str>,
    /// Kind of the value.
    pub value_kind: ValueKind,
    /// Which direction is better, if either is.
    pub polarity: Polarity,
    /// Whether the plan wants more victims to come forward. Then a rise does not mean that things got worse.
    pub reporting_increase_wanted: bool,
    /// Disclosure rule that a release applies.
    pub disclosure: Disclosure,
    /// Whether numerator and denominator are the same subjects. Only measures whose denominator counts events state it.
    pub rate_basis: Option<RateBasis>,
    /// Meaning of the area.
    pub geo_basis: GeoBasis,
    /// Kinds of agency whose own figures are authoritative, the first before the others: `police`. Figures of other kinds
    /// are alternatives.
    pub authority: Vec<Arc<str>>,
    /// Whether the values of areas add up to the value of the area that contains them.
    pub additive_areas: bool,
    /// Whether the values of months add up to the value of a longer period.
    pub additive_periods: bool,
    /// Kinds of period offered at each level of area. The measure is not offered at a level that is absent.
    pub periods: BTreeMap<Level, Vec<PeriodKind>>,
    /// Smallest base at a level of area, if it is larger than that of the disclosure rule.
    pub minimum_bases: BTreeMap<Level, u64>,
    /// Dimensions offered.
    pub breakdowns: Vec<Breakdown>,
    /// Caveats: what to know before using the value.
    pub caveats: Vec<Arc<str>>,
    /// Sources of the parts of the definition.
    pub sources: Vec<Source>,
    /// Identifiers of the measures to read together with this one.
    pub companions: Vec<String>,
    /// Method of the interval.
    pub interval: IntervalRule,
    /// Design: how the value is computed.
    pub design: Arc<dyn Design>,
    /// Inputs that the design reads.
    pub inputs: Vec<Input>,
    /// For each input, the first input of the catalogue with the same tally.
    pub(crate) same_tally: Vec<TallyName>,
}

/// The name of an input's tally.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct TallyName {
    /// Identifier of the measure.
    pub(crate) measure: Arc<str>,
    /// Version of the definition.
    pub(crate) version: u32,
    /// Position of the input.
    pub(crate) input: usize,
}

impl Definition {
    /// Whether the measure is offered for this kind of period at this level of area.
    #[must_use]
    pub fn offers(&self, level: Level, kind: PeriodKind) -> bool {
        self.periods.get(&level).is_some_and(|kinds| kinds.contains(&kind))
    }

    /// The breakdown with this name.
    #[must_use]
    pub fn breakdown(&self, name: &str) -> Option<&Breakdown> {
        self.breakdowns.iter().find(|breakdown| breakdown.name == name)
    }

    /// Rank of a kind of agency among those whose figures are authoritative; `None` for other kinds.
    #[must_use]
    pub fn authority_rank(&self, kind: &str) -> Option<usize> {
        self.authority.iter().position(|authoritative| **authoritative == *kind)
    }

    /// The smallest unweighted base for which a value is given at a level of area. The definition states it; otherwise
    /// the disclosure rule states it for shares. For a gap, it applies to each of the two groups.
    #[must_use]
    pub fn minimum_base(&self, level: Level) -> Option<u64> {
        let of_rule = match self.value_kind {
            ValueKind::Proportion | ValueKind::PercentagePoints => self.disclosure.minimum_base(),
            _ => None,
        };
        self.minimum_bases.get(&level).copied().max(of_rule)
    }
}

/// A dimension by which a measure can be broken down.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Breakdown {
    /// Name in a query, and in a submitted figure's `breakdown`: `age_band`.
    pub name: String,
    /// Source of its codes.
    pub codes: BreakdownCodes,
    /// Label for people.
    pub label: String,
    /// Whether one subject can have several codes (hate strands). Then the values of the codes do not add up to the
    /// whole.
    pub multi_valued: bool,
    /// The codes that subjects can have, if the populations leave others out: ages up to 17. Empty if all can occur. Nothing
    /// is said of the others: their 0 would be no count.
    pub only: Vec<String>,
}

impl Breakdown {
    /// Field whose codes divide the subjects; `None` for a dimension that only submitted figures have.
    #[must_use]
    pub fn field(&self) -> Option<FieldPath> {
        match self.codes {
            BreakdownCodes::Field(path) => Some(path),
            _ => None,
        }
    }
}

/// Source of the codes of a dimension.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BreakdownCodes {
    /// A field of the records.
    Field(FieldPath),
    /// A closed list of the contract, named by a field that has it. In submitted figures only.
    Contract(FieldPath),
    /// An open code list, in submitted figures only.
    List(String),
    /// The publisher's own words, in submitted figures only.
    Published,
}

/// Source of a part of a definition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// The statement and who made it.
    pub text: String,
    /// How reliable it is.
    pub standing: Standing,
}

/// How reliable a source is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Stated in the plan or in its consultation.
    Stated,
    /// Found in an official or public source.
    Verified,
    /// Professional knowledge of the official rule. A person must check it before anything is published as official.
    Unverified,
    /// Decided by this project, because no official rule was found.
    ProjectDecision,
}

/// Which direction is better, if either is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// Higher is better.
    HigherIsBetter,
    /// Lower is better.
    LowerIsBetter,
    /// Neither is better. The value must be read in context.
    Neutral,
}

/// Disclosure rules. The thresholds are decisions of this project. An owner of data may raise them and must not lower
/// them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub enum Disclosure {
    /// Counts of crimes that give no information about a person.
    #[serde(rename = "D-ADMIN")]
    Admin,
    /// Victims and sensitive flags.
    #[serde(rename = "D-SENS")]
    Sensitive,
    /// Surveys.
    #[serde(rename = "D-SURV")]
    Survey,
    /// Attendances at emergency departments.
    #[serde(rename = "D-HEALTH")]
    Health,
    /// People who work for a force.
    #[serde(rename = "D-STAFF")]
    Staff,
    /// Nothing to protect.
    #[serde(rename = "NONE")]
    None,
}

impl Disclosure {
    /// The rule's name: `D-SENS`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Admin => "D-ADMIN",
            Self::Sensitive => "D-SENS",
            Self::Survey => "D-SURV",
            Self::Health => "D-HEALTH",
            Self::Staff => "D-STAFF",
            Self::None => "NONE",
        }
    }

    /// Largest small count at a level of area: a release withholds counts from 1 to it. 0 if no count is small. Surveys have the
    /// rule of small bases.
    #[must_use]
    pub const fn largest_small_count(self, level: Level) -> u64 {
        match (self, level) {
            (Self::Admin, Level::Ward) | (Self::Sensitive | Self::Health, _) => 4,
            (Self::Staff, _) => 9,
            (Self::Admin | Self::Survey | Self::None, _) => 0,
        }
    }

    /// Number to whose nearest multiple a release rounds counts; `None` if it publishes exact counts.
    #[must_use]
    pub const fn rounding(self) -> Option<u32> {
        match self {
            Self::Sensitive => Some(5),
            Self::Admin | Self::Survey | Self::Health | Self::Staff | Self::None => None,
        }
    }

    /// Smallest base of a percentage: 10 crimes or members of staff, 30 victims or 30 respondents. `None` if the rule has
    /// none.
    #[must_use]
    pub const fn minimum_base(self) -> Option<u64> {
        match self {
            Self::Admin | Self::Staff => Some(10),
            Self::Sensitive | Self::Survey => Some(30),
            Self::Health | Self::None => None,
        }
    }

    /// Whether live answers have the rule of small bases too. Its base is a number of people who were asked, and the
    /// estimate checks it: a weighted denominator is not that number.
    #[must_use]
    pub const fn limits_live_answers(self) -> bool {
        matches!(self, Self::Survey | Self::Staff)
    }
}

/// Whether the numerator counts events of the subjects in the denominator.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RateBasis {
    /// Numerator and denominator are counted by their own dates in the same period. They are different subjects, and
    /// the ratio can exceed 1.
    Period,
    /// The subjects of the denominator are followed up.
    Cohort,
}

impl RateBasis {
    /// Name in the contract: `period`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Period => "period",
            Self::Cohort => "cohort",
        }
    }
}

/// Meaning of the area of a measure.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GeoBasis {
    /// Where the offence happened.
    LocationOfOffence,
    /// Where the victim lives.
    VictimResidence,
    /// The police unit that investigates or that took the report.
    InvestigatingUnit,
    /// The site that provided the service.
    ProviderSite,
    /// The court.
    CourtSite,
    /// The area of the prosecution service.
    ProsecutionArea,
    /// The area that a member of the force serves.
    PoliceArea,
    /// Where the respondent lives.
    RespondentResidence,
    /// Where the offender lives.
    OffenderResidence,
}
