//! Conversion of observations and explanations to the contract's messages.

use std::sync::Arc;

use peelian::v1 as wire;

use super::kinds::verdict;
use super::measure::{measure, polarity};
use crate::engine::{
    Alternative, Basis, Comparison, ComparisonKind, Completeness, ContributingSubmission, Explanation, Observation,
    PopulationStep,
};
use crate::estimate::{Component, ComponentKind, MissingReason};
use crate::stats::Interval;

impl From<&Observation> for wire::Observation {
    fn from(found: &Observation) -> Self {
        let missing = |reason| wire::observation::Result::Missing(wire::MissingReason::from(reason).into());
        Self {
            measure: found.measure.to_string(),
            measure_version: found.version,
            area: found.area.to_string(),
            area_name: found.area_name.to_string(),
            period: found.period.to_string(),
            period_start_inclusive: found.period.start_date().to_string(),
            period_end_inclusive: found.period.end_date().to_string(),
            breakdown: found.breakdown.iter().map(|value| (value.dimension.clone(), value.code.clone())).collect(),
            basis: wire::Basis::from(found.basis).into(),
            synthetic: found.synthetic,
            result: Some(found.result.map_or_else(missing, wire::observation::Result::Value)),
            numerator: found.numerator,
            denominator: found.denominator,
            unit: found.unit.to_string(),
            value_kind: wire::ValueKind::from(found.value_kind).into(),
            interval: found.interval.as_ref().map(interval),
            unweighted_base: found.unweighted_base,
            effective_n: found.effective_n,
            obs_status: found.obs_status.to_owned(),
            conf_status: found.conf_status.to_owned(),
            marker: found.marker.to_string(),
            polarity: polarity(found.polarity).into(),
            reporting_increase_wanted: found.reporting_increase_wanted,
            comparisons: found.comparisons.iter().map(Into::into).collect(),
            completeness: Some(found.completeness.into()),
            caveats: strings(&found.caveats),
            breaks: strings(&found.breaks),
            ledger_position: found.ledger_position,
            release: found.release.to_string(),
            sources: strings(&found.sources),
            components: found.components.iter().map(Into::into).collect(),
            alternatives: found.alternatives.iter().map(Into::into).collect(),
            companions: found.companions.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Alternative> for wire::Alternative {
    fn from(found: &Alternative) -> Self {
        let missing = |reason| wire::alternative::Result::Missing(wire::MissingReason::from(reason).into());
        Self {
            agency: found.agency.to_string(),
            source: found.source.to_string(),
            result: Some(found.result.map_or_else(missing, wire::alternative::Result::Value)),
            numerator: found.numerator,
            denominator: found.denominator,
            difference: found.difference,
            synthetic: found.synthetic,
        }
    }
}

fn strings(texts: &[Arc<str>]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

impl From<Basis> for wire::Basis {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::SubmittedFigure => Self::SubmittedFigure,
            Basis::ComputedFromRecords => Self::ComputedFromRecords,
        }
    }
}

impl From<MissingReason> for wire::MissingReason {
    fn from(reason: MissingReason) -> Self {
        match reason {
            MissingReason::Suppressed => Self::Suppressed,
            MissingReason::NotSubmitted => Self::NotSubmitted,
            MissingReason::ZeroDenominator => Self::ZeroDenominator,
            MissingReason::BaseTooSmall => Self::BaseTooSmall,
            MissingReason::IncompleteLookback => Self::IncompleteLookback,
            MissingReason::IncompleteFollowUp => Self::IncompleteFollowUp,
            MissingReason::NotApplicable => Self::NotApplicable,
            MissingReason::MixedLinkageKeys => Self::MixedLinkageKeys,
            MissingReason::NotAuthorised => Self::NotAuthorised,
            MissingReason::NoWeight => Self::NoWeight,
        }
    }
}

impl From<ComparisonKind> for wire::ComparisonKind {
    fn from(kind: ComparisonKind) -> Self {
        match kind {
            ComparisonKind::PreviousWindow => Self::PreviousWindow,
            ComparisonKind::SamePeriodLastYear => Self::SamePeriodLastYear,
            ComparisonKind::London => Self::London,
            ComparisonKind::ReferenceGroup => Self::ReferenceGroup,
            ComparisonKind::Nation => Self::Nation,
            ComparisonKind::Funnel => Self::Funnel,
            ComparisonKind::Trend => Self::Trend,
            ComparisonKind::ProcessControl => Self::ProcessControl,
            ComparisonKind::Baseline => Self::Baseline,
        }
    }
}

impl From<&Comparison> for wire::Comparison {
    fn from(found: &Comparison) -> Self {
        Self {
            kind: wire::ComparisonKind::from(found.kind).into(),
            against: found.against.clone(),
            against_value: found.against_value,
            change: found.change.map(|(change, _)| change),
            change_kind: found.change.map_or(wire::ChangeKind::Unspecified, |(_, kind)| kind.into()).into(),
            interval: found.interval.as_ref().map(interval),
            verdict: verdict(found.verdict).into(),
            note: found.note.clone(),
            smallest_clear_change: found.smallest_clear_change,
            adjusted_p_value: found.adjusted_p_value,
            comparisons_in_answer: u64::try_from(found.comparisons_in_answer).unwrap_or(u64::MAX),
        }
    }
}

impl From<Completeness> for wire::Completeness {
    fn from(found: Completeness) -> Self {
        Self {
            expected: found.expected,
            received: found.received,
            records_missing_share: found.records_missing_share,
        }
    }
}

impl From<ComponentKind> for wire::ComponentKind {
    fn from(kind: ComponentKind) -> Self {
        match kind {
            ComponentKind::Stage => Self::Stage,
            ComponentKind::Retention => Self::Retention,
            ComponentKind::Group => Self::Group,
            ComponentKind::Expected => Self::Expected,
        }
    }
}

impl From<&Component> for wire::Component {
    fn from(found: &Component) -> Self {
        Self {
            kind: wire::ComponentKind::from(found.kind).into(),
            code: found.code.clone(),
            label: found.label.clone(),
            unit: found.unit.clone(),
            count: found.count,
            value: found.value,
            interval: found.interval.as_ref().map(interval),
            unweighted_base: found.unweighted_base,
            effective_n: found.effective_n,
            unit_change: found.unit_change,
        }
    }
}

impl From<&Explanation> for wire::ExplainObservationResponse {
    fn from(told: &Explanation) -> Self {
        Self {
            measure: Some(measure(&told.definition)),
            observations: told.observations.iter().map(Into::into).collect(),
            steps: told.steps.iter().map(Into::into).collect(),
            submissions: told.submissions.iter().map(Into::into).collect(),
            difference: told.difference,
        }
    }
}

impl From<&PopulationStep> for wire::PopulationStep {
    fn from(found: &PopulationStep) -> Self {
        Self {
            population: found.population.clone(),
            expression: found.expression.clone(),
            remaining: found.remaining,
            removed: found.removed,
        }
    }
}

impl From<&ContributingSubmission> for wire::ContributingSubmission {
    fn from(found: &ContributingSubmission) -> Self {
        Self {
            submission: found.submission.to_string(),
            content_sha256: found.content_sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            dataset: found.dataset.to_owned(),
            rows: found.rows,
            synthetic: found.synthetic,
        }
    }
}

fn interval(found: &Interval) -> wire::Interval {
    wire::Interval {
        lower: found.lower,
        upper: found.upper,
        confidence: found.confidence,
        method: found.method.id().to_owned(),
    }
}
