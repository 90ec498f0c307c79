//! One measure, checked against the contract: what is counted, where, when, and how it is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cel::FieldPath;
use crate::design::{Design, Input};
use crate::estimate::{IntervalRule, ValueKind};
use crate::period::PeriodKind;
use crate::reference::Level;

/// One measure in one variant.
///
/// Made by [`Catalogue::load`](super::Catalogue::load) only, which has checked every field and code that it names.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Identifier, with the variant: `repeat-victim-share.victims-prior-12m`.
    pub id: Arc<str>,
    /// Identifier without the variant: `repeat-victim-share`.
    pub measure: String,
    /// Variant: `victims-prior-12m`, or `da.cohort` where two choices are crossed. `None` for a measure that has no
    /// variants, or that stands beside its variants.
    pub variant: Option<String>,
    /// Version of the definition, from 1. Any change that can change a value raises it.
    pub version: u32,
    /// Title.
    pub title: Arc<str>,
    /// Question that the measure answers.
    pub question: String,
    /// Theme of the plan that the measure belongs to: `Keeping children and young people safe`.
    pub theme: String,
    /// Lines of the plan that the measure comes from.
    pub plan_reference: String,
    /// What is counted: `crime`, `person`, `respondent`. Units are never mixed.
    pub unit: Arc<str>,
    /// What the value is.
    pub value_kind: ValueKind,
    /// Which direction is better, if either is.
    pub polarity: Polarity,
    /// Whether the plan wants more victims to come forward, so that a rise alone is not worse.
    pub reporting_increase_wanted: bool,
    /// Disclosure rule that a release applies.
    pub disclosure: Disclosure,
    /// Whether numerator and denominator are the same subjects, for measures with a denominator of events.
    pub rate_basis: Option<RateBasis>,
    /// What the area stands for.
    pub geo_basis: GeoBasis,
    /// Whether values of areas add up to the value of the whole.
    pub additive_areas: bool,
    /// Whether values of months add up to the value of a longer period.
    pub additive_periods: bool,
    /// Kinds of period offered at each level of area. A level that is absent is not offered.
    pub periods: BTreeMap<Level, Vec<PeriodKind>>,
    /// Smallest base at a level of area, where it is larger than that of the disclosure rule.
    pub minimum_bases: BTreeMap<Level, u64>,
    /// Dimensions offered.
    pub breakdowns: Vec<Breakdown>,
    /// What to know before using it.
    pub caveats: Vec<Arc<str>>,
    /// Where the definition comes from, part by part.
    pub sources: Vec<Source>,
    /// Measures to read with it, by identifier.
    pub companions: Vec<String>,
    /// Method of the interval.
    pub interval: IntervalRule,
    /// How it is computed.
    pub design: Arc<dyn Design>,
    /// What the design reads.
    pub inputs: Vec<Input>,
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

    /// The smallest unweighted base for which a value is given at a level of area: the definition's own, or the
    /// disclosure rule's for shares. For a gap it holds for each of the two groups.
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
    /// Where its codes come from.
    pub codes: BreakdownCodes,
    /// Label for people.
    pub label: String,
    /// Whether one subject can belong to several parts (hate strands), so that parts never add up to the whole.
    pub multi_valued: bool,
}

impl Breakdown {
    /// Field whose codes are the parts; `None` for a dimension that only submitted figures have.
    #[must_use]
    pub fn field(&self) -> Option<FieldPath> {
        match self.codes {
            BreakdownCodes::Field(path) => Some(path),
            _ => None,
        }
    }
}

/// Where the codes of a dimension come from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BreakdownCodes {
    /// A field of the records.
    Field(FieldPath),
    /// A closed list of the contract, in submitted figures only: the field that has it.
    Contract(FieldPath),
    /// An open code list, in submitted figures only.
    List(String),
    /// The publisher's own words, in submitted figures only.
    Published,
}

/// Where a part of a definition comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// What, and who said so.
    pub text: String,
    /// How far it can be relied on.
    pub standing: Standing,
}

/// How far a source can be relied on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Stated in the plan or in its consultation.
    Stated,
    /// Found in an official or public source.
    Verified,
    /// Professional knowledge of the official rule: a person must check it before anything is called official.
    Unverified,
    /// Decided here, because no official rule was found.
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
    /// Neither: read in context.
    Neutral,
}

/// Disclosure rules. Thresholds are decisions of this project; an owner of data may raise and never lower them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub enum Disclosure {
    /// Counts of crimes that say nothing of a person.
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
            Self::None => "NONE",
        }
    }

    /// Smallest base of a percentage: 10 crimes, 30 victims, 30 respondents.
    #[must_use]
    pub const fn minimum_base(self) -> Option<u64> {
        match self {
            Self::Admin => Some(10),
            Self::Sensitive | Self::Survey => Some(30),
            Self::Health | Self::None => None,
        }
    }
}

/// Whether the events of the numerator are events of the subjects in the denominator.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RateBasis {
    /// Each counted by its own date in the same period: different subjects, and the ratio can exceed 1.
    Period,
    /// The subjects of the denominator, followed up.
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

/// What the area of a measure stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GeoBasis {
    /// Where the offence happened.
    LocationOfOffence,
    /// Where the victim lives.
    VictimResidence,
    /// The unit that investigates, or took the report.
    InvestigatingUnit,
    /// The site that provided the service.
    ProviderSite,
    /// The court.
    CourtSite,
    /// The area of the prosecution service.
    ProsecutionArea,
    /// Where the respondent lives.
    RespondentResidence,
}
