//! Figures are compared with others of their series: a file with the figures of another month, and a figure with a lost digit.
//!
//! Both are warnings. A series can jump, and a month can repeat another.

use std::collections::BTreeMap;

use crate::Core;
use crate::intake::{CheckedRows, Raise, RowCheck, registry as known};
use crate::period::Period;

use super::FIGURES;
use super::figures::definitions;
use super::numbers::decimal;
use super::quantity::Quantity;
use super::series::{HeldFigures, Point, Series, series_of};

/// Most other figures of its series with which a figure is compared: those of the periods nearest to its own.
const NEAREST: usize = 24;
/// Largest chance that the figures of a period equal those of another one without being them. A decision of this project.
const CHANCE: f64 = 0.001;

/// Compares the rows of `published_figure` with each other and with the figures held of the same series. It checks nothing in
/// rows of other datasets.
#[derive(Debug)]
pub struct PastCheck<'c> {
    core: &'c Core,
    held: HeldFigures,
}

impl<'c> PastCheck<'c> {
    /// The check against figures that are held.
    #[must_use]
    pub const fn new(core: &'c Core, held: HeldFigures) -> Self {
        Self { core, held }
    }
}

impl RowCheck for PastCheck<'_> {
    fn check(&self, rows: &CheckedRows<'_>, raise: &mut Raise<'_>) {
        if rows.dataset().id != FIGURES {
            return;
        }
        let series = series_of(rows, &self.held, &definitions(self.core, rows));
        outliers(&series, rows, raise);
        repetitions(&series, raise);
    }
}

/// Tells figures that lie far outside the others of their series.
fn outliers(series: &[Series], rows: &CheckedRows<'_>, raise: &mut Raise<'_>) {
    for series in series.iter().filter(|series| series.len() > 1) {
        for (period, point) in series {
            let (Some(row), Some(quantity)) = (point.row, point.quantity) else { continue };
            let nearest = nearest(series, *period);
            let others: Vec<Quantity> = nearest.iter().map(|(_, other)| *other).collect();
            let Some((low, high)) = quantity.outlies(&others) else { continue };
            let periods = nearest.iter().map(|(period, _)| *period);
            let span = periods.clone().min().zip(periods.max());
            let has_value = rows.column("value").is_some_and(|column| !column.is_missing(row));
            raise(&known::OUTLIER, row, if has_value { "value" } else { "numerator" }, &|| {
                let (first, last) = span.unwrap_or((*period, *period));
                let (level, low, high) = (decimal(quantity.level()), decimal(low), decimal(high));
                format!(
                    "It is {level}. The other {} figures of its series, {first} to {last}, lie between {low} and {high}.",
                    others.len()
                )
            });
        }
    }
}

/// The other figures of a series whose periods are nearest to a period.
fn nearest(series: &Series, period: Period) -> Vec<(Period, Quantity)> {
    let quantity = |(other, point): (&Period, &Point)| Some((*other, point.quantity?));
    let mut before = series.range(..period).rev().filter_map(quantity).peekable();
    let mut after = series.range(period..).skip(1).filter_map(quantity).peekable();
    let mut nearest = Vec::with_capacity(NEAREST.min(series.len()));
    while nearest.len() < NEAREST {
        let later = match (before.peek(), after.peek()) {
            (None, None) => break,
            (earlier, later) => {
                later.filter(|later| earlier.is_none_or(|earlier| apart(later.0, period) < apart(earlier.0, period)))
            }
        };
        let next = if later.is_some() { after.next() } else { before.next() };
        nearest.extend(next);
    }
    nearest
}

/// Months between two periods of one kind.
fn apart(a: Period, b: Period) -> u32 {
    a.last().index().abs_diff(b.last().index())
}

/// Tells periods all of whose figures in the submission equal those of another period.
fn repetitions(series: &[Series], raise: &mut Raise<'_>) {
    let mut of_period: BTreeMap<Period, Vec<(usize, &Series)>> = BTreeMap::new();
    for series in series {
        for (period, point) in series {
            if let Some(row) = point.row {
                of_period.entry(*period).or_default().push((row, series));
            }
        }
    }
    for (period, figures) in &of_period {
        let Some(first) = figures.iter().map(|(row, _)| *row).min() else { continue };
        let all: Vec<&Series> = figures.iter().map(|(_, series)| *series).collect();
        // Of two periods of the submission, the later one repeats the earlier one.
        let told = |other: &Period| other < period || !of_period.contains_key(other);
        let Some(other) = equal_period(*period, &all).filter(told) else { continue };
        raise(&known::REPEATED_PERIOD, first, "period", &|| match all.len() {
            1 => format!("The figure of {period} equals that of {other}."),
            all => format!("All {all} figures of {period} equal those of {other}."),
        });
    }
}

/// The nearest other period for which every series has the same figure, if that can hardly be chance.
fn equal_period(period: Period, all: &[&Series]) -> Option<Period> {
    let at = |series: &Series, period: &Period| series.get(period).map(|point| point.quantity);
    // Of most periods, already the series with the fewest figures has none or another.
    let fewest = all.iter().min_by_key(|series| series.len())?;
    let periods = fewest.keys().filter(|other| **other != period && other.kind() == period.kind());
    let equal = |other: &&Period| all.iter().all(|series| at(series, other) == at(series, &period));
    let other = *periods.filter(equal).min_by_key(|other| apart(**other, period))?;
    let months = f64::from(period.kind().months());
    let share = (f64::from(apart(other, period)) / months).min(1.0);
    let quantities = all.iter().filter_map(|series| at(series, &period).flatten());
    let chance: f64 = quantities.map(|quantity| quantity.chance_of_equal(share)).product();
    // Each other period could have been equal.
    let others = all.iter().map(|series| series.len()).max().unwrap_or(0);
    let others = f64::from(u32::try_from(others).unwrap_or(u32::MAX));
    (chance * others <= CHANCE).then_some(other)
}

#[cfg(test)]
mod tests;
