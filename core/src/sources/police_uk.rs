//! data.police.uk: crimes and outcomes of one force and month, and crimes of a year by last outcome.
//!
//! A file has the crimes that one force recorded, in any place. Every figure names the force: the figures of two forces for one
//! borough are parts of its crime. The collection names the force too, so that the file of one force does not replace that of
//! another. Locations are anonymised points. The borough is the borough of the small area in the line.
//! Lines without a small area, and lines outside London, are in no borough.

use std::collections::{BTreeMap, BTreeSet};

use peelian::records::v1::FigureStatus;

use super::figures::{Figures, Key, Lines, Publication};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::home_office::force_area;
use super::sheet::{Line, month, named, slug};
use super::{Converted, File};
use crate::period::{Month, Period, PeriodKind};
use crate::reference::AreaId;

const ANTISOCIAL: &str = "anti_social_behaviour";

pub(super) fn read_street(file: &File<'_>) -> Result<Converted, SourceError> {
    let publication = Publication {
        agency: "police-uk",
        collection: "street-crime",
        title: "data.police.uk, street-level crime",
        status: FigureStatus::Provisional,
    };
    let kind = file.sheet.column("Crime type")?;
    let mut figures = Figures::default();
    let places = Places::of(file)?;
    let force = places.only_force(file)?;
    let mut unplaced = Unplaced::default();
    let mut seen: BTreeMap<&[String], u64> = BTreeMap::new();
    let mut identifiers = BTreeSet::new();
    let (mut repeated, mut shared) = (Lines::default(), 0);
    for line in &file.sheet.lines {
        // Without an identifier, two equal lines may be two incidents at one anonymised point.
        if !places.crime(line).is_empty() {
            if seen.insert(line.cells.as_slice(), line.number).is_some() {
                repeated.add(line);
                continue;
            }
            shared += u64::from(!identifiers.insert(places.crime(line)));
        }
        let Some((period, area)) = places.place(file, line, &mut unplaced)? else { continue };
        let crime_type = slug(line.cell(kind));
        if crime_type == ANTISOCIAL {
            let key = Key { period, measure: "police-uk-asb-incidents", area, breakdown: format!("force={force}") };
            figures.add(key, 1);
            continue;
        }
        for breakdown in [format!("force={force}"), format!("crime_type={crime_type};force={force}")] {
            figures.add(Key { period, measure: "police-uk-crimes", area, breakdown }, 1);
        }
    }
    repeated.report(&mut figures, Code::RepeatedLine, "repeat another line: counted once");
    if shared > 0 {
        let message = format!(
            "{shared} lines share the identifier of another line with another place or outcome: counted, as the \
             publisher counts lines"
        );
        figures.findings.push(SourceFinding::file(Code::Basis, message));
    }
    unplaced.report(&mut figures);
    Ok(of_force(figures.finish(&publication, file), &force))
}

pub(super) fn read_outcomes(file: &File<'_>) -> Result<Converted, SourceError> {
    let publication = Publication {
        agency: "police-uk",
        collection: "outcomes",
        title: "data.police.uk, outcomes",
        status: FigureStatus::Provisional,
    };
    let outcome = file.sheet.column("Outcome type")?;
    let mut figures = Figures::default();
    let places = Places::of(file)?;
    let force = places.only_force(file)?;
    let mut unplaced = Unplaced::default();
    let mut seen = BTreeSet::new();
    let mut repeated = Lines::default();
    for line in &file.sheet.lines {
        let (crime, outcome) = (places.crime(line), line.cell(outcome));
        // A file can have several months. An outcome that a crime had in each of two months counts in both.
        if !crime.is_empty() && !seen.insert((places.month(line), crime, outcome)) {
            repeated.add(line);
            continue;
        }
        let Some((period, area)) = places.place(file, line, &mut unplaced)? else { continue };
        let breakdown = format!("force={force};outcome={}", slug(outcome));
        figures.add(Key { period, measure: "police-uk-outcomes", area, breakdown }, 1);
    }
    let once = "repeat the month, crime and outcome of another line: a crime counts once for each outcome that it had in a \
                month, however many suspects had it";
    repeated.report(&mut figures, Code::RepeatedLine, once);
    unplaced.report(&mut figures);
    Ok(of_force(figures.finish(&publication, file), &force))
}

pub(super) fn read_annual(file: &File<'_>) -> Result<Converted, SourceError> {
    let publication = Publication {
        agency: "police-uk",
        collection: "outcomes-annual",
        title: "data.police.uk, crimes of a year by last outcome",
        status: FigureStatus::Final,
    };
    let [year, count, kind, force, outcome] =
        file.sheet.columns(["Year", "f0_", "crime_type", "reported_by", "last_outcome_category"])?;
    let mut figures = Figures::default();
    let mut seen: BTreeMap<[&str; 4], &Line> = BTreeMap::new();
    let mut types: BTreeMap<String, BTreeSet<Period>> = BTreeMap::new();
    for line in &file.sheet.lines {
        let Some(area) = force_area(&file.reference.areas, line.cell(force)) else {
            let message = format!("{} is not a force of London: left out", named(line.cell(force)));
            figures.findings.push(SourceFinding::line(Code::OutsideScope, line.number, message));
            figures.left_out += 1;
            continue;
        };
        let identity = [year, kind, force, outcome].map(|column| line.cell(column));
        if let Some(earlier) = seen.insert(identity, line) {
            let what = format!("{} with {} occurs again", named(line.cell(kind)), named(line.cell(outcome)));
            return Err(SourceError::Conflict { line: line.number, earlier: earlier.number, what });
        }
        let number = line.cell(year).parse().ok().and_then(|year| Month::new(year, 12));
        let last = number.ok_or_else(|| file.sheet.wrong(line, year, "a year"))?;
        let period = Period::containing(PeriodKind::CalendarYear, last);
        let crime_type = slug(line.cell(kind));
        let crimes = file.sheet.count(line, count)?;
        if crimes < 0 {
            return Err(file.sheet.wrong(line, count, "a count of 0 or more"));
        }
        types.entry(crime_type.clone()).or_default().insert(period);
        if crime_type == ANTISOCIAL {
            let key = Key { period, measure: "police-uk-asb-incidents", area, breakdown: String::new() };
            figures.add(key, crimes);
            continue;
        }
        let outcome = if line.cell(outcome).is_empty() { "none".to_owned() } else { slug(line.cell(outcome)) };
        for breakdown in
            [String::new(), format!("crime_type={crime_type}"), format!("crime_type={crime_type};outcome={outcome}")]
        {
            figures.add(Key { period, measure: "police-uk-last-outcomes", area, breakdown }, crimes);
        }
    }
    report_types(&mut figures, &types);
    Ok(figures.finish(&publication, file))
}

/// The figures in the collection of their force.
fn of_force(converted: Converted, force: &str) -> Converted {
    Converted { collection: format!("{}-{force}", converted.collection), ..converted }
}

/// The columns of month, place and force.
struct Places {
    crime: usize,
    month: usize,
    force: usize,
    small_area: usize,
}

impl Places {
    fn of(file: &File<'_>) -> Result<Self, SourceError> {
        let [crime, month, force, small_area] =
            file.sheet.columns(["Crime ID", "Month", "Reported by", "LSOA code"])?;
        Ok(Self { crime, month, force, small_area })
    }

    fn crime<'a>(&self, line: &'a Line) -> &'a str {
        line.cell(self.crime)
    }

    fn month<'a>(&self, line: &'a Line) -> &'a str {
        line.cell(self.month)
    }

    /// The force of all lines: `city-of-london`.
    fn only_force(&self, file: &File<'_>) -> Result<String, SourceError> {
        let mut lines = file.sheet.lines.iter();
        let Some(first) = lines.next() else { return Err(SourceError::NoLines) };
        let name = |line: &Line| named(line.cell(self.force));
        if let Some(other) = lines.find(|line| line.cell(self.force) != first.cell(self.force)) {
            return Err(SourceError::SeveralForces { line: other.number, first: name(first), other: name(other) });
        }
        let force = first.cell(self.force).to_lowercase();
        let force = force.trim_end_matches(" service").trim_end_matches(" police");
        Ok(slug(force).replace('_', "-"))
    }

    /// The month and borough of a line; `None` if it is in no borough of London.
    fn place(
        &self,
        file: &File<'_>,
        line: &Line,
        unplaced: &mut Unplaced,
    ) -> Result<Option<(Period, AreaId)>, SourceError> {
        let month =
            month(line.cell(self.month)).ok_or_else(|| file.sheet.wrong(line, self.month, "a month (2022-07)"))?;
        let small_area = line.cell(self.small_area);
        let Some(area) = file.reference.areas.lsoa_borough(small_area) else {
            let unplaced = if small_area.is_empty() { &mut unplaced.unlocated } else { &mut unplaced.outside };
            unplaced.add(line);
            return Ok(None);
        };
        Ok(Some((Period::month(month), area)))
    }
}

/// Lines in no borough of London.
#[derive(Default)]
struct Unplaced {
    unlocated: Lines,
    outside: Lines,
}

impl Unplaced {
    fn report(&self, figures: &mut Figures) {
        self.unlocated.report(figures, Code::OutsideScope, "have no location: in no borough, left out");
        self.outside.report(figures, Code::OutsideScope, "lie outside London: in no borough, left out");
    }
}

/// Reports crime types that are not used in every year: the publisher changed its crime types in 2013. Such a type has no
/// figure for the other years.
fn report_types(figures: &mut Figures, types: &BTreeMap<String, BTreeSet<Period>>) {
    let years: BTreeSet<Period> = types.values().flatten().copied().collect();
    for (crime_type, found) in types {
        let absent: Vec<String> = years.difference(found).map(ToString::to_string).collect();
        if !absent.is_empty() {
            let message = format!("the type {} is not used in {}: not zero", named(crime_type), absent.join(", "));
            figures.findings.push(SourceFinding::file(Code::ClassChange, message));
        }
    }
    let basis = "the last outcome is that known when the file was made, so later years look less complete; the total \
                 leaves antisocial behaviour out, which is no crime";
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
}
