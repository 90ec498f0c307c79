//! What happens to releases. Events are only ever added, so the history of each release is visible.

use serde::{Deserialize, Serialize};

/// Something that happened to a release.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Event {
    /// Number among the events of all releases, counted from 1 without gaps.
    pub(crate) number: u64,
    /// When it happened, in microseconds since 1970-01-01T00:00:00Z. Later events have later instants.
    pub(crate) at_micros: i64,
    /// Identifier of the release.
    pub(crate) release: String,
    /// Who did it.
    pub(crate) by: Principal,
    /// What happened.
    pub(crate) what: What,
}

/// Who did something: the agency, and the credentials by which the caller was known.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Principal {
    /// Identifier of the agency; empty if nobody identified the caller.
    pub(crate) agency: String,
    /// SHA-256 of the caller's certificate; empty if it sent none.
    pub(crate) certificate: String,
    /// Identifier of the caller's token; empty if it sent none.
    pub(crate) token: String,
}

impl Principal {
    /// Whether somebody identified the caller.
    pub(crate) fn is_identified(&self) -> bool {
        !self.certificate.is_empty() || !self.token.is_empty()
    }

    /// Whether two calls are known to be of one caller: they share a certificate or a token.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let shared = |own: &str, other: &str| !own.is_empty() && own == other;
        shared(&self.certificate, &other.certificate) || shared(&self.token, &other.token)
    }
}

/// What happened to a release.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum What {
    /// It was made.
    Drafted(Box<Drafted>),
    /// It was approved.
    Approved {
        /// Instant before which it is not published, in microseconds since 1970-01-01T00:00:00Z.
        embargo_micros: Option<i64>,
    },
    /// It was published. If it supersedes another, it has taken its place.
    Published,
    /// It was discarded.
    Discarded {
        /// Why.
        reason: String,
    },
    /// It was put into the place of the one that had superseded it.
    Restored {
        /// Why.
        reason: String,
    },
}

/// What is known of a release from the moment when it is made.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Drafted {
    /// Title.
    pub(crate) title: String,
    /// Which observations it has, as the request stated it.
    pub(crate) plan: StatedPlan,
    /// Identifiers of its measures without versions, those of the profile first.
    pub(crate) measures: Vec<String>,
    /// Position of the ledger that it was computed from.
    pub(crate) ledger_position: u64,
    /// Identifier of the release whose place it takes.
    pub(crate) supersedes: Option<String>,
    /// Why it takes that place.
    pub(crate) reason: String,
    /// Identifiers of the releases that had been published before: it is protected against what they tell.
    pub(crate) protected_against: Vec<String>,
    /// What protection cost.
    pub(crate) summary: Numbers,
    /// Version of the exchange that computed it.
    pub(crate) software_version: String,
    /// SHA-256 of the request, in hexadecimal digits.
    pub(crate) request_sha256: String,
    /// Its files, in the order of their names.
    pub(crate) files: Vec<FileHash>,
}

/// Which observations a release has, as the request stated it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatedPlan {
    /// Measures, those of the profile first.
    pub(crate) measures: Vec<String>,
    /// Codes of areas, or levels.
    pub(crate) areas: Vec<String>,
    /// Periods.
    pub(crate) periods: Vec<String>,
    /// Breakdowns beside the totals.
    pub(crate) breakdowns: Vec<String>,
    /// Whether it has each breakdown that a measure offers.
    pub(crate) each_breakdown: bool,
    /// Profile; empty if the measures were named alone.
    pub(crate) profile: String,
}

/// What protection cost, as it is kept. The two sums are for reviewers alone.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Numbers {
    /// Observations.
    pub(crate) observations: u64,
    /// Observations that are withheld.
    pub(crate) withheld: u64,
    /// Counts behind the observations.
    pub(crate) cells: u64,
    /// Counts that a rule withholds.
    pub(crate) primary: u64,
    /// Counts that are withheld so that no other can be worked out.
    pub(crate) secondary: u64,
    /// Counts that are withheld so that no other can be enclosed too narrowly.
    pub(crate) further: u64,
    /// Systems of counts that hang together.
    pub(crate) systems: u64,
    /// Unknown counts in the largest group that hangs together.
    pub(crate) largest_component: u64,
    /// The sum of the counts that are withheld.
    pub(crate) suppressed_sum: i64,
    /// The sum of all counts.
    pub(crate) sum: i64,
    /// Counts that cannot be protected, in words.
    pub(crate) unprotected: Vec<String>,
}

impl From<&peelian_core::release::Summary> for Numbers {
    fn from(summary: &peelian_core::release::Summary) -> Self {
        let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Self {
            observations: number(summary.observations),
            withheld: number(summary.withheld),
            cells: number(summary.cells),
            primary: number(summary.primary),
            secondary: number(summary.secondary),
            further: number(summary.further),
            systems: number(summary.systems),
            largest_component: number(summary.largest_component),
            suppressed_sum: summary.suppressed_sum,
            sum: summary.sum,
            unprotected: summary.unprotected.clone(),
        }
    }
}

/// A file of a release, by its hash.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileHash {
    /// Name below the folder of the release.
    pub(crate) name: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub(crate) sha256: String,
}
