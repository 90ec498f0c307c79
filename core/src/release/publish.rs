//! Observations as they may be published.

use std::borrow::Cow;

use crate::Core;
use crate::engine::{MissingReason, Observation, has_small_base};
use crate::estimate::ValueKind;
use crate::measure::Definition;
use crate::reference::AreaId;
use crate::stats::Interval;
use crate::stats::count::{CountRule, count_interval};

/// An observation as it may be published: without numbers if it is withheld, without a share of a small base, and rounded if
/// its rule says so.
pub(super) fn publish(
    core: &Core,
    definition: &Definition,
    area: AreaId,
    observation: &mut Observation,
    is_withheld: bool,
) {
    // Other agencies' figures have their own publications.
    observation.alternatives.clear();
    let level = core.reference.areas.get(area).level();
    if is_withheld {
        withhold(observation);
        observation.conf_status = "C";
        return;
    }
    if observation.result.is_ok() && has_small_base(definition, level, observation.denominator) {
        without_value(observation, MissingReason::BaseTooSmall);
        observation.conf_status = "A";
    }
    if observation.result.is_err() {
        without_parts(observation);
    }
    if let Some(base) = definition.disclosure.rounding() {
        round(observation, base);
    }
}

/// Takes out every number.
fn withhold(observation: &mut Observation) {
    without_value(observation, MissingReason::Suppressed);
    without_parts(observation);
    observation.denominator = None;
    observation.unweighted_base = None;
    observation.completeness.records_missing_share = None;
}

fn without_value(observation: &mut Observation, reason: MissingReason) {
    observation.result = Err(reason);
    observation.obs_status = "O";
    observation.marker = Cow::Borrowed(reason.marker());
}

/// Takes out what would give away a value that is not there. The base stays: it tells how far it is from a sufficient one.
fn without_parts(observation: &mut Observation) {
    observation.numerator = None;
    observation.interval = None;
    observation.effective_n = None;
    observation.components.clear();
}

/// Rounds the counts of an observation.
fn round(observation: &mut Observation, base: u32) {
    let nearest = |count: f64| nearest(count, base);
    observation.numerator = observation.numerator.map(nearest);
    if !observation.value_kind.is_of_residents() {
        observation.denominator = observation.denominator.map(nearest);
    }
    if observation.value_kind == ValueKind::Count {
        observation.result = observation.result.map(nearest);
        observation.interval = observation
            .interval
            .zip(observation.result.ok())
            .and_then(|(interval, rounded)| limits(rounded, base, interval.confidence));
    }
    for component in &mut observation.components {
        component.count = component.count.map(|count| nearest_whole(count, base.into()));
    }
    let told = format!(
        "Counts are rounded to the nearest {base}; their limits enclose those of every count that is rounded so. Shares and rates \
         are computed from exact counts."
    );
    observation.caveats.push(told.into());
}

/// Limits that enclose those of every count that is rounded to this one. The limits of the exact count would tell which one
/// it is.
fn limits(rounded: f64, base: u32, confidence: f64) -> Option<Interval> {
    let of = |count: f64| count_interval(count, confidence, CountRule::default()).ok();
    let (below, above) = (f64::from(base / 2), f64::from(base.saturating_sub(1) / 2));
    let (lowest, highest) = (of((rounded - below).max(0.0))?, of(rounded + above)?);
    Some(Interval { lower: lowest.lower, upper: highest.upper, ..of(rounded)? })
}

/// The nearest multiple; a half is rounded up.
fn nearest(count: f64, base: u32) -> f64 {
    let base = f64::from(base);
    (count / base + 0.5).floor() * base
}

fn nearest_whole(count: u64, base: u64) -> u64 {
    (count + base / 2) / base * base
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_a_rounded_count_are_those_of_every_count_that_is_rounded_so() {
        for base in [3, 5, 10] {
            for exact in 0..60 {
                let exact = f64::from(exact);
                let own = count_interval(exact, 0.95, CountRule::default()).unwrap();
                let told = limits(nearest(exact, base), base, 0.95).unwrap();
                assert!(told.lower <= own.lower && own.upper <= told.upper, "{base} {exact} {told:?}");
            }
        }
        // 3 to 7 are rounded to 5: the lower limit of 3, and the upper one of 7.
        let five = limits(5.0, 5, 0.95).unwrap();
        assert!((five.lower - 0.618_672).abs() < 1e-5 && (five.upper - 14.422_675).abs() < 1e-5, "{five:?}");
    }
}
