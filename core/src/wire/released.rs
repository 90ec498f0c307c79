//! Reading of observations that were frozen as messages of the contract.

use std::borrow::Cow;
use std::sync::Arc;

use peelian::v1 as wire;

use super::value_kind_named;
use crate::Core;
use crate::engine::{
    Alternative, Basis, BreakdownValue, Completeness, Component, ComponentKind, MissingReason, Observation,
};
use crate::measure::{Definition, Polarity};
use crate::stats::{Interval, Method};

/// Letters of the SDMX code list CL_OBS_STATUS.
const OBS_STATUS: [&str; 20] =
    ["A", "B", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "U", "V"];
/// Letters of the SDMX code list CL_CONF_STATUS.
const CONF_STATUS: [&str; 14] = ["F", "A", "B", "C", "D", "E", "G", "M", "N", "O", "P", "R", "S", "T"];

impl Observation {
    /// Reads an observation of a release. It has no comparisons and no companions. `None` if the message has a part that this
    /// version does not know.
    #[must_use]
    pub fn released(found: &wire::Observation, core: &Core) -> Option<Self> {
        if !found.comparisons.is_empty() || !found.companions.is_empty() {
            return None;
        }
        // A later catalogue may have another version of the measure. What was frozen has the words of its own time.
        let definition = core.catalogue.get(&format!("{}@{}", found.measure, found.measure_version));
        let title = definition.map_or_else(|| Arc::from(found.measure.as_str()), |known| Arc::clone(&known.title));
        Some(Self {
            measure: found.measure.as_str().into(),
            version: found.measure_version,
            title,
            area: found.area.as_str().into(),
            area_name: found.area_name.as_str().into(),
            period: found.period.parse().ok()?,
            breakdown: breakdown(found, definition.map(Arc::as_ref), core),
            basis: basis(found.basis())?,
            synthetic: found.synthetic,
            result: match found.result? {
                wire::observation::Result::Value(value) => Ok(value),
                wire::observation::Result::Missing(reason) => Err(missing(reason)?),
            },
            numerator: found.numerator,
            denominator: found.denominator,
            unit: found.unit.as_str().into(),
            value_kind: value_kind_named(&found.value_kind)?,
            interval: optional(found.interval.as_ref(), interval)?,
            unweighted_base: found.unweighted_base,
            effective_n: found.effective_n,
            obs_status: letter(&OBS_STATUS, &found.obs_status)?,
            conf_status: letter(&CONF_STATUS, &found.conf_status)?,
            marker: Cow::Owned(found.marker.clone()),
            polarity: polarity(found.polarity())?,
            reporting_increase_wanted: found.reporting_increase_wanted,
            comparisons: Vec::new(),
            completeness: completeness(found.completeness.unwrap_or_default()),
            caveats: strings(&found.caveats),
            breaks: strings(&found.breaks),
            ledger_position: found.ledger_position,
            sources: strings(&found.sources),
            components: found.components.iter().map(component).collect::<Option<_>>()?,
            alternatives: found.alternatives.iter().map(alternative).collect::<Option<_>>()?,
            companions: Vec::new(),
        })
    }
}

/// The values of the breakdown, with the labels of the definition.
fn breakdown(found: &wire::Observation, definition: Option<&Definition>, core: &Core) -> Vec<BreakdownValue> {
    let label = |dimension: &str, code: &str| {
        let codes = definition?.breakdown(dimension)?.codes(&core.reference)?;
        codes.into_iter().find(|known| known.code == code).map(|known| known.label)
    };
    let mut values: Vec<BreakdownValue> = found
        .breakdown
        .iter()
        .map(|(dimension, code)| BreakdownValue {
            dimension: dimension.clone(),
            code: code.clone(),
            label: label(dimension, code).unwrap_or_else(|| code.clone()),
        })
        .collect();
    values.sort_unstable();
    values
}

fn letter(known: &[&'static str], letter: &str) -> Option<&'static str> {
    if letter.is_empty() { Some("") } else { known.iter().copied().find(|known| *known == letter) }
}

/// What a part becomes, if it is there; `None` if it is there and cannot be read.
fn optional<T, R>(part: Option<&T>, read: impl FnOnce(&T) -> Option<R>) -> Option<Option<R>> {
    part.map_or(Some(None), |part| read(part).map(Some))
}

fn strings(texts: &[String]) -> Vec<Arc<str>> {
    texts.iter().map(|text| text.as_str().into()).collect()
}

fn basis(basis: wire::Basis) -> Option<Basis> {
    match basis {
        wire::Basis::SubmittedFigure => Some(Basis::SubmittedFigure),
        wire::Basis::ComputedFromRecords => Some(Basis::ComputedFromRecords),
        wire::Basis::Unspecified => None,
    }
}

fn polarity(polarity: wire::Polarity) -> Option<Polarity> {
    match polarity {
        wire::Polarity::HigherIsBetter => Some(Polarity::HigherIsBetter),
        wire::Polarity::LowerIsBetter => Some(Polarity::LowerIsBetter),
        wire::Polarity::Neutral => Some(Polarity::Neutral),
        wire::Polarity::Unspecified => None,
    }
}

fn missing(reason: i32) -> Option<MissingReason> {
    match wire::MissingReason::try_from(reason).ok()? {
        wire::MissingReason::Unspecified => None,
        wire::MissingReason::Suppressed => Some(MissingReason::Suppressed),
        wire::MissingReason::NotSubmitted => Some(MissingReason::NotSubmitted),
        wire::MissingReason::ZeroDenominator => Some(MissingReason::ZeroDenominator),
        wire::MissingReason::BaseTooSmall => Some(MissingReason::BaseTooSmall),
        wire::MissingReason::IncompleteLookback => Some(MissingReason::IncompleteLookback),
        wire::MissingReason::NotApplicable => Some(MissingReason::NotApplicable),
        wire::MissingReason::MixedLinkageKeys => Some(MissingReason::MixedLinkageKeys),
        wire::MissingReason::IncompleteFollowUp => Some(MissingReason::IncompleteFollowUp),
        wire::MissingReason::NotAuthorised => Some(MissingReason::NotAuthorised),
    }
}

fn interval(found: &wire::Interval) -> Option<Interval> {
    let wire::Interval { lower, upper, confidence, ref method } = *found;
    Some(Interval { lower, upper, confidence, method: Method::from_id(method)? })
}

fn completeness(found: wire::Completeness) -> Completeness {
    Completeness {
        expected: found.expected,
        received: found.received,
        records_missing_share: found.records_missing_share,
    }
}

fn component(found: &wire::Component) -> Option<Component> {
    Some(Component {
        kind: match found.kind() {
            wire::ComponentKind::Stage => ComponentKind::Stage,
            wire::ComponentKind::Retention => ComponentKind::Retention,
            wire::ComponentKind::Group => ComponentKind::Group,
            wire::ComponentKind::Expected => ComponentKind::Expected,
            wire::ComponentKind::Unspecified => return None,
        },
        code: found.code.clone(),
        label: found.label.clone(),
        unit: found.unit.clone(),
        count: found.count,
        value: found.value,
        interval: optional(found.interval.as_ref(), interval)?,
        unweighted_base: found.unweighted_base,
        effective_n: found.effective_n,
        unit_change: found.unit_change,
    })
}

fn alternative(found: &wire::Alternative) -> Option<Alternative> {
    Some(Alternative {
        agency: found.agency.as_str().into(),
        source: found.source.as_str().into(),
        result: match found.result? {
            wire::alternative::Result::Value(value) => Ok(value),
            wire::alternative::Result::Missing(reason) => Err(missing(reason)?),
        },
        numerator: found.numerator,
        denominator: found.denominator,
        difference: found.difference,
        synthetic: found.synthetic,
    })
}
