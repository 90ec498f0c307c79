//! Describes the files that were written: manifest, calibration and README.

use std::fmt::Write as _;

use super::calibration::Calibration;
use super::csv_output::{Output, SynthesisedFile};
use super::error::SynthesiseError;
use super::links;
use super::options::Options;

/// Writes the manifest, the calibration and a README that says what the records are.
pub(super) fn describe(
    options: &Options,
    output: &Output,
    calibrations: &[Calibration],
) -> Result<(), SynthesiseError> {
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
            fact.id, fact.statement, fact.numerator, fact.denominator
        );
    }
    output.text("calibration.csv", facts.as_bytes())?;
    let note = format!(
        "{NOTE}\n{VICTIMS}\n{}\n{OTHERS}\nMade with: months {}, end {}, scale {}, seed {}.\n",
        links::table(),
        options.months,
        options.end,
        options.scale,
        options.seed
    );
    output.text("README.md", note.as_bytes())
}

/// Thousandths as a decimal fraction; a number and days as a whole number.
fn decimal(fact: &Calibration, value: u64) -> String {
    if fact.is_whole() { value.to_string() } else { format!("{}.{:03}", value / 1_000, value % 1_000) }
}

const NOTE: &str = "# SYNTHETIC records

No person in these files exists, and no event in them happened. The records are not real data, not anonymised data and
not derived from personal data. Submit them only as synthetic. Every figure computed from them is synthetic too.

- `manifest.csv`: every file with the agency that would submit it. A file comes after the files that its rows refer to.
- `calibration.csv`: facts that London's Police and Crime Plan 2017-2021 states, each with its target and with the value
  that the records have. `g04`, `g18` and `g28` are numbers, which are scaled. `g14` is in days. All other facts are
  shares.

What the calibration misses, on purpose or because there are no data:

- In every year, volumes follow the recorded crime of 2016 by month and borough (Metropolitan Police Service). There is
  no trend, except that hate crime doubles in July 2016.
- Shares hold in every block of cases, so they vary less from month to month than real shares do.
- The plan's \"12 per cent of victims\" and \"one in ten crimes\" are roundings of two similar shares. The records are
  calibrated to the first, and the second comes out close.
- The plan states no share of victims of knife crime, hate crime and sexual offences who were victims of the same crime
  before. These shares are made up.
- The mix of groups of Londoners is the same in every borough. Satisfaction, attitudes, outcomes and whether an offender
  reoffends depend only on what the facts name.
- Prosecutions follow from charges. There are no decisions against charging, and no figures for the rest of England and
  Wales.
- Searches are in every borough in proportion to its crime. The share of BAME persons among those searched gives the
  plan's ratio of 2.5 with London's residents in the Census of 2011, and not with those of one borough.
- The workforce, the officers of wards and the surveys have their full size at every scale. Steps into and out of the
  force are those of officers alone. No row names a command unit, a detailed ethnic group or a career break.
- The plan counts 629 wards, and the records have the 632 of the list of December 2021. The share of them that is covered
  rises to all in December 2017; before, it is made up.
- Of the hospital sites that the register expects, 26 submit. Two of the 29 that the programme counted had closed.
";

const VICTIMS: &str = "## Victims of several crimes

The variants of repeat victimisation have different values, because some victims count for one variant and not for
another. Of 100 crimes against persons who can be linked, this many are linked to another crime against the same person.
The last column has all other crimes, and any crime but domestic abuse is of the same kind as these. The shares are made
up. Only their sums follow the plan: 12% of victims, and a quarter of offences of domestic abuse.
";

const OTHERS: &str = "This is made up too:

- A crime is in the borough of the other crime in 70 of 100 cases. The others may be anywhere in London, so some are
  across a border of command units. A person keeps one borough of residence. It is the borough of the first crime in
  75 of 100 cases.
- Of 100 person victims, 1 (domestic abuse) to 8 (hate crime) cannot be linked: no details were taken, or the victim
  refused them or is anonymous. These victims have no pseudonym, and less is known of them.
- Each borough has two priorities in every financial year of the records, and replaces one of them in the next. The plan
  states two for each borough from April 2017, but not which.
- One in ten offenders was in the cohort of an earlier quarter. Of 100 offenders, 2 could not be matched and 1 died or was
  deported. They have no reoffences.
- Of 100 reoffences that count, 3 are committed on the last day of the year after the index date, 3 are proved on the last
  day of the further half year, and 34 others are proved in that half year. Some offenders have a reoffence that does not
  count: it is too late by a day or more, proved too late by a day or more, a breach, not recordable, or abroad.
- The Metropolitan Police submits the entitlements of one in ten person victims, for all service providers.
- The Home Office submits referrals under the National Referral Mechanism. Only their number by the Metropolitan Police
  in 2015 and 2016 follows the plan, and in 2013 and 2018 the London Assembly.
- Of 100 first-time entrants on the Police National Computer, 85 are also in the records of a youth offending team.
- Persistent and prolific offenders reoffend more often, but no larger share of them reoffends.
- Satisfaction with the criminal justice system depends on how the case ended, and the stages differ by a few points. The
  answers of staff depend on the ethnic group alone.
- Open cases of the Crown Court fall by 20 a month. Antisocial behaviour is what people report to the police. It
  follows the recorded crime of the boroughs, and the wards of a borough are alike.
- Residents, dwellings and deprivation of wards are made up, are the same in every year, and have nothing to do with the crime
  there.
";
