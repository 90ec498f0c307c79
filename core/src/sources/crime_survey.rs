//! Office for National Statistics: perceptions of the criminal justice system in the Crime Survey for England and Wales, open data
//! table.
//!
//! A line has one estimate: of a variable, a sex, an age group and a characteristic. The estimate is a share with its standard
//! error and the unweighted number of respondents. The meaning of the variables is that of the publisher's table of measurement
//! variables.

use std::collections::BTreeMap;

use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Lines, Publication};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, count, named, share};
use super::{Converted, File};
use crate::period::{Month, Period};
use crate::reference::{AreaId, Coverage};

const PUBLICATION: Publication = Publication {
    agency: "ons",
    collection: "crime-survey-perceptions",
    title: "Office for National Statistics, Crime Survey for England and Wales, perceptions: criminal justice system",
    status: FigureStatus::Final,
};

/// Variables, and the variants of the measure that they are figures of.
const VARIABLES: [(&str, &str); 11] = [
    ("ratpol3", "csew-police-perception.good-job"),
    ("patt1", "csew-police-perception.relied-upon"),
    ("patt2", "csew-police-perception.respect"),
    ("patt3", "csew-police-perception.fair"),
    ("patt5", "csew-police-perception.understand-issues"),
    ("patt6", "csew-police-perception.dealing-with-what-matters"),
    ("patt6b", "csew-police-perception.trusted"),
    ("patt7", "csew-police-perception.confidence"),
    ("catt2", "csew-police-perception.police-and-council"),
    ("cjsovb1dv", "csew-police-perception.cjs-effective"),
    ("fairova1dv", "csew-police-perception.cjs-fair"),
];
/// Shares of those who neither agree nor disagree, and of those who disagree, with the police and the council: no measure is of
/// them.
const OTHER_ANSWERS: [&str; 2] = ["catt2a", "catt2b"];
const NOT_AVAILABLE: &str = "NA";
const EVERYONE: [&str; 2] = ["All adults", "16+"];
const SEXES: [(&str, &str); 2] = [("Female", "sex=female"), ("Male", "sex=male")];

/// Positions of the columns of a line.
struct Columns {
    year: usize,
    quarter: usize,
    variable: usize,
    geography: usize,
    sex: usize,
    age: usize,
    characteristic: [usize; 2],
    estimate: usize,
    base: usize,
}

pub(super) fn read(file: &File<'_>) -> Result<Converted, SourceError> {
    let columns = columns(file)?;
    let mut figures = Figures::default();
    let mut seen: BTreeMap<Key, &Line> = BTreeMap::new();
    let mut of_groups = Lines::default();
    let mut without = Lines::default();
    let mut other: BTreeMap<&str, Lines> = BTreeMap::new();
    for line in &file.sheet.lines {
        let Some((area, breakdown)) = place(file, line, &columns)? else {
            of_groups.add(line);
            continue;
        };
        let variable = line.cell(columns.variable);
        let Some(&(_, measure)) = VARIABLES.iter().find(|(known, _)| known.eq_ignore_ascii_case(variable)) else {
            other.entry(variable).or_default().add(line);
            continue;
        };
        let key = Key { period: period(file, line, &columns)?, measure, area, breakdown };
        if let Some(earlier) = seen.insert(key.clone(), line) {
            let what = format!("{} occurs again", named(variable));
            return Err(SourceError::Conflict { line: line.number, earlier: earlier.number, what });
        }
        if line.cell(columns.estimate) == NOT_AVAILABLE {
            without.add(line);
            continue;
        }
        let value = share(line.cell(columns.estimate));
        let value = value.ok_or_else(|| file.sheet.wrong(line, columns.estimate, "a share from 0 to 1, or NA"))?;
        let base = count(line.cell(columns.base)).filter(|base| *base >= 0);
        let base = base.ok_or_else(|| file.sheet.wrong(line, columns.base, "a number of respondents"))?;
        figures.set(key, Figure::Survey(value, base));
    }
    of_groups.report(
        &mut figures,
        Code::OutsideScope,
        "are of other regions, or of groups by which the measure has no breakdown: left out",
    );
    without.report(&mut figures, Code::Missing, "have no estimate: there is no figure");
    for (variable, lines) in other {
        let known = OTHER_ANSWERS.iter().any(|known| known.eq_ignore_ascii_case(variable));
        let reason =
            if known { "they are shares of other answers, which no measure has" } else { "it is in no list" };
        lines.report(
            &mut figures,
            Code::UnknownSeries,
            &format!("of the variable {} are left out: {reason}", named(variable)),
        );
    }
    let basis = "shares of adults in households with the publisher's weights. The file names a quarter, and its respondents are \
                 those of a year: the period is taken as the twelve months that end with the quarter (unverified). The \
                 publisher's standard errors are left out: limits are computed from the number of respondents, and are too \
                 narrow by the effect of the sample's design";
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
    Ok(figures.finish(&PUBLICATION, file))
}

fn columns(file: &File<'_>) -> Result<Columns, SourceError> {
    let [year, quarter, variable] = file.sheet.columns(["Year", "Quarter", "MeasurementVar"])?;
    let [geography, sex, age] = file.sheet.columns(["Geography", "Sex", "Age"])?;
    let characteristic = file.sheet.columns(["CharacteristicVar", "Characteristic"])?;
    let [estimate, base] = file.sheet.columns(["Estimate", "UnweightedCount"])?;
    Ok(Columns { year, quarter, variable, geography, sex, age, characteristic, estimate, base })
}

/// The area and the breakdown of a line: everyone, or one sex, of England and Wales or of London. `None` for other groups.
fn place(file: &File<'_>, line: &Line, columns: &Columns) -> Result<Option<(AreaId, String)>, SourceError> {
    let areas = &file.reference.areas;
    let [everyone, adult] = EVERYONE;
    let same = |column: usize, text: &str| line.cell(column).eq_ignore_ascii_case(text);
    if !same(columns.geography, "England and Wales") || !same(columns.age, adult) {
        return Ok(None);
    }
    let breakdown = match SEXES.iter().find(|(sex, _)| same(columns.sex, sex)) {
        Some((_, breakdown)) => (*breakdown).to_owned(),
        None if same(columns.sex, everyone) => String::new(),
        None => return Err(file.sheet.wrong(line, columns.sex, "All adults, Female or Male")),
    };
    let [kind, characteristic] = columns.characteristic;
    let area = if same(kind, "Total") {
        areas.by_code("K04000001").ok_or(SourceError::NoArea("England and Wales"))?
    } else if same(kind, "gor") && same(characteristic, "London") {
        areas.london(Coverage::Gl33).ok_or(SourceError::NoArea("London"))?
    } else {
        return Ok(None);
    };
    Ok(Some((area, breakdown)))
}

/// The twelve months that end with the quarter of a line.
fn period(file: &File<'_>, line: &Line, columns: &Columns) -> Result<Period, SourceError> {
    let year = line.cell(columns.year).parse().ok();
    let quarter: Option<i32> = line.cell(columns.quarter).parse().ok().filter(|quarter| (1..=4).contains(quarter));
    let year: i32 = year.ok_or_else(|| file.sheet.wrong(line, columns.year, "a year (2018)"))?;
    let last = quarter.and_then(|quarter| Month::new(year, 3 * quarter));
    last.map(Period::rolling_year).ok_or_else(|| file.sheet.wrong(line, columns.quarter, "a quarter from 1 to 4"))
}
