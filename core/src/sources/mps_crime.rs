//! Metropolitan Police Service: recorded crime by borough, with one row for each area and class, and one
//! column for each month.
//!
//! The file is a complete cross-tabulation of recorded crime without its empty rows, so an absent row is zero. Its minor
//! classes divide all crime, so their sum is the total. Since 2024 the file also has fraud of the National Fraud Intelligence
//! Bureau. The force does not record this fraud, so it is left out of the total.

use std::collections::{BTreeMap, BTreeSet};

use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Publication, missing_boroughs, police_area};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, month, month_in_name, named};
use super::{Converted, File};
use crate::period::{Month, Period};
use crate::reference::{AreaId, CodeList, Entry};

const PUBLICATION: Publication = Publication {
    agency: "mps",
    collection: "crime-by-borough",
    title: "Metropolitan Police Service, recorded crime by borough",
    status: FigureStatus::Provisional,
};
const MEASURE: &str = "recorded-crime-volume";
/// Recorded nationally, not by the force.
const NATIONAL_FRAUD: &str = "nfib_fraud";
/// Two months do not have this many equal cells above zero by chance.
const MANY_CELLS: usize = 50;

/// A class of the file: a minor class of the list, or a class that is not in the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Class {
    code: Option<String>,
    major: Option<String>,
}

struct Grid {
    months: Vec<(usize, Month)>,
    counts: BTreeMap<(Class, AreaId), Vec<i64>>,
}

pub(super) fn read(file: &File<'_>) -> Result<Converted, SourceError> {
    let mut figures = Figures::default();
    let months = months(file, &mut figures)?;
    let grid = grid(file, months, &mut figures)?;
    grid.refuse_repeated_months()?;
    grid.write(file, &mut figures);
    Ok(figures.finish(&PUBLICATION, file))
}

/// The columns of months. A month that had not ended at the release, by the name of the file, is left out.
fn months(file: &File<'_>, figures: &mut Figures) -> Result<Vec<(usize, Month)>, SourceError> {
    let mut months = Vec::new();
    for (column, name) in file.sheet.header.iter().enumerate() {
        if ["MajorText", "MinorText", "BoroughName"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
            continue;
        }
        let Some(found) = month(name) else {
            let message = format!("the column {} is not a month: ignored", named(name));
            figures.findings.push(SourceFinding::file(Code::UnknownSeries, message));
            continue;
        };
        if months.iter().any(|(_, known)| *known == found) {
            return Err(SourceError::Column { column: found.to_string(), found: 2 });
        }
        months.push((column, found));
    }
    months.sort_by_key(|(_, month)| *month);
    let released = month_in_name(file.name);
    months.retain(|(_, month)| {
        let over = released.is_none_or(|released| *month < released);
        if !over {
            let message = format!("{month} was not over when the file was released: left out");
            figures.findings.push(SourceFinding::file(Code::IncompletePeriod, message));
        }
        over
    });
    for pair in months.windows(2) {
        if let [(_, before), (_, after)] = pair
            && before.plus(1) != *after
        {
            let message = format!("no column between {before} and {after}: those months are missing, not zero");
            figures.findings.push(SourceFinding::file(Code::Missing, message));
        }
    }
    Ok(months)
}

fn grid(file: &File<'_>, months: Vec<(usize, Month)>, figures: &mut Figures) -> Result<Grid, SourceError> {
    let [major, minor, borough] = file.sheet.columns(["MajorText", "MinorText", "BoroughName"])?;
    let mut grid = Grid { months, counts: BTreeMap::new() };
    let mut first_lines: BTreeMap<[String; 3], &Line> = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    for line in &file.sheet.lines {
        let area = police_area(&file.reference.areas, line.cell(borough), line)?;
        let class = class(file, line.cell(major), line.cell(minor));
        if class.code.is_none() && unknown.insert(line.cell(minor).to_owned()) {
            let message = format!(
                "the class {} of {} is in no list: counted in totals only",
                named(line.cell(minor)),
                named(line.cell(major))
            );
            figures.findings.push(SourceFinding::line(Code::UnknownSeries, line.number, message));
        }
        let counts: Vec<i64> =
            grid.months.iter().map(|(column, _)| file.sheet.count(line, *column)).collect::<Result<_, _>>()?;
        if let Some(column) = counts.iter().position(|count| *count < 0) {
            let column = grid.months.get(column).map_or(0, |(column, _)| *column);
            return Err(file.sheet.wrong(line, column, "a count of 0 or more"));
        }
        let name = [line.cell(major), line.cell(minor), &area.get().to_string()].map(str::to_lowercase);
        if let Some(earlier) = first_lines.get(&name) {
            if earlier.cells.get(3..) != line.cells.get(3..) {
                let what = format!("{} in {} has other counts", named(line.cell(minor)), named(line.cell(borough)));
                return Err(SourceError::Conflict { line: line.number, earlier: earlier.number, what });
            }
            figures.left_out += 1;
            let message = format!("repeats line {}: counted once", earlier.number);
            figures.findings.push(SourceFinding::line(Code::RepeatedLine, line.number, message));
            continue;
        }
        first_lines.insert(name, line);
        let cells = grid.counts.entry((class, area)).or_insert_with(|| vec![0; counts.len()]);
        cells.iter_mut().zip(&counts).for_each(|(cell, count)| *cell += count);
    }
    Ok(grid)
}

fn class(file: &File<'_>, major: &str, minor: &str) -> Class {
    let named = |level: &str, name: &str| {
        let list = list(file)?;
        let right = |entry: &Entry<'_>, column: &str, text: &str| {
            entry.attribute(column).is_some_and(|value| value.eq_ignore_ascii_case(text))
        };
        let mut entries = list.iter().filter(|entry| right(entry, "level", level));
        entries.find(|entry| right(entry, "release_name", name)).map(|entry| entry.code().to_owned())
    };
    let code = named("minor", minor);
    let parent = code.as_ref().and_then(|code| list(file)?.get(code)?.attribute("parent").map(str::to_owned));
    Class { major: parent.or_else(|| named("major", major)), code }
}

fn list<'a>(file: &File<'a>) -> Option<&'a CodeList> {
    file.reference.codes.list("mps_class")
}

impl Grid {
    fn refuse_repeated_months(&self) -> Result<(), SourceError> {
        let column = |index: usize| self.counts.values().map(move |counts| counts.get(index).copied().unwrap_or(0));
        let mut seen: BTreeMap<Vec<i64>, Month> = BTreeMap::new();
        for (index, (_, month)) in self.months.iter().enumerate() {
            let cells: Vec<i64> = column(index).collect();
            if cells.iter().filter(|count| **count > 0).count() < MANY_CELLS {
                continue;
            }
            if let Some(earlier) = seen.insert(cells, *month) {
                return Err(SourceError::RepeatedPeriod { earlier, later: *month });
            }
        }
        Ok(())
    }

    fn write(&self, file: &File<'_>, figures: &mut Figures) {
        let areas: BTreeSet<AreaId> = self.counts.keys().map(|(_, area)| *area).collect();
        let classes: BTreeSet<&Class> = self.counts.keys().map(|(class, _)| class).collect();
        let nothing = vec![0; self.months.len()];
        for class in classes {
            let spans = Span::of(file, class);
            self.report_changes(file, class, &spans, figures);
            for area in &areas {
                let published = self.counts.get(&(class.clone(), *area));
                let counts = published.unwrap_or(&nothing);
                for ((_, month), count) in self.months.iter().zip(counts) {
                    let held = spans.contains(*month) || *count > 0;
                    figures.zeros += u64::from(held && published.is_none());
                    write_cell(figures, class, *area, *month, (*count, held));
                }
            }
        }
        report(file, figures, &areas);
    }

    fn report_changes(&self, file: &File<'_>, class: &Class, span: &Span, figures: &mut Figures) {
        let Some(entry) = class.code.as_ref().and_then(|code| list(file)?.get(code)) else { return };
        let outside = self.months.iter().filter(|(_, month)| !span.contains(*month)).count();
        if outside > 0 {
            let note = entry.attribute("note").unwrap_or("The class does not exist throughout");
            let message = format!(
                "`{}` has no figure in {outside} of {} months: not zero. {note}",
                entry.label(),
                self.months.len()
            );
            figures.findings.push(SourceFinding::file(Code::ClassChange, message));
        }
    }
}

/// The months in which a class exists.
struct Span {
    from: Option<Month>,
    to: Option<Month>,
}

impl Span {
    fn of(file: &File<'_>, class: &Class) -> Self {
        let entry = class.code.as_ref().and_then(|code| list(file)?.get(code));
        let validity = entry.map(|entry| entry.validity()).unwrap_or_default();
        Self { from: validity.from.map(Month::of), to: validity.to.map(Month::of) }
    }

    fn contains(&self, month: Month) -> bool {
        self.from.is_none_or(|from| from <= month) && self.to.is_none_or(|to| month <= to)
    }
}

/// Adds a count to its class, its major class and the total. A class that does not exist in a month adds nothing and has no
/// row of its own.
fn write_cell(figures: &mut Figures, class: &Class, area: AreaId, month: Month, (count, held): (i64, bool)) {
    let key = |breakdown: String| Key { period: Period::month(month), measure: MEASURE, area, breakdown };
    if let Some(code) = class.code.as_ref().filter(|_| held) {
        figures.set(key(format!("mps_class={code}")), Figure::Count(count));
    }
    if let Some(major) = &class.major {
        figures.add(key(format!("mps_class={major}")), count);
    }
    if class.code.as_deref() != Some(NATIONAL_FRAUD) {
        figures.add(key(String::new()), count);
    }
}

fn report(file: &File<'_>, figures: &mut Figures, areas: &BTreeSet<AreaId>) {
    let total = "the total of an area is the sum of its minor classes, without NFIB fraud, which the force does not \
                 record; major classes are the sums of their minor classes. The file gives no figure for London: \
                 boroughs and bins add up to it, each once";
    figures.findings.push(SourceFinding::file(Code::Basis, total));
    if figures.zeros > 0 {
        let message = format!("{} figures are zero because the file drops rows without crime", figures.zeros);
        figures.findings.push(SourceFinding::file(Code::ZerosMade, message));
    }
    if let Some(names) = missing_boroughs(&file.reference.areas, |borough| areas.contains(&borough)) {
        let message = format!("no row of {names}: missing, not zero");
        figures.findings.push(SourceFinding::file(Code::Missing, message));
    }
}
