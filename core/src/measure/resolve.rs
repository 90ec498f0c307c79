//! From the written form of a design to the design: names become fields, expressions become tables.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeTable;

use super::fields::Fields;
use super::raw::{
    RawCompleteness, RawCounted, RawDefinition, RawFunnel, RawGap, RawGroup, RawKind, RawPopulation, RawRate,
    RawRatio, RawRepeat, RawRule, RawSubjects, RawSubmittedOnly, RawWeighted,
};
use super::{
    Completeness, DefinitionError, Design, Funnel, FunnelBasis, Gap, Group, Population, RepeatRule, RepeatShare,
    Residents, Step, Subjects, ValueKind, Window,
};
use crate::cel::Predicate;
use crate::contract::{Dataset, Kind};
use crate::reference::Level;

/// For a gap, the dataset of the measure compared, and the place of that measure's name in the file.
type Parent = (&'static Dataset, usize);

/// Resolves the table `design`.
pub(super) fn resolve(
    mut table: Spanned<DeTable<'_>>,
    raw: &RawDefinition,
    fields: &Fields<'_>,
) -> Result<(Design, Option<Parent>), DefinitionError> {
    let checker = fields.checker();
    let kind = kind(&mut table, fields)?;
    let design = match kind {
        RawKind::Count => {
            let counted: RawCounted = checker.read(table)?;
            if let Some(text) = &counted.population.denominator {
                return checker.at(text, "a count has no denominator");
            }
            Design::Count(population(&counted.population, fields)?)
        }
        RawKind::Proportion => {
            let counted: RawCounted = checker.read(table)?;
            Design::Proportion(proportion(&counted.population, fields)?)
        }
        RawKind::Rate => rate(&checker.read(table)?, raw, fields)?,
        RawKind::WeightedProportion => weighted(&checker.read(table)?, fields)?,
        RawKind::RepeatShare => Design::RepeatShare(repeat(&checker.read(table)?, fields)?),
        RawKind::Funnel => Design::Funnel(funnel(&checker.read(table)?, fields)?),
        RawKind::Ratio => {
            let ratio: RawRatio = checker.read(table)?;
            Design::Ratio {
                numerator: subjects(&ratio.numerator, fields)?,
                denominator: subjects(&ratio.denominator, fields)?,
            }
        }
        RawKind::Gap => {
            let gap: RawGap = checker.read(table)?;
            let parent = (fields.dataset(&gap.dataset)?, gap.of.span().start);
            return Ok((Design::Gap(self::gap(gap, parent.0, fields)?), Some(parent)));
        }
        RawKind::Completeness => Design::Completeness(completeness(&checker.read(table)?, fields)?),
        RawKind::SubmittedOnly => {
            let RawSubmittedOnly {} = checker.read(table)?;
            Design::SubmittedOnly
        }
    };
    Ok((design, None))
}

fn kind(table: &mut Spanned<DeTable<'_>>, fields: &Fields<'_>) -> Result<RawKind, DefinitionError> {
    let at = table.span().start;
    match table.get_mut().remove("kind") {
        None => fields.checker().fault(at, "the design has no kind"),
        Some(kind) => {
            let span = kind.span();
            let mut only = DeTable::new();
            only.insert(Spanned::new(span.clone(), "kind".into()), kind);
            let RawKindTable { kind } = fields.checker().read(Spanned::new(span, only))?;
            Ok(kind)
        }
    }
}

#[derive(serde::Deserialize)]
struct RawKindTable {
    kind: RawKind,
}

fn population(raw: &RawPopulation, fields: &Fields<'_>) -> Result<Population, DefinitionError> {
    let dataset = fields.dataset(&raw.dataset)?;
    let predicate = |text: &Option<super::raw::Text>| fields.predicate(dataset, text.as_ref());
    let none_without = |text: &Option<super::raw::Text>| match text {
        Some(_) => predicate(text),
        None => Ok(Predicate::always().not()),
    };
    Ok(Population {
        dataset,
        date: fields.date(dataset, &raw.date)?,
        place: fields.place(dataset, &raw.area, raw.ward.as_ref())?,
        initial: predicate(&raw.initial)?,
        denominator: predicate(&raw.denominator)?,
        denominator_exclusion: none_without(&raw.denominator_exclusion)?,
        denominator_exception: none_without(&raw.denominator_exception)?,
        numerator: predicate(&raw.numerator)?,
        numerator_exclusion: none_without(&raw.numerator_exclusion)?,
    })
}

/// A population with both parts of a share.
fn proportion(raw: &RawPopulation, fields: &Fields<'_>) -> Result<Population, DefinitionError> {
    if raw.numerator.is_none() || raw.denominator.is_none() {
        return fields.checker().at(&raw.dataset, "a share needs a numerator and a denominator");
    }
    population(raw, fields)
}

fn rate(raw: &RawRate, definition: &RawDefinition, fields: &Fields<'_>) -> Result<Design, DefinitionError> {
    let multiplier = match definition.value_kind.get_ref() {
        ValueKind::RatePer1k => 1_000.0,
        _ => 100_000.0,
    };
    let ages = match &raw.residents.ages {
        Some(ages) if ages.get_ref().0 > ages.get_ref().1 => {
            return fields.checker().fault(ages.span().start, "the youngest age comes first");
        }
        ages => ages.as_ref().map(|ages| *ages.get_ref()),
    };
    Ok(Design::Rate { population: population(&raw.population, fields)?, per: Residents { ages }, multiplier })
}

fn weighted(raw: &RawWeighted, fields: &Fields<'_>) -> Result<Design, DefinitionError> {
    let population = proportion(&raw.population, fields)?;
    let mut weights = BTreeMap::new();
    for (name, text) in &raw.weights {
        let Some(level) = Level::from_id(name.get_ref()) else {
            return fields.checker().at(name, format!("{} is no level of area", name.get_ref()));
        };
        let weight = |kind: &Kind| matches!(kind, Kind::Weight);
        weights.insert(level, fields.field_of(population.dataset, text, "weight", weight)?);
    }
    let psu = raw.psu.as_ref().map(|text| fields.key(population.dataset, text)).transpose()?;
    Ok(Design::WeightedProportion { population, weights, psu })
}

fn subjects(raw: &RawSubjects, fields: &Fields<'_>) -> Result<Subjects, DefinitionError> {
    let dataset = fields.dataset(&raw.dataset)?;
    Ok(Subjects {
        dataset,
        date: fields.date(dataset, &raw.date)?,
        place: fields.place(dataset, &raw.area, raw.ward.as_ref())?,
        population: fields.predicate(dataset, raw.population.as_ref())?,
    })
}

fn repeat(raw: &RawRepeat, fields: &Fields<'_>) -> Result<RepeatShare, DefinitionError> {
    let checker = fields.checker();
    let dataset = fields.dataset(&raw.dataset)?;
    let qualifying = fields.predicate(dataset, Some(&raw.qualifying))?;
    let linkable = fields.predicate(dataset, Some(&raw.linkable))?;
    let within = |text| Ok(qualifying.and(&linkable).and(&fields.predicate(dataset, text)?));
    let window = match &raw.window {
        None => None,
        Some(window) => match (window.get_ref().months, window.get_ref().days) {
            (Some(months), None) if months > 0 => Some(Window::Months(months)),
            (None, Some(days)) if days > 0 => Some(Window::Days(days)),
            _ => return checker.fault(window.span().start, "a window has either months or days"),
        },
    };
    let rule = match (raw.rule, window) {
        (RawRule::PersonsRolling, Some(window)) => RepeatRule::PersonsRolling(window),
        (RawRule::PersonsPriorWindow, None) => RepeatRule::PersonsPriorWindow,
        (RawRule::OffencesPrior, None) => RepeatRule::OffencesPrior,
        (RawRule::PersonsTwoPlusInWindow, None) => RepeatRule::PersonsTwoPlusInWindow,
        _ => return checker.at(&raw.dataset, "persons_rolling has a window; the other rules look back 12 months"),
    };
    let codes = |kind: &Kind| matches!(kind, Kind::Code(_) | Kind::OpenCode(_) | Kind::Set(_));
    let same = raw.same.as_ref().map(|text| fields.field_of(dataset, text, "code or set", codes)).transpose()?;
    Ok(RepeatShare {
        dataset,
        date: fields.date(dataset, &raw.date)?,
        place: fields.place(dataset, &raw.area, None)?,
        person: fields.key(dataset, &raw.person)?,
        crime: fields.key(dataset, &raw.crime)?,
        incident: fields.key(dataset, &raw.incident)?,
        key_id: fields.key(dataset, &raw.key_id)?,
        index: within(raw.index.as_ref())?,
        prior: within(raw.prior.as_ref())?,
        qualifying: qualifying.and(&fields.predicate(dataset, raw.index.as_ref())?),
        linkable,
        same,
        rule,
        require_distinct_incident: raw.require_distinct_incident,
        result: raw.result,
    })
}

fn funnel(raw: &RawFunnel, fields: &Fields<'_>) -> Result<Funnel, DefinitionError> {
    let checker = fields.checker();
    let mut steps: Vec<Step> = Vec::with_capacity(raw.steps.get_ref().len());
    for step in raw.steps.get_ref() {
        if steps.iter().any(|known| known.id == *step.id.get_ref()) {
            return checker.at(&step.id, format!("there are two stages {}", step.id.get_ref()));
        }
        steps.push(Step {
            id: step.id.get_ref().clone(),
            title: step.title.clone(),
            unit: step.unit.clone(),
            unit_change: steps.last().is_some_and(|before| before.unit != step.unit),
            subjects: subjects(&step.subjects, fields)?,
        });
    }
    let [first, later @ ..] = steps.as_slice() else {
        return checker.fault(raw.steps.span().start, "a funnel has stages");
    };
    if *raw.basis.get_ref() == FunnelBasis::Cohort {
        // A later stage is placed in the period of the first stage's row: by the same field, its own or the referenced.
        let date = first.subjects.date;
        let same = |step: &Step| step.subjects.date.dataset == date.dataset && step.subjects.date.field == date.field;
        if let Some(stray) = later.iter().find(|step| !same(step)) {
            let reason = format!("the stage {} of a cohort is not placed by {date} of the first stage", stray.id);
            return checker.fault(raw.steps.span().start, reason);
        }
    }
    let pending = raw.pending.as_ref().map(|pending| subjects(pending, fields)).transpose()?;
    let cohort = *raw.basis.get_ref() == FunnelBasis::Cohort;
    if cohort && (raw.follow_up_months.is_none() || pending.is_none()) || !cohort && pending.is_some() {
        let reason = "a cohort, and only a cohort, has pending cases, and follow_up_months";
        return checker.fault(raw.basis.span().start, reason);
    }
    let follow_up_months = raw.follow_up_months.filter(|_| cohort);
    Ok(Funnel { basis: *raw.basis.get_ref(), follow_up_months, pending, steps })
}

fn gap(raw: RawGap, dataset: &'static Dataset, fields: &Fields<'_>) -> Result<Gap, DefinitionError> {
    let by = fields.field_of(dataset, &raw.by, "code", |kind| matches!(kind, Kind::Code(_)))?;
    let group = |raw: RawGroup| {
        let quoted: Vec<_> = raw.codes.get_ref().iter().map(|code| format!("'{code}'")).collect();
        let source = format!("{by} in [{}]", quoted.join(", "));
        let members = Predicate::compile(&source, dataset, fields.checker().reference);
        match members {
            Ok(members) if !quoted.is_empty() => {
                Ok(Group { label: raw.label, codes: raw.codes.into_inner(), members })
            }
            Ok(_) => fields.checker().fault(raw.codes.span().start, "a group has codes"),
            Err(error) => fields.checker().fault(raw.codes.span().start, error.to_string()),
        }
    };
    let comparison_at = raw.comparison.codes.span().start;
    let (reference, comparison) = (group(raw.reference)?, group(raw.comparison)?);
    if let Some(both) = comparison.codes.iter().find(|code| reference.codes.contains(code)) {
        return fields.checker().fault(comparison_at, format!("{both} is in both groups"));
    }
    Ok(Gap { of: raw.of.into_inner(), by, reference, comparison })
}

fn completeness(raw: &RawCompleteness, fields: &Fields<'_>) -> Result<Completeness, DefinitionError> {
    let dataset = fields.dataset(&raw.dataset)?;
    let register = raw.register.get_ref();
    if fields.checker().reference.codes.list(register).is_none() {
        return fields.checker().at(&raw.register, format!("there is no code list {register}"));
    }
    let of_register = |kind: &Kind| matches!(kind, Kind::OpenCode(list) if list == register);
    Ok(Completeness {
        register: register.clone(),
        dataset,
        date: fields.date(dataset, &raw.date)?,
        site: fields.field_of(dataset, &raw.site, "code of the register", of_register)?,
    })
}
