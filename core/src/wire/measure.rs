//! Definitions of measures.

use std::collections::HashMap;

use crate::engine::{polarity, value_kind};
use crate::measure::{
    Definition, Design, Funnel, GeoBasis, IntervalRule, Population, RepeatShare, Standing, Subjects,
};
use crate::period::PeriodKind;
use peelian::v1;

/// A definition as the contract has it.
#[must_use]
pub fn measure(definition: &Definition) -> v1::Measure {
    let placed = placed(&definition.design);
    let mut periods: Vec<PeriodKind> = definition.periods.values().flatten().copied().collect();
    periods.sort_unstable();
    periods.dedup();
    v1::Measure {
        name: format!("measures/{}", definition.id),
        version: definition.version,
        title: definition.title.to_string(),
        question: definition.question.clone(),
        unit: definition.unit.to_string(),
        design: definition.design.id().to_owned(),
        value_kind: value_kind(definition.value_kind).to_owned(),
        dataset: placed.as_ref().map(|placed| placed.dataset.clone()).unwrap_or_default(),
        populations: populations(&definition.design),
        date_field: placed.as_ref().map(|placed| placed.date.clone()).unwrap_or_default(),
        area_field: placed.map(|placed| placed.area).unwrap_or_default(),
        geo_basis: geo_basis(definition.geo_basis).to_owned(),
        breakdowns: definition.breakdowns.iter().map(|breakdown| breakdown.name.clone()).collect(),
        periods: periods.into_iter().map(|kind| kind.code().to_owned()).collect(),
        polarity: polarity(definition.polarity).into(),
        reporting_increase_wanted: definition.reporting_increase_wanted,
        disclosure: definition.disclosure.id().to_owned(),
        additive: definition.additive_areas && definition.additive_periods,
        caveats: definition.caveats.iter().map(ToString::to_string).collect(),
        sources: definition.sources.iter().map(|s| format!("{} ({})", s.text, standing(s.standing))).collect(),
        plan_reference: definition.plan_reference.clone(),
        interval_method: interval(definition.interval).to_owned(),
    }
}

/// Fields that place what is counted.
struct Placed {
    dataset: String,
    date: String,
    area: String,
}

fn placed(design: &Design) -> Option<Placed> {
    let of_subjects = |subjects: &Subjects| (subjects.dataset, subjects.date, subjects.place.area);
    let (dataset, date, area) = match design {
        Design::Count(population)
        | Design::Proportion(population)
        | Design::Rate { population, .. }
        | Design::WeightedProportion { population, .. } => {
            (population.dataset, population.date, population.place.area)
        }
        Design::RepeatShare(share) => (share.dataset, share.date, share.place.area),
        Design::Funnel(funnel) => of_subjects(&funnel.steps.first()?.subjects),
        Design::Ratio { numerator, .. } => of_subjects(numerator),
        Design::Completeness(register) => (register.dataset, register.date, register.site),
        Design::Gap(_) | Design::SubmittedOnly => return None,
    };
    Some(Placed { dataset: dataset.id.clone(), date: date.to_string(), area: area.to_string() })
}

fn populations(design: &Design) -> HashMap<String, String> {
    let named = match design {
        Design::Count(population)
        | Design::Proportion(population)
        | Design::Rate { population, .. }
        | Design::WeightedProportion { population, .. } => of_population(population),
        Design::RepeatShare(share) => of_repeat_share(share),
        Design::Funnel(funnel) => of_funnel(funnel),
        Design::Ratio { numerator, denominator } => {
            vec![("numerator", numerator.population.source()), ("denominator", denominator.population.source())]
        }
        Design::Gap(gap) => {
            vec![("reference", gap.reference.members.source()), ("comparison", gap.comparison.members.source())]
        }
        Design::Completeness(_) | Design::SubmittedOnly => Vec::new(),
    };
    named.into_iter().map(|(name, source)| (name.to_owned(), source.to_owned())).collect()
}

fn of_population(population: &Population) -> Vec<(&str, &str)> {
    vec![
        ("initial_population", population.initial.source()),
        ("denominator", population.denominator.source()),
        ("denominator_exclusion", population.denominator_exclusion.source()),
        ("denominator_exception", population.denominator_exception.source()),
        ("numerator", population.numerator.source()),
        ("numerator_exclusion", population.numerator_exclusion.source()),
    ]
}

fn of_repeat_share(share: &RepeatShare) -> Vec<(&str, &str)> {
    vec![
        ("qualifying", share.qualifying.source()),
        ("linkable", share.linkable.source()),
        ("index", share.index.source()),
        ("prior", share.prior.source()),
    ]
}

fn of_funnel(funnel: &Funnel) -> Vec<(&str, &str)> {
    funnel.steps.iter().map(|step| (step.id.as_str(), step.subjects.population.source())).collect()
}

fn geo_basis(basis: GeoBasis) -> &'static str {
    match basis {
        GeoBasis::LocationOfOffence => "location_of_offence",
        GeoBasis::VictimResidence => "victim_residence",
        GeoBasis::InvestigatingUnit => "investigating_unit",
        GeoBasis::ProviderSite => "provider_site",
        GeoBasis::CourtSite => "court_site",
        GeoBasis::ProsecutionArea => "prosecution_area",
        GeoBasis::RespondentResidence => "respondent_residence",
    }
}

fn interval(rule: IntervalRule) -> &'static str {
    match rule {
        IntervalRule::Wilson => "wilson",
        IntervalRule::WeightedWilson => "weighted_wilson",
        IntervalRule::ByarOrExact => "byar_or_exact",
        IntervalRule::Newcombe => "newcombe",
        IntervalRule::None => "",
    }
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Stated => "stated",
        Standing::Verified => "verified",
        Standing::Unverified => "unverified",
        Standing::ProjectDecision => "project decision",
    }
}
