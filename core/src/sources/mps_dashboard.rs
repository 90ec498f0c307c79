//! Metropolitan Police Service: the monthly crime dashboard, with one row for each area, month, subtype and measure.
//!
//! The table is complete except for zeros. Subtypes are found by their names alone, without regard to case, because the crime
//! type beside them differs between offences and positive outcomes. Positive outcomes count in the month of the outcome, so
//! their ratio to the offences of the same month is not a share. Knife injury "offences" are victims.

mod series;

use std::collections::{BTreeMap, BTreeSet};

use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Publication, missing_boroughs, police_area};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, named};
use super::{Converted, File};
use crate::period::{Month, Period};
use crate::reference::AreaId;
use series::{Target, target};

const PUBLICATION: Publication = Publication {
    agency: "mps",
    collection: "crime-dashboard",
    title: "Metropolitan Police Service, monthly crime dashboard",
    status: FigureStatus::Provisional,
};

/// Positions of the columns used.
struct Columns {
    month: usize,
    level: usize,
    area: usize,
    part: usize,
    code: usize,
    subtype: usize,
    measure: usize,
    count: usize,
    refreshed: usize,
}

/// The lines of one figure, by the name of the part of the area.
type Parts<'a> = BTreeMap<&'a str, (i64, u64)>;

pub(super) fn read(file: &File<'_>) -> Result<Converted, SourceError> {
    let columns = columns(file)?;
    let refreshed = file.sheet.lines.iter().filter_map(|line| file.sheet.date(line, columns.refreshed).ok());
    let mut figures = Figures::default();
    figures.released = refreshed.max();
    let cells = cells(file, &columns, &mut figures)?;
    refuse_repeated_months(&cells)?;
    write(file, &cells, &mut figures);
    Ok(figures.finish(&PUBLICATION, file))
}

fn columns(file: &File<'_>) -> Result<Columns, SourceError> {
    let [month, level, area, part, code] =
        file.sheet.columns(["month_year", "area_type", "borough_snt", "area_name", "area_code"])?;
    let [subtype, measure, count, refreshed] =
        file.sheet.columns(["crime_subtype", "measure", "count", "refresh_date"])?;
    Ok(Columns { month, level, area, part, code, subtype, measure, count, refreshed })
}

type Cells<'a> = BTreeMap<(Target, AreaId, Month), Parts<'a>>;

fn cells<'a>(file: &File<'a>, columns: &Columns, figures: &mut Figures) -> Result<Cells<'a>, SourceError> {
    let mut cells: Cells<'a> = BTreeMap::new();
    let mut left_out: BTreeMap<(Code, String), (u64, u64)> = BTreeMap::new();
    for line in &file.sheet.lines {
        let (key, count) = match cell(file, columns, line)? {
            Ok(cell) => cell,
            Err(reason) => {
                left_out.entry(reason).or_insert((line.number, 0)).1 += 1;
                continue;
            }
        };
        let parts = cells.entry(key).or_default();
        match parts.get(line.cell(columns.part)) {
            None => {
                parts.insert(line.cell(columns.part), (count, line.number));
            }
            Some((known, earlier)) if *known == count => {
                let message = format!("repeats line {earlier}: counted once");
                left_out.entry((Code::RepeatedLine, message)).or_insert((line.number, 0)).1 += 1;
            }
            Some((_, earlier)) => {
                let what = format!("{} is {count}", named(line.cell(columns.subtype)));
                return Err(SourceError::Conflict { line: line.number, earlier: *earlier, what });
            }
        }
    }
    for ((code, message), (first, lines)) in left_out {
        figures.left_out += lines;
        figures.findings.push(SourceFinding::line(code, first, format!("{message} ({lines} lines)")));
    }
    Ok(cells)
}

/// The figure of a line, or the reason why it is left out.
type Read = Result<((Target, AreaId, Month), i64), (Code, String)>;

fn cell(file: &File<'_>, columns: &Columns, line: &Line) -> Result<Read, SourceError> {
    let level = line.cell(columns.level);
    if !level.eq_ignore_ascii_case("Borough") {
        return Ok(Err((
            Code::OutsideScope,
            format!("lines of {} would repeat those of boroughs: left out", named(level)),
        )));
    }
    let (subtype, measure) = (line.cell(columns.subtype), line.cell(columns.measure));
    let Some(target) = target(subtype, measure) else {
        return Ok(Err((
            Code::UnknownSeries,
            format!("{}, {} is in no list: left out", named(subtype), named(measure)),
        )));
    };
    let day = file.sheet.date(line, columns.month)?;
    let month = Month::of(day);
    if day != month.first_day() {
        return Err(file.sheet.wrong(line, columns.month, "the first day of a month"));
    }
    if file.sheet.date(line, columns.refreshed)? <= month.last_day() {
        let message = format!("{month} was not over when the dashboard was refreshed: left out");
        return Ok(Err((Code::IncompletePeriod, message)));
    }
    let area = police_area(&file.reference.areas, line.cell(columns.area), line)?;
    let code = line.cell(columns.code);
    if code.starts_with('E') && file.reference.areas.by_code(code) != Some(area) {
        let reason = format!("the code {} is not that of {}", named(code), named(line.cell(columns.area)));
        return Err(SourceError::UnknownArea { line: line.number, reason });
    }
    let count = file.sheet.count(line, columns.count)?;
    if count < 0 {
        return Err(file.sheet.wrong(line, columns.count, "a count of 0 or more"));
    }
    Ok(Ok(((target, area, month), count)))
}

fn refuse_repeated_months(cells: &Cells<'_>) -> Result<(), SourceError> {
    type Content = Vec<(Target, AreaId, i64)>;
    let mut months: BTreeMap<Month, Content> = BTreeMap::new();
    for ((target, area, month), parts) in cells {
        months.entry(*month).or_default().push((*target, *area, sum(parts)));
    }
    let mut seen: BTreeMap<Content, Month> = BTreeMap::new();
    for (month, content) in months {
        let many = content.len() > 50;
        if let Some(earlier) = seen.insert(content, month).filter(|_| many) {
            return Err(SourceError::RepeatedPeriod { earlier, later: month });
        }
    }
    Ok(())
}

fn sum(parts: &Parts<'_>) -> i64 {
    parts.values().map(|(count, _)| count).sum()
}

/// Writes the figures of the file. A figure without a line is zero if its series has a line in the month for some area, and its
/// area has a line in the month for some series.
fn write(file: &File<'_>, cells: &Cells<'_>, figures: &mut Figures) {
    let series: BTreeSet<(Target, Month)> = cells.keys().map(|(target, _, month)| (*target, *month)).collect();
    let mut covered: BTreeMap<Month, BTreeSet<AreaId>> = BTreeMap::new();
    for (_, area, month) in cells.keys() {
        covered.entry(*month).or_default().insert(*area);
    }
    for (target, month) in &series {
        for area in covered.get(month).into_iter().flatten() {
            let parts = cells.get(&(*target, *area, *month));
            figures.zeros += u64::from(parts.is_none());
            let (measure, breakdown) = *target;
            let key = Key { period: Period::month(*month), measure, area: *area, breakdown: breakdown.to_owned() };
            figures.set(key, Figure::Count(parts.map_or(0, sum)));
        }
    }
    report_gaps(file, &series, &covered, figures);
    report(cells, figures);
}

/// A series without a line in a month, or an area without a line in a month, is missing in that month, and not zero.
fn report_gaps(
    file: &File<'_>,
    series: &BTreeSet<(Target, Month)>,
    covered: &BTreeMap<Month, BTreeSet<AreaId>>,
    figures: &mut Figures,
) {
    let targets: BTreeSet<Target> = series.iter().map(|(target, _)| *target).collect();
    for target in targets {
        let absent: Vec<String> =
            covered.keys().filter(|month| !series.contains(&(target, **month))).map(ToString::to_string).collect();
        if !absent.is_empty() {
            let (measure, breakdown) = target;
            let message = format!("{measure} {breakdown}: no line in {}; missing, not zero", absent.join(", "));
            figures.findings.push(SourceFinding::file(Code::Missing, message));
        }
    }
    for (month, areas) in covered {
        if let Some(names) = missing_boroughs(&file.reference.areas, |borough| areas.contains(&borough)) {
            let message = format!("no line of {names} in {month}: missing, not zero");
            figures.findings.push(SourceFinding::file(Code::Missing, message));
        }
    }
}

fn report(cells: &Cells<'_>, figures: &mut Figures) {
    let combined: Vec<&Parts<'_>> = cells.values().filter(|parts| parts.len() > 1).collect();
    if let Some(line) = combined.iter().flat_map(|parts| parts.values()).map(|(_, line)| *line).min() {
        let message = format!(
            "{} figures add up several lines: the publisher puts areas of other names under one",
            combined.len()
        );
        figures.findings.push(SourceFinding::line(Code::Combined, line, message));
    }
    if figures.zeros > 0 {
        let message = format!("{} figures are zero because the dashboard drops zeros", figures.zeros);
        figures.findings.push(SourceFinding::file(Code::ZerosMade, message));
    }
    let basis = "hate crime is the publisher's own total; strands overlap and are never added up. Positive outcomes \
                 count in the month of the outcome and include community resolutions, so they are not sanctions. The \
                 file gives no figure for London: boroughs and bins add up to it, each once";
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
}
