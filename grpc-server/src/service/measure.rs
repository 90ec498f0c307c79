//! Definitions of measures as the contract writes them.

use std::collections::HashMap;

use peelian::v1 as wire;
use peelian_core::measure::{Definition, Design, Polarity, Population, Subjects};

/// A definition for the reader.
pub(super) fn measure(definition: &Definition) -> wire::Measure {
    let (dataset, date, area) = placed(&definition.design);
    let mut kinds: Vec<_> = definition.periods.values().flatten().collect();
    kinds.sort();
    kinds.dedup();
    wire::Measure {
        name: format!("measures/{}", definition.id),
        version: definition.version,
        title: definition.title.clone(),
        question: definition.question.clone(),
        unit: definition.unit.clone(),
        design: definition.design.id().to_owned(),
        value_kind: spelling(definition.value_kind),
        dataset,
        populations: populations(&definition.design),
        date_field: date,
        area_field: area,
        geo_basis: spelling(definition.geo_basis),
        breakdowns: definition.breakdowns.iter().map(|breakdown| breakdown.name.clone()).collect(),
        periods: kinds.into_iter().map(|kind| kind.code().to_owned()).collect(),
        polarity: match definition.polarity {
            Polarity::HigherIsBetter => wire::Polarity::HigherIsBetter,
            Polarity::LowerIsBetter => wire::Polarity::LowerIsBetter,
            Polarity::Neutral => wire::Polarity::Neutral,
        }
        .into(),
        reporting_increase_wanted: definition.reporting_increase_wanted,
        disclosure: definition.disclosure.id().to_owned(),
        additive: definition.additive_areas && definition.additive_periods,
        caveats: definition.caveats.clone(),
        sources: definition.sources.iter().map(|source| format!("{} ({})", source.text, spelling(source.standing))).collect(),
        plan_reference: definition.plan_reference.clone(),
        interval_method: spelling(definition.interval),
    }
}

/// A word of a definition as definitions spell it: `location_of_offence`.
fn spelling(word: impl serde::Serialize) -> String {
    match toml::Value::try_from(word) {
        Ok(toml::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// Dataset, date field and area field; empty where a measure has several or none.
fn placed(design: &Design) -> (String, String, String) {
    let of = |population: &Population| {
        let place = population.place.area.to_string();
        (population.dataset.id.clone(), population.date.to_string(), place)
    };
    match design {
        Design::Count(population)
        | Design::Rate { population, .. }
        | Design::Proportion(population)
        | Design::WeightedProportion { population, .. } => of(population),
        Design::RepeatShare(repeat) => {
            (repeat.dataset.id.clone(), repeat.date.to_string(), repeat.place.area.to_string())
        }
        Design::Completeness(complete) => (complete.dataset.id.clone(), complete.date.to_string(), String::new()),
        _ => (String::new(), String::new(), String::new()),
    }
}

/// Populations by name, each as its expression.
fn populations(design: &Design) -> HashMap<String, String> {
    let subjects = |name: &str, subjects: &Subjects| (name.to_owned(), subjects.population.source().to_owned());
    let named = |name: &str, source: &str| (name.to_owned(), source.to_owned());
    let all: Vec<(String, String)> = match design {
        Design::Count(population)
        | Design::Rate { population, .. }
        | Design::Proportion(population)
        | Design::WeightedProportion { population, .. } => vec![
            named("initial_population", population.initial.source()),
            named("denominator", population.denominator.source()),
            named("denominator_exclusion", population.denominator_exclusion.source()),
            named("denominator_exception", population.denominator_exception.source()),
            named("numerator", population.numerator.source()),
            named("numerator_exclusion", population.numerator_exclusion.source()),
        ],
        Design::RepeatShare(repeat) => vec![
            named("qualifying", repeat.qualifying.source()),
            named("linkable", repeat.linkable.source()),
            named("index", repeat.index.source()),
            named("prior", repeat.prior.source()),
        ],
        Design::Funnel(funnel) => funnel.steps.iter().map(|step| subjects(&step.id, &step.subjects)).collect(),
        Design::Ratio { numerator, denominator } => {
            vec![subjects("numerator", numerator), subjects("denominator", denominator)]
        }
        Design::Gap(gap) => vec![
            named("parent", &gap.of),
            named("reference", gap.reference.members.source()),
            named("comparison", gap.comparison.members.source()),
        ],
        _ => Vec::new(),
    };
    all.into_iter().filter(|(_, source)| !source.is_empty() && source != "false").collect()
}
