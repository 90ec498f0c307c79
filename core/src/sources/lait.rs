//! Department for Education: youth offending by local authority, in the Local Authority Interactive Tool.
//!
//! The Youth Justice Board supplies the figures. First-time entrants are counted from the Police National Computer, by the
//! address of the child, for years that end with December; their rate is for each 100,000 residents aged 10 to 17.

use std::collections::BTreeMap;

use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Lines, Publication, police_area};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, decimal, named};
use super::{Converted, File};
use crate::period::{Month, Period, PeriodKind};
use crate::reference::{AreaId, Coverage, Level};

const PUBLICATION: Publication = Publication {
    agency: "yjb",
    collection: "youth-offending",
    title: "Youth Justice Board, youth offending, in the Department for Education's Local Authority Interactive Tool",
    status: FigureStatus::Final,
};
const ENTRANTS: &str = "FirstYJS";
const MEASURE: &str = "first-time-entrants.pnc.rate";

/// Series that are figures of no measure, and the reasons.
const OTHER_SERIES: [(&str, &str); 3] = [
    ("ReoffYO", REOFFENDING),
    ("ReoffYO15-17", REOFFENDING),
    ("YJS_Caution-Sentence10-17_YO", "cautions and sentences of children are no measure"),
];
const REOFFENDING: &str = "the publisher says both that the cohort is of January to March and that the year is a financial \
                           year, and not which: the period of a share is not known";

/// A suppressed value, or one that is not available: the publisher does not say which.
const NO_VALUE: &str = "-";

pub(super) fn read(file: &File<'_>) -> Result<Converted, SourceError> {
    let [series, year, value] = file.sheet.columns(["Short Desc", "Years", "Values"])?;
    let [name, region] = file.sheet.columns(["LA and Regions", "Region"])?;
    let mut figures = Figures::default();
    let mut seen: BTreeMap<(Period, AreaId), &Line> = BTreeMap::new();
    let mut other_series: BTreeMap<&str, Lines> = BTreeMap::new();
    let (mut outside, mut without, mut repeated) = (Lines::default(), Lines::default(), Lines::default());
    for line in &file.sheet.lines {
        if !line.cell(series).eq_ignore_ascii_case(ENTRANTS) {
            other_series.entry(line.cell(series)).or_default().add(line);
            continue;
        }
        let Some(area) = area(file, line, [name, region])? else {
            outside.add(line);
            continue;
        };
        let period = calendar_year(line.cell(year)).ok_or_else(|| file.sheet.wrong(line, year, "a year (2016)"))?;
        if let Some(earlier) = seen.insert((period, area), line) {
            if earlier.cell(value) != line.cell(value) {
                let what = format!("the rate of {} in {period} is {}", named(line.cell(name)), line.cell(value));
                return Err(SourceError::Conflict { line: line.number, earlier: earlier.number, what });
            }
            repeated.add(line);
            continue;
        }
        if line.cell(value) == NO_VALUE {
            without.add(line);
            continue;
        }
        let rate = decimal(line.cell(value)).ok_or_else(|| file.sheet.wrong(line, value, "a rate, or -"))?;
        figures.set(Key { period, measure: MEASURE, area, breakdown: String::new() }, Figure::Value(rate));
    }
    for (series, lines) in other_series {
        let reason = OTHER_SERIES.iter().find(|(known, _)| known.eq_ignore_ascii_case(series));
        let reason = reason.map_or("it is in no list", |(_, reason)| reason);
        let what = format!("of the series {} are left out: {reason}", named(series));
        lines.report(&mut figures, Code::UnknownSeries, &what);
    }
    outside.report(&mut figures, Code::OutsideScope, "are of areas outside London, or of a part of it: left out");
    repeated.report(&mut figures, Code::RepeatedLine, "repeat another line: counted once");
    let no_value = "have no rate: suppressed or not available, the publisher does not say which. There is no figure";
    without.report(&mut figures, Code::Missing, no_value);
    let basis = "rates of first-time entrants from the Police National Computer, for years that end with December and for \
                 each 100,000 residents aged 10 to 17, without the number of entrants: no interval can be computed";
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
    Ok(figures.finish(&PUBLICATION, file))
}

/// The borough of a line, or London; `None` for other areas.
fn area(file: &File<'_>, line: &Line, [name, region]: [usize; 2]) -> Result<Option<AreaId>, SourceError> {
    let areas = &file.reference.areas;
    if line.cell(name).eq_ignore_ascii_case("London") {
        return Ok(areas.london(Coverage::Gl33));
    }
    if !["Inner London", "Outer London"].contains(&line.cell(region)) {
        return Ok(None);
    }
    let area = police_area(areas, line.cell(name), line)?;
    Ok(Some(area).filter(|area| areas.get(*area).level() == Level::Borough))
}

fn calendar_year(text: &str) -> Option<Period> {
    let plain = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let december = plain.then(|| Month::new(text.parse().ok()?, 12)).flatten()?;
    Some(Period::containing(PeriodKind::CalendarYear, december))
}
