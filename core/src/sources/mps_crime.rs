//! Metropolitan Police Service: recorded crime by borough, and by ward, with one row for each area and class, and one
//! column for each month.
//!
//! A file is a complete cross-tabulation of recorded crime without its empty rows, so an absent row is zero. Its minor
//! classes divide all crime, so their sum is the total. Since 2024 the files also have fraud of the National Fraud
//! Intelligence Bureau. The force does not record this fraud, so it is left out of the total.
//!
//! The file of wards has the crimes that the publisher places in a ward. Others are in the file of boroughs only, so wards
//! add up to less than their borough, and no figure of a borough is made of them.

use std::collections::{BTreeMap, BTreeSet};

use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Publication, missing_boroughs, police_area};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, day_in_name, month, month_in_name, named};
use super::{Converted, File};
use crate::period::{Month, Period};
use crate::reference::{AreaId, CodeList, Coverage, Entry, Level};

const BOROUGHS: Publication = Publication {
    agency: "mps",
    collection: "crime-by-borough",
    title: "Metropolitan Police Service, recorded crime by borough",
    status: FigureStatus::Provisional,
};
const WARDS: Publication = Publication {
    agency: "mps",
    collection: "crime-by-ward",
    title: "Metropolitan Police Service, recorded crime by ward",
    status: FigureStatus::Provisional,
};
/// The headings of the borough. Releases by borough that end in 2020, and all releases by ward, have the second.
pub(super) const BOROUGH_HEADINGS: [&str; 2] = ["BoroughName", "LookUp_BoroughName"];
const MEASURE: &str = "recorded-crime-volume";
/// Recorded nationally, not by the force.
const NATIONAL_FRAUD: &str = "nfib_fraud";
/// Two months do not have this many equal cells above zero by chance.
const MANY_CELLS: usize = 50;
/// A class, the class that other releases count apart from it, and what the class holds in a file without the other. It is
/// then not the class that the list means.
const HOLDS_BOTH: [(&str, &str, &str); 2] = [
    ("violence_without_injury", "stalking_and_harassment", "it includes stalking and harassment"),
    ("burglary_residential_unsplit", "burglary_residential_home", "it is all residential burglary"),
];

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

/// The columns of class and area.
struct Columns {
    major: usize,
    minor: usize,
    borough: usize,
    /// Code and name of the ward, in the file of wards.
    ward: Option<[usize; 2]>,
}

pub(super) fn read_boroughs(file: &File<'_>) -> Result<Converted, SourceError> {
    read(file, None, &BOROUGHS)
}

pub(super) fn read_wards(file: &File<'_>) -> Result<Converted, SourceError> {
    let ward = file.sheet.columns(["WardCode", "WardName"])?;
    read(file, Some(ward), &WARDS)
}

fn read(file: &File<'_>, ward: Option<[usize; 2]>, publication: &Publication) -> Result<Converted, SourceError> {
    let [major, minor] = file.sheet.columns(["MajorText", "MinorText"])?;
    let columns = Columns { major, minor, borough: file.sheet.column_of(&BOROUGH_HEADINGS)?, ward };
    let mut figures = Figures::default();
    figures.released = day_in_name(file.name).or_else(|| Some(month_in_name(file.name)?.first_day()));
    let months = months(file, &columns, &mut figures)?;
    let mut grid = grid(file, &columns, months, &mut figures)?;
    grid.leave_out_empty_months(&mut figures);
    grid.refuse_repeated_months()?;
    grid.write(file, &mut figures);
    grid.report(file, ward.is_some(), &mut figures);
    Ok(figures.finish(publication, file))
}

impl Columns {
    fn is_known(&self, column: usize) -> bool {
        let mut known = [self.major, self.minor, self.borough].into_iter().chain(self.ward.into_iter().flatten());
        known.any(|known| known == column)
    }

    /// The borough or bin of a line, and the area that it counts in: its ward if the file has wards, or else the same.
    fn areas(&self, file: &File<'_>, line: &Line) -> Result<[AreaId; 2], SourceError> {
        let areas = &file.reference.areas;
        let borough = police_area(areas, line.cell(self.borough), line)?;
        let Some([code, _]) = self.ward else { return Ok([borough, borough]) };
        let unknown = |reason| SourceError::UnknownArea { line: line.number, reason };
        let ward = areas.by_code(line.cell(code)).filter(|id| areas.get(*id).level() == Level::Ward);
        let ward = ward.ok_or_else(|| unknown(format!("{} is the code of no ward", named(line.cell(code)))))?;
        // At Heathrow the publisher names the command of the airport in place of the borough, or beside it.
        let is_bin = areas.get(borough).level() == Level::Pseudo;
        if is_bin || areas.is_within(ward, borough, Month::from_index(0).first_day()) {
            return Ok([borough, ward]);
        }
        let reason = format!("the ward {} is not in {}", named(line.cell(code)), named(line.cell(self.borough)));
        Err(unknown(reason))
    }
}

/// The columns of months. A month that had not ended at the release, by the name of the file, is left out.
fn months(file: &File<'_>, columns: &Columns, figures: &mut Figures) -> Result<Vec<(usize, Month)>, SourceError> {
    let mut months = Vec::new();
    for (column, name) in file.sheet.header.iter().enumerate() {
        if columns.is_known(column) || name.is_empty() {
            continue;
        }
        let Some(found) = month(name) else {
            let message = format!("the column {} is not a month (201904 or 2019-04): ignored", named(name));
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

fn grid(
    file: &File<'_>,
    columns: &Columns,
    months: Vec<(usize, Month)>,
    figures: &mut Figures,
) -> Result<Grid, SourceError> {
    let mut grid = Grid { months, counts: BTreeMap::new() };
    let mut first_lines: BTreeMap<[String; 4], (u64, Vec<i64>)> = BTreeMap::new();
    let classes = Classes::of(file, columns, figures);
    for line in &file.sheet.lines {
        let [part, area] = columns.areas(file, line)?;
        let class = classes.class(file, columns, line);
        let counts: Vec<i64> =
            grid.months.iter().map(|(column, _)| file.sheet.count(line, *column)).collect::<Result<_, _>>()?;
        if let Some(column) = counts.iter().position(|count| *count < 0) {
            let column = grid.months.get(column).map_or(0, |(column, _)| *column);
            return Err(file.sheet.wrong(line, column, "a count of 0 or more"));
        }
        let [major, minor] = [columns.major, columns.minor].map(|column| line.cell(column));
        let name = [major, minor, &area.get().to_string(), &part.get().to_string()].map(str::to_lowercase);
        if let Some((earlier, known)) = first_lines.get(&name) {
            if *known != counts {
                let what = format!("{} in {} has other counts", named(minor), file.reference.areas.get(area).name());
                return Err(SourceError::Conflict { line: line.number, earlier: *earlier, what });
            }
            figures.left_out += 1;
            let message = format!("repeats line {earlier}: counted once");
            figures.findings.push(SourceFinding::line(Code::RepeatedLine, line.number, message));
            continue;
        }
        first_lines.insert(name, (line.number, counts.clone()));
        let cells = grid.counts.entry((class, area)).or_insert_with(|| vec![0; counts.len()]);
        cells.iter_mut().zip(&counts).for_each(|(cell, count)| *cell += count);
    }
    let names: Vec<&[String; 4]> = first_lines.keys().collect();
    let combined = names.windows(2).filter(|pair| matches!(pair, [one, next] if one.get(..3) == next.get(..3)));
    let combined = combined.count();
    if combined > 0 {
        let message = format!("{combined} lines are added to another line of their ward, under another command");
        figures.findings.push(SourceFinding::file(Code::Combined, message));
    }
    Ok(grid)
}

/// The classes of a file.
struct Classes {
    /// Codes that are not the classes that the list means, because the file lacks the class beside them.
    hold_both: Vec<&'static str>,
}

impl Classes {
    /// Reports the classes that are in no list, and those that hold more than their name says.
    fn of(file: &File<'_>, columns: &Columns, figures: &mut Figures) -> Self {
        let mut codes = BTreeSet::new();
        let mut unknown = BTreeSet::new();
        for line in &file.sheet.lines {
            let [major, minor] = [columns.major, columns.minor].map(|column| line.cell(column));
            match class(file, major, minor).code {
                Some(code) => _ = codes.insert(code),
                None if unknown.insert(minor) => {
                    let (minor, major) = (named(minor), named(major));
                    let message = format!("the class {minor} of {major} is in no list: counted in totals only");
                    figures.findings.push(SourceFinding::line(Code::UnknownSeries, line.number, message));
                }
                None => {}
            }
        }
        let held = HOLDS_BOTH.iter().filter(|(code, beside, _)| codes.contains(*code) && !codes.contains(*beside));
        let report = |(code, _, what): &(&'static str, &str, &str)| {
            let label = list(file).and_then(|list| list.get(code)).map_or("", |entry| entry.label());
            let message = format!("`{label}` is not the class of later releases, for {what}: counted in totals only");
            figures.findings.push(SourceFinding::file(Code::ClassChange, message));
            *code
        };
        Self { hold_both: held.map(report).collect() }
    }

    fn class(&self, file: &File<'_>, columns: &Columns, line: &Line) -> Class {
        let class = class(file, line.cell(columns.major), line.cell(columns.minor));
        let code = class.code.filter(|code| !self.hold_both.contains(&code.as_str()));
        Class { code, ..class }
    }
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
    /// Leaves out the months without a single crime: the publisher made their columns before it filled them.
    fn leave_out_empty_months(&mut self, figures: &mut Figures) {
        let has_crime = |index: usize| self.counts.values().any(|counts| counts.get(index).is_some_and(|n| *n > 0));
        let filled: Vec<bool> = (0..self.months.len()).map(has_crime).collect();
        for ((_, month), _) in self.months.iter().zip(&filled).filter(|(_, filled)| !**filled) {
            let message = format!("{month} has no crime in any area: the column is not filled, left out");
            figures.findings.push(SourceFinding::file(Code::IncompletePeriod, message));
        }
        let mut of_months = filled.iter();
        self.months.retain(|_| of_months.next() == Some(&true));
        for counts in self.counts.values_mut() {
            let mut of_counts = filled.iter();
            counts.retain(|_| of_counts.next() == Some(&true));
        }
    }

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
        let areas = self.areas();
        let classes: BTreeSet<&Class> = self.counts.keys().map(|(class, _)| class).collect();
        let mut misplaced = 0;
        for class in classes {
            let span = Span::of(file, class);
            self.report_changes(file, class, &span, figures);
            for area in &areas {
                misplaced += self.write_row(file, (class, &span), *area, figures);
            }
        }
        if misplaced > 0 {
            let message = format!("{misplaced} crimes are of months in which their ward does not exist: left out");
            figures.findings.push(SourceFinding::file(Code::OutsideScope, message));
        }
    }

    fn areas(&self) -> BTreeSet<AreaId> {
        self.counts.keys().map(|(_, area)| *area).collect()
    }

    /// Writes the counts of a class in an area, and returns the crimes of months in which the area does not exist.
    fn write_row(&self, file: &File<'_>, (class, span): (&Class, &Span), area: AreaId, figures: &mut Figures) -> i64 {
        let published = self.counts.get(&(class.clone(), area));
        let validity = file.reference.areas.get(area).validity();
        let mut misplaced = 0;
        for (index, (_, month)) in self.months.iter().enumerate() {
            let count = published.and_then(|counts| counts.get(index)).copied().unwrap_or(0);
            if validity.clip(month.first_day(), month.last_day()).is_none() {
                misplaced += count;
                continue;
            }
            // A class that does not exist in a month has no figure, nor has a major class of such classes alone.
            if span.contains(*month) || count > 0 {
                figures.zeros += u64::from(published.is_none());
                write_cell(figures, class, area, *month, count);
            }
        }
        misplaced
    }

    fn report(&self, file: &File<'_>, of_wards: bool, figures: &mut Figures) {
        let parts = if of_wards {
            "Crimes that the publisher places in no ward are not in the file: wards add up to less than their borough"
        } else {
            "The file gives no figure for London: boroughs and bins add up to it, each once"
        };
        let total = format!(
            "the total of an area is the sum of its minor classes, without NFIB fraud, which the force does not \
             record; major classes are the sums of their minor classes. {parts}"
        );
        figures.findings.push(SourceFinding::file(Code::Basis, total));
        if figures.zeros > 0 {
            let message = format!("{} figures are zero because the file drops rows without crime", figures.zeros);
            figures.findings.push(SourceFinding::file(Code::ZerosMade, message));
        }
        let areas = self.areas();
        let missing = if of_wards {
            self.missing_wards(file, &areas)
        } else {
            missing_boroughs(&file.reference.areas, |borough| areas.contains(&borough))
        };
        if let Some(missing) = missing {
            let message = format!("no row of {missing}: missing, not zero");
            figures.findings.push(SourceFinding::file(Code::Missing, message));
        }
    }

    /// The wards of the police area in the last month that are not among `seen`, as text for a finding.
    fn missing_wards(&self, file: &File<'_>, seen: &BTreeSet<AreaId>) -> Option<String> {
        let areas = &file.reference.areas;
        let (force, (_, last)) = areas.london(Coverage::Mps32).zip(self.months.last().copied())?;
        let day = last.last_day();
        let exists = |ward: &AreaId| areas.get(*ward).validity().contains(day) && areas.is_within(*ward, force, day);
        let missing: Vec<AreaId> =
            areas.at_level(Level::Ward).filter(exists).filter(|ward| !seen.contains(ward)).collect();
        let first = areas.get(*missing.first()?);
        Some(format!("{} wards, of which {} {} is the first", missing.len(), first.code(), first.name()))
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

/// Adds a count to its class, its major class and the total.
fn write_cell(figures: &mut Figures, class: &Class, area: AreaId, month: Month, count: i64) {
    let key = |breakdown: String| Key { period: Period::month(month), measure: MEASURE, area, breakdown };
    if let Some(code) = &class.code {
        figures.set(key(format!("mps_class={code}")), Figure::Count(count));
    }
    if let Some(major) = &class.major {
        figures.add(key(format!("mps_class={major}")), count);
    }
    if class.code.as_deref() != Some(NATIONAL_FRAUD) {
        figures.add(key(String::new()), count);
    }
}
