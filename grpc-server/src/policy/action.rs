//! What callers do, and what they do it to, in the terms of the policies.

use cedar_policy::{Context, EntityUid, RestrictedExpression};

use super::world::{Type, uid};

/// What a caller does.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Action {
    /// Submits records or figures.
    Submit,
    /// Withdraws a submission.
    Withdraw,
    /// Reads what was submitted: header and receipt.
    ReadSubmission,
    /// Reads the findings of a submission.
    ReadFindings,
    /// Sees live figures.
    QueryLive,
    /// Sees released figures.
    QueryReleased,
    /// Sees the submissions behind a figure.
    Explain,
    /// Makes and discards drafts of releases.
    Draft,
    /// Sees releases before they are published, and why values are withheld.
    Review,
    /// Approves a release.
    Approve,
    /// Publishes a release, and restores the one before.
    Publish,
    /// Reads definitions, code lists and areas.
    ReadCatalogue,
    /// Sees which agencies reported.
    ReadCoverage,
    /// Asks on behalf of another agency what it may do.
    Administer,
}

impl Action {
    /// All actions, in the order of the schema.
    pub(crate) const ALL: [Self; 14] = [
        Self::Submit,
        Self::Withdraw,
        Self::ReadSubmission,
        Self::ReadFindings,
        Self::QueryLive,
        Self::QueryReleased,
        Self::Explain,
        Self::Draft,
        Self::Review,
        Self::Approve,
        Self::Publish,
        Self::ReadCatalogue,
        Self::ReadCoverage,
        Self::Administer,
    ];

    /// Name in the policies: `query-live`.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Withdraw => "withdraw",
            Self::ReadSubmission => "read-submission",
            Self::ReadFindings => "read-findings",
            Self::QueryLive => "query-live",
            Self::QueryReleased => "query-released",
            Self::Explain => "explain",
            Self::Draft => "draft",
            Self::Review => "review",
            Self::Approve => "approve",
            Self::Publish => "publish",
            Self::ReadCatalogue => "read-catalogue",
            Self::ReadCoverage => "read-coverage",
            Self::Administer => "administer",
        }
    }

    /// The action in words that follow "to".
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Withdraw => "withdraw submissions of",
            Self::ReadSubmission => "read submissions of",
            Self::ReadFindings => "read the findings of submissions of",
            Self::QueryLive => "see live figures of",
            Self::QueryReleased => "see released figures of",
            Self::Explain => "see the submissions behind figures of",
            Self::Draft => "draft",
            Self::Review => "review unpublished",
            Self::Approve => "approve",
            Self::Publish => "publish",
            Self::ReadCatalogue => "read the catalogue of",
            Self::ReadCoverage => "see who reported to",
            Self::Administer => "administer",
        }
    }
}

/// What a caller does something to.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Resource<'r> {
    /// Submissions of a dataset in the name of an agency.
    Submissions {
        /// Identifier of the dataset.
        dataset: &'r str,
        /// Identifier of the agency.
        agency: &'r str,
    },
    /// Figures of a measure for an area.
    Figures {
        /// Identifier of the measure, with its variant.
        measure: &'r str,
        /// Code of the area.
        area: &'r str,
    },
    /// All releases.
    Releases,
    /// The exchange itself.
    Exchange,
}

impl Resource<'_> {
    pub(super) fn uid(&self) -> EntityUid {
        match self {
            Self::Submissions { dataset, .. } => uid(Type::Dataset, dataset),
            Self::Figures { measure, .. } => uid(Type::Measure, measure),
            Self::Releases => uid(Type::Releases, "all"),
            Self::Exchange => uid(Type::Exchange, "exchange"),
        }
    }

    /// The context of a request: the roles of the caller, and what the schema adds for the resource.
    pub(super) fn context(&self, roles: RestrictedExpression) -> Context {
        let entity =
            |name: &str, kind, id: &str| (name.to_owned(), RestrictedExpression::new_entity_uid(uid(kind, id)));
        let own = match self {
            Self::Submissions { agency, .. } => Some(entity("agency", Type::Agency, agency)),
            Self::Figures { area, .. } => Some(entity("area", Type::Area, area)),
            Self::Releases | Self::Exchange => None,
        };
        let pairs = [("roles".to_owned(), roles)].into_iter().chain(own);
        // Only a name that comes twice is an error.
        Context::from_pairs(pairs).unwrap_or_else(|_| Context::empty())
    }

    /// The resource in words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Submissions { dataset, agency } => format!("{dataset} of agencies/{agency}"),
            Self::Figures { measure, area } => format!("{measure} for {area}"),
            Self::Releases => "releases".to_owned(),
            Self::Exchange => "the exchange".to_owned(),
        }
    }
}
