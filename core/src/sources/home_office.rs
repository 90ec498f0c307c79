//! Home Office: outcomes open data, with one row for each quarter, force, offence code and outcome type.
//!
//! The two count columns are two bases of a rate. "For offences recorded in the quarter" follows a cohort: its outcomes,
//! including offences without an outcome yet, add up to the offences recorded, and a share is never above 1. "Recorded in the
//! quarter" counts outcomes of offences of any age: divided by the offences of the same quarter it is a ratio of two different
//! sets, and can be above 1.

use std::collections::BTreeMap;

use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Publication};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, count, named};
use super::{Converted, File};
use crate::contract::{Contract, Kind};
use crate::period::Period;
use crate::reference::{AreaId, Areas};

const PUBLICATION: Publication = Publication {
    agency: "home-office",
    collection: "outcomes-open-data",
    title: "Home Office, police recorded crime and outcomes open data",
    status: FigureStatus::Final,
};
const NOT_YET: &str = "NYA";

/// Counts of one quarter and force, by outcome and then by crime group. The group `""` is all crime.
type Counts = BTreeMap<(Period, AreaId, String), BTreeMap<String, i64>>;

#[derive(Default)]
struct Bases {
    cohort: Counts,
    period: Counts,
    negative: u64,
}

pub(super) fn read(file: &File<'_>) -> Result<Converted, SourceError> {
    let mut figures = Figures::default();
    let bases = bases(file, &mut figures)?;
    write(&bases, &mut figures);
    let removed = figures.remove_counts_below_zero();
    if bases.negative > 0 {
        let message = format!(
            "{} counts are negative: corrections of earlier quarters, taken off their sums. {removed} sums are below \
             zero and left out",
            bases.negative
        );
        figures.findings.push(SourceFinding::file(Code::Negative, message));
    }
    let basis = "`.cohort` follows the offences recorded in a quarter; `.period` counts outcomes recorded in it, \
                 whatever the age of the offence. The denominator of both rates is the offences recorded in the \
                 quarter, that is, all outcomes of the cohort with those not yet assigned. An empty count is not \
                 applicable, not zero";
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
    Ok(figures.finish(&PUBLICATION, file))
}

fn bases(file: &File<'_>, figures: &mut Figures) -> Result<Bases, SourceError> {
    let [year, quarter, force, offence, outcome] =
        file.sheet.columns(["financial_year", "financial_quarter", "force_name", "offence_code", "outcome_type"])?;
    let [cohort, period] = file
        .sheet
        .columns(["force_outcomes_for_offences_recorded_in_quarter", "force_outcomes_recorded_in_quarter"])?;
    let mut bases = Bases::default();
    let mut seen: BTreeMap<[&str; 5], &Line> = BTreeMap::new();
    for line in &file.sheet.lines {
        let Some(area) = force_area(&file.reference.areas, line.cell(force)) else {
            let message = format!("{} is not a force of London: left out", named(line.cell(force)));
            figures.findings.push(SourceFinding::line(Code::OutsideScope, line.number, message));
            figures.left_out += 1;
            continue;
        };
        let identity = [year, quarter, force, offence, outcome].map(|column| line.cell(column));
        if let Some(earlier) = seen.insert(identity, line) {
            let what = format!(
                "offence {} with outcome {} occurs again",
                named(line.cell(offence)),
                named(line.cell(outcome))
            );
            return Err(SourceError::Conflict { line: line.number, earlier: earlier.number, what });
        }
        let text = format!("{}-Q{}", line.cell(year), line.cell(quarter));
        let quarter_of: Period =
            text.parse().map_err(|_| file.sheet.wrong(line, quarter, "a quarter of a financial year"))?;
        let code = outcome_code(line.cell(outcome))
            .ok_or_else(|| file.sheet.wrong(line, outcome, "an outcome type of the framework"))?;
        let group = crime_group(file, line.cell(offence));
        if group.is_none() {
            let message = format!("offence code {} is in no list: counted in totals only", named(line.cell(offence)));
            figures.findings.push(SourceFinding::line(Code::UnknownSeries, line.number, message));
        }
        for (column, counts) in [(cohort, &mut bases.cohort), (period, &mut bases.period)] {
            let text = line.cell(column);
            if text.is_empty() {
                continue;
            }
            let number = count(text).ok_or_else(|| file.sheet.wrong(line, column, "a whole number"))?;
            bases.negative += u64::from(number < 0);
            for group in [Some(""), group].into_iter().flatten() {
                let by_outcome = counts.entry((quarter_of, area, group.to_owned())).or_default();
                *by_outcome.entry(code.clone()).or_insert(0) += number;
            }
        }
    }
    Ok(bases)
}

/// The area of a police force of London: the Metropolitan Police, or the City of London Police.
pub(super) fn force_area(areas: &Areas, name: &str) -> Option<AreaId> {
    let name = name.to_lowercase();
    let code = if name.starts_with("metropolitan police") {
        "E23000001"
    } else if name.contains("city of") && name.contains("london") {
        "E09000001"
    } else {
        return None;
    };
    areas.by_code(code)
}

fn outcome_code(text: &str) -> Option<String> {
    let text = if text == "0" { NOT_YET } else { text };
    let field = Contract::get().dataset("crime_outcome")?.field("outcome_code")?;
    match &field.kind {
        Kind::Code(codes) => codes.get(text).map(|code| code.code.clone()),
        _ => None,
    }
}

fn crime_group<'a>(file: &File<'a>, offence: &str) -> Option<&'a str> {
    file.reference.codes.list("ho_class")?.get(offence)?.attribute("crime_group")
}

fn write(bases: &Bases, figures: &mut Figures) {
    let rates = [
        (&bases.cohort, "crime-outcomes.cohort", "crime-outcome-rate.cohort"),
        (&bases.period, "crime-outcomes.period", "crime-outcome-rate.period"),
    ];
    for (counts, volume, rate) in rates {
        for ((period, area, group), by_outcome) in counts {
            let recorded: i64 =
                bases.cohort.get(&(*period, *area, group.clone())).map_or(0, |all| all.values().sum());
            for (outcome, count) in by_outcome {
                let of = |measure| Key {
                    period: *period,
                    measure,
                    area: *area,
                    breakdown: if group.is_empty() {
                        format!("outcome_code={outcome}")
                    } else {
                        format!("crime_group={group};outcome_code={outcome}")
                    },
                };
                figures.set(of(volume), Figure::Count(*count));
                if recorded > 0 && *count >= 0 {
                    figures.set(of(rate), Figure::Of(*count, recorded));
                }
            }
            let breakdown = if group.is_empty() { String::new() } else { format!("crime_group={group}") };
            let key = Key { period: *period, measure: volume, area: *area, breakdown };
            figures.set(key, Figure::Count(by_outcome.values().sum()));
        }
    }
}
