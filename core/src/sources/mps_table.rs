//! Metropolitan Police Service: offences by borough and month, 2018 to 2020, with one column for each class.
//!
//! The table has every line, so an absent line is missing, and not zero. The crime by borough release counts the same months
//! again, so the volumes of this table are the variant `first-release`.

use std::collections::{BTreeMap, BTreeSet};

use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Publication, missing_boroughs, police_area};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, named};
use super::{Converted, File};
use crate::period::{Month, Period};
use crate::reference::AreaId;
use crate::text_table::is_heading;

const PUBLICATION: Publication = Publication {
    agency: "mps",
    collection: "offences-by-borough-2018-2020",
    title: "Metropolitan Police Service, offences by borough and month 2018-2020",
    status: FigureStatus::Final,
};
const VOLUME: &str = "recorded-crime-volume.first-release";

/// Column, measure, breakdown.
type Series = (&'static str, &'static str, &'static str);

const SERIES: [Series; 37] = [
    ("TNO Offs", VOLUME, ""),
    ("11 Violence Against the Person Offs", VOLUME, "mps_class=major_violence_against_the_person"),
    ("12 Sexual Offences Offs", VOLUME, "mps_class=major_sexual_offences"),
    ("13 Robbery Offs", VOLUME, "mps_class=major_robbery"),
    ("14 Burglary Offs", VOLUME, "mps_class=major_burglary"),
    ("15 Vehicle Offs", VOLUME, "mps_class=major_vehicle_offences"),
    ("16 Theft Offs", VOLUME, "mps_class=major_theft"),
    ("17 Arson and Criminal Damage Offs", VOLUME, "mps_class=major_arson_and_criminal_damage"),
    ("18 Drug Offs", VOLUME, "mps_class=major_drug_offences"),
    ("Homicide Offs", VOLUME, "mps_class=homicide"),
    ("Violence with Injury Offs", VOLUME, "mps_class=violence_with_injury"),
    ("Rape Offs", VOLUME, "mps_class=rape"),
    ("Other Sexual Offences Offs", VOLUME, "mps_class=other_sexual"),
    ("Robbery of Business Property Offs", VOLUME, "mps_class=robbery_business"),
    ("Robbery of Personal Property Offs", VOLUME, "mps_class=robbery_personal"),
    // Its counts are the counts of the class "domestic burglary" of the crime by borough release.
    ("Burglary - Residential Offs", VOLUME, "mps_class=burglary_domestic"),
    ("Burglary - Business and Community Offs", VOLUME, "mps_class=burglary_business_and_community"),
    ("Aggravated Vehicle Taking Offs", VOLUME, "mps_class=aggravated_vehicle_taking"),
    ("Theft from MV Offs", VOLUME, "mps_class=theft_from_vehicle"),
    ("Theft or Taking of MV Offs", VOLUME, "mps_class=theft_of_vehicle"),
    ("Theft from Person Offs", VOLUME, "mps_class=theft_from_person"),
    ("Bicycle Theft Offs", VOLUME, "mps_class=bicycle_theft"),
    ("Shoplifting Offs", VOLUME, "mps_class=shoplifting"),
    ("Other Theft Offs", VOLUME, "mps_class=other_theft"),
    ("Drug Trafficking Offs", VOLUME, "mps_class=drugs_trafficking"),
    ("Poss Drugs Offs", VOLUME, "mps_class=drugs_possession"),
    // The column's name says hate crime; its counts are domestic abuse offences.
    ("Domestic Abuse Hate Crime Offs", "domestic-abuse-reports", ""),
    ("Domestic Abuse Homicide Offs", "domestic-abuse-reports.homicide", ""),
    ("Domestic Abuse Incidents", "domestic-abuse-reports.incidents", ""),
    ("Youth Homicide Offs", "youth-homicide-offences", ""),
    ("Serious Youth Violence", "youth-violence-victims.serious", ""),
    ("Youth Violence", "youth-violence-victims", ""),
    ("Knife Crime Offs", "knife-crime-offences", ""),
    ("Knife Crime With Injury Offs", "knife-crime-offences.with-injury", ""),
    ("Knife Crime with Injury Pers Robb Offs", "knife-crime-offences.with-injury-personal-robbery", ""),
    ("Knife Crime Injury Victims 1-24", "knife-injury-victims-under-25.including-domestic", ""),
    ("Knife Crime Injury Victims Not DA 1-24", "knife-injury-victims-under-25", ""),
];

const POSSESSION: [Series; 2] = [
    ("Knife Possession Offs", "knife-possession-offences", ""),
    ("Poss Article Blade or Point Offs", "knife-possession-offences.blade-or-point", ""),
];

/// Columns whose counts do not have the meaning of their names, and the reasons why they are left out.
const MISLEADING: [(&str, &str); 2] = [
    (
        "19 Possession of Weapons Offs",
        "with the other major classes it exceeds the total: it holds many more offences than possession of weapons",
    ),
    (
        "Violence without Injury Offs",
        "it includes stalking and harassment, which is a class of its own in the crime by borough release",
    ),
];

/// A part and its whole: a part above its whole is reported.
const PARTS: [(&str, &str); 5] = [
    ("Knife Crime With Injury Offs", "Knife Crime Offs"),
    ("Knife Crime Injury Victims Not DA 1-24", "Knife Crime Injury Victims 1-24"),
    ("Serious Youth Violence", "Youth Violence"),
    ("Domestic Abuse Hate Crime Offs", "TNO Offs"),
    ("Domestic Abuse Hate Crime Offs", "Domestic Abuse Incidents"),
];

pub(super) fn read(file: &File<'_>) -> Result<Converted, SourceError> {
    let mut figures = Figures::default();
    let [area_column, month_column] = file.sheet.columns(["OCU Name", "Month-Year"])?;
    let series = series(file, [area_column, month_column], &mut figures)?;
    let mut seen: BTreeMap<(Month, AreaId), &Line> = BTreeMap::new();
    for line in &file.sheet.lines {
        let area = police_area(&file.reference.areas, line.cell(area_column), line)?;
        let month = Month::of(file.sheet.date(line, month_column)?);
        if let Some(earlier) = seen.get(&(month, area)) {
            if earlier.cells.get(2..) != line.cells.get(2..) {
                let what = format!("{} has other counts for {month}", named(line.cell(area_column)));
                return Err(SourceError::Conflict { line: line.number, earlier: earlier.number, what });
            }
            figures.left_out += 1;
            let message = format!("repeats line {}: counted once", earlier.number);
            figures.findings.push(SourceFinding::line(Code::RepeatedLine, line.number, message));
            continue;
        }
        seen.insert((month, area), line);
        for (column, (_, measure, breakdown)) in &series {
            let count = file.sheet.count(line, *column)?;
            if count < 0 {
                return Err(file.sheet.wrong(line, *column, "a count of 0 or more"));
            }
            let key = Key { period: Period::month(month), measure, area, breakdown: (*breakdown).to_owned() };
            figures.set(key, Figure::Count(count));
        }
    }
    refuse_repeated_months(&seen)?;
    report(file, &seen, &mut figures)?;
    Ok(figures.finish(&PUBLICATION, file))
}

fn series(
    file: &File<'_>,
    [area, month]: [usize; 2],
    figures: &mut Figures,
) -> Result<Vec<(usize, Series)>, SourceError> {
    let mut series = Vec::new();
    for (column, name) in file.sheet.header.iter().enumerate() {
        let known = SERIES.iter().chain(&POSSESSION).find(|(known, ..)| is_heading(name, known));
        if let Some(known) = known {
            file.sheet.column(name)?;
            series.push((column, *known));
        } else if let Some((_, why)) = MISLEADING.iter().find(|(known, _)| is_heading(name, known)) {
            let message = format!("the column `{name}` is left out: {why}");
            figures.findings.push(SourceFinding::file(Code::UnknownSeries, message));
        } else if ![area, month].contains(&column) && !name.is_empty() {
            let message = format!("the column {} is in no list: left out", named(name));
            figures.findings.push(SourceFinding::file(Code::UnknownSeries, message));
        }
    }
    Ok(series)
}

fn refuse_repeated_months(seen: &BTreeMap<(Month, AreaId), &Line>) -> Result<(), SourceError> {
    type Content<'a> = Vec<(AreaId, &'a [String])>;
    let mut months: BTreeMap<Month, Content<'_>> = BTreeMap::new();
    for ((month, area), line) in seen {
        months.entry(*month).or_default().push((*area, line.cells.get(2..).unwrap_or_default()));
    }
    let mut contents: BTreeMap<Content<'_>, Month> = BTreeMap::new();
    for (month, content) in months {
        let many = content.len() > 1;
        if let Some(earlier) = contents.insert(content, month).filter(|_| many) {
            return Err(SourceError::RepeatedPeriod { earlier, later: month });
        }
    }
    Ok(())
}

fn report(
    file: &File<'_>,
    seen: &BTreeMap<(Month, AreaId), &Line>,
    figures: &mut Figures,
) -> Result<(), SourceError> {
    let named = "the column `Domestic Abuse Hate Crime Offs` holds domestic abuse offences, not hate crime: read so. \
                 Knife injury and youth violence columns count victims. The table gives no figure for London: \
                 boroughs and the airport add up to it, each once";
    figures.findings.push(SourceFinding::file(Code::Basis, named));
    for (part, whole) in PARTS {
        let (Ok(part_column), Ok(whole_column)) = (file.sheet.column(part), file.sheet.column(whole)) else {
            continue;
        };
        for line in seen.values() {
            let (count, of) = (file.sheet.count(line, part_column)?, file.sheet.count(line, whole_column)?);
            if count > of {
                let message = format!("`{part}` is {count} of {of} in `{whole}`: a part exceeds its whole");
                figures.findings.push(SourceFinding::line(Code::Inconsistent, line.number, message));
            }
        }
    }
    let months: BTreeSet<Month> = seen.keys().map(|(month, _)| *month).collect();
    for month in months {
        let covered = |borough| seen.contains_key(&(month, borough));
        if let Some(names) = missing_boroughs(&file.reference.areas, covered) {
            let message = format!("no line of {names} in {month}: missing, not zero");
            figures.findings.push(SourceFinding::file(Code::Missing, message));
        }
    }
    Ok(())
}
