//! Comparisons of a value with the series before it: trend and process control.

use super::breaks::first_break;
use super::{Comparison, words};
use crate::engine::answer::Data;
use crate::engine::coverage::Completeness;
use crate::engine::error::ComputeError;
use crate::engine::query::{Basis, CellRequest, Query};
use crate::estimate::{Comparable, Estimated};
use crate::period::Period;
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

/// The series of a cell: its values on one basis, up to the period of the cell.
#[derive(Clone, Copy)]
pub(super) struct Series<'a> {
    pub(super) data: &'a Data,
    pub(super) query: &'a Query,
    pub(super) cell: CellRequest<'a>,
    pub(super) basis: Basis,
}

/// One value of a series.
struct Value {
    period: Period,
    estimated: Estimated,
    completeness: Completeness,
}

impl Series<'_> {
    /// Whether the five years up to the cell rise or fall.
    pub(super) fn trend(self, comparison: &mut Comparison) -> Result<(), ComputeError> {
        if !self.cell.period.kind().is_year() {
            comparison.note = "A trend is of five years that do not overlap: ask for R12, CY or FY.".to_owned();
            return Ok(());
        }
        let few = |values| format!("No trend: {values} of {POINTS} years can be used");
        let Some(values) = self.enough((POINTS, POINTS), few, comparison)? else { return Ok(()) };
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
    pub(super) fn process_control(self, comparison: &mut Comparison) -> Result<(), ComputeError> {
        if self.cell.period.kind().is_year() {
            comparison.note =
                "A control chart is of months or quarters: years of a rolling window overlap.".to_owned();
            return Ok(());
        }
        let few = |values| format!("No chart: {values} of at least {FIRM_POINTS} points can be used");
        let Some(values) = self.enough((FIRM_POINTS, MOST_POINTS), few, comparison)? else { return Ok(()) };
        let points: Vec<f64> = values.iter().map(|value| value.estimated.value).collect();
        // No direction is better: the exchange says what is unusual, and people say what it means.
        let settings =
            Settings { screen_outliers: true, fix_after: None, rebases: Vec::new(), wanted: Wanted::Neither };
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

    /// The values of the periods up to the cell. `None` with a note if there are fewer than the least number.
    fn enough(
        self,
        (least, most): (usize, usize),
        few: impl Fn(usize) -> String,
        comparison: &mut Comparison,
    ) -> Result<Option<Vec<Value>>, ComputeError> {
        let (values, end) = self.values(most)?;
        if let Some(why) = end.filter(|_| values.len() < least) {
            comparison.note = format!("{}, {why}", few(values.len()));
            return Ok(None);
        }
        comparison.against = between(&values);
        Ok(Some(values))
    }

    /// The values of the periods up to the cell, in the order of time, and why there are no more of them. No value from before
    /// a break in the series is taken, unless the query allows it.
    fn values(self, most: usize) -> Result<(Vec<Value>, Option<String>), ComputeError> {
        let Self { data, query, cell, basis } = self;
        let mut values = Vec::with_capacity(most);
        let mut period = cell.period;
        let mut end = None;
        while values.len() < most {
            if let Some(text) = first_break(data, cell, period).filter(|_| !query.allow_break) {
                end = Some(format!("because the series breaks before: {text}"));
                break;
            }
            let answered =
                data.answered(CellRequest { period, ..cell }, basis, POINT_CONFIDENCE, &query.visibility)?;
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
