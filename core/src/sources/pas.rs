//! Mayor's Office for Policing and Crime: the Public Attitude Survey, with shares of the 12 months that end with a quarter.
//!
//! The files give shares without the number of interviews, so no interval can be computed from them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Publication, missing_boroughs, police_area};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, named, share};
use super::{Converted, File};
use crate::intake::quote;
use crate::period::{Month, Period};
use crate::reference::{AreaId, Coverage, Level};

const TITLE: &str = "Mayor's Office for Policing and Crime, Public Attitude Survey";
const BOROUGHS: Publication =
    Publication { agency: "mopac", collection: "pas-borough", title: TITLE, status: FigureStatus::Final };
const LONDON: Publication =
    Publication { agency: "mopac", collection: "pas-london", title: TITLE, status: FigureStatus::Final };

/// The published question, and its measure.
const QUESTIONS: [(&str, &str); 8] = [
    ("\"Good Job\" local", "public-good-job-local"),
    ("Treat everyone fairly", "public-fair-treatment"),
    ("Trust MPS", "public-trust-mps"),
    ("Listen to concerns", "public-perception-strand.listen-to-concerns"),
    ("Relied on to be there", "public-perception-strand.relied-upon"),
    ("Understand issues", "public-perception-strand.understand-issues"),
    ("Informed local", "public-perception-strand.well-informed"),
    ("Contact ward officer", "public-perception-strand.knows-ward-officer"),
];

pub(super) fn read_boroughs(file: &File<'_>) -> Result<Converted, SourceError> {
    let london_column = file.sheet.column("MPS")?;
    let mut stated: BTreeMap<(Period, &'static str), (String, u64)> = BTreeMap::new();
    let mut figures = Figures::default();
    let lines = lines(file, &mut figures)?;
    for ((period, measure, _), line) in &lines {
        let text = line.cell(london_column);
        if text.is_empty() {
            continue;
        }
        let known = stated.entry((*period, *measure)).or_insert_with(|| (text.to_owned(), line.number));
        if share(&known.0) != share(text) {
            let message =
                format!("London is {} here and {} on line {}", quote::number(text), quote::number(&known.0), known.1);
            figures.findings.push(SourceFinding::line(Code::Inconsistent, line.number, message));
        }
    }
    let mut london = Figures::default();
    if let Some(area) = file.reference.areas.london(Coverage::Mps32) {
        for ((period, measure), (text, _)) in stated {
            if let Some(value) = share(&text) {
                london.set(Key { period, measure, area, breakdown: String::new() }, Figure::Value(value));
            }
        }
    }
    report_missing(file, &lines, &mut figures);
    let basis =
        "the file repeats London's shares beside each borough: they are kept for comparison and not submitted";
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
    Ok(figures.finish_with(&BOROUGHS, file, &london))
}

pub(super) fn read_london(file: &File<'_>) -> Result<Converted, SourceError> {
    let mut figures = Figures::default();
    let lines = lines(file, &mut figures)?;
    let not_london = lines.iter().find(|((.., area), _)| file.reference.areas.get(*area).level() != Level::London);
    if let Some((_, line)) = not_london {
        let reason = "the file of London's shares has a line of another area".to_owned();
        return Err(SourceError::UnknownArea { line: line.number, reason });
    }
    Ok(figures.finish(&LONDON, file))
}

type Lines<'a> = BTreeMap<(Period, &'static str, AreaId), &'a Line>;

/// Reads the lines that both layouts have in common into figures.
fn lines<'a>(file: &File<'a>, figures: &mut Figures) -> Result<Lines<'a>, SourceError> {
    let [date, survey, borough, question, value] =
        file.sheet.columns(["Date", "Survey", "Borough", "Measure", "Proportion"])?;
    let mut lines: Lines<'a> = BTreeMap::new();
    for line in &file.sheet.lines {
        let known = QUESTIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(line.cell(question)));
        let (Some((_, measure)), "PAS") = (known, line.cell(survey)) else {
            let what = format!("{} of the survey {}", named(line.cell(question)), named(line.cell(survey)));
            let message = format!("{what} is in no list: left out");
            figures.findings.push(SourceFinding::line(Code::UnknownSeries, line.number, message));
            figures.left_out += 1;
            continue;
        };
        let day = file.sheet.date(line, date)?;
        let period = quarter_end(day).ok_or_else(|| file.sheet.wrong(line, date, "the last day of a quarter"))?;
        let area = police_area(&file.reference.areas, line.cell(borough), line)?;
        let text = line.cell(value);
        let proportion = share(text).ok_or_else(|| file.sheet.wrong(line, value, "a share from 0 to 1"))?;
        if let Some(earlier) = lines.get(&(period, *measure, area)) {
            if share(earlier.cell(value)) != Some(proportion) {
                let what = format!("{measure} of {} for {period} is {text}", line.cell(borough));
                return Err(SourceError::Conflict { line: line.number, earlier: earlier.number, what });
            }
            let message = format!("repeats line {}: counted once", earlier.number);
            figures.findings.push(SourceFinding::line(Code::RepeatedLine, line.number, message));
            figures.left_out += 1;
            continue;
        }
        lines.insert((period, *measure, area), line);
        let key = Key { period, measure, area, breakdown: String::new() };
        figures.set(key, Figure::Value(proportion));
    }
    let basis = "shares are of the 12 months that end with the quarter, rounded to a hundredth, without the number of \
                 interviews: no interval can be computed";
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
    Ok(lines)
}

/// The 12 months that end with the last day of a quarter.
fn quarter_end(day: Date) -> Option<Period> {
    let month = Month::of(day);
    (month.number() % 3 == 0 && day == month.last_day()).then(|| Period::rolling_year(month))
}

fn report_missing(file: &File<'_>, lines: &Lines<'_>, figures: &mut Figures) {
    let mut last = None;
    for (period, measure, _) in lines.keys() {
        if last.replace((*period, *measure)) == Some((*period, *measure)) {
            continue;
        }
        let covered = |borough| lines.contains_key(&(*period, *measure, borough));
        if let Some(names) = missing_boroughs(&file.reference.areas, covered) {
            let message = format!("{measure} has no share of {names} for {period}");
            figures.findings.push(SourceFinding::file(Code::Missing, message));
        }
    }
}
