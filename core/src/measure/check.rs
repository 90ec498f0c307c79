//! Checks one definition: the parts that every measure has, and whether they fit the design.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::breakdowns::breakdowns;
use super::levels::periods;
use super::table::DefinitionTable;
use super::{Definition, Polarity, RateBasis};
use crate::design::{Design, Input, MeasureByGroup, Reader};
use crate::estimate::{IntervalRule, ValueKind};
use crate::measure_file::{Checker, DefinitionError, Fields, Text, Variant};
use crate::reference::Level;

/// A check that needs the other definitions. `at` is the place in the file, in bytes.
pub(super) enum Deferred {
    /// Checks that the companion exists.
    Companion { at: usize, id: String },
    /// Checks that another measure exists and has what the design reads from it.
    Input { at: usize, measure: MeasureByGroup },
}

impl Deferred {
    pub(super) fn at(&self) -> usize {
        match self {
            Self::Companion { at, .. } | Self::Input { at, .. } => *at,
        }
    }
}

/// A checked definition, and the checks that remain.
pub(super) struct Checked {
    pub(super) definition: Definition,
    /// Checks that need other definitions.
    pub(super) deferred: Vec<Deferred>,
    /// Terms: the name, the place in the file, and whether an expression uses it.
    pub(super) terms: Vec<(String, usize, bool)>,
}

/// Checks one definition.
pub(super) fn check(variant: Variant<'_>, checker: &Checker<'_>) -> Result<Checked, DefinitionError> {
    let raw: DefinitionTable = checker.read(variant.table)?;
    let design_at = variant.design.span().start;
    let fields = Fields::new(checker, &raw.terms);
    let reader = Reader::new(&fields, *raw.value_kind.get_ref());
    let design = reader.read(variant.design)?;
    let inputs = design.inputs();

    check_texts(&raw, checker)?;
    check_kinds(&raw, &*design, checker)?;
    check_authority(&raw, checker)?;
    let periods = periods(&raw, &inputs, checker)?;
    let breakdowns = breakdowns(&raw, &inputs, &fields)?;
    let minimum_bases = minimum_bases(&raw, checker, |level| periods.contains_key(&level))?;
    let companions =
        raw.companions.iter().map(|id| Deferred::Companion { at: id.span().start, id: id.get_ref().clone() });
    let measures = inputs.iter().filter_map(|input| match input {
        Input::Measure(measure) => Some(measure.clone()),
        _ => None,
    });
    let named = reader.measures();
    let measures = measures.zip(&named).map(|(measure, text)| {
        // In a variant, the identifier can be at another place in the file than the design.
        Deferred::Input { at: design_at.max(text.span().start), measure }
    });
    let deferred = companions.chain(measures).collect();
    let terms = fields.terms().collect();
    let mut definition = assemble(raw, variant.name, design, inputs);
    definition.periods = periods;
    definition.minimum_bases = minimum_bases;
    definition.breakdowns = breakdowns;
    Ok(Checked { definition, deferred, terms })
}

/// Checks the question, the version, the sources and the polarity.
fn check_texts(raw: &DefinitionTable, checker: &Checker<'_>) -> Result<(), DefinitionError> {
    if !raw.question.get_ref().ends_with('?') {
        return checker.at(&raw.question, "a question ends with a question mark");
    }
    if raw.version == 0 || raw.sources.is_empty() {
        return checker.at(&raw.measure, "version counts from 1, and sources names at least one source");
    }
    if raw.reporting_increase_wanted && *raw.polarity.get_ref() != Polarity::Neutral {
        return checker.fault(raw.polarity.span().start, "if more reports are wanted, the polarity must be neutral");
    }
    Ok(())
}

/// Checks that the design supports the kind of value and the kind of interval.
fn check_kinds(raw: &DefinitionTable, design: &dyn Design, checker: &Checker<'_>) -> Result<(), DefinitionError> {
    if !design.value_kinds().contains(raw.value_kind.get_ref()) {
        let reason = format!("the design {} has values of another kind", design.kind());
        return checker.fault(raw.value_kind.span().start, reason);
    }
    if !design.intervals().contains(raw.interval.get_ref()) {
        let reason = format!("the design {} has intervals of another kind", design.kind());
        return checker.fault(raw.interval.span().start, reason);
    }
    if raw.rate_basis == Some(RateBasis::Period) && *raw.interval.get_ref() == IntervalRule::Wilson {
        let reason = "numerator and denominator are different subjects, so there is no interval of a proportion";
        return checker.fault(raw.interval.span().start, reason);
    }
    Ok(())
}

/// Checks that the register has the kinds of agency whose figures are authoritative.
fn check_authority(raw: &DefinitionTable, checker: &Checker<'_>) -> Result<(), DefinitionError> {
    let kinds = || checker.reference.register.kinds().map(|kind| &*kind.id);
    if raw.authority.is_empty() {
        return checker.at(&raw.measure, "authority names the kind of agency whose own figures count");
    }
    match raw.authority.iter().find(|kind| !kinds().any(|known| known == kind.get_ref())) {
        Some(unknown) => {
            let known: Vec<&str> = kinds().collect();
            let reason =
                format!("there is no kind of agency {}; the kinds are {}", unknown.get_ref(), known.join(", "));
            checker.at(unknown, reason)
        }
        None => Ok(()),
    }
}

fn minimum_bases(
    raw: &DefinitionTable,
    checker: &Checker<'_>,
    is_offered: impl Fn(Level) -> bool,
) -> Result<BTreeMap<Level, u64>, DefinitionError> {
    let mut bases = BTreeMap::new();
    for (name, base) in &raw.minimum_bases {
        match Level::from_id(name.get_ref()) {
            Some(level) if is_offered(level) => bases.insert(level, *base),
            _ => return checker.at(name, format!("{} is no level at which it is offered", name.get_ref())),
        };
    }
    Ok(bases)
}

/// Makes the definition. Parts that are checked separately are empty.
fn assemble(
    raw: DefinitionTable,
    variant: Option<String>,
    design: Arc<dyn Design>,
    inputs: Vec<Input>,
) -> Definition {
    let measure = raw.measure.into_inner();
    let title = raw.title.into_inner();
    // A row is counted once, so numbers of rows add up. Numbers of persons, shares and rates do not.
    let additive = *raw.value_kind.get_ref() == ValueKind::Count && inputs.iter().all(Input::adds_up);
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
        authority: raw.authority.iter().map(|kind| kind.get_ref().as_str().into()).collect(),
        additive_areas: additive,
        additive_periods: additive && design.adds_up_over_periods(),
        periods: BTreeMap::new(),
        minimum_bases: BTreeMap::new(),
        breakdowns: Vec::new(),
        caveats: raw.caveats.into_iter().chain(raw.further_caveats).map(Into::into).collect(),
        sources: raw.sources.into_iter().map(Into::into).collect(),
        companions: raw.companions.into_iter().map(Text::into_inner).collect(),
        interval: raw.interval.into_inner(),
        design,
        inputs,
        // The catalogue names them when it has all definitions.
        same_tally: Vec::new(),
    }
}
