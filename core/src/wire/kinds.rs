//! Closed lists of the core as the enums of the contract, and back.

use peelian::v1 as wire;

use crate::engine::ChangeKind;
use crate::estimate::ValueKind;

/// The verdicts of comparisons, with their words.
const VERDICTS: [(wire::Verdict, &str); 15] = [
    (wire::Verdict::NotCompared, "not compared"),
    (wire::Verdict::Higher, "higher"),
    (wire::Verdict::Lower, "lower"),
    (wire::Verdict::NoClearChange, "no clear change"),
    (wire::Verdict::WithinLimits, "within the limits"),
    (wire::Verdict::AboveWarningLimits, "above the 95% limits"),
    (wire::Verdict::BelowWarningLimits, "below the 95% limits"),
    (wire::Verdict::AboveControlLimits, "above the 99.8% limits"),
    (wire::Verdict::BelowControlLimits, "below the 99.8% limits"),
    (wire::Verdict::Rising, "rising"),
    (wire::Verdict::Falling, "falling"),
    (wire::Verdict::NoClearTrend, "no clear trend"),
    (wire::Verdict::OrdinaryVariation, "within ordinary variation"),
    (wire::Verdict::SpecialCauseAbove, "special cause above the mean"),
    (wire::Verdict::SpecialCauseBelow, "special cause below the mean"),
];

/// The verdict with these words. Unspecified if it has none of them.
pub(super) fn verdict(words: &str) -> wire::Verdict {
    VERDICTS.iter().find(|(_, known)| *known == words).map_or(wire::Verdict::Unspecified, |(verdict, _)| *verdict)
}

/// The words of a verdict; empty if it is not stated.
///
/// ```
/// use peelian::v1::Verdict;
///
/// assert_eq!(peelian_core::wire::verdict_text(Verdict::NoClearChange), "no clear change");
/// ```
#[must_use]
pub fn verdict_text(verdict: wire::Verdict) -> &'static str {
    VERDICTS.iter().find(|(known, _)| *known == verdict).map_or("", |(_, words)| words)
}

impl From<ValueKind> for wire::ValueKind {
    fn from(kind: ValueKind) -> Self {
        match kind {
            ValueKind::Count => Self::Count,
            ValueKind::Proportion => Self::Proportion,
            ValueKind::PercentagePoints => Self::PercentagePoints,
            ValueKind::RatePer100 => Self::RatePer100,
            ValueKind::RatePer1k => Self::RatePer1k,
            ValueKind::RatePer10k => Self::RatePer10k,
            ValueKind::RatePer100k => Self::RatePer100k,
            ValueKind::Ratio => Self::Ratio,
            ValueKind::Days => Self::Days,
            ValueKind::Index => Self::Index,
            ValueKind::Score => Self::Score,
        }
    }
}

/// The kind of value of a message; `None` if it is not stated, or if this version does not know it.
///
/// ```
/// use peelian_core::measure::ValueKind;
/// use peelian_core::wire::value_kind;
///
/// assert_eq!(value_kind(peelian::v1::ValueKind::Days), Some(ValueKind::Days));
/// ```
#[must_use]
pub fn value_kind(kind: wire::ValueKind) -> Option<ValueKind> {
    ValueKind::ALL.into_iter().find(|known| wire::ValueKind::from(*known) == kind)
}

impl From<ChangeKind> for wire::ChangeKind {
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Ratio => Self::Ratio,
            ChangeKind::PercentagePoints => Self::PercentagePoints,
        }
    }
}

/// The kind of change of a message; `None` if there is no change.
#[must_use]
pub fn change_kind(kind: wire::ChangeKind) -> Option<ChangeKind> {
    match kind {
        wire::ChangeKind::Unspecified => None,
        wire::ChangeKind::Ratio => Some(ChangeKind::Ratio),
        wire::ChangeKind::PercentagePoints => Some(ChangeKind::PercentagePoints),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_every_verdict_is_written_and_read() {
        assert!(ValueKind::ALL.into_iter().all(|kind| value_kind(kind.into()) == Some(kind)));
        assert_eq!(value_kind(wire::ValueKind::Unspecified), None);
        for kind in [ChangeKind::Ratio, ChangeKind::PercentagePoints] {
            assert_eq!(change_kind(kind.into()), Some(kind));
        }
        let stated = (0..).map_while(|number| wire::Verdict::try_from(number).ok());
        let words: Vec<&str> = stated.skip(1).map(verdict_text).collect();
        assert_eq!(words.len(), VERDICTS.len());
        assert!(words.iter().all(|words| !words.is_empty() && verdict_text(verdict(words)) == *words));
        assert_eq!(verdict("sideways"), wire::Verdict::Unspecified);
    }
}
