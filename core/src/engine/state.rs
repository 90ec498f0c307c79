//! From integer states to a value with its interval.

use std::collections::BTreeMap;

use super::observation::MissingReason;
use crate::estimate::{Component, ComponentKind};
use crate::stats::count::{CountRule, count_interval, rate};
use crate::stats::difference::newcombe_10;
use crate::stats::proportion::Proportion;
use crate::stats::ratio::EventRate;
use crate::stats::survey::{PsuSums, WeightedSums, weighted_wilson, weighted_wilson_design};
use crate::stats::{Estimate, Interval};

/// Respondents below which a value is marked as resting on a low base.
pub(super) const LOW_BASE: u64 = 100;

/// Sums of weights, and of the weights counted, by stratum and sampling unit.
pub(super) type Units = BTreeMap<(usize, u64), (u128, u128)>;

/// What has been counted for one observation.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// A number of units.
    Count(f64),
    /// Units among residents, for each `multiplier` of them.
    Rate { events: f64, residents: f64, multiplier: f64 },
    /// A share: subjects of the denominator that are in the numerator.
    Share { numerator: f64, denominator: f64 },
    /// One count over another of different subjects.
    Ratio { numerator: f64, denominator: f64 },
    /// A weighted share, with the sums of the sampling units where they are known.
    Weighted { sums: WeightedSums, units: Option<Units> },
    /// A share that an agency computed, with its respondents where they are known.
    GivenShare { value: f64, base: Option<u64> },
    /// Another value that an agency computed.
    Given(f64),
    /// Two groups' shares.
    Gap { reference: Box<(Group, State)>, comparison: Box<(Group, State)> },
}

/// A group as the reader sees it.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) code: String,
    pub(super) label: String,
    pub(super) unit: String,
}

/// A value with what is needed to read and compare it.
#[derive(Clone, Debug, Default)]
pub(super) struct Estimated {
    pub(super) value: f64,
    pub(super) interval: Option<Interval>,
    pub(super) numerator: Option<f64>,
    pub(super) denominator: Option<f64>,
    pub(super) base: Option<u64>,
    pub(super) effective_n: Option<f64>,
    pub(super) tested: Tested,
    pub(super) components: Vec<Component>,
    pub(super) caveat: Option<&'static str>,
}

/// The form in which a value can be tested against another.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Tested {
    /// By a rate ratio.
    Rate(EventRate),
    /// By a difference of proportions.
    Share(Proportion),
    /// By a change of a gap.
    Gap(Estimate),
    /// Not at all.
    #[default]
    Not,
}

/// How an estimate is to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) confidence: f64,
    /// Whether there is an interval at all.
    pub(super) interval: bool,
    /// Smallest number of respondents; applies to surveys.
    pub(super) minimum_base: u64,
}

impl State {
    /// Adds the state of other subjects, where states add up.
    pub(super) fn plus(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Count(a), Self::Count(b)) => Some(Self::Count(a + b)),
            (Self::Share { numerator: a, denominator: n }, Self::Share { numerator: b, denominator: m }) => {
                Some(Self::Share { numerator: a + b, denominator: n + m })
            }
            (Self::Weighted { sums, units }, Self::Weighted { sums: others, units: other_units }) => {
                let units = units.clone().zip(other_units.clone()).map(|(mut units, others)| {
                    for (unit, (weight, counted)) in others {
                        let sums = units.entry(unit).or_default();
                        *sums = (sums.0 + weight, sums.1 + counted);
                    }
                    units
                });
                Some(Self::Weighted { sums: sums.merged(others).ok()?, units })
            }
            _ => None,
        }
    }

    /// Respondents or subjects that the value rests on, where that decides whether it is given.
    fn survey_base(&self) -> Option<u64> {
        match self {
            Self::Weighted { sums, .. } => Some(sums.n),
            Self::GivenShare { base, .. } => *base,
            Self::Gap { reference, comparison } => {
                let bases = [reference.1.survey_base(), comparison.1.survey_base()];
                bases.into_iter().flatten().min()
            }
            _ => None,
        }
    }

    /// The value, or why there is none; with it the base, which is always published.
    pub(super) fn estimate(&self, rule: Rule) -> Result<Estimated, (MissingReason, Option<u64>)> {
        let base = self.survey_base();
        if base.is_some_and(|base| base > 0 && base < rule.minimum_base) {
            return Err((MissingReason::BaseTooSmall, base));
        }
        let found = match self {
            Self::Count(n) => Self::count(*n, rule),
            Self::Rate { events, residents, multiplier } => Self::rate(*events, *residents, *multiplier, rule),
            Self::Share { numerator, denominator } => Self::share(*numerator, *denominator, rule),
            Self::Ratio { numerator, denominator } => Self::ratio(*numerator, *denominator, rule),
            Self::Weighted { sums, units } => Self::weighted(sums, units.as_ref(), rule),
            Self::GivenShare { value, base } => Some(Self::given_share(*value, *base, rule)),
            Self::Given(value) => Some(Estimated { value: *value, ..Estimated::default() }),
            Self::Gap { reference, comparison } => Self::gap(reference, comparison, rule),
        };
        found.ok_or((MissingReason::ZeroDenominator, base))
    }

    fn count(n: f64, rule: Rule) -> Option<Estimated> {
        let interval = count_interval(n, rule.confidence, CountRule::default()).ok();
        Some(Estimated {
            value: n,
            interval: interval.filter(|_| rule.interval),
            numerator: Some(n),
            tested: EventRate::new(n, 1.0).map_or(Tested::Not, Tested::Rate),
            ..Estimated::default()
        })
    }

    fn rate(events: f64, residents: f64, multiplier: f64, rule: Rule) -> Option<Estimated> {
        let estimate = rate(events, residents, multiplier, rule.confidence, CountRule::default()).ok()?;
        Some(Estimated {
            value: estimate.value,
            interval: estimate.interval.filter(|_| rule.interval),
            numerator: Some(events),
            denominator: Some(residents),
            tested: EventRate::new(events, residents).map_or(Tested::Not, Tested::Rate),
            ..Estimated::default()
        })
    }

    fn share(numerator: f64, denominator: f64, rule: Rule) -> Option<Estimated> {
        let share = Proportion::new(numerator, denominator).ok()?;
        Some(Estimated {
            value: share.value(),
            interval: share.wilson(rule.confidence).ok().filter(|_| rule.interval),
            numerator: Some(numerator),
            denominator: Some(denominator),
            tested: Tested::Share(share),
            ..Estimated::default()
        })
    }

    /// Different subjects above and below the line: where the ratio exceeds 1 it is no proportion and has no interval.
    fn ratio(numerator: f64, denominator: f64, rule: Rule) -> Option<Estimated> {
        if let Some(share) = Self::share(numerator, denominator, rule) {
            return Some(share);
        }
        (denominator > 0.0).then(|| Estimated {
            value: numerator / denominator,
            numerator: Some(numerator),
            denominator: Some(denominator),
            caveat: Some("Numerator and denominator are different subjects, and here the ratio exceeds 1."),
            ..Estimated::default()
        })
    }

    fn weighted(sums: &WeightedSums, units: Option<&Units>, rule: Rule) -> Option<Estimated> {
        let psus = |units: &Units| -> Vec<PsuSums> {
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
                "The interval allows for unequal weights (Kish's design effect); for clustering a design effect of 1.0 \
                 is taken, because sampling units are not supplied.",
            ),
        };
        let share = match linearised {
            Some(share) => share,
            None => weighted_wilson(sums, 1.0, rule.confidence).ok()?,
        };
        Some(Estimated {
            value: share.estimate.value,
            interval: share.estimate.interval.filter(|_| rule.interval),
            numerator: Some(weight(sums.sum_wx)),
            denominator: Some(weight(sums.sum_w)),
            base: Some(share.n),
            effective_n: Some(share.n_eff),
            tested: share.proportion().map_or(Tested::Not, Tested::Share),
            components: Vec::new(),
            caveat,
        })
    }

    fn given_share(value: f64, base: Option<u64>, rule: Rule) -> Estimated {
        let share = base.and_then(|base| Proportion::effective(value, base as f64).ok());
        let caveat = share.map(|_| {
            "The agency gave a share and a number of respondents: the interval takes each respondent as one, which is \
             too narrow for a weighted survey."
        });
        Estimated {
            value,
            interval: share.and_then(|share| share.wilson(rule.confidence).ok()).filter(|_| rule.interval),
            base,
            tested: share.map_or(Tested::Not, Tested::Share),
            caveat,
            ..Estimated::default()
        }
    }

    fn gap(reference: &(Group, State), comparison: &(Group, State), rule: Rule) -> Option<Estimated> {
        let parts = [reference, comparison].map(|(group, state)| {
            let level = Rule { interval: true, ..rule };
            state.estimate(level).ok().map(|estimated| (group, estimated))
        });
        let [Some((first_group, first)), Some((second_group, second))] = parts else { return None };
        let (Tested::Share(a), Tested::Share(b)) = (first.tested, second.tested) else { return None };
        let gap = newcombe_10(a, b, rule.confidence).ok()?;
        let level = |group: &Group, estimated: &Estimated, share: Proportion| Component {
            kind: ComponentKind::Group,
            code: group.code.clone(),
            label: group.label.clone(),
            unit: group.unit.clone(),
            count: None,
            value: Some(estimated.value),
            interval: estimated.interval,
            unweighted_base: Some(estimated.base.unwrap_or_else(|| whole(estimated.denominator))),
            effective_n: Some(estimated.effective_n.unwrap_or_else(|| share.denominator())),
            unit_change: false,
        };
        let levels = vec![level(first_group, &first, a), level(second_group, &second, b)];
        Some(Estimated {
            value: gap.value,
            interval: gap.interval.filter(|_| rule.interval),
            base: first.base.zip(second.base).map(|(a, b)| a + b),
            tested: Tested::Gap(gap),
            components: levels,
            caveat: first.caveat.or(second.caveat),
            ..Estimated::default()
        })
    }
}

impl Estimated {
    /// Whether the value rests on so few respondents that it is marked.
    pub(super) fn low_base(&self) -> bool {
        let smallest = self.components.iter().filter_map(|component| component.unweighted_base).min();
        match smallest.filter(|_| self.base.is_some()).or(self.base) {
            Some(base) => base < LOW_BASE,
            None => false,
        }
    }
}

/// A sum of weights in units of 1.
fn weight(sum: u128) -> f64 {
    sum as f64 / crate::stats::survey::WEIGHT_UNIT as f64
}

/// A whole number of subjects.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are whole, positive and below 2^53"
)]
fn whole(count: Option<f64>) -> u64 {
    count.map_or(0, |count| count.round().max(0.0) as u64)
}
