//! Comparisons of a value with the series before it: trend and process control.

use super::Comparison;
use super::breaks::breaks;
use crate::engine::answer::Data;
use crate::engine::coverage::Completeness;
use crate::engine::error::ComputeError;
use crate::engine::query::{Basis, CellRequest, Query};
use crate::estimate::{Comparable, Estimated, MissingReason};
use crate::period::{Period, PeriodKind};
use crate::stats::benchmark::Wanted;
use crate::stats::proportion::Proportion;
use crate::stats::spc::{self, FIRM_POINTS, Rule, Settings, Variation};
use crate::stats::trend::{self, Direction, POINTS, Trend};
use crate::stats::{Interval, Method, StatsError};

/// Confidence of the limits of the points of a trend: the method is defined for these.
const POINT_CONFIDENCE: f64 = 0.95;
/// Largest number of points of a chart.
const MOST_POINTS: usize = 24;
/// Share of three standard deviations of a normal distribution.
const THREE_SIGMA: f64 = 0.9973;
/// Completeness below which nothing is said about a trend: a late partner looks like a fall. A decision of this project.
const LEAST_COMPLETE: f64 = 0.95;

/// One value of a series.
struct Value {
    period: Period,
    estimated: Estimated,
    completeness: Completeness,
}

/// Whether the five years up to the cell rise or fall.
pub(super) fn trend(
    data: &Data,
    query: &Query,
    cell: CellRequest<'_>,
    basis: Basis,
    comparison: &mut Comparison,
) -> Result<(), ComputeError> {
    if matches!(cell.period.kind(), PeriodKind::Month | PeriodKind::Quarter) {
        comparison.note = "A trend is of five years that do not overlap: ask for R12, CY or FY.".to_owned();
        return Ok(());
    }
    let (values, end) = series(data, query, cell, basis, POINTS)?;
    if let Some(why) = end.filter(|_| values.len() < POINTS) {
        comparison.note = format!("No trend: {} of {POINTS} years can be used, {why}", values.len());
        return Ok(());
    }
    comparison.against = between(&values);
    let incomplete =
        values.iter().find(|value| value.completeness.share().is_some_and(|share| share < LEAST_COMPLETE));
    if let Some(value) = incomplete {
        comparison.note = format!("No trend: less than 95% of the data of {} was submitted.", value.period);
        return Ok(());
    }
    match tested(&values) {
        Ok(Trend { direction, chi_squared, slope: _ }) => {
            comparison.verdict = match direction {
                Direction::Increasing => "rising",
                Direction::Decreasing => "falling",
                Direction::NoSignificantChange => "no clear trend",
            };
            comparison.note = format!("Five years, chi-squared {chi_squared:.2} on 1 degree of freedom.");
        }
        Err(error) => comparison.note = format!("No trend: {error}."),
    }
    Ok(())
}

/// Whether the value is within the ordinary variation of the months or quarters up to it.
pub(super) fn process_control(
    data: &Data,
    query: &Query,
    cell: CellRequest<'_>,
    basis: Basis,
    comparison: &mut Comparison,
) -> Result<(), ComputeError> {
    if !matches!(cell.period.kind(), PeriodKind::Month | PeriodKind::Quarter) {
        comparison.note = "A control chart is of months or quarters: years of a rolling window overlap.".to_owned();
        return Ok(());
    }
    let (values, end) = series(data, query, cell, basis, MOST_POINTS)?;
    if let Some(why) = end.filter(|_| values.len() < FIRM_POINTS) {
        comparison.note = format!("No chart: {} of at least {FIRM_POINTS} points can be used, {why}", values.len());
        return Ok(());
    }
    comparison.against = between(&values);
    let points: Vec<f64> = values.iter().map(|value| value.estimated.value).collect();
    // No direction is better: the exchange says what is unusual, and people say what it means.
    let settings = Settings { screen_outliers: true, fix_after: None, rebases: Vec::new(), wanted: Wanted::Neither };
    match charted(&points, &settings) {
        Ok((mean, limits, rule, variation)) => {
            comparison.against_value = Some(mean);
            comparison.interval = Some(limits);
            comparison.verdict = match variation {
                Variation::CommonCause => "within ordinary variation",
                Variation::NeutralHigh | Variation::Improvement => "special cause above the mean",
                Variation::NeutralLow | Variation::Concern => "special cause below the mean",
            };
            comparison.note = rule.map_or("", said).to_owned();
        }
        Err(error) => comparison.note = format!("No chart: {error}."),
    }
    Ok(())
}

/// The mean and the limits of a chart, with the rule and the variation of its last point.
fn charted(points: &[f64], settings: &Settings) -> Result<(f64, Interval, Option<Rule>, Variation), StatsError> {
    let chart = spc::chart(points, settings)?;
    let none = StatsError::TooFewPoints { found: points.len(), least: FIRM_POINTS };
    let (Some(phase), Some(last)) = (chart.phases.last(), chart.points.last()) else { return Err(none) };
    let limits = Interval::new(phase.lower, phase.upper, THREE_SIGMA, Method::ProcessLimits)?;
    Ok((phase.mean, limits, last.rule, last.variation))
}

fn said(rule: Rule) -> &'static str {
    match rule {
        Rule::OutsideLimits => "The point is outside the limits. Seasons are not taken out.",
        Rule::Trend => "Seven points in a row rise or fall. Seasons are not taken out.",
        Rule::TwoOfThree => "Two of three points in a row are close to a limit. Seasons are not taken out.",
        Rule::Shift => "Seven points in a row are on one side of the mean. Seasons are not taken out.",
    }
}

/// The values of the periods up to the cell, in the order of time, and why there are no more of them. No value from before a
/// break in the series is taken, unless the query allows it.
fn series(
    data: &Data,
    query: &Query,
    cell: CellRequest<'_>,
    basis: Basis,
    most: usize,
) -> Result<(Vec<Value>, Option<String>), ComputeError> {
    let mut values = Vec::with_capacity(most);
    let mut period = cell.period;
    let mut end = None;
    while values.len() < most {
        let own = CellRequest { period, ..cell };
        if let Some(text) = breaks(data, cell, own.period).into_iter().next().filter(|_| !query.allow_break) {
            end = Some(format!("because the series breaks before: {text}"));
            break;
        }
        let answered = data.answered(own, basis, POINT_CONFIDENCE)?;
        match answered.estimated {
            Ok(estimated) => {
                values.push(Value { period, estimated, completeness: answered.found.completeness });
            }
            Err(unavailable) => {
                end = Some(format!("because {period} has no value: {}.", words(unavailable.reason)));
                break;
            }
        }
        period = period.previous_window();
    }
    values.reverse();
    Ok((values, end))
}

fn words(reason: MissingReason) -> String {
    reason.id().replace('_', " ")
}

fn between(values: &[Value]) -> String {
    match values {
        [first, .., last] => format!("{}..{}", first.period, last.period),
        _ => String::new(),
    }
}

/// The test of a series: of shares if all of its values are shares.
fn tested(values: &[Value]) -> Result<Trend, StatsError> {
    let shares: Vec<(i64, Proportion)> = (1..)
        .zip(values)
        .filter_map(|(at, value)| match value.estimated.comparable {
            Comparable::Share(share) => Some((at, share)),
            _ => None,
        })
        .collect();
    if shares.len() == values.len() {
        return trend::of_shares(&shares);
    }
    let point = |(at, value): (i64, &Value)| {
        let limits = value.estimated.interval.ok_or(StatsError::NoInterval)?;
        let (lower, upper) = (limits.lower, limits.upper);
        Ok(trend::Point { period: at, value: value.estimated.value, lower, upper })
    };
    let points: Vec<trend::Point> = (1..).zip(values).map(point).collect::<Result<_, StatsError>>()?;
    trend::of_values(&points)
}
