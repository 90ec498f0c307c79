//! Why there is no value.

/// Why there is no value.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum MissingReason {
    /// Suppressed to protect people.
    Suppressed,
    /// No data were submitted for the whole of the period.
    NotSubmitted,
    /// The denominator is zero.
    ZeroDenominator,
    /// The base is too small to publish.
    BaseTooSmall,
    /// The months before the period are not complete. An earlier crime could be missing.
    IncompleteLookback,
    /// The months after the period in which its subjects are followed up are not complete.
    IncompleteFollowUp,
    /// The measure does not exist for the area, period or breakdown.
    NotApplicable,
    /// The pseudonyms that the measure links were made with different keys.
    MixedLinkageKeys,
    /// The reader may not see the value, whether or not there is one.
    NotAuthorised,
    /// Something that is counted has no weight in the table of the measure.
    NoWeight,
}

impl MissingReason {
    /// Shorthand marker of the Government Statistical Service: `[c]` for confidential, `[u]` for too unreliable to be given,
    /// `[z]` for not applicable, `[x]` for not available.
    #[must_use]
    pub const fn marker(self) -> &'static str {
        match self {
            Self::Suppressed => "[c]",
            Self::BaseTooSmall => "[u]",
            Self::ZeroDenominator | Self::NotApplicable => "[z]",
            Self::NotSubmitted
            | Self::IncompleteLookback
            | Self::IncompleteFollowUp
            | Self::MixedLinkageKeys
            | Self::NotAuthorised
            | Self::NoWeight => "[x]",
        }
    }

    /// Stable name: the name in the contract, in lower case without its prefix. Example: `not_submitted`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Suppressed => "suppressed",
            Self::NotSubmitted => "not_submitted",
            Self::ZeroDenominator => "zero_denominator",
            Self::BaseTooSmall => "base_too_small",
            Self::IncompleteLookback => "incomplete_lookback",
            Self::IncompleteFollowUp => "incomplete_follow_up",
            Self::NotApplicable => "not_applicable",
            Self::MixedLinkageKeys => "mixed_linkage_keys",
            Self::NotAuthorised => "not_authorised",
            Self::NoWeight => "no_weight",
        }
    }
}

/// A missing value: its reason and its base. The base is always published.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unavailable {
    /// Why there is no value.
    pub reason: MissingReason,
    /// Number of respondents, for a survey.
    pub base: Option<u64>,
}

impl From<MissingReason> for Unavailable {
    fn from(reason: MissingReason) -> Self {
        Self { reason, base: None }
    }
}
