//! Ministry of Justice: proven reoffending by index offence, and the durations of cases of the Crown Court.
//!
//! The Ministry publishes both as tables of a workbook (proven reoffending, tables A4a and A4b, annual average) and as a pivot
//! table (criminal court statistics, timeliness tool). These layouts are those of the tables as text: the columns of the
//! pivot table as they are, and one line for each year, age and index offence. All are of England and Wales.

use std::collections::BTreeMap;

use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Lines, Publication};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, decimal, named, share, slug, year_in_name};
use super::{Converted, File};
use crate::period::{Month, Period, PeriodKind};
use crate::reference::AreaId;

const REOFFENDING: Publication = Publication {
    agency: "moj",
    collection: "proven-reoffending",
    title: "Ministry of Justice, proven reoffending statistics, annual average",
    status: FigureStatus::Final,
};
const TIMELINESS: Publication = Publication {
    agency: "moj",
    collection: "crown-court-timeliness",
    title: "Ministry of Justice, criminal court statistics quarterly, timeliness of the Crown Court",
    status: FigureStatus::Final,
};

/// The age group, the name of all its offenders, and the measure that the share of those is a figure of.
const OFFENDERS: [(&str, &str, &str); 2] = [
    ("adult", "all adult offenders", "reoffending-binary-rate.adult"),
    ("juvenile", "all juvenile offenders", "youth-reoffending-binary-rate"),
];

/// The headings of the kind of offence. The second is the pivot table's own.
pub(super) const OFFENCE_HEADINGS: [&str; 2] = ["offence", "Row Labels"];
/// The headings of the first stage, by which the layout is known.
pub(super) const FIRST_STAGE_HEADINGS: [&str; 2] = ["mean_offence_to_charge_days", "Mean offence to charge (days)"];
const ALL_CASES: &str = "All Crown Court cases";

/// A stage: its column, without the word in front and in the form of a code, and its variant of the measure. The last holds
/// only for cases of the Crown Court, so its figure is also that of all courts.
type Stage = (&'static str, [&'static str; 2], bool);

/// The stage at the magistrates' court ends when a case is sent on. It is not the measure's stage from the first listing to
/// the completion of the case.
const STAGES: [Stage; 5] = [
    (
        "offence_to_charge_days",
        ["court-timeliness.mean-offence-to-charge", "court-timeliness.offence-to-charge"],
        false,
    ),
    (
        "charge_to_first_listing_days",
        ["court-timeliness.mean-charge-to-first-listing", "court-timeliness.charge-to-first-listing"],
        false,
    ),
    (
        "sending_to_crown_court_to_main_hearing_days",
        ["court-timeliness.mean-sending-to-main-hearing", "court-timeliness.sending-to-main-hearing"],
        true,
    ),
    (
        "main_hearing_to_completion_days",
        ["court-timeliness.mean-main-hearing-to-completion", "court-timeliness.main-hearing-to-completion"],
        true,
    ),
    (
        "offence_to_completion_days",
        ["court-timeliness.mean-offence-to-completion", "court-timeliness.offence-to-completion"],
        false,
    ),
];
const AT_MAGISTRATES: &str = "first_listing_to_completion_at_magistrates_court_days";
/// Means are published to hundredths of a day.
const ROUNDING_OF_MEANS: f64 = 0.05;

pub(super) fn read_reoffending(file: &File<'_>) -> Result<Converted, SourceError> {
    let [year, age, offence, proportion] =
        file.sheet.columns(["year_ending", "age", "index_offence", "proportion"])?;
    let area = nation(file)?;
    let mut figures = Figures::default();
    let mut seen: BTreeMap<[&str; 3], &Line> = BTreeMap::new();
    let mut by_offence = Lines::default();
    for line in &file.sheet.lines {
        let identity = [year, age, offence].map(|column| line.cell(column));
        if let Some(earlier) = seen.insert(identity, line) {
            let what = format!("{} occurs again", named(line.cell(offence)));
            return Err(SourceError::Conflict { line: line.number, earlier: earlier.number, what });
        }
        let of_age = OFFENDERS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(line.cell(age)));
        let Some((_, all, measure)) = of_age else { return Err(file.sheet.wrong(line, age, "adult or juvenile")) };
        if !line.cell(offence).eq_ignore_ascii_case(all) {
            by_offence.add(line);
            continue;
        }
        let period = financial_year(file, line, year)?;
        let text = line.cell(proportion);
        let value = share(text).ok_or_else(|| file.sheet.wrong(line, proportion, "a share from 0 to 1"))?;
        figures.set(Key { period, measure, area, breakdown: String::new() }, Figure::Value(value));
    }
    let groups = "are of one group of index offences. The Ministry's groups keep summary offences apart, and those of the \
                  measure do not: left out";
    by_offence.report(&mut figures, Code::UnknownSeries, groups);
    let basis = "shares of four quarterly cohorts together, of England and Wales, without the number of offenders: no \
                 interval can be computed. Cohorts before and after October 2015, when the source of offenders changed, \
                 are not comparable (unverified)";
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
    Ok(figures.finish(&REOFFENDING, file))
}

pub(super) fn read_timeliness(file: &File<'_>) -> Result<Converted, SourceError> {
    let year = year_in_name(file.name).and_then(|year| Month::new(year, 12));
    let year = year.ok_or_else(|| SourceError::NoYear(file.name.to_owned()))?;
    let period = Period::containing(PeriodKind::CalendarYear, year);
    let offence = file.sheet.column_of(&OFFENCE_HEADINGS)?;
    let area = nation(file)?;
    let mut figures = Figures::default();
    let mut all: Option<&Line> = None;
    let mut by_offence = Lines::default();
    for line in &file.sheet.lines {
        if !line.cell(offence).eq_ignore_ascii_case(ALL_CASES) {
            by_offence.add(line);
        } else if let Some(earlier) = all.replace(line) {
            let what = format!("{} occurs again", named(line.cell(offence)));
            return Err(SourceError::Conflict { line: line.number, earlier: earlier.number, what });
        }
    }
    if let Some(line) = all {
        write_stages(file, line, (period, area), &mut figures)?;
        check_means(file, line, &mut figures)?;
    }
    by_offence.report(
        &mut figures,
        Code::UnknownSeries,
        "are of one kind of offence, by which the measure has no breakdown: left out",
    );
    let basis = "defendants whose cases the Crown Court completed in the year, in England and Wales. Stages at the \
                 magistrates' court end when a case is sent on, which is no stage of the measure: left out";
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
    Ok(figures.finish(&TIMELINESS, file))
}

/// England and Wales.
fn nation(file: &File<'_>) -> Result<AreaId, SourceError> {
    file.reference.areas.by_code("K04000001").ok_or(SourceError::NoArea("England and Wales"))
}

/// The year of four cohorts that ends with March.
fn financial_year(file: &File<'_>, line: &Line, column: usize) -> Result<Period, SourceError> {
    let day = file.sheet.date(line, column)?;
    let month = Month::of(day);
    let ends = month.number() == 3 && day == month.last_day();
    let year = ends.then(|| Period::containing(PeriodKind::FinancialYear, month));
    year.ok_or_else(|| file.sheet.wrong(line, column, "the last day of a financial year (2017-03-31)"))
}

fn write_stages(
    file: &File<'_>,
    line: &Line,
    (period, area): (Period, AreaId),
    figures: &mut Figures,
) -> Result<(), SourceError> {
    for (stage, measures, of_crown_court) in STAGES {
        for (statistic, measure) in ["mean", "median"].into_iter().zip(measures) {
            let days = days(file, line, &format!("{statistic}_{stage}"))?;
            let mut write = |breakdown: &str| {
                let key = Key { period, measure, area, breakdown: breakdown.to_owned() };
                figures.set(key, Figure::Value(days));
            };
            write("court_type=crown");
            if of_crown_court {
                write("");
            }
        }
    }
    Ok(())
}

/// The days in the column whose heading is this code, or becomes it in lower case with `_` between words.
fn days(file: &File<'_>, line: &Line, code: &str) -> Result<f64, SourceError> {
    let column = file.sheet.header.iter().position(|heading| slug(heading) == code);
    let column = column.ok_or_else(|| SourceError::Column { column: code.to_owned(), found: 0 })?;
    decimal(line.cell(column)).ok_or_else(|| file.sheet.wrong(line, column, "a number of days"))
}

/// Means of stages add up to the mean of the whole. Medians do not.
fn check_means(file: &File<'_>, line: &Line, figures: &mut Figures) -> Result<(), SourceError> {
    let mean = |stage: &str| days(file, line, &format!("mean_{stage}"));
    let mut sum = mean(AT_MAGISTRATES)?;
    let [stages @ .., (whole, ..)] = &STAGES;
    for (stage, ..) in stages {
        sum += mean(stage)?;
    }
    let whole = mean(whole)?;
    if (sum - whole).abs() > ROUNDING_OF_MEANS {
        let message = format!("the means of stages add up to {sum:.2} days, and the mean of the whole is {whole:.2}");
        figures.findings.push(SourceFinding::line(Code::Inconsistent, line.number, message));
    }
    Ok(())
}
