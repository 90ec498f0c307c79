//! Metropolitan Police Service: victims of homicide, with one line for each victim, or for victims who are alike.
//!
//! A line has the borough, the month in which the homicide was recorded, as its first day (`01-Jan-03`), and the age group, sex
//! and method. The file lists every victim since its first month, so a month or a borough without a line had none.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::fmt::strtime::BrokenDownTime;
use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Publication, police_area};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, date, day_in_name, named};
use super::{Converted, File};
use crate::period::{Month, Period};
use crate::reference::{AreaId, Areas, Coverage, Level};

const PUBLICATION: Publication = Publication {
    agency: "mps",
    collection: "homicide-victims",
    title: "Metropolitan Police Service, homicide dashboard, victims",
    status: FigureStatus::Provisional,
};
const ALL: &str = "homicide-victims.all";
const TEENAGE: &str = "homicide-victims.teenage";
/// The age groups of the file, and whether they are those of teenagers. An empty group is not known.
const AGE_GROUPS: [(&str, bool); 9] = [
    ("0 to 12", false),
    ("13 to 19", true),
    ("20 to 24", false),
    ("25 to 34", false),
    ("35 to 44", false),
    ("45 to 54", false),
    ("55 to 64", false),
    ("65 and over", false),
    ("", false),
];
/// The earliest two-digit year: the file begins in 2003.
const FIRST_YEAR: i16 = 2003;

/// Numbers of victims by measure, area and month.
type Counts = BTreeMap<(&'static str, AreaId, Month), i64>;

pub(super) fn read(file: &File<'_>) -> Result<Converted, SourceError> {
    let [victims, age] = file.sheet.columns(["Count of Victims", "Age Group"])?;
    let [recorded, borough] = file.sheet.columns(["Recorded Date", "Borough"])?;
    let mut figures = Figures::default();
    let mut counts = Counts::new();
    let mut unknown_age = 0;
    for line in &file.sheet.lines {
        let area = police_area(&file.reference.areas, line.cell(borough), line)?;
        let number = file.sheet.count(line, victims)?;
        let month = recorded_in(file, line, recorded)?;
        let known = AGE_GROUPS.iter().find(|(group, _)| group.eq_ignore_ascii_case(line.cell(age)));
        let Some((group, teenage)) = known else {
            return Err(SourceError::Value {
                line: line.number,
                column: "Age Group".to_owned(),
                value: named(line.cell(age)),
                expected: "one of the age groups from 0 to 12 to 65 and over",
            });
        };
        unknown_age += i64::from(group.is_empty()) * number;
        *counts.entry((ALL, area, month)).or_default() += number;
        if *teenage {
            *counts.entry((TEENAGE, area, month)).or_default() += number;
        }
    }
    write(file, counts, &mut figures)?;
    if unknown_age > 0 {
        let message = format!("{unknown_age} victims have no age group: they count among all victims only");
        figures.findings.push(SourceFinding::file(Code::Basis, message));
    }
    let basis = "victims by the month in which the homicide was recorded. A homicide recorded later, or no longer one, changes \
                 earlier months";
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
    Ok(figures.finish(&PUBLICATION, file))
}

/// Writes the figures of every borough and month that the file covers, and of bins beside the boroughs that have victims.
fn write(file: &File<'_>, counts: Counts, figures: &mut Figures) -> Result<(), SourceError> {
    let months = || counts.keys().map(|(_, _, month)| *month);
    let (Some(first), Some(last)) = (months().min(), months().max()) else { return Ok(()) };
    let over = day_in_name(file.name).is_some_and(|released| released > last.last_day());
    let last = if over { last } else { last.plus(-1) };
    if !over {
        let message = format!(
            "{} is the last month, and may not have been over when the file was made: left out. If it was over, put the day \
             of the release into the name of the file",
            last.plus(1)
        );
        figures.findings.push(SourceFinding::file(Code::IncompletePeriod, message));
    }
    let areas = &file.reference.areas;
    let seen: BTreeSet<AreaId> = counts.keys().map(|(_, area, _)| *area).collect();
    let of_force = boroughs(areas)?;
    let covered: BTreeSet<AreaId> = seen.into_iter().chain(of_force).collect();
    for area in covered {
        for month in (first.index()..=last.index()).map(Month::from_index) {
            for measure in [ALL, TEENAGE] {
                let number = counts.get(&(measure, area, month)).copied().unwrap_or(0);
                figures.zeros += u64::from(number == 0);
                let key = Key { period: Period::month(month), measure, area, breakdown: String::new() };
                figures.set(key, Figure::Count(number));
            }
        }
    }
    let message = "months and boroughs without a victim are zero: the file lists every victim";
    figures.findings.push(SourceFinding::file(Code::ZerosMade, message));
    Ok(())
}

fn boroughs(areas: &Areas) -> Result<Vec<AreaId>, SourceError> {
    let force = areas.london(Coverage::Mps32).ok_or(SourceError::NoArea("London"))?;
    Ok(areas.members(force, Level::Borough, Month::from_index(0).first_day()))
}

/// The month in which a homicide was recorded.
fn recorded_in(file: &File<'_>, line: &Line, column: usize) -> Result<Month, SourceError> {
    let text = line.cell(column);
    let day = date(text).or_else(|| day_with_named_month(text));
    let day = day.filter(|day| day.year() >= FIRST_YEAR).map(Month::of);
    day.ok_or_else(|| file.sheet.wrong(line, column, "a day since 2003 (01-Jan-03 or 2003-01-01)"))
}

/// A day with its month in letters and two digits of its year: `01-Jan-03`.
fn day_with_named_month(text: &str) -> Option<Date> {
    BrokenDownTime::parse("%d-%b-%y", text).ok()?.to_date().ok()
}
