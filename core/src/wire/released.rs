//! Reading of observations that were frozen as messages of the contract.

use std::borrow::Cow;
use std::sync::Arc;

use peelian::v1 as wire;

use super::value_kind;
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
            value_kind: value_kind(found.value_kind())?,
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
            release: found.release.as_str().into(),
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
        wire::MissingReason::NoWeight => Some(MissingReason::NoWeight),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn frozen() -> wire::Observation {
        let interval = |lower| wire::Interval { lower, upper: 0.9, confidence: 0.95, method: "wilson".to_owned() };
        wire::Observation {
            measure: "knife-crime-offences".to_owned(),
            measure_version: 1,
            area: "E09000028".to_owned(),
            area_name: "Southwark".to_owned(),
            period: "R12-2017-02".to_owned(),
            period_start_inclusive: "2016-03-01".to_owned(),
            period_end_inclusive: "2017-02-28".to_owned(),
            breakdown: [("sex".to_owned(), "female".to_owned())].into(),
            basis: wire::Basis::ComputedFromRecords.into(),
            synthetic: true,
            result: Some(wire::observation::Result::Value(0.5)),
            numerator: Some(5.0),
            denominator: Some(10.0),
            unit: "crime".to_owned(),
            value_kind: wire::ValueKind::Proportion.into(),
            interval: Some(interval(0.1)),
            unweighted_base: Some(10),
            effective_n: Some(9.5),
            obs_status: "U".to_owned(),
            conf_status: "F".to_owned(),
            marker: "[u]".to_owned(),
            polarity: wire::Polarity::LowerIsBetter.into(),
            reporting_increase_wanted: true,
            completeness: Some(wire::Completeness { expected: 12, received: 11, records_missing_share: Some(0.1) }),
            caveats: vec!["A caveat.".to_owned()],
            breaks: vec!["A break.".to_owned()],
            ledger_position: 7,
            release: "releases/2017-03".to_owned(),
            sources: vec!["mps".to_owned()],
            components: vec![wire::Component {
                kind: wire::ComponentKind::Group.into(),
                code: "sex=male".to_owned(),
                value: Some(0.25),
                interval: Some(interval(0.2)),
                ..wire::Component::default()
            }],
            alternatives: vec![wire::Alternative {
                agency: "southwark".to_owned(),
                source: "southwark: Profile".to_owned(),
                result: Some(wire::alternative::Result::Missing(wire::MissingReason::NotSubmitted.into())),
                ..wire::Alternative::default()
            }],
            ..wire::Observation::default()
        }
    }

    #[test]
    fn what_was_frozen_is_read_and_written_as_it_was() {
        let core = Core::from_seeds().unwrap();
        let withheld = wire::Observation {
            result: Some(wire::observation::Result::Missing(wire::MissingReason::Suppressed.into())),
            interval: None,
            conf_status: "S".to_owned(),
            ..frozen()
        };
        for observation in [frozen(), withheld] {
            let read = Observation::released(&observation, &core).unwrap();
            assert_eq!(wire::Observation::from(&read), observation);
        }
        let read = Observation::released(&frozen(), &core).unwrap();
        assert_eq!(&*read.title, "Knife crime");
        // A version that the catalogue does not have keeps its own words.
        let later = wire::Observation { measure_version: 99, ..frozen() };
        assert_eq!(&*Observation::released(&later, &core).unwrap().title, "knife-crime-offences");
    }

    #[test]
    fn what_is_not_known_is_not_read() {
        let core = Core::from_seeds().unwrap();
        let unknown = [
            wire::Observation { result: None, ..frozen() },
            wire::Observation { basis: 9, ..frozen() },
            wire::Observation { period: "sometime".to_owned(), ..frozen() },
            wire::Observation { value_kind: 99, ..frozen() },
            wire::Observation { obs_status: "?".to_owned(), ..frozen() },
            wire::Observation { companions: vec![frozen()], ..frozen() },
            wire::Observation { comparisons: vec![wire::Comparison::default()], ..frozen() },
        ];
        assert!(unknown.iter().all(|observation| Observation::released(observation, &core).is_none()));
    }
}
