//! A recorded crime with its victim.

use peelian::records::v1::{Crime, CrimeVictim};

/// The kind of a crime, from which its class, its victim and its outcome follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    KnifeInjured,
    KnifeOther,
    Gun,
    Abuse,
    Hate,
    Other,
}

impl Kind {
    pub(super) fn is_knife(self) -> bool {
        matches!(self, Self::KnifeInjured | Self::KnifeOther)
    }
}

/// A crime with its victim.
pub(super) struct Recorded {
    pub(super) kind: Kind,
    /// Day, in days since 1970-01-01.
    pub(super) day: i32,
    /// Index of the borough.
    pub(super) borough: usize,
    /// Crime group of the class.
    pub(super) group: &'static str,
    pub(super) crime: Crime,
    pub(super) victim: Option<CrimeVictim>,
}
