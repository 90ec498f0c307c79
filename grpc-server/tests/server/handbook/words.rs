//! Words for the terms of a definition. Each term of the catalogue has words, or the test does not compile.

use peelian_core::design::{ChosenCounts, ChosenVictims, Input};
use peelian_core::measure::{
    BreakdownCodes, Definition, Disclosure, GeoBasis, Polarity, RateBasis, Standing, ValueKind,
};
use peelian_core::period::PeriodKind;
use peelian_core::reference::Level;

/// Periods, in the order of the columns.
pub(super) const PERIODS: [PeriodKind; 5] = PeriodKind::ALL;

/// Groups of statements by their standing: those that a person must check come first.
pub(super) const STANDINGS: [Standing; 4] =
    [Standing::Unverified, Standing::ProjectDecision, Standing::Verified, Standing::Stated];

pub(super) const fn period(kind: PeriodKind) -> &'static str {
    match kind {
        PeriodKind::Month => "month",
        PeriodKind::Quarter => "quarter",
        PeriodKind::RollingYear => "rolling 12 months",
        PeriodKind::CalendarYear => "calendar year",
        PeriodKind::FinancialYear => "financial year",
    }
}

pub(super) const fn level(level: Level) -> &'static str {
    match level {
        Level::Nation => "England and Wales",
        Level::London => "London",
        Level::Bcu => "command unit of the Metropolitan Police",
        Level::Borough => "borough",
        Level::Ward => "ward",
        Level::Pseudo => "bin of the Metropolitan Police outside the boroughs",
        Level::HospitalSite => "hospital site",
        Level::CpsArea => "area of the Crown Prosecution Service",
        Level::Lcjb => "local criminal justice area",
        Level::Court => "court",
    }
}

pub(super) const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Unverified => "Unverified: a person must check it before anything is published as official",
        Standing::ProjectDecision => "Decided by this project, because no official rule was found",
        Standing::Verified => "Verified in an official or public source",
        Standing::Stated => "Stated in the plan or in its consultation",
    }
}

pub(super) const fn polarity(polarity: Polarity, reporting_increase_wanted: bool) -> &'static str {
    match (polarity, reporting_increase_wanted) {
        (Polarity::HigherIsBetter, _) => "higher is better",
        (Polarity::LowerIsBetter, _) => "lower is better",
        (Polarity::Neutral, false) => "neither is better: read it in context",
        (Polarity::Neutral, true) => {
            "neither is better: the plan wants more victims to come forward, so a rise does not mean that things got worse"
        }
    }
}

pub(super) const fn geo_basis(basis: GeoBasis) -> &'static str {
    match basis {
        GeoBasis::LocationOfOffence => "where the offence happened",
        GeoBasis::VictimResidence => "where the victim lives",
        GeoBasis::InvestigatingUnit => "the police unit that investigates or that took the report",
        GeoBasis::ProviderSite => "the site that provided the service",
        GeoBasis::CourtSite => "the court",
        GeoBasis::ProsecutionArea => "the area of the prosecution service",
        GeoBasis::PoliceArea => "the area that a member of the force serves",
        GeoBasis::RespondentResidence => "where the respondent lives",
        GeoBasis::OffenderResidence => "where the offender lives",
    }
}

pub(super) const fn rate_basis(basis: Option<RateBasis>) -> &'static str {
    match basis {
        None => "",
        Some(RateBasis::Cohort) => "cohort: the subjects of the denominator are followed up",
        Some(RateBasis::Period) => "period: numerator and denominator are counted by their own dates, and differ",
    }
}

/// What the class protects. The smallest base of a percentage is that of the class.
pub(super) const fn disclosure(rule: Disclosure) -> &'static str {
    match rule {
        Disclosure::Admin => "counts of crimes that give no information about a person",
        Disclosure::Sensitive => "victims and sensitive flags",
        Disclosure::Survey => "respondents of a survey",
        Disclosure::Health => "attendances at emergency departments",
        Disclosure::Staff => "people who work for a force",
        Disclosure::None => "nothing to protect",
    }
}

pub(super) const fn value_kind(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Count => "a number",
        ValueKind::Proportion => "a share, from 0% to 100%",
        ValueKind::PercentagePoints => "a difference of two shares, in percentage points",
        ValueKind::RatePer1k => "a rate for each 1,000 residents",
        ValueKind::RatePer10k => "a rate for each 10,000 residents",
        ValueKind::RatePer100k => "a rate for each 100,000 residents",
        ValueKind::RatePer100 => "a rate for each 100 subjects",
        ValueKind::Ratio => "a ratio",
        ValueKind::Days => "a number of days",
        ValueKind::Index => "an index, with 100 as its reference",
        ValueKind::Score => "a weighted number for each resident",
    }
}

/// What a population of the catalogue selects; empty if its name alone says it.
pub(super) fn population(name: &str, definition: &Definition) -> &'static str {
    let is_choice = |input: &Input| match input {
        Input::Chosen(ChosenCounts { kinds, .. }) | Input::ChosenVictims(ChosenVictims { kinds, .. }) => {
            kinds.iter().any(|kind| kind == name)
        }
        _ => false,
    };
    match name {
        "initial_population" => "the rows that the measure is about",
        "denominator" => "of these, the rows that count in the denominator",
        "denominator_exclusion" => "rows that leave the denominator",
        "numerator" => "the rows that count in the numerator",
        "numerator_exclusion" => "rows that leave the numerator and stay in the denominator",
        "denominator_exception" => "rows that leave the denominator if they are not in the numerator",
        "index" => "crimes that place a victim in a period and an area",
        "prior" => "crimes that make an index crime a repeat",
        "subjects" => "the rows that are followed up",
        "outcome" => "events that count",
        "offenders" => "offenders who are followed up",
        "reoffence" => "reoffences that count",
        "group" => "the group that is compared",
        "reference" => "the reference group",
        "comparison" => "the group that is compared with the reference group",
        _ if definition.inputs.iter().any(is_choice) => "a kind of crime that a borough can choose",
        _ => "",
    }
}

/// Where the codes of a breakdown come from.
pub(super) fn codes(codes: &BreakdownCodes) -> String {
    match codes {
        BreakdownCodes::Field(path) => format!("field `{path}`"),
        BreakdownCodes::Contract(path) => {
            format!("submitted figures only: codes of `{}.{}`", path.dataset, path.field)
        }
        BreakdownCodes::List(list) => format!("submitted figures only: code list `{list}`"),
        BreakdownCodes::Published => "submitted figures only: the publisher's own words".to_owned(),
    }
}
