//! Synthetic records, which every demonstration needs because no agency may publish real ones.
//!
//! The records are made up and describe nobody. Every file, submission and answer labels them as synthetic. They have
//! the layout that partners submit, and they pass the checks. They are calibrated to the facts that the Police and
//! Crime Plan states, so that a measure computed from them can be compared with a published figure. The same options
//! give the same bytes on every machine.

mod antisocial_behaviour;
mod area_profiles;
mod calibration;
mod court_cases;
mod court_stock;
mod courts;
mod crimes;
mod csv_output;
mod dates;
mod description;
mod distributions;
mod entitlements;
mod entrants;
mod error;
mod hospitals;
mod interviews;
mod justice_survey;
mod links;
mod local_priorities;
mod options;
mod outcomes;
mod people;
mod public_survey;
mod random;
mod recorded_crime;
mod referrals;
mod reoffences;
mod reoffending;
mod searches;
mod staff_survey;
#[cfg(test)]
mod tests;
mod victim_survey;
mod victims;
mod ward_officers;
mod wards;
mod workforce;

use peelian_core::period::{Month, Period, PeriodKind};
use peelian_core::reference::Reference;

use antisocial_behaviour::Incidents;
pub(crate) use calibration::Calibration;
use calibration::Facts;
use court_cases::CourtCases;
use courts::Trials;
use crimes::Crimes;
use csv_output::Output;
pub(crate) use csv_output::SynthesisedFile;
use dates::{calendar_years, financial_years, last_day, whole_quarters};
use description::describe;
use entitlements::Entitlements;
use entrants::Entrants;
pub(crate) use error::SynthesiseError;
use justice_survey::JusticeSurveys;
use local_priorities::Priorities;
pub(crate) use options::Options;
use outcomes::Investigations;
use public_survey::PublicSurveys;
use random::Random;
use referrals::Referrals;
use reoffending::Cohorts;
use searches::Searches;
use staff_survey::{CLOSES_IN, StaffSurveys};
use victim_survey::VictimSurveys;
use workforce::Workforce;

/// Months of cohorts before the last month: a year of offenders, and the year and a half in which their reoffending
/// is proved.
const COHORT_MONTHS: i32 = 30;

/// The files that were written, and how they were calibrated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Synthesised {
    /// Every file, in the order in which partners would submit them: a file comes after those that its rows refer to.
    pub files: Vec<SynthesisedFile>,
    /// The facts that the records are calibrated to, with their targets and the values achieved.
    pub calibrations: Vec<Calibration>,
}

/// Writes synthetic records for every dataset of records, one file for each dataset and month or quarter. Adds a
/// manifest, the calibration, and a README that says what the records are.
///
/// # Errors
///
/// If an option is out of range, or if the folder cannot be written to. Files that were written before an error stay.
pub(crate) fn run(options: &Options, reference: &Reference) -> Result<Synthesised, SynthesiseError> {
    let per_million = options.per_million()?;
    let span = options.span()?;
    let mut output = Output::new(&options.out)?;
    let mut facts = Facts::default();

    police(options, reference, &span, per_million, (&mut output, &mut facts))?;
    surveys(options, reference, &span, (&mut output, &mut facts))?;
    courts(options, &span, per_million, (&mut output, &mut facts))?;
    referrals_and_entrants(options, &span, per_million, (&mut output, &mut facts))?;
    hospitals_and_boroughs(options, reference, &span, per_million, &mut output)?;
    force(options, reference, &span, per_million, (&mut output, &mut facts))?;

    let calibrations = facts.finish(per_million);
    describe(options, &output, &calibrations)?;
    Ok(Synthesised { files: output.files, calibrations })
}

fn police(
    options: &Options,
    reference: &Reference,
    span: &[Month],
    per_million: usize,
    (output, facts): (&mut Output, &mut Facts),
) -> Result<(), SynthesiseError> {
    let mut crimes = Crimes::new(reference, options.seed)?;
    let mut investigations = Investigations::new(options.seed, last_day(options.end));
    let mut entitlements = Entitlements::new(reference, options.seed, last_day(options.end));
    let mut searches = Searches::new(options.seed);
    for month in span {
        let mut recorded = crimes.month(*month, per_million, facts);
        recorded.iter_mut().for_each(|crime| investigations.end(crime, facts));
        recorded.iter().for_each(|crime| entitlements.add(crime));
        let period = Period::month(*month);
        let (rows, victims): (Vec<_>, Vec<_>) =
            recorded.into_iter().map(|recorded| (recorded.crime, recorded.victim)).unzip();
        output.write("mps", "crime", period, &rows)?;
        output.write("mps", "crime_victim", period, &victims.into_iter().flatten().collect::<Vec<_>>())?;
        let outcomes = investigations.outcomes.remove(&period).unwrap_or_default();
        output.write("mps", "crime_outcome", period, &outcomes)?;
        output.write("mps", "stop_search", period, &searches.month(*month, per_million, facts))?;
    }
    if let Some(february) = Month::new(2017, 2).filter(|month| span.contains(month)) {
        facts.repeats(&crimes.people.history, february);
    }
    for (quarter, rows) in &investigations.prosecutions {
        output.write("cps", "cps_defendant_outcome", *quarter, rows)?;
    }
    for (quarter, rows) in &entitlements.events {
        output.write("mps", "victims_code_event", *quarter, rows)?;
    }
    Ok(())
}

fn surveys(
    options: &Options,
    reference: &Reference,
    span: &[Month],
    (output, facts): (&mut Output, &mut Facts),
) -> Result<(), SynthesiseError> {
    let mut victims = VictimSurveys::new(options.seed);
    let mut public = PublicSurveys::new(options.seed, reference);
    let mut justice = JusticeSurveys::new(options.seed, last_day(options.end));
    let mut staff = StaffSurveys::new(options.seed);
    for quarter in whole_quarters(span) {
        output.write("mopac", "victim_survey_response", quarter, &victims.quarter(quarter, facts))?;
        output.write("mopac", "public_attitude_response", quarter, &public.quarter(quarter, facts))?;
        output.write("mopac", "cjs_survey_response", quarter, &justice.quarter(quarter))?;
    }
    for month in span.iter().filter(|month| month.number() == CLOSES_IN) {
        let year = Period::containing(PeriodKind::FinancialYear, *month);
        output.write("mps", "staff_survey_response", year, &staff.wave(*month))?;
    }
    Ok(())
}

fn courts(
    options: &Options,
    span: &[Month],
    per_million: usize,
    (output, facts): (&mut Output, &mut Facts),
) -> Result<(), SynthesiseError> {
    let mut trials = Trials::new(options.seed);
    let mut cases = CourtCases::new(options.seed);
    let mut stock = Random::new(options.seed, "court_stock");
    for quarter in whole_quarters(span) {
        let rows: Vec<_> = quarter.months().flat_map(|month| trials.month(month, per_million, facts)).collect();
        output.write("hmcts", "trial_listing", quarter, &rows)?;
        let rows: Vec<_> = quarter.months().flat_map(|month| cases.month(month, per_million, facts)).collect();
        output.write("hmcts", "court_case", quarter, &rows)?;
        let ends = quarter.months();
        let rows: Vec<_> =
            ends.flat_map(|month| court_stock::open_cases(&mut stock, month, per_million, facts)).collect();
        output.write("hmcts", "court_stock", quarter, &rows)?;
    }
    // The cohorts begin so early that the follow-up of one year's offenders is complete at the end of the data.
    let mut cohorts = Cohorts::new(options.seed, last_day(options.end));
    let months: Vec<Month> = (0..COHORT_MONTHS + 3).map(|n| options.end.plus(n - COHORT_MONTHS - 2)).collect();
    for quarter in whole_quarters(&months) {
        output.write("moj", "probation_cohort", quarter, &cohorts.quarter(quarter, per_million, facts))?;
    }
    for (quarter, rows) in &cohorts.reoffences {
        output.write("moj", "proven_reoffence", *quarter, rows)?;
    }
    Ok(())
}

fn referrals_and_entrants(
    options: &Options,
    span: &[Month],
    per_million: usize,
    (output, facts): (&mut Output, &mut Facts),
) -> Result<(), SynthesiseError> {
    let mut referrals = Referrals::new(options.seed, last_day(options.end));
    let mut entrants = Entrants::new(options.seed);
    for quarter in whole_quarters(span) {
        output.write("home-office", "nrm_referral", quarter, &referrals.quarter(quarter, per_million, facts))?;
        output.write("yjb", "youth_fte", quarter, &entrants.quarter(quarter, per_million))?;
    }
    Ok(())
}

fn hospitals_and_boroughs(
    options: &Options,
    reference: &Reference,
    span: &[Month],
    per_million: usize,
    output: &mut Output,
) -> Result<(), SynthesiseError> {
    let mut random = Random::new(options.seed, "istv_attendance");
    for month in span {
        let rows = hospitals::attendances(&mut random, reference, *month, per_million);
        output.write("safestats", "istv_attendance", Period::month(*month), &rows)?;
    }
    let mut priorities = Priorities::new(options.seed);
    for year in financial_years(span) {
        output.write("mopac", "local_priority", year, &priorities.year(year))?;
    }
    for year in calendar_years(span) {
        output.write("ons", "area_profile", year, &area_profiles::profiles(options.seed, reference, year))?;
    }
    Ok(())
}

fn force(
    options: &Options,
    reference: &Reference,
    span: &[Month],
    per_million: usize,
    (output, facts): (&mut Output, &mut Facts),
) -> Result<(), SynthesiseError> {
    let mut workforce = Workforce::new(options.seed);
    let mut incidents = Incidents::new(options.seed);
    let mut random = Random::new(options.seed, "ward_officer");
    for month in span {
        let period = Period::month(*month);
        output.write("mps", "workforce_snapshot", period, &workforce.snapshot(*month, facts))?;
        output.write("mps", "workforce_flow", period, &workforce.flow(*month, facts))?;
        let officers = ward_officers::officers(&mut random, reference, *month, facts);
        output.write("mps", "ward_officer", period, &officers)?;
        output.write("mps", "asb_incident", period, &incidents.month(reference, *month, per_million))?;
    }
    Ok(())
}
