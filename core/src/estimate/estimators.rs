//! The estimators: from sums to a value with its interval.

use std::collections::BTreeMap;

use super::{MissingReason, Unavailable};
use crate::stats::count::{CountRule, count_interval, rate as crude_rate};
use crate::stats::difference::{in_points, newcombe_10};
use crate::stats::proportion::Proportion;
use crate::stats::ratio::EventRate;
use crate::stats::survey::{PsuSums, WEIGHT_UNIT, WeightedSums, weighted_wilson, weighted_wilson_design};
use crate::stats::{Estimate, Interval};

/// Number of respondents below which a value is marked as having a low base. Source: the disclosure rule for surveys
/// shows 30 to 99 respondents with a mark, and 100 or more without one.
pub const LOW_BASE: u64 = 100;

/// Two sums of weights by stratum and primary sampling unit: over the denominator, then over the numerator. They are in
/// units of 1 / [`WEIGHT_UNIT`].
pub type UnitSums = BTreeMap<(usize, u64), (u128, u128)>;

/// Settings of an estimate.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Confidence level of the interval, between 0 and 1.
    pub confidence: f64,
    /// Whether the estimate has an interval.
    pub interval: bool,
    /// Smallest number of respondents for which a value is given. It applies to surveys and to members of staff.
    pub minimum_base: u64,
}

/// A value with everything that is needed to read and compare it.
#[derive(Clone, Debug, Default)]
pub struct Estimated {
    /// The value, in the unit of its kind.
    pub value: f64,
    /// Interval of the value; `None` if it has none.
    pub interval: Option<Interval>,
    /// Numerator; `None` if there is none.
    pub numerator: Option<f64>,
    /// Denominator; `None` if there is none.
    pub denominator: Option<f64>,
    /// Number of respondents, for a survey.
    pub base: Option<u64>,
    /// Number of respondents in the smallest group on which the value is based.
    pub smallest_base: Option<u64>,
    /// Effective number of respondents, for a weighted survey.
    pub effective_n: Option<f64>,
    /// The form in which the value is compared.
    pub comparable: Comparable,
    /// Caveat about how the value was estimated.
    pub caveat: Option<&'static str>,
}

/// The form in which a value is tested against another value.
#[derive(Clone, Copy, Debug, Default)]
pub enum Comparable {
    /// It is compared by a rate ratio.
    Rate(EventRate),
    /// It is compared by a difference of proportions.
    Share(Proportion),
    /// It is a difference of proportions, from -1 to 1, and its change is compared.
    Difference(Estimate),
    /// It is not compared.
    #[default]
    Not,
}

impl Estimated {
    /// Whether the value is marked because it has fewer than [`LOW_BASE`] respondents.
    #[must_use]
    pub fn has_low_base(&self) -> bool {
        self.smallest_base.is_some_and(|base| base < LOW_BASE)
    }
}

/// Estimates a number of units. Interval: Byar's approximation, or exact Poisson limits for small counts.
#[must_use]
pub fn count(n: f64, rule: Rule) -> Estimated {
    let interval = count_interval(n, rule.confidence, CountRule::default()).ok();
    Estimated {
        value: n,
        interval: interval.filter(|_| rule.interval),
        numerator: Some(n),
        comparable: EventRate::new(n, 1.0).map_or(Comparable::Not, Comparable::Rate),
        ..Estimated::default()
    }
}

/// Estimates a rate: events for each `multiplier` residents. Interval: Byar's approximation, or exact Poisson limits
/// for small counts.
///
/// # Errors
///
/// [`MissingReason::ZeroDenominator`] if the denominator is 0.
pub fn rate(events: f64, residents: f64, multiplier: f64, rule: Rule) -> Result<Estimated, Unavailable> {
    let estimate = crude_rate(events, residents, multiplier, rule.confidence, CountRule::default());
    let estimate = estimate.map_err(|_| MissingReason::ZeroDenominator)?;
    Ok(Estimated {
        value: estimate.value,
        interval: estimate.interval.filter(|_| rule.interval),
        numerator: Some(events),
        denominator: Some(residents),
        comparable: EventRate::new(events, residents).map_or(Comparable::Not, Comparable::Rate),
        ..Estimated::default()
    })
}

/// Estimates the share of the denominator that is in the numerator, from 0 to 1. Interval: Wilson's score interval.
///
/// # Errors
///
/// [`MissingReason::ZeroDenominator`] if the denominator is 0 or if the numbers are not a share.
pub fn share(numerator: f64, denominator: f64, rule: Rule) -> Result<Estimated, Unavailable> {
    let share = Proportion::new(numerator, denominator).map_err(|_| MissingReason::ZeroDenominator)?;
    Ok(Estimated {
        value: share.value(),
        interval: share.wilson(rule.confidence).ok().filter(|_| rule.interval),
        numerator: Some(numerator),
        denominator: Some(denominator),
        comparable: Comparable::Share(share),
        ..Estimated::default()
    })
}

/// Estimates a ratio: one count divided by a count of different subjects. A ratio above 1 is no proportion and has no
/// interval.
///
/// # Errors
///
/// [`MissingReason::ZeroDenominator`] if the denominator is 0.
pub fn ratio(numerator: f64, denominator: f64, rule: Rule) -> Result<Estimated, Unavailable> {
    if let Ok(share) = share(numerator, denominator, rule) {
        return Ok(share);
    }
    if denominator <= 0.0 {
        return Err(MissingReason::ZeroDenominator.into());
    }
    Ok(Estimated {
        value: numerator / denominator,
        numerator: Some(numerator),
        denominator: Some(denominator),
        caveat: Some("Numerator and denominator are different subjects, and here the ratio exceeds 1."),
        ..Estimated::default()
    })
}

/// Estimates a weighted share of a survey, from 0 to 1. The interval allows for clustering if the sampling units are
/// known.
///
/// # Errors
///
/// [`MissingReason::BaseTooSmall`] and [`MissingReason::ZeroDenominator`], each with the number of respondents.
pub fn weighted_share(sums: &WeightedSums, units: Option<&UnitSums>, rule: Rule) -> Result<Estimated, Unavailable> {
    check_base(Some(sums.n), rule)?;
    let psus = |units: &UnitSums| -> Vec<PsuSums> {
        let sums = units.iter().map(|((stratum, _), (sum_w, sum_wx))| PsuSums {
            stratum: *stratum as u64,
            sum_w: *sum_w,
            sum_wx: *sum_wx,
        });
        sums.collect()
    };
    let linearised = units.and_then(|units| weighted_wilson_design(sums, psus(units), rule.confidence).ok());
    let caveat = match linearised {
        Some(_) => None,
        None => Some(
            "The interval allows for unequal weights (Kish's design effect); for clustering a design effect of 1.0 is \
             taken, because sampling units are not supplied.",
        ),
    };
    let zero = |_| Unavailable { reason: MissingReason::ZeroDenominator, base: Some(sums.n) };
    let share = match linearised {
        Some(share) => share,
        None => weighted_wilson(sums, 1.0, rule.confidence).map_err(zero)?,
    };
    Ok(Estimated {
        value: share.estimate.value,
        interval: share.estimate.interval.filter(|_| rule.interval),
        numerator: Some(weight(sums.sum_wx)),
        denominator: Some(weight(sums.sum_w)),
        base: Some(share.n),
        smallest_base: Some(share.n),
        effective_n: Some(share.n_eff),
        comparable: share.proportion().map_or(Comparable::Not, Comparable::Share),
        caveat,
    })
}

/// A share from 0 to 1 that an agency computed, with the number of respondents if it is known. Interval: Wilson's score
/// interval on the respondents.
///
/// # Errors
///
/// [`MissingReason::BaseTooSmall`] with the number of respondents.
pub fn stated_share(value: f64, base: Option<u64>, rule: Rule) -> Result<Estimated, Unavailable> {
    check_base(base, rule)?;
    let share = base.and_then(|base| Proportion::effective(value, base as f64).ok());
    let caveat = share.map(|_| {
        "The agency gave a share and a number of respondents: the interval takes each respondent as one, which is too \
         narrow for a weighted survey."
    });
    Ok(Estimated {
        value,
        interval: share.and_then(|share| share.wilson(rule.confidence).ok()).filter(|_| rule.interval),
        base,
        smallest_base: base,
        comparable: share.map_or(Comparable::Not, Comparable::Share),
        caveat,
        ..Estimated::default()
    })
}

/// A value without an interval.
#[must_use]
pub fn stated(value: f64) -> Estimated {
    Estimated { value, ..Estimated::default() }
}

/// Estimates the first share minus the second, in percentage points. Interval: Newcombe's hybrid score interval.
///
/// # Errors
///
/// [`MissingReason::ZeroDenominator`] if the two cannot be compared as shares.
pub fn difference(first: &Estimated, second: &Estimated, rule: Rule) -> Result<Estimated, Unavailable> {
    let base = first.base.zip(second.base);
    let zero =
        Unavailable { reason: MissingReason::ZeroDenominator, base: first.base.into_iter().chain(second.base).min() };
    let (Comparable::Share(a), Comparable::Share(b)) = (first.comparable, second.comparable) else {
        return Err(zero);
    };
    let gap = newcombe_10(a, b, rule.confidence).map_err(|_| zero)?;
    let in_points = in_points(gap);
    Ok(Estimated {
        value: in_points.value,
        interval: in_points.interval.filter(|_| rule.interval),
        base: base.map(|(a, b)| a + b),
        smallest_base: base.map(|(a, b)| a.min(b)),
        comparable: Comparable::Difference(gap),
        caveat: first.caveat.or(second.caveat),
        ..Estimated::default()
    })
}

/// Refuses fewer respondents than the rule requires. If there are no respondents at all, the reason is a zero
/// denominator instead.
///
/// # Errors
///
/// [`MissingReason::BaseTooSmall`] with the number of respondents.
pub fn check_base(base: Option<u64>, rule: Rule) -> Result<(), Unavailable> {
    match base {
        Some(n) if n > 0 && n < rule.minimum_base => Err(Unavailable { reason: MissingReason::BaseTooSmall, base }),
        _ => Ok(()),
    }
}

/// Converts a sum of weights to units of 1.
fn weight(sum: u128) -> f64 {
    sum as f64 / WEIGHT_UNIT as f64
}

/// Converts a count to a floating-point number. Counts stay far below 2^53, so the conversion is exact.
#[must_use]
pub fn count_to_f64(count: u64) -> f64 {
    count as f64
}

/// Converts a count that is a floating-point number to an integer.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are whole, positive and below 2^53"
)]
#[must_use]
pub fn whole_number(count: f64) -> u64 {
    count.round().max(0.0) as u64
}
