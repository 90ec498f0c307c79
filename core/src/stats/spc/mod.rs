//! Statistical process control: XmR charts of individual values and moving ranges.
//!
//! The limits are `mean -/+ 2.66` times the mean moving range `|x[i] - x[i - 1]|`: Nelson LS (1982), J Qual Technol 14:172-173;
//! Provost LP, Murray SK (2011), The Health Care Data Guide. The rules of special causes and their order are those of NHS England's
//! Making Data Count (R package `NHSRplotthedots`).
//!
//! Limits are not clamped to the possible values, because the rules would change: clamp them only for display.

mod rules;

use super::benchmark::Wanted;
use super::error::finite;
use super::{StatsError, centre, ordinary};

use rules::{outside, shift, trend, two_of_three};

/// The limits in units of the mean moving range: three standard deviations of a normal process, `3 / 1.128`.
const LIMIT: f64 = 2.66;
/// A moving range of this many mean moving ranges is an outlier: the upper limit of the chart of moving ranges.
const OUTLYING_RANGE: f64 = 3.267;
/// The part of the limit from which a point is close to it.
const CLOSE: f64 = 2.0 / 3.0;
/// The fewest points of a baseline with firm limits. Limits of fewer points are provisional ("trial limits").
pub const FIRM_POINTS: usize = 12;
/// The fewest points between two rebases: fewer have no moving range.
const LEAST_POINTS: usize = 2;

/// A new start of the limits, because the process changed. It is a decision of a person with a reason, and never made by rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebase {
    /// The place of the first point of the changed process, from 0.
    pub at: usize,
    /// What changed.
    pub reason: String,
}

/// How a chart is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether moving ranges of at least 3.267 mean moving ranges are left out of the limits, once. The mean keeps all points.
    pub screen_outliers: bool,
    /// The number of first points, at least [`FIRM_POINTS`], that make the limits. `None`: all points. After a rebase it
    /// counts from there.
    pub fix_after: Option<usize>,
    /// New starts of the limits, in their order.
    pub rebases: Vec<Rebase>,
    /// The direction that is an improvement.
    pub wanted: Wanted,
}

impl Default for Settings {
    /// Outliers are screened, all points make the limits, and no direction is an improvement.
    fn default() -> Self {
        Self { screen_outliers: true, fix_after: None, rebases: Vec::new(), wanted: Wanted::Neither }
    }
}

/// A part of a series with limits of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// The place of its first point.
    pub start: usize,
    /// The reason for the new limits; empty for the first phase.
    pub reason: String,
    /// The mean of the baseline.
    pub mean: f64,
    /// Lower process limit.
    pub lower: f64,
    /// Upper process limit.
    pub upper: f64,
    /// The mean moving range behind the limits.
    pub moving_range: f64,
    /// Whether the limits are provisional: they come from fewer than [`FIRM_POINTS`] points.
    pub provisional: bool,
}

/// A rule that finds a special cause. The first one that applies names the cause of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The point is outside the limits.
    OutsideLimits,
    /// The point is one of seven that rise, or that fall. A tie ends a trend.
    Trend,
    /// The point is close to a limit, as are at least two of three consecutive points that lie on its side of the mean.
    TwoOfThree,
    /// The point is one of seven on one side of the mean. A point on the mean ends them.
    Shift,
}

impl Rule {
    /// Stable name, in lower case.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::OutsideLimits => "outside_limits",
            Self::Trend => "trend",
            Self::TwoOfThree => "two_of_three",
            Self::Shift => "shift",
        }
    }
}

/// The variation of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variation {
    /// Within the ordinary variation of the process.
    CommonCause,
    /// A special cause on the side of the mean that is wanted.
    Improvement,
    /// A special cause on the side of the mean that is not wanted.
    Concern,
    /// A special cause above the mean, where no direction is wanted.
    NeutralHigh,
    /// A special cause below the mean, where no direction is wanted.
    NeutralLow,
}

impl Variation {
    /// Stable name, in lower case.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::CommonCause => "common_cause",
            Self::Improvement => "special_cause_improvement",
            Self::Concern => "special_cause_concern",
            Self::NeutralHigh => "special_cause_neutral_high",
            Self::NeutralLow => "special_cause_neutral_low",
        }
    }
}

/// A point of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The place of its phase in [`Chart::phases`].
    pub phase: usize,
    /// The first rule that applies, if any.
    pub rule: Option<Rule>,
    /// The variation that follows from the rule.
    pub variation: Variation,
}

/// Whether a process will meet a target, from its latest limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Assurance {
    /// Every value within the limits meets the target.
    ConsistentPass,
    /// No value within the limits meets the target.
    ConsistentFail,
    /// The target lies within the limits, so the process meets it or misses it by chance.
    Inconsistent,
}

impl Assurance {
    /// Stable name, in lower case.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::ConsistentPass => "consistent_pass",
            Self::ConsistentFail => "consistent_fail",
            Self::Inconsistent => "inconsistent",
        }
    }
}

/// A chart: its phases in their order, and one point for each value.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The parts with limits of their own. There is at least one.
    pub phases: Vec<Phase>,
    /// The points, in the order of the values.
    pub points: Vec<Point>,
}

/// Makes the chart of a series: one value for each period, without gaps, in the order of time.
///
/// # Errors
///
/// [`StatsError::TooFewPoints`] for a series, or a part between two rebases, of fewer than two points;
/// [`StatsError::BaselineTooShort`] for limits that are fixed after fewer than [`FIRM_POINTS`] points;
/// [`StatsError::RebaseOutside`] and [`StatsError::RebaseWithoutReason`]; [`StatsError::NotFinite`].
///
/// ```
/// use peelian_core::stats::spc::{chart, Rule, Settings};
///
/// let values = [1., 2., 1., 2., 10., 1., 2., 1., 2., 1., 2., 1., 2., 1., 2., 1., 2., 1.];
/// let found = chart(&values, &Settings::default())?;
/// let limits = &found.phases[0];
/// assert!((limits.mean - 1.94).abs() < 0.005);
/// assert!((limits.lower - -0.72).abs() < 0.005 && (limits.upper - 4.60).abs() < 0.005);
/// assert_eq!(found.points[4].rule, Some(Rule::OutsideLimits));
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn chart(values: &[f64], settings: &Settings) -> Result<Chart, StatsError> {
    for value in values {
        finite("value", *value)?;
    }
    let mut found = Chart { phases: Vec::new(), points: Vec::with_capacity(values.len()) };
    for (start, end, reason) in parts(values.len(), settings)? {
        let part = values.get(start..end).unwrap_or_default();
        let limits = phase(part, settings, start, reason)?;
        found.points.extend(points(part, &limits, found.phases.len(), settings.wanted));
        found.phases.push(limits);
    }
    Ok(found)
}

/// The parts between rebases: the first place, the place after the last, and the reason.
fn parts(length: usize, settings: &Settings) -> Result<Vec<(usize, usize, &str)>, StatsError> {
    if let Some(found) = settings.fix_after.filter(|points| *points < FIRM_POINTS) {
        return Err(StatsError::BaselineTooShort { found, least: FIRM_POINTS });
    }
    let mut parts = Vec::new();
    let (mut start, mut reason) = (0, "");
    for rebase in &settings.rebases {
        if rebase.at <= start || rebase.at >= length {
            return Err(StatsError::RebaseOutside(rebase.at));
        }
        if rebase.reason.trim().is_empty() {
            return Err(StatsError::RebaseWithoutReason(rebase.at));
        }
        parts.push((start, rebase.at, reason));
        (start, reason) = (rebase.at, &rebase.reason);
    }
    parts.push((start, length, reason));
    Ok(parts)
}

/// The limits of a part of the series.
fn phase(values: &[f64], settings: &Settings, start: usize, reason: &str) -> Result<Phase, StatsError> {
    if values.len() < LEAST_POINTS {
        return Err(StatsError::TooFewPoints { found: values.len(), least: LEAST_POINTS });
    }
    let baseline = values.get(..settings.fix_after.unwrap_or(values.len())).unwrap_or(values);
    let mean = centre(baseline)?;
    let mut ranges: Vec<f64> = baseline.iter().zip(baseline.iter().skip(1)).map(|(a, b)| (b - a).abs()).collect();
    let mut moving_range = centre(&ranges)?;
    if settings.screen_outliers && moving_range > 0.0 {
        ranges.retain(|range| *range < OUTLYING_RANGE * moving_range);
        moving_range = centre(&ranges)?;
    }
    let width = LIMIT * moving_range;
    Ok(Phase {
        start,
        reason: reason.to_owned(),
        mean,
        lower: ordinary(mean - width)?,
        upper: ordinary(mean + width)?,
        moving_range,
        provisional: baseline.len() < FIRM_POINTS,
    })
}

/// The points of a part of the series.
fn points(values: &[f64], limits: &Phase, phase: usize, wanted: Wanted) -> Vec<Point> {
    let sides: Vec<i8> = values.iter().map(|value| side(*value - limits.mean)).collect();
    let outside = outside(values, limits.lower, limits.upper);
    let close_by = CLOSE * LIMIT * limits.moving_range;
    let near = |value: f64| value < limits.mean - close_by || value > limits.mean + close_by;
    let close: Vec<bool> = values.iter().zip(&outside).map(|(value, outside)| !outside && near(*value)).collect();
    let trends = trend(values);
    let two_of_three = two_of_three(&close, &sides);
    let shifts = shift(&sides);
    let rule = |at: usize| {
        [
            (outside[at], Rule::OutsideLimits),
            (trends[at] != 0, Rule::Trend),
            (two_of_three[at] && close[at], Rule::TwoOfThree),
            (shifts[at], Rule::Shift),
        ]
        .into_iter()
        .find(|(applies, _)| *applies)
        .map(|(_, rule)| rule)
    };
    let point = |at: usize| {
        let rule = rule(at);
        // A point of a trend can lie on the mean: then the trend has the direction.
        let direction = if sides[at] == 0 { trends[at] } else { sides[at] };
        Point { phase, rule, variation: rule.map_or(Variation::CommonCause, |_| variation(direction, wanted)) }
    };
    (0..values.len()).map(point).collect()
}

fn side(distance: f64) -> i8 {
    i8::from(distance > 0.0) - i8::from(distance < 0.0)
}

fn variation(direction: i8, wanted: Wanted) -> Variation {
    match (wanted, direction > 0) {
        (Wanted::Neither, true) => Variation::NeutralHigh,
        (Wanted::Neither, false) => Variation::NeutralLow,
        (Wanted::Higher, true) | (Wanted::Lower, false) => Variation::Improvement,
        (Wanted::Higher, false) | (Wanted::Lower, true) => Variation::Concern,
    }
}

/// Whether the process of a chart will meet a target. `None` if no direction is wanted: then nothing meets or misses it.
///
/// # Errors
///
/// [`StatsError::NotFinite`] for the target; [`StatsError::TooFewPoints`] for a chart without a phase.
///
/// ```
/// use peelian_core::stats::{benchmark::Wanted, spc::{assurance, chart, Assurance, Settings}};
///
/// let found = chart(&[3.0, 4.0, 3.0, 4.0], &Settings::default())?;
/// assert_eq!(assurance(&found, 10.0, Wanted::Higher)?, Some(Assurance::ConsistentFail));
/// assert_eq!(assurance(&found, 10.0, Wanted::Neither)?, None);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn assurance(chart: &Chart, target: f64, wanted: Wanted) -> Result<Option<Assurance>, StatsError> {
    let target = finite("target", target)?;
    let latest = chart.phases.last().ok_or(StatsError::TooFewPoints { found: 0, least: LEAST_POINTS })?;
    Ok(assured(latest.lower, latest.upper, target, wanted))
}

fn assured(lower: f64, upper: f64, target: f64, wanted: Wanted) -> Option<Assurance> {
    let (all_above, all_below) = (lower > target, upper < target);
    match wanted {
        Wanted::Neither => None,
        Wanted::Higher if all_above => Some(Assurance::ConsistentPass),
        Wanted::Higher if all_below => Some(Assurance::ConsistentFail),
        Wanted::Lower if all_below => Some(Assurance::ConsistentPass),
        Wanted::Lower if all_above => Some(Assurance::ConsistentFail),
        Wanted::Higher | Wanted::Lower => Some(Assurance::Inconsistent),
    }
}

#[cfg(test)]
mod tests;
