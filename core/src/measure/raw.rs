//! The tables of a measure's file as they are written, before anything is looked up.
//!
//! Text that is looked up or compiled carries its place, so that a fault names the line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{
    Disclosure, FunnelBasis, GeoBasis, IntervalRule, Polarity, RateBasis, RepeatResult, Standing, ValueKind,
};

/// A text with its place.
pub(super) type Text = Spanned<String>;

/// A file, in one of its variants, but for the table `design`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDefinition {
    pub(super) measure: Text,
    pub(super) version: u32,
    pub(super) title: Text,
    pub(super) label: Option<String>,
    pub(super) question: Text,
    pub(super) theme: String,
    pub(super) plan_reference: String,
    pub(super) unit: String,
    pub(super) value_kind: Spanned<ValueKind>,
    pub(super) polarity: Spanned<Polarity>,
    #[serde(default)]
    pub(super) reporting_increase_wanted: bool,
    pub(super) disclosure: Disclosure,
    pub(super) rate_basis: Option<RateBasis>,
    pub(super) geo_basis: GeoBasis,
    pub(super) interval: Spanned<IntervalRule>,
    pub(super) periods: BTreeMap<Text, Vec<Text>>,
    #[serde(default)]
    pub(super) minimum_bases: BTreeMap<Text, u64>,
    #[serde(default)]
    pub(super) breakdowns: Vec<RawBreakdown>,
    #[serde(default)]
    pub(super) caveats: Vec<String>,
    #[serde(default)]
    pub(super) further_caveats: Vec<String>,
    #[serde(default)]
    pub(super) companions: Vec<Text>,
    pub(super) sources: Vec<RawSource>,
    #[serde(default)]
    pub(super) terms: BTreeMap<String, Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBreakdown {
    /// A field of the records, or of `contract`, or neither: then `name` is given.
    pub(super) field: Option<Text>,
    pub(super) name: Option<Text>,
    /// Dataset whose field has the codes, for figures only.
    pub(super) contract: Option<Text>,
    /// Open code list, for figures only.
    pub(super) list: Option<Text>,
    pub(super) label: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    pub(super) text: String,
    pub(super) standing: Standing,
}

/// The name of a design, which says what else its table holds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawKind {
    Count,
    Rate,
    Proportion,
    WeightedProportion,
    RepeatShare,
    Funnel,
    Ratio,
    Gap,
    Completeness,
    SubmittedOnly,
}

/// Designs `count` and `proportion`, and a part of others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPopulation {
    pub(super) dataset: Text,
    pub(super) date: Text,
    pub(super) area: Text,
    pub(super) ward: Option<Text>,
    pub(super) initial: Option<Text>,
    pub(super) denominator: Option<Text>,
    pub(super) denominator_exclusion: Option<Text>,
    pub(super) denominator_exception: Option<Text>,
    pub(super) numerator: Option<Text>,
    pub(super) numerator_exclusion: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCounted {
    pub(super) population: RawPopulation,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRate {
    pub(super) population: RawPopulation,
    pub(super) residents: RawResidents,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawResidents {
    pub(super) ages: Option<Spanned<(u8, u8)>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWeighted {
    pub(super) population: RawPopulation,
    pub(super) weights: BTreeMap<Text, Text>,
    pub(super) psu: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSubjects {
    pub(super) dataset: Text,
    pub(super) date: Text,
    pub(super) area: Text,
    pub(super) ward: Option<Text>,
    pub(super) population: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRepeat {
    pub(super) dataset: Text,
    pub(super) date: Text,
    pub(super) area: Text,
    pub(super) person: Text,
    pub(super) crime: Text,
    pub(super) incident: Text,
    pub(super) key_id: Text,
    pub(super) qualifying: Text,
    pub(super) linkable: Text,
    pub(super) index: Option<Text>,
    pub(super) prior: Option<Text>,
    pub(super) same: Option<Text>,
    pub(super) rule: RawRule,
    pub(super) window: Option<Spanned<RawWindow>>,
    pub(super) require_distinct_incident: bool,
    pub(super) result: RepeatResult,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawRule {
    PersonsPriorWindow,
    PersonsRolling,
    OffencesPrior,
    PersonsTwoPlusInWindow,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWindow {
    pub(super) months: Option<u16>,
    pub(super) days: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFunnel {
    pub(super) basis: Spanned<FunnelBasis>,
    /// Said of a strand; only its cohort uses it.
    pub(super) follow_up_months: Option<u8>,
    pub(super) pending: Option<RawSubjects>,
    pub(super) steps: Spanned<Vec<RawStep>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    pub(super) id: Text,
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) subjects: RawSubjects,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRatio {
    pub(super) numerator: RawSubjects,
    pub(super) denominator: RawSubjects,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGap {
    pub(super) of: Text,
    pub(super) dataset: Text,
    pub(super) by: Text,
    pub(super) reference: RawGroup,
    pub(super) comparison: RawGroup,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGroup {
    pub(super) label: String,
    pub(super) codes: Spanned<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCompleteness {
    pub(super) register: Text,
    pub(super) dataset: Text,
    pub(super) date: Text,
    pub(super) site: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSubmittedOnly {}
