//! NHS Digital: hospital admissions for assault with a sharp object, by region of residence and month.
//!
//! The table is a sheet of a workbook (`GOR-Data-Totals`) and has two lines of headings: the regions, each over two columns, and
//! below them the year, the month, and for each region finished admission episodes (FAEs) and finished consultant episodes
//! (FCEs). An admission can have several episodes of consultants, so admissions are counted. The year stands in the line of its
//! first month only. Counts from 1 to 7 are `*`, and others are rounded to the nearest 5.

use std::collections::BTreeMap;

use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Lines, Publication};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, named_month};
use super::{Converted, File};
use crate::period::{Month, Period, PeriodKind};
use crate::reference::Coverage;

const PUBLICATION: Publication = Publication {
    agency: "nhs-digital",
    collection: "sharp-object-admissions",
    title: "NHS Digital, Hospital Episode Statistics, admissions for assault with a sharp object by region of residence",
    // The title calls the last year provisional, and says nothing of the years before.
    status: FigureStatus::Provisional,
};
const MEASURE: &str = "hospital-admissions-sharp-object";
/// The region, and the heading below it.
const REGION: &str = "London";
const ADMISSIONS: &str = "FAEs";
/// A count from 1 to 7.
const SUPPRESSED: &str = "*";
/// What stands behind the year in the line of its total.
const TOTAL: &str = "Total";
/// The first month of a financial year.
const APRIL: i32 = 4;

pub(super) fn read(file: &File<'_>) -> Result<Converted, SourceError> {
    let london = file.sheet.column(REGION)?;
    let area = file.reference.areas.london(Coverage::Gl33).ok_or(SourceError::NoArea("London"))?;
    let mut lines = file.sheet.lines.iter();
    let (year, month) = below(lines.next(), london)?;
    let mut figures = Figures::default();
    let mut seen: BTreeMap<Period, &Line> = BTreeMap::new();
    let (mut suppressed, mut notes, mut misnamed) = (Lines::default(), Lines::default(), Lines::default());
    let mut current = None;
    for line in lines {
        let Some(period) = period(line, [year, month], &mut current) else {
            notes.add(line);
            continue;
        };
        if current.is_some_and(|first| !is_of_year(period, first)) {
            // The sheet has the total of its last year under the name of the year before.
            misnamed.add(line);
            continue;
        }
        if let Some(earlier) = seen.insert(period, line) {
            let what = format!("{period} occurs again");
            return Err(SourceError::Conflict { line: line.number, earlier: earlier.number, what });
        }
        let key = Key { period, measure: MEASURE, area, breakdown: String::new() };
        if line.cell(london) == SUPPRESSED {
            suppressed.add(line);
            figures.set(key, Figure::Suppressed);
        } else {
            figures.set(key, Figure::Count(file.sheet.count(line, london)?));
        }
    }
    suppressed.tell(&mut figures, Code::Basis, "are counts from 1 to 7, which the publisher suppressed");
    misnamed.report(
        &mut figures,
        Code::Inconsistent,
        "are totals of another year than the months above them: it is not known which is right, and they are left out",
    );
    notes.report(&mut figures, Code::OutsideScope, "have neither a month nor the total of a year: left out");
    let basis = "admissions of residents of London, with the City, to hospitals anywhere in England, rounded to the nearest 5. \
                 The total of a year is the publisher's, and not the sum of rounded months";
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
    Ok(figures.finish(&PUBLICATION, file))
}

/// The columns of year and month, in the line below the regions.
fn below(line: Option<&Line>, london: usize) -> Result<(usize, usize), SourceError> {
    let column = |name: &str| {
        let at = line.and_then(|line| line.cells.iter().position(|cell| cell.eq_ignore_ascii_case(name)));
        at.ok_or_else(|| SourceError::Column { column: name.to_owned(), found: 0 })
    };
    match line {
        Some(line) if line.cell(london).eq_ignore_ascii_case(ADMISSIONS) => Ok((column("Year")?, column("Month")?)),
        // Other sheets of the workbook have sexes or age groups there.
        _ => Err(SourceError::Column { column: format!("{ADMISSIONS} below {REGION}"), found: 0 }),
    }
}

/// The period of a line: a month of the last year that was named, or a whole year.
fn period(line: &Line, [year, month]: [usize; 2], current: &mut Option<i32>) -> Option<Period> {
    let text = line.cell(year);
    if let Some(whole) = text.strip_suffix(TOTAL) {
        let march = Month::new(first_year(whole.trim_end())? + 1, 3)?;
        return Some(Period::containing(PeriodKind::FinancialYear, march));
    }
    if !text.is_empty() {
        *current = first_year(text);
    }
    let first = (*current)?;
    let number = named_month(line.cell(month), &first.to_string())?.number();
    let year = if number < APRIL { first + 1 } else { first };
    Month::new(year, number).map(Period::month)
}

/// Whether a period lies in the financial year that begins in a year.
fn is_of_year(period: Period, first: i32) -> bool {
    let from = Month::new(first, APRIL);
    from.is_some_and(|from| from <= period.first() && period.last() <= from.plus(11))
}

/// The year in which a financial year begins: 2012 of `2012-13`.
fn first_year(text: &str) -> Option<i32> {
    let (first, last) = text.split_once('-')?;
    let number: i32 = first.parse().ok()?;
    let follows = format!("{:02}", (number + 1) % 100);
    (first.len() == 4 && last == follows).then_some(number)
}
