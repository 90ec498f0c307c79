//! The estimators: from sums to a value with its interval.

use std::collections::BTreeMap;

use super::{MissingReason, Unavailable};
use crate::stats::count::{CountRule, count_interval, rate as crude_rate};
use crate::stats::difference::newcombe_10;
use crate::stats::proportion::Proportion;
use crate::stats::ratio::EventRate;
use crate::stats::survey::{PsuSums, WEIGHT_UNIT, WeightedSums, weighted_wilson, weighted_wilson_design};
use crate::stats::{Estimate, Interval};

/// Respondents below which a value is marked as resting on a low base: the disclosure rule for surveys shows 30 to 99
/// respondents with a mark, and 100 or more without one.
pub const LOW_BASE: u64 = 100;

/// Sums of weights, and of the weights counted, by stratum and primary sampling unit.
pub type UnitSums = BTreeMap<(usize, u64), (u128, u128)>;

/// How an estimate is made.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Confidence level of the interval, between 0 and 1.
    pub confidence: f64,
    /// Whether the estimate has an interval at all.
    pub interval: bool,
    /// Smallest number of respondents. It applies to surveys.
    pub minimum_base: u64,
}

/// A value with what is needed to read and compare it.
#[derive(Clone, Debug, Default)]
pub struct Estimated {
    /// The value, in the unit of its kind.
    pub value: f64,
    /// Its interval.
    pub interval: Option<Interval>,
    /// Numerator, where there is one.
    pub numerator: Option<f64>,
    /// Denominator, where there is one.
    pub denominator: Option<f64>,
    /// Respondents.
    pub base: Option<u64>,
    /// Respondents of the smallest group that the value rests on.
    pub smallest_base: Option<u64>,
    /// Effective number of respondents.
    pub effective_n: Option<f64>,
    /// The form in which the value is compared.
    pub comparable: Comparable,
    /// What to know about how the value was estimated.
    pub caveat: Option<&'static str>,
}

/// The form in which a value is tested against another value.
#[derive(Clone, Copy, Debug, Default)]
pub enum Comparable {
    /// By a rate ratio.
    Rate(EventRate),
    /// By a difference of proportions.
    Share(Proportion),
    /// By the change of a difference.
    Difference(Estimate),
    /// Not at all.
    #[default]
    Not,
}

impl Estimated {
    /// Whether the value rests on so few respondents that it is marked.
    #[must_use]
    pub fn has_low_base(&self) -> bool {
        self.smallest_base.is_some_and(|base| base < LOW_BASE)
    }
}

/// A number of units, with Byar's or the exact interval.
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

/// Events for each `multiplier` residents.
///
/// # Errors
///
/// [`MissingReason::ZeroDenominator`].
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

/// The share of the denominator that is in the numerator, with Wilson's interval.
///
/// # Errors
///
/// [`MissingReason::ZeroDenominator`], also for numbers that are no share.
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

/// One count over another count of different subjects. A ratio above 1 is no proportion and has no interval.
///
/// # Errors
///
/// [`MissingReason::ZeroDenominator`].
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

/// A weighted share of a survey. The interval allows for clusters where the sampling units are known.
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

/// A share that an agency computed.
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

/// The first share less the second, with Newcombe's interval.
///
/// # Errors
///
/// [`MissingReason::ZeroDenominator`] where the two cannot be compared as shares.
pub fn difference(first: &Estimated, second: &Estimated, rule: Rule) -> Result<Estimated, Unavailable> {
    let base = first.base.zip(second.base);
    let zero =
        Unavailable { reason: MissingReason::ZeroDenominator, base: first.base.into_iter().chain(second.base).min() };
    let (Comparable::Share(a), Comparable::Share(b)) = (first.comparable, second.comparable) else {
        return Err(zero);
    };
    let gap = newcombe_10(a, b, rule.confidence).map_err(|_| zero)?;
    Ok(Estimated {
        value: gap.value,
        interval: gap.interval.filter(|_| rule.interval),
        base: base.map(|(a, b)| a + b),
        smallest_base: base.map(|(a, b)| a.min(b)),
        comparable: Comparable::Difference(gap),
        caveat: first.caveat.or(second.caveat),
        ..Estimated::default()
    })
}

/// Refuses fewer respondents than the rule asks for. No respondents at all are a zero denominator instead.
fn check_base(base: Option<u64>, rule: Rule) -> Result<(), Unavailable> {
    match base {
        Some(n) if n > 0 && n < rule.minimum_base => Err(Unavailable { reason: MissingReason::BaseTooSmall, base }),
        _ => Ok(()),
    }
}

/// A sum of weights in units of 1.
fn weight(sum: u128) -> f64 {
    sum as f64 / WEIGHT_UNIT as f64
}

/// A count as a number. Counts stay far below 2^53, so the conversion is exact.
#[must_use]
pub fn count_to_f64(count: u64) -> f64 {
    count as f64
}

/// A count that came as a number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are whole, positive and below 2^53"
)]
#[must_use]
pub fn whole_number(count: f64) -> u64 {
    count.round().max(0.0) as u64
}
