//! Why a step in the life of a release is refused.

use jiff::Timestamp;

use super::life::State;

/// Why a step in the life of a release is refused. Each text says what to do.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Refused {
    /// There is a release with this identifier, and another request made it.
    #[error(
        "releases/{0} was made by another request or another caller: choose another release_id, which is never used again"
    )]
    Exists(String),
    /// The release that would be superseded is not in force.
    #[error("releases/{release} is not in force: it is {}", .state.words())]
    NotInForce {
        /// Identifier of the release.
        release: String,
        /// Where it is in its life.
        state: State,
    },
    /// The step does not follow from the state.
    #[error("releases/{release} is {} and cannot be {step}", .state.words())]
    WrongState {
        /// Identifier of the release.
        release: String,
        /// Where it is in its life.
        state: State,
        /// What was asked for: `approved`.
        step: &'static str,
    },
    /// The approver is the maker.
    #[error("releases/{0} was made with the credentials of this call: another person must approve it")]
    OwnWork(String),
    /// The approver has said something else before.
    #[error(
        "releases/{0} is approved already, by another caller or with another embargo: discard it and make it again"
    )]
    ApprovedOtherwise(String),
    /// A count cannot be protected.
    #[error(
        "releases/{release} has {counts} counts that cannot be protected: its review names them; discard it and make one without them"
    )]
    Unsafe {
        /// Identifier of the release.
        release: String,
        /// Number of counts.
        counts: usize,
    },
    /// Another release was published after it was made.
    #[error(
        "releases/{release} was made before releases/{other} was published, and is not protected against what both tell \
         together: discard it and make it again"
    )]
    NotProtectedAgainst {
        /// Identifier of the release.
        release: String,
        /// Identifier of the release that was published since.
        other: String,
    },
    /// An embargo that would be over when it begins.
    #[error(
        "the embargo of releases/{release} would end on {}, which is past: approve it without an embargo, or name a later instant",
        told(*.until_micros)
    )]
    EmbargoOver {
        /// Identifier of the release.
        release: String,
        /// End of the embargo, in microseconds since 1970-01-01T00:00:00Z.
        until_micros: i64,
    },
    /// The embargo has not ended.
    #[error("releases/{release} has an embargo until {}: publish it then", told(*.until_micros))]
    Embargo {
        /// Identifier of the release.
        release: String,
        /// End of the embargo, in microseconds since 1970-01-01T00:00:00Z.
        until_micros: i64,
    },
}

impl Refused {
    /// The reason in the details of a status.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Exists(_) => "RELEASE_EXISTS",
            Self::NotInForce { .. } => "RELEASE_NOT_IN_FORCE",
            Self::WrongState { .. } => "RELEASE_STATE",
            Self::OwnWork(_) => "APPROVAL_BY_MAKER",
            Self::ApprovedOtherwise(_) => "APPROVED_OTHERWISE",
            Self::Unsafe { .. } => "RELEASE_NOT_PROTECTED",
            Self::NotProtectedAgainst { .. } => "RELEASE_OUTDATED",
            Self::EmbargoOver { .. } => "EMBARGO_OVER",
            Self::Embargo { .. } => "EMBARGO",
        }
    }
}

/// An instant for people.
fn told(micros: i64) -> String {
    Timestamp::from_microsecond(micros)
        .map_or_else(|_| format!("{micros} microseconds"), |instant| instant.to_string())
}
