//! Collects figures and writes them in a fixed order.

use std::collections::BTreeMap;

use jiff::civil::Date;
use peelian::records::v1::{FigureStatus, PublishedFigure};

use super::finding::{SourceError, SourceFinding, SourceFindingCode};
use super::sheet::Line;
use super::{Converted, File, Part, Totals};
use crate::intake::quote;
use crate::period::Period;
use crate::reference::{AreaId, Areas, Level};

/// Longest text of the source of a figure, by the contract.
const SOURCE_LENGTH: usize = 200;

/// The key of a figure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) period: Period,
    pub(super) measure: &'static str,
    pub(super) area: AreaId,
    pub(super) breakdown: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Figure {
    Count(i64),
    Of(i64, i64),
    Value(f64),
    /// A share, and the unweighted number of respondents.
    Survey(f64, i64),
    /// Suppressed by the publisher to protect people.
    Suppressed,
}

/// The publication that a file belongs to: its publisher, and its names in the exchange.
pub(super) struct Publication {
    pub(super) agency: &'static str,
    pub(super) collection: &'static str,
    pub(super) title: &'static str,
    pub(super) status: FigureStatus,
}

/// The figures of a file so far.
#[derive(Default)]
pub(super) struct Figures {
    cells: BTreeMap<Key, Figure>,
    pub(super) findings: Vec<SourceFinding>,
    pub(super) left_out: u64,
    pub(super) zeros: u64,
    /// The day on which the publisher released the file, if the file or its name says so.
    pub(super) released: Option<Date>,
}

impl Figures {
    /// Sets a figure. A later value for the same key replaces the earlier value; readers check for repetitions first.
    pub(super) fn set(&mut self, key: Key, figure: Figure) {
        self.cells.insert(key, figure);
    }

    /// Adds to a count.
    pub(super) fn add(&mut self, key: Key, count: i64) {
        let cell = self.cells.entry(key).or_insert(Figure::Count(0));
        if let Figure::Count(so_far) = cell {
            *so_far += count;
        }
    }

    /// The number of figures of a measure that are zero.
    pub(super) fn count_zeros(&self, measure: &str) -> u64 {
        let is_zero = |(key, figure): &(&Key, &Figure)| key.measure == measure && **figure == Figure::Count(0);
        self.cells.iter().filter(is_zero).fold(0, |zeros, _| zeros + 1)
    }

    pub(super) fn remove_counts_below_zero(&mut self) -> u64 {
        let before = self.cells.len();
        self.cells.retain(|_, figure| !matches!(figure, Figure::Count(count) | Figure::Of(count, _) if *count < 0));
        u64::try_from(before - self.cells.len()).unwrap_or(u64::MAX)
    }

    /// The rows, in order.
    fn rows(&self, publication: &Publication, file: &File<'_>) -> Vec<PublishedFigure> {
        let name = file.name.rsplit(['/', '\\']).next().unwrap_or(file.name);
        let source: String = format!("{} ({name})", publication.title).chars().take(SOURCE_LENGTH).collect();
        let row = |(key, figure): (&Key, &Figure)| {
            let mut row = PublishedFigure {
                measure: key.measure.to_owned(),
                area: file.reference.areas.get(key.area).code().to_owned(),
                period: key.period.to_string(),
                breakdown: key.breakdown.clone(),
                source: source.clone(),
                ..PublishedFigure::default()
            };
            row.set_status(publication.status);
            match *figure {
                Figure::Count(count) => row.numerator = Some(number(count)),
                Figure::Of(part, whole) => {
                    row.numerator = Some(number(part));
                    row.denominator = Some(number(whole));
                }
                Figure::Value(value) => row.value = Some(value),
                Figure::Survey(value, base) => {
                    row.value = Some(value);
                    row.unweighted_base = Some(number(base));
                }
                Figure::Suppressed => row.suppressed = Some(true),
            }
            row
        };
        self.cells.iter().map(row).collect()
    }

    pub(super) fn finish(self, publication: &Publication, file: &File<'_>) -> Converted {
        self.finish_with(publication, file, &Self::default())
    }

    /// As [`Figures::finish`], with figures that the file repeats from another publication.
    pub(super) fn finish_with(self, publication: &Publication, file: &File<'_>, stated: &Self) -> Converted {
        let rows = self.rows(publication, file);
        let first = self.cells.keys().map(|key| window_start(key.period)).min();
        let last = self.cells.keys().map(|key| key.period.last()).max();
        let totals = Totals {
            lines: u64::try_from(file.sheet.lines.len()).unwrap_or(u64::MAX),
            left_out: self.left_out,
            figures: u64::try_from(rows.len()).unwrap_or(u64::MAX),
            zeros: self.zeros,
        };
        let parts = first.zip(last).map(|(first, last)| Part { dataset: "published_figure", first, last, rows });
        Converted {
            agency: publication.agency,
            collection: publication.collection.to_owned(),
            publications: parts.into_iter().collect(),
            stated: stated.rows(publication, file),
            findings: self.findings,
            released: self.released,
            totals,
        }
    }
}

/// The first month of a period for the window of a publication. Rolling years overlap, so only their last month counts; other
/// periods count as a whole.
fn window_start(period: Period) -> crate::period::Month {
    if period.kind() == crate::period::PeriodKind::RollingYear { period.last() } else { period.first() }
}

/// A count as the number type of the contract. Counts are far below 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "counts of crimes are far below 2^53")]
fn number(count: i64) -> f64 {
    count as f64
}

/// Lines left out for one reason.
#[derive(Default)]
pub(super) struct Lines {
    number: u64,
    first: Option<u64>,
}

impl Lines {
    pub(super) fn add(&mut self, line: &Line) {
        self.number += 1;
        self.first.get_or_insert(line.number);
    }

    /// Reports lines that give no figure.
    pub(super) fn report(&self, figures: &mut Figures, code: SourceFindingCode, what: &str) {
        figures.left_out += self.number;
        self.tell(figures, code, what);
    }

    /// Reports lines, whether or not they give a figure.
    pub(super) fn tell(&self, figures: &mut Figures, code: SourceFindingCode, what: &str) {
        if let Some(first) = self.first {
            let message = format!("{} lines {what}", self.number);
            figures.findings.push(SourceFinding::line(code, first, message));
        }
    }
}

/// A borough, a bin beside the boroughs or the whole police area, by name.
pub(super) fn police_area(areas: &Areas, name: &str, line: &Line) -> Result<AreaId, SourceError> {
    let unknown = |reason: String| SourceError::UnknownArea { line: line.number, reason };
    let area = areas.resolve_name(name).map_err(|error| unknown(unknown_name(name, &error.nearest)))?.id();
    match areas.get(area).level() {
        Level::Borough | Level::Pseudo | Level::London => Ok(area),
        level => Err(unknown(format!("`{name}` is a {}, not a borough", level.id()))),
    }
}

fn unknown_name(name: &str, nearest: &[String]) -> String {
    let nearest =
        if nearest.is_empty() { String::new() } else { format!("; the nearest names are {}", nearest.join(", ")) };
    format!("{} is the name of no area{nearest}", quote::shape(name))
}

/// The boroughs of the Metropolitan Police area that are not among `seen`, as text for a finding.
pub(super) fn missing_boroughs(areas: &Areas, seen: impl Fn(AreaId) -> bool) -> Option<String> {
    let force = areas.london(crate::reference::Coverage::Mps32)?;
    let day = crate::period::Month::from_index(0).first_day();
    let missing: Vec<&str> = areas
        .members(force, Level::Borough, day)
        .into_iter()
        .filter(|borough| !seen(*borough))
        .map(|borough| areas.get(borough).name())
        .collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}

/// A figure with different values in two publications.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The figure in the first.
    pub left: PublishedFigure,
    /// The figure in the second.
    pub right: PublishedFigure,
}

/// The figures with different values in two publications. Sources and status are not compared.
#[must_use]
pub fn differences<'a>(
    left: impl IntoIterator<Item = &'a PublishedFigure>,
    right: impl IntoIterator<Item = &'a PublishedFigure>,
) -> Vec<Difference> {
    let key =
        |row: &PublishedFigure| (row.measure.clone(), row.area.clone(), row.period.clone(), row.breakdown.clone());
    let values = |row: &PublishedFigure| [row.numerator, row.denominator, row.value].map(|v| v.map(f64::to_bits));
    let right: BTreeMap<_, _> = right.into_iter().map(|row| (key(row), row)).collect();
    let differs = |left: &'a PublishedFigure| {
        let other = right.get(&key(left)).filter(|other| values(other) != values(left))?;
        Some(Difference { left: left.clone(), right: (*other).clone() })
    };
    left.into_iter().filter_map(differs).collect()
}
