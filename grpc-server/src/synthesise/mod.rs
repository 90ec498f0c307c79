//! Synthetic records: what no agency may publish and every demonstration needs.
//!
//! The records are made up, of nobody, and say so wherever they go. They have the form that partners submit, pass the
//! checks, and are calibrated to the facts that the Police and Crime Plan states, so that a measure computed from them
//! can be compared with a figure that everybody knows. The same options give the same bytes on every machine.

mod calibration;
mod crimes;
mod justice;
mod others;
mod outcomes;
mod output;
mod people;
mod random;
mod surveys;
mod tables;
mod victims;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use peelian_core::period::{Month, Period, PeriodKind, date_of_days};
use peelian_core::reference::Reference;

pub(crate) use calibration::Calibration;
use calibration::Facts;
use crimes::Crimes;
use justice::{Cohorts, Trials};
use outcomes::Investigations;
use output::Output;
pub(crate) use output::SynthesisedFile;
use random::Random;
use surveys::{PublicSurveys, VictimSurveys};

/// Months of cohorts beyond the year and a half in which reoffending is proved: one year's worth.
const COHORT_MONTHS: i32 = 30;

/// What to synthesise.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    /// How many months, the last of which is [`Options::end`]. With 36 to December 2017 every fact can be computed;
    /// repeat victimisation in February 2017 needs February 2016.
    pub months: u32,
    /// The last month.
    pub end: Month,
    /// Volume of crime and justice relative to London's, above 0: 0.01 is about 640 crimes a month. Surveys keep their
    /// size.
    pub scale: f64,
    /// Seed: another gives other people with the same shares.
    pub seed: u64,
    /// Folder to write to; created if it is not there.
    pub out: PathBuf,
}

impl Options {
    /// 36 months to December 2017 at a hundredth of London's volume.
    #[must_use]
    pub(crate) fn new(out: PathBuf) -> Self {
        Self { months: 36, end: Month::of_days(17_501), scale: 0.01, seed: 1829, out }
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Synthesised {
    /// Every file, in the order in which partners would submit them: what is referred to comes first.
    pub files: Vec<SynthesisedFile>,
    /// The facts aimed at and what came out.
    pub calibrations: Vec<Calibration>,
}

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SynthesiseError {
    /// The options make no sense.
    #[error("{0}")]
    Options(&'static str),
    /// A file could not be written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Rows could not be written as CSV.
    #[error("the rows cannot be written as CSV: {0}")]
    Csv(String),
    /// The contract or the code lists lack something.
    #[error("the exchange knows no `{0}`")]
    NoDataset(&'static str),
    /// A class of offence is in no list.
    #[error("no offence class `{0}`")]
    NoClass(&'static str),
}

impl SynthesiseError {
    fn file(path: &Path, error: std::io::Error) -> Self {
        Self::File { path: path.to_owned(), error }
    }
}

/// Writes synthetic records for every dataset of records, one file a dataset and month or quarter, with a manifest, the
/// calibrations and a note that says what they are.
///
/// # Errors
///
/// Options out of range, or a folder that cannot be written to. Files written before an error stay.
pub(crate) fn run(options: &Options, reference: &Reference) -> Result<Synthesised, SynthesiseError> {
    let per_million = per_million(options.scale)?;
    let months = i32::try_from(options.months).ok().filter(|months| (1..=240).contains(months));
    let months = months.ok_or(SynthesiseError::Options("the number of months must be from 1 to 240"))?;
    let mut output = Output::new(&options.out)?;
    let mut facts = Facts::default();
    let first = options.end.plus(1 - months);
    let span: Vec<Month> = (0..months).map(|n| first.plus(n)).collect();

    police(options, reference, &span, per_million, (&mut output, &mut facts))?;
    surveys(options, reference, &span, (&mut output, &mut facts))?;
    courts(options, &span, per_million, (&mut output, &mut facts))?;
    hospitals_and_boroughs(options, reference, &span, per_million, &mut output)?;

    let calibrations = facts.finish(per_million);
    describe(options, &output, &calibrations)?;
    Ok(Synthesised { files: output.files, calibrations })
}

/// The scale in millionths.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
fn per_million(scale: f64) -> Result<usize, SynthesiseError> {
    if !(0.000_1..=2.0).contains(&scale) {
        return Err(SynthesiseError::Options("the scale must be from 0.0001 to 2"));
    }
    Ok((scale * 1_000_000.0).round() as usize)
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
    for month in span {
        let mut recorded = crimes.month(*month, per_million, facts);
        recorded.iter_mut().for_each(|crime| investigations.end(crime, facts));
        let period = Period::month(*month);
        let (rows, victims): (Vec<_>, Vec<_>) =
            recorded.into_iter().map(|recorded| (recorded.crime, recorded.victim)).unzip();
        output.write("mps", "crime", period, &rows)?;
        output.write("mps", "crime_victim", period, &victims.into_iter().flatten().collect::<Vec<_>>())?;
        let outcomes = investigations.outcomes.remove(&period).unwrap_or_default();
        output.write("mps", "crime_outcome", period, &outcomes)?;
    }
    if let Some(february) = Month::new(2017, 2).filter(|month| span.contains(month)) {
        facts.repeats(&crimes.people.history, february);
    }
    for (quarter, rows) in &investigations.prosecutions {
        output.write("cps", "cps_defendant_outcome", *quarter, rows)?;
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
    for quarter in whole_quarters(span) {
        output.write("mopac", "victim_survey_response", quarter, &victims.quarter(quarter, facts))?;
        output.write("mopac", "public_attitude_response", quarter, &public.quarter(quarter, facts))?;
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
    for quarter in whole_quarters(span) {
        let rows: Vec<_> = quarter.months().flat_map(|month| trials.month(month, per_million, facts)).collect();
        output.write("hmcts", "trial_listing", quarter, &rows)?;
    }
    // Cohorts go back far enough for one year's offenders to have been followed to the end.
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

fn hospitals_and_boroughs(
    options: &Options,
    reference: &Reference,
    span: &[Month],
    per_million: usize,
    output: &mut Output,
) -> Result<(), SynthesiseError> {
    let mut random = Random::new(options.seed, "istv_attendance");
    for month in span {
        let rows = others::attendances(&mut random, reference, *month, per_million);
        output.write("nhs", "istv_attendance", Period::month(*month), &rows)?;
    }
    if let Some(april) = Month::new(2017, 4).filter(|month| span.contains(month)) {
        let year = Period::containing(PeriodKind::FinancialYear, april);
        let rows = others::priorities(&mut Random::new(options.seed, "local_priority"));
        output.write("mopac", "local_priority", year, &rows)?;
    }
    Ok(())
}

/// The quarters that lie wholly within some months.
fn whole_quarters(span: &[Month]) -> Vec<Period> {
    let quarters = span.iter().map(|month| Period::containing(PeriodKind::Quarter, *month));
    let mut whole: Vec<Period> =
        quarters.filter(|quarter| quarter.months().all(|month| span.contains(&month))).collect();
    whole.dedup();
    whole
}

fn last_day(month: Month) -> i32 {
    month.plus(1).first_day_number() - 1
}

/// A day as `2017-02-01`.
fn date(day: i32) -> String {
    date_of_days(day).map_or_else(String::new, |date| date.to_string())
}

fn describe(options: &Options, output: &Output, calibrations: &[Calibration]) -> Result<(), SynthesiseError> {
    let mut manifest = "synthetic,agency,dataset,period,path,rows\n".to_owned();
    for file in &output.files {
        let SynthesisedFile { agency, dataset, period, path, rows } = file;
        let _ = writeln!(manifest, "true,{agency},{dataset},{period},{path},{rows}");
    }
    output.text("manifest.csv", manifest.as_bytes())?;
    let mut facts = "fact,what,target,achieved,numerator,denominator\n".to_owned();
    for fact in calibrations {
        let achieved = fact.achieved().map_or_else(String::new, |achieved| decimal(fact, achieved));
        let target = decimal(fact, fact.target);
        let _ = writeln!(
            facts,
            "{},\"{}\",{target},{achieved},{},{}",
            fact.id, fact.fact, fact.numerator, fact.denominator
        );
    }
    output.text("calibration.csv", facts.as_bytes())?;
    let note = format!(
        "{NOTE}\nMade with: months {}, end {}, scale {}, seed {}.\n",
        options.months, options.end, options.scale, options.seed
    );
    output.text("README.md", note.as_bytes())
}

/// Thousandths as a decimal; a plain number as it is.
fn decimal(fact: &Calibration, value: u64) -> String {
    if fact.is_number() { value.to_string() } else { format!("{}.{:03}", value / 1_000, value % 1_000) }
}

const NOTE: &str = "# SYNTHETIC records

Nobody in these files exists and nothing in them happened. They are not real data, not anonymised data and not derived
from personal data. Submit them as synthetic only; every figure computed from them is synthetic too.

- `manifest.csv`: every file, with the agency that would submit it, in an order in which references are met.
- `calibration.csv`: facts stated in London's Police and Crime Plan 2017-2021, the value aimed at, and the value that
  the records give. `g04` is a number, scaled; all others are shares.

What the calibration misses, on purpose or for want of data:

- Volumes follow recorded crime of 2016 by month and borough (Metropolitan Police Service) in every year: there is no
  trend, except that hate crime doubles in July 2016.
- Shares hold in every block of cases, so they vary less from month to month than real ones would.
- The plan's \"12 per cent of victims\" and \"one in ten crimes\" are two roundings of nearly the same share: the records
  are made for the first, and the second comes out close to it.
- Of victims of knives, hate crime and sexual offences, how many were victims of the same before is made up: the plan
  states no share.
- A victim appears in one crime a month at most; groups of Londoners are mixed alike in every borough; satisfaction,
  attitudes, outcomes and reoffending depend on nothing but what the facts name.
- Prosecutions follow from charges: there are no decisions against charging, and no figures for the rest of England
  and Wales. Which crimes a borough chose as its priorities is made up.
- Of the hospital sites that the register expects, 26 submit; two of the 29 that the programme counted had closed.
";

#[cfg(test)]
mod tests;
