//! Crown Prosecution Service: case outcomes of one month by area and principal offence.
//!
//! An administratively finalised prosecution has no principal offence. The publisher counts it as unsuccessful in the total,
//! and in no offence. The conviction rate of an area is therefore convictions ÷ (convictions + unsuccessful +
//! administratively finalised). The conviction rate of an offence is convictions ÷ (convictions + unsuccessful). The
//! denominators of the offences add up to less than the denominator of the area; the difference is the administratively
//! finalised prosecutions.

use std::collections::{BTreeMap, BTreeSet};

use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Publication};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, count, month_in_name, month_in_words, named};
use super::{Converted, File};
use crate::period::Period;
use crate::reference::{AreaId, Level};

const PUBLICATION: Publication = Publication {
    agency: "cps",
    collection: "case-outcomes",
    title: "Crown Prosecution Service, case outcomes by principal offence category",
    status: FigureStatus::Final,
};
const MEASURE: &str = "cps-conviction-rate.all";
const ADMIN_FINALISED: &str = "Number of Admin Finalised Unsuccessful";
const NATIONAL: &str = "National";

/// The published category, and its code.
const OFFENCES: [(&str, &str); 12] = [
    ("Homicide", "homicide"),
    ("Offences Against The Person", "person"),
    ("Sexual Offences", "sexual"),
    ("Burglary", "burglary"),
    ("Robbery", "robbery"),
    ("Theft And Handling", "theft"),
    ("Fraud And Forgery", "fraud"),
    ("Criminal Damage", "criminal_damage"),
    ("Drugs Offences", "drugs"),
    ("Public Order Offences", "public_order"),
    ("All Other Offences (excluding Motoring)", "other"),
    ("Motoring Offences", "motoring"),
];

/// Columns of one category: convictions, their percentage, unsuccessful.
struct Category {
    name: &'static str,
    code: &'static str,
    convictions: usize,
    percentage: usize,
    unsuccessful: usize,
}

pub(super) fn read(file: &File<'_>) -> Result<Converted, SourceError> {
    let month = month_in_name(file.name).or_else(|| month_in_words(file.name));
    let month = month.ok_or_else(|| SourceError::NoPeriod(file.name.to_owned()))?;
    let period = Period::month(month);
    let mut figures = Figures::default();
    let categories = categories(file, &mut figures)?;
    let admin = file.sheet.column(ADMIN_FINALISED)?;
    let mut seen: BTreeMap<AreaId, u64> = BTreeMap::new();
    let mut others = 0;
    for line in &file.sheet.lines {
        check_percentages(file, &categories, line, &mut figures)?;
        let Some(area) = area(file, line) else {
            others += 1;
            continue;
        };
        if let Some(earlier) = seen.insert(area, line.number) {
            let what = format!("{} occurs again", named(line.cell(0)));
            return Err(SourceError::Conflict { line: line.number, earlier, what });
        }
        write(file, &categories, admin, line, (period, area), &mut figures)?;
    }
    check_national(file, &categories, admin, &mut figures)?;
    figures.left_out = others;
    let scope = format!("{others} areas outside London are read for the national sum only and left out");
    figures.findings.push(SourceFinding::file(Code::OutsideScope, scope));
    let basis = "a conviction rate of all offences counts administratively finalised prosecutions as unsuccessful; by \
                 principal offence they cannot be told apart and are left out, as in the publisher's percentages. \
                 Metropolitan and City includes the City of London";
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
    Ok(figures.finish(&PUBLICATION, file))
}

fn categories(file: &File<'_>, figures: &mut Figures) -> Result<Vec<Category>, SourceError> {
    let mut known = BTreeSet::from([0, file.sheet.column(ADMIN_FINALISED)?]);
    let mut categories = Vec::new();
    for (name, code) in OFFENCES {
        let of = |kind: &str, outcome: &str| file.sheet.column(&format!("{kind} of {name} {outcome}"));
        let category = Category {
            name,
            code,
            convictions: of("Number", "Convictions")?,
            percentage: of("Percentage", "Convictions")?,
            unsuccessful: of("Number", "Unsuccessful")?,
        };
        known.extend([category.convictions, category.percentage, category.unsuccessful]);
        categories.push(category);
    }
    for (column, name) in file.sheet.header.iter().enumerate() {
        if !known.contains(&column) && name.starts_with("Number") {
            let message = format!("the column {} is in no list: left out, also from the total", named(name));
            figures.findings.push(SourceFinding::file(Code::UnknownSeries, message));
        }
    }
    Ok(categories)
}

/// An area that the exchange holds: London, or the nation.
fn area(file: &File<'_>, line: &Line) -> Option<AreaId> {
    let list = file.reference.codes.list("cps_area")?;
    let code = if line.cell(0) == NATIONAL {
        "K04000001"
    } else {
        list.iter()
            .find(|entry| {
                let published = entry.attribute("published_name").unwrap_or_default();
                published.eq_ignore_ascii_case(line.cell(0))
            })?
            .code()
    };
    let area = file.reference.areas.by_code(code)?;
    let level = file.reference.areas.get(area).level();
    matches!(level, Level::CpsArea | Level::Nation).then_some(area)
}

fn write(
    file: &File<'_>,
    categories: &[Category],
    admin: usize,
    line: &Line,
    (period, area): (Period, AreaId),
    figures: &mut Figures,
) -> Result<(), SourceError> {
    let key = |breakdown: String| Key { period, measure: MEASURE, area, breakdown };
    let (mut convicted, mut completed) = (0, file.sheet.count(line, admin)?);
    for category in categories {
        let convictions = file.sheet.count(line, category.convictions)?;
        let all = convictions + file.sheet.count(line, category.unsuccessful)?;
        convicted += convictions;
        completed += all;
        let breakdown = format!("principal_offence_category={}", category.code);
        figures.set(key(breakdown), Figure::Of(convictions, all));
    }
    figures.set(key(String::new()), Figure::Of(convicted, completed));
    Ok(())
}

/// The published percentage is text (`82.3%`, or `-` for no prosecution) and must agree with the numbers.
fn check_percentages(
    file: &File<'_>,
    categories: &[Category],
    line: &Line,
    figures: &mut Figures,
) -> Result<(), SourceError> {
    for category in categories {
        let convictions = file.sheet.count(line, category.convictions)?;
        let all = convictions + file.sheet.count(line, category.unsuccessful)?;
        let Some(published) = line.cell(category.percentage).strip_suffix('%') else { continue };
        // Both sides in tenths of a percent: |10 × published − 1000 × convictions ÷ all| is at most a half.
        let tenths = count(&published.replace('.', "")).filter(|_| published.contains('.'));
        let agrees = tenths.is_some_and(|tenths| all > 0 && (2 * (tenths * all - 1000 * convictions)).abs() <= all);
        if !agrees && all > 0 {
            let message = format!(
                "`{}`, {}: {convictions} of {all} is not {published}%; the numbers are used",
                line.cell(0),
                category.name
            );
            figures.findings.push(SourceFinding::line(Code::Inconsistent, line.number, message));
        }
    }
    Ok(())
}

fn check_national(
    file: &File<'_>,
    categories: &[Category],
    admin: usize,
    figures: &mut Figures,
) -> Result<(), SourceError> {
    let columns = categories.iter().flat_map(|category| [category.convictions, category.unsuccessful]);
    for column in columns.chain([admin]) {
        let (mut national, mut sum) = (None, 0);
        for line in &file.sheet.lines {
            let number = file.sheet.count(line, column)?;
            if line.cell(0) == NATIONAL { national = Some(number) } else { sum += number }
        }
        if national.is_some_and(|national| national != sum) {
            let name = file.sheet.header.get(column).map_or("", String::as_str);
            let message = format!("`{name}`: the areas add up to {sum}, not to the national {national:?}");
            figures.findings.push(SourceFinding::file(Code::Inconsistent, message));
        }
    }
    Ok(())
}
