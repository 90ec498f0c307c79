//! Conversion of definitions of measures, and of profiles, to the contract's messages.

use peelian::v1;

use crate::measure::{Definition, GeoBasis, Polarity, Profile, RateBasis, Source, Standing};
use crate::period::PeriodKind;

/// Converts a definition to the contract's message.
#[must_use]
pub fn measure(definition: &Definition) -> v1::Measure {
    let rows = definition.inputs.iter().find_map(|input| input.rows());
    let mut periods: Vec<PeriodKind> = definition.periods.values().flatten().copied().collect();
    periods.sort_unstable();
    periods.dedup();
    v1::Measure {
        name: format!("measures/{}", definition.id),
        version: definition.version,
        title: definition.title.to_string(),
        question: definition.question.clone(),
        unit: definition.unit.to_string(),
        design: definition.design.kind().to_owned(),
        value_kind: v1::ValueKind::from(definition.value_kind).into(),
        dataset: rows.map(|rows| rows.dataset.id.clone()).unwrap_or_default(),
        populations: definition.design.selections().into_iter().map(|one| (one.name, one.expression)).collect(),
        date_field: rows.map(|rows| rows.date.to_string()).unwrap_or_default(),
        area_field: rows.map(|rows| rows.area.to_string()).unwrap_or_default(),
        geo_basis: geo_basis(definition.geo_basis).to_owned(),
        breakdowns: definition.breakdowns.iter().map(|breakdown| breakdown.name.clone()).collect(),
        periods: periods.into_iter().map(|kind| kind.code().to_owned()).collect(),
        polarity: polarity(definition.polarity).into(),
        reporting_increase_wanted: definition.reporting_increase_wanted,
        disclosure: definition.disclosure.id().to_owned(),
        additive: definition.additive_areas && definition.additive_periods,
        caveats: definition.caveats.iter().map(ToString::to_string).collect(),
        sources: definition.sources.iter().map(told).collect(),
        plan_reference: definition.plan_reference.clone(),
        interval_method: definition.interval.id().to_owned(),
        rate_basis: definition.rate_basis.map_or("", RateBasis::id).to_owned(),
        authority: definition.authority.iter().map(ToString::to_string).collect(),
        companions: definition.companions.clone(),
    }
}

/// Converts a profile to the contract's message.
#[must_use]
pub fn profile(profile: &Profile) -> v1::Profile {
    v1::Profile {
        name: format!("profiles/{}", profile.id),
        title: profile.title.clone(),
        description: profile.description.clone(),
        plan_reference: profile.plan_reference.clone(),
        measures: profile.measures.clone(),
        baseline: profile.baseline.map(|period| period.to_string()).unwrap_or_default(),
        sources: profile.sources.iter().map(told).collect(),
    }
}

/// A source with its standing.
fn told(source: &Source) -> String {
    format!("{} ({})", source.text, standing(source.standing))
}

/// Converts a polarity to the contract's value.
pub(super) fn polarity(polarity: Polarity) -> v1::Polarity {
    match polarity {
        Polarity::HigherIsBetter => v1::Polarity::HigherIsBetter,
        Polarity::LowerIsBetter => v1::Polarity::LowerIsBetter,
        Polarity::Neutral => v1::Polarity::Neutral,
    }
}

fn geo_basis(basis: GeoBasis) -> &'static str {
    match basis {
        GeoBasis::LocationOfOffence => "location_of_offence",
        GeoBasis::VictimResidence => "victim_residence",
        GeoBasis::InvestigatingUnit => "investigating_unit",
        GeoBasis::ProviderSite => "provider_site",
        GeoBasis::CourtSite => "court_site",
        GeoBasis::ProsecutionArea => "prosecution_area",
        GeoBasis::PoliceArea => "police_area",
        GeoBasis::RespondentResidence => "respondent_residence",
        GeoBasis::OffenderResidence => "offender_residence",
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
