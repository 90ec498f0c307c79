//! Whether a live value is one that a release would withhold by itself (measures.md, section 1.5).

use super::Observation;
use crate::estimate::{ValueKind, count_to_f64};
use crate::measure::{Definition, Disclosure};
use crate::reference::Level;

/// Whether a base is too small for the share of a measure. Where live answers have the rule too, the estimate applied it.
pub(crate) fn has_small_base(definition: &Definition, level: Level, base: Option<f64>) -> bool {
    let is_share = matches!(definition.value_kind, ValueKind::Proportion | ValueKind::PercentagePoints)
        && !definition.disclosure.limits_live_answers();
    let least = definition.minimum_base(level).filter(|_| is_share).map(count_to_f64);
    base.zip(least).is_some_and(|(base, least)| base < least)
}

/// Whether the rule of a measure withholds an observation: one of its counts is small, or all but a few of a group are in it.
pub(super) fn is_disclosive(definition: &Definition, level: Level, seen: &Observation) -> bool {
    let largest = count_to_f64(definition.disclosure.largest_small_count(level));
    let is_small = |count: f64| count > 0.0 && count <= largest;
    let base = seen.denominator.filter(|_| !seen.value_kind.is_of_residents());
    let count = seen.result.ok().filter(|_| seen.value_kind == ValueKind::Count);
    let is_part = seen.value_kind == ValueKind::Proportion && definition.disclosure == Disclosure::Sensitive;
    let rest = base.zip(seen.numerator).filter(|_| is_part).map(|(base, numerator)| base - numerator);
    let components = seen.components.iter().filter_map(|component| component.count.map(count_to_f64));
    let counts = [seen.numerator, base, count, rest].into_iter().flatten().chain(components);
    seen.result.is_ok() && has_small_base(definition, level, base) || counts.into_iter().any(is_small)
}
