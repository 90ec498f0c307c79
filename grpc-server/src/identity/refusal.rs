//! Why a caller is refused before its call is looked at.

use super::require::Require;

/// Why a caller is refused. No text quotes a secret.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The caller is nobody.
    #[error("the exchange does not answer callers that it does not know: {} (docs/identity.md)", .0.advice())]
    CredentialsMissing(Require),
    /// There is a header with credentials of another form, or there are several.
    #[error("the credentials cannot be read: send one header, `authorization: Bearer plt_ID_SECRET`")]
    CredentialsUnreadable,
    /// The certificate and the token are of different agencies, or they have no role in common.
    #[error(
        "the certificate and the token do not agree: both must be of the same agency, and they need a role in common"
    )]
    CredentialsDisagree,
    /// The exchange has no token with this identifier and this secret.
    #[error(
        "the exchange does not know this token: check that it was copied whole, or ask the operator for a new one"
    )]
    TokenUnknown,
    /// The token is not valid any more.
    #[error("the token {id} expired at {expired}: ask the operator of the exchange for a new one")]
    TokenExpired {
        /// Identifier of the token.
        id: String,
        /// When it expired.
        expired: String,
    },
    /// The token is not valid yet.
    #[error("the token {id} is valid from {from}: wait until then, and check the clocks")]
    TokenNotYetValid {
        /// Identifier of the token.
        id: String,
        /// When it becomes valid.
        from: String,
    },
    /// The token was revoked.
    #[error("the token {id} was revoked: ask the operator of the exchange for a new one")]
    TokenRevoked {
        /// Identifier of the token.
        id: String,
    },
    /// The token came without encryption from another machine. It may have been read on its way.
    #[error(
        "a token must not be sent without TLS: connect to https://HOST:PORT, and ask the operator of the exchange for a \
         new token, because others could read this one"
    )]
    TokenOverPlaintext,
    /// The token may not be used for this method.
    #[error("this token may not be used for {method}: ask the operator of the exchange for a token with that scope")]
    MethodOutsideScope {
        /// The method.
        method: String,
    },
    /// The token may not be used for this dataset.
    #[error(
        "this token may not be used for the dataset {dataset}: ask the operator of the exchange for a token with that \
         scope"
    )]
    DatasetOutsideScope {
        /// The dataset.
        dataset: String,
    },
    /// The certificate names no agency.
    #[error(
        "the certificate names no agency of this exchange: it needs one URI as its alternative name, \
         spiffe://{exchange}/agency/AGENCY or spiffe://{exchange}/agency/AGENCY/ROLE"
    )]
    CertificateWithoutAgency {
        /// Name of the exchange.
        exchange: String,
    },
    /// The certificate has more than one URI.
    #[error(
        "the certificate has {count} URIs as alternative names, and it must have one: spiffe://{exchange}/agency/AGENCY"
    )]
    CertificateNamesSeveral {
        /// How many URIs it has.
        count: usize,
        /// Name of the exchange.
        exchange: String,
    },
    /// The certificate is for another exchange.
    #[error("the certificate is for another exchange: its URI must begin with spiffe://{exchange}/")]
    CertificateOfAnotherExchange {
        /// Name of this exchange.
        exchange: String,
    },
    /// The certificate has expired since the connection was made.
    #[error("the certificate has expired: connect again with a new one")]
    CertificateExpired,
    /// The authority of the certificate is no longer trusted, or the certificate was revoked, since the connection was made.
    #[error("the exchange no longer accepts the certificate: connect again with a new one, or ask its operator")]
    CertificateRevoked,
}

impl Refusal {
    /// Identifier of the token that does not hold, if the caller has its secret.
    pub(crate) fn token(&self) -> Option<&str> {
        match self {
            Self::TokenExpired { id, .. } | Self::TokenRevoked { id } | Self::TokenNotYetValid { id, .. } => Some(id),
            _ => None,
        }
    }

    /// The reason in the details of the status.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::CredentialsMissing(_) => "CREDENTIALS_MISSING",
            Self::CredentialsUnreadable => "CREDENTIALS_UNREADABLE",
            Self::CredentialsDisagree => "CREDENTIALS_DISAGREE",
            Self::TokenUnknown => "TOKEN_UNKNOWN",
            Self::TokenExpired { .. } => "TOKEN_EXPIRED",
            Self::TokenNotYetValid { .. } => "TOKEN_NOT_YET_VALID",
            Self::TokenRevoked { .. } => "TOKEN_REVOKED",
            Self::TokenOverPlaintext => "TOKEN_OVER_PLAINTEXT",
            Self::MethodOutsideScope { .. } | Self::DatasetOutsideScope { .. } => "TOKEN_SCOPE",
            Self::CertificateWithoutAgency { .. } => "CERTIFICATE_WITHOUT_AGENCY",
            Self::CertificateNamesSeveral { .. } => "CERTIFICATE_NAMES_SEVERAL",
            Self::CertificateOfAnotherExchange { .. } => "CERTIFICATE_OF_ANOTHER_EXCHANGE",
            Self::CertificateExpired => "CERTIFICATE_EXPIRED",
            Self::CertificateRevoked => "CERTIFICATE_REVOKED",
        }
    }

    /// Whether the caller is known, and only its credentials do not cover the call.
    pub(crate) fn of_known_caller(&self) -> bool {
        matches!(self, Self::MethodOutsideScope { .. } | Self::DatasetOutsideScope { .. })
    }
}
