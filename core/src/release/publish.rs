//! Observations as they may be published.

use std::borrow::Cow;

use crate::Core;
use crate::engine::{MissingReason, Observation, has_small_base};
use crate::estimate::ValueKind;
use crate::measure::Definition;
use crate::reference::AreaId;

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
        if let Some(interval) = &mut observation.interval {
            (interval.lower, interval.upper) = (nearest(interval.lower), nearest(interval.upper));
        }
    }
    for component in &mut observation.components {
        component.count = component.count.map(|count| nearest_whole(count, base.into()));
    }
    let told = format!("Counts are rounded to the nearest {base}. Shares and rates are computed from exact counts.");
    observation.caveats.push(told.into());
}

/// The nearest multiple; a half is rounded up.
fn nearest(count: f64, base: u32) -> f64 {
    let base = f64::from(base);
    (count / base + 0.5).floor() * base
}

fn nearest_whole(count: u64, base: u64) -> u64 {
    (count + base / 2) / base * base
}
