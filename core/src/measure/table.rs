//! The form of a measure's file, before anything is looked up. The design reads its own table.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{Disclosure, GeoBasis, Polarity, RateBasis, Source, Standing};
use crate::estimate::{IntervalRule, ValueKind};
use crate::measure_file::Text;

/// One variant of a file, without the table `design`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefinitionTable {
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
    pub(super) authority: Vec<Text>,
    pub(super) interval: Spanned<IntervalRule>,
    pub(super) periods: BTreeMap<Text, Vec<Text>>,
    #[serde(default)]
    pub(super) minimum_bases: BTreeMap<Text, u64>,
    #[serde(default)]
    pub(super) breakdowns: Vec<BreakdownTable>,
    #[serde(default)]
    pub(super) caveats: Vec<String>,
    #[serde(default)]
    pub(super) further_caveats: Vec<String>,
    #[serde(default)]
    pub(super) companions: Vec<Text>,
    pub(super) sources: Vec<SourceTable>,
    #[serde(default)]
    pub(super) terms: BTreeMap<String, Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BreakdownTable {
    /// A field of the records, or of the dataset `contract`. If there is no field, `name` is required.
    pub(super) field: Option<Text>,
    pub(super) name: Option<Text>,
    /// Dataset whose field has the codes. For submitted figures only.
    pub(super) contract: Option<Text>,
    /// Open code list. For submitted figures only.
    pub(super) list: Option<Text>,
    pub(super) label: Text,
    /// The codes that subjects can have, if the populations leave others out.
    #[serde(default)]
    pub(super) only: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceTable {
    text: String,
    standing: Standing,
}

impl From<SourceTable> for Source {
    fn from(SourceTable { text, standing }: SourceTable) -> Self {
        Self { text, standing }
    }
}
