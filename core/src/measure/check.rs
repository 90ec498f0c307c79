//! Checks one definition: the parts that every measure has, and whether they fit its design.

use std::collections::BTreeMap;

use peelian_seeds::SeedFile;
use serde::Deserialize;

use super::catalogue::{fault, parse_fault};
use super::dimensions::breakdowns;
use super::expand::Variant;
use super::fields::Fields;
use super::levels::periods;
use super::raw::{RawDefinition, Text};
use super::resolve::resolve;
use super::{
    Definition, DefinitionError, Design, FunnelBasis, IntervalRule, Polarity, RepeatResult, Source, ValueKind,
};
use crate::cel::FieldPath;

use crate::reference::{Level, Reference};

/// What a definition is checked with.
pub(super) struct Checker<'c> {
    /// Its file.
    pub(super) file: &'c SeedFile,
    /// Areas and code lists.
    pub(super) reference: &'c Reference,
}

/// A check that needs the other definitions, at a byte of the file.
pub(super) enum Deferred {
    /// The companion exists.
    Companion { at: usize, id: String },
    /// The measure compared exists, is a proportion, and is broken down by the field.
    Parent { at: usize, of: String, by: FieldPath },
}

impl Deferred {
    pub(super) fn at(&self) -> usize {
        match self {
            Self::Companion { at, .. } | Self::Parent { at, .. } => *at,
        }
    }
}

impl Checker<'_> {
    /// A fault at a byte of the file.
    pub(super) fn fault<T>(&self, at: usize, reason: impl Into<String>) -> Result<T, DefinitionError> {
        Err(fault(self.file, at, reason.into()))
    }

    /// A fault at a text.
    pub(super) fn at<T>(&self, text: &Text, reason: impl Into<String>) -> Result<T, DefinitionError> {
        self.fault(text.span().start, reason)
    }

    /// Reads a table into its form.
    pub(super) fn read<'f, T: Deserialize<'f>>(
        &self,
        table: toml::Spanned<toml::de::DeTable<'f>>,
    ) -> Result<T, DefinitionError> {
        T::deserialize(toml::de::Deserializer::from(table)).map_err(|error| parse_fault(self.file, &error))
    }
}

/// A checked definition, and what remains to be checked.
pub(super) struct Checked {
    pub(super) definition: Definition,
    /// What needs other definitions.
    pub(super) deferred: Vec<Deferred>,
    /// Terms: name, place in the file, and whether an expression used it.
    pub(super) terms: Vec<(String, usize, bool)>,
}

/// Checks one definition.
pub(super) fn check(variant: Variant<'_>, checker: &Checker<'_>) -> Result<Checked, DefinitionError> {
    let raw: RawDefinition = checker.read(variant.table)?;
    let design_at = variant.design.span().start;
    let fields = Fields::new(checker, &raw.terms);
    let (design, parent) = resolve(variant.design, &raw, &fields)?;

    if !raw.question.get_ref().ends_with('?') {
        return checker.at(&raw.question, "a question ends with a question mark");
    }
    if raw.version == 0 || raw.sources.is_empty() {
        return checker.at(&raw.measure, "version counts from 1, and sources names at least one source");
    }
    if raw.reporting_increase_wanted && *raw.polarity.get_ref() != Polarity::Neutral {
        return checker
            .fault(raw.polarity.span().start, "where more reports are wanted, a volume is read in context: neutral");
    }
    let fits = values(&design);
    if !fits.contains(raw.value_kind.get_ref()) {
        let reason = format!("the design {} has values of another kind", design.id());
        return checker.fault(raw.value_kind.span().start, reason);
    }
    if !intervals(&design).contains(raw.interval.get_ref()) {
        let reason = format!("the design {} has intervals of another kind", design.id());
        return checker.fault(raw.interval.span().start, reason);
    }
    let periods = periods(&raw, &design, checker)?;
    let breakdowns = breakdowns(&raw, &design, parent.as_ref().map(|parent| parent.0), &fields)?;
    let mut deferred: Vec<Deferred> = raw
        .companions
        .iter()
        .map(|id| Deferred::Companion { at: id.span().start, id: id.get_ref().clone() })
        .collect();
    if let (Some((_, of)), Design::Gap(gap)) = (parent, &design) {
        deferred.push(Deferred::Parent { at: design_at.max(of), of: gap.of.clone(), by: gap.by });
    }
    let mut minimum_bases = BTreeMap::new();
    for (name, base) in &raw.minimum_bases {
        match Level::from_id(name.get_ref()) {
            Some(level) if periods.contains_key(&level) => minimum_bases.insert(level, *base),
            _ => return checker.at(name, format!("{} is no level at which it is offered", name.get_ref())),
        };
    }
    let terms = fields.terms().collect();
    let mut definition = assemble(raw, variant.name, design);
    definition.periods = periods;
    definition.minimum_bases = minimum_bases;
    definition.breakdowns = breakdowns;
    Ok(Checked { definition, deferred, terms })
}

/// The definition, with what is checked apart left empty.
fn assemble(raw: RawDefinition, variant: Option<String>, design: Design) -> Definition {
    let measure = raw.measure.into_inner();
    let title = raw.title.into_inner();
    // Rows can be counted once and added up; persons, shares and rates cannot.
    let additive = match design {
        Design::Count(_) => true,
        Design::SubmittedOnly => *raw.value_kind.get_ref() == ValueKind::Count,
        _ => false,
    };
    Definition {
        id: variant.as_ref().map_or_else(|| measure.clone(), |variant| format!("{measure}.{variant}")).into(),
        measure,
        variant,
        version: raw.version,
        title: raw.label.map_or(title.clone(), |label| format!("{title}: {label}")).into(),
        question: raw.question.into_inner(),
        theme: raw.theme,
        plan_reference: raw.plan_reference,
        unit: raw.unit.into(),
        value_kind: raw.value_kind.into_inner(),
        polarity: raw.polarity.into_inner(),
        reporting_increase_wanted: raw.reporting_increase_wanted,
        disclosure: raw.disclosure,
        rate_basis: raw.rate_basis,
        geo_basis: raw.geo_basis,
        additive_areas: additive,
        additive_periods: additive,
        periods: BTreeMap::new(),
        minimum_bases: BTreeMap::new(),
        breakdowns: Vec::new(),
        caveats: raw.caveats.into_iter().chain(raw.further_caveats).map(Into::into).collect(),
        sources: raw.sources.into_iter().map(|s| Source { text: s.text, standing: s.standing }).collect(),
        companions: raw.companions.into_iter().map(Text::into_inner).collect(),
        interval: raw.interval.into_inner(),
        design,
    }
}

/// Kinds of value that a design has.
fn values(design: &Design) -> &'static [ValueKind] {
    use ValueKind::{Count, PercentagePoints, Proportion, RatePer1k, RatePer100k, Ratio};
    match design {
        Design::Count(_) => &[Count],
        Design::Rate { .. } => &[RatePer1k, RatePer100k],
        Design::Proportion(_) | Design::WeightedProportion { .. } | Design::Completeness(_) => &[Proportion],
        Design::RepeatShare(share) => match share.result {
            RepeatResult::Share => &[Proportion],
            RepeatResult::Number => &[Count],
        },
        Design::Funnel(funnel) => match funnel.basis {
            FunnelBasis::Cohort => &[Proportion],
            FunnelBasis::Throughput => &[Ratio],
        },
        Design::Ratio { .. } => &[Ratio],
        Design::Gap(_) => &[PercentagePoints],
        Design::SubmittedOnly => &[Count, Proportion, PercentagePoints, RatePer1k, RatePer100k, Ratio],
    }
}

/// Intervals that fit a design.
fn intervals(design: &Design) -> &'static [IntervalRule] {
    use IntervalRule::{ByarOrExact, Newcombe, None, WeightedWilson, Wilson};
    match design {
        Design::Count(_) | Design::Rate { .. } => &[ByarOrExact],
        Design::Proportion(_) => &[Wilson],
        Design::WeightedProportion { .. } => &[WeightedWilson],
        Design::RepeatShare(share) => match share.result {
            RepeatResult::Share => &[Wilson],
            RepeatResult::Number => &[ByarOrExact],
        },
        Design::Funnel(funnel) => match funnel.basis {
            FunnelBasis::Cohort => &[Wilson],
            FunnelBasis::Throughput => &[None],
        },
        Design::Ratio { .. } | Design::Completeness(_) => &[None],
        Design::Gap(_) => &[Newcombe],
        Design::SubmittedOnly => &[Wilson, WeightedWilson, ByarOrExact, Newcombe, None],
    }
}
